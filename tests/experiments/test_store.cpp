// The store: what was put is there, foreign and damaged files are refused in one line, and tables hold
// what the store holds.

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "experiments/cell_locks.hpp"
#include "experiments/merge.hpp"
#include "experiments/store.hpp"
#include "precision/error.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace carrybit;
namespace fs = std::filesystem;

namespace {

const std::vector<PlanRow> plan = {{"{\"a\":1}", R"({"model":"x, \"y\""})"},
                                   {"{\"a\":2}", R"({"model":"z"})"},
                                   {"{\"a\":1}", R"({"model":"again"})"}};

void sql(const fs::path& file, const char* statement) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, statement, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

std::string refusal(const fs::path& file, Store::Mode mode = Store::Mode::create) {
  try {
    const Store store(file, mode);
  } catch (const BadInput& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos && text.find('\n') == std::string::npos;
}

}  // namespace

TEST_CASE("results stay, the first one of a cell stays, rows are in the plan's order") {
  const tests::TemporaryFolder folder;
  const fs::path file = folder.path() / "cells.sqlite";
  {
    Store store(file, Store::Mode::create);
    store.set_plan("text", plan);
    store.put("{\"a\":1}", R"({"right":3})");
    store.put("{\"a\":1}", R"({"right":4})");
  }
  const Store store(file, Store::Mode::open);
  CHECK(store.study() == "text");
  CHECK(store.plan() == plan);
  CHECK(store.has("{\"a\":1}"));
  CHECK_FALSE(store.has("{\"a\":2}"));
  const auto rows = store.rows();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].result->at("right") == 3);
  CHECK_FALSE(rows[1].result.has_value());
  CHECK(rows[2].result->at("right") == 3);
  CHECK(rows[2].columns.at("model") == "again");
}

TEST_CASE("files that are no stores are refused in one line and left alone") {
  const tests::TemporaryFolder folder;
  const fs::path file = folder.path() / "cells.sqlite";
  CHECK(contains(refusal(file, Store::Mode::open), "there is no store"));
  std::ofstream(file)
      << "some text that is no database, and long enough to be looked at by SQLite: "
      << std::string(200, 'x');
  CHECK(contains(refusal(file), "is no store of carrybit"));
  fs::remove(file);
  sql(file, "CREATE TABLE other(x)");
  CHECK(contains(refusal(file), "is a database, but no store of carrybit"));
  fs::remove(file);
  { const Store store(file, Store::Mode::create); }
  CHECK(refusal(file).empty());
  sql(file, "PRAGMA user_version = 9");
  CHECK(contains(refusal(file), "was written by a newer carrybit (schema 9)"));
}

TEST_CASE("a damaged store is refused") {
  const tests::TemporaryFolder folder;
  const fs::path file = folder.path() / "cells.sqlite";
  {
    Store store(file, Store::Mode::create);
    for (int i = 0; i < 2000; ++i) {
      store.put("{\"cell\":" + std::to_string(i) + "}", std::string(100, 'r'));
    }
  }
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(fs::file_size(file) / 2));
    bytes << std::string(9000, '\xAA');
  }
  CHECK(contains(refusal(file), "is damaged"));
}

TEST_CASE("results of another meaning are not taken") {
  const tests::TemporaryFolder folder;
  const fs::path file = folder.path() / "cells.sqlite";
  {
    Store store(file, Store::Mode::create);
    store.put("{}", "1");
  }
  sql(file, "UPDATE results SET meaning = meaning + 1");
  const Store store(file, Store::Mode::open);
  CHECK_FALSE(store.has("{}"));
}

TEST_CASE("stores merge; parts of different studies and contradictions are refused") {
  const tests::TemporaryFolder folder;
  const auto shard = [&](const char* name, const std::vector<PlanRow>& p, const char* cell,
                         const char* result) {
    fs::create_directory(folder.path() / name);
    Store store(folder.path() / name / "cells.sqlite", Store::Mode::create);
    store.set_plan("text", p);
    store.put(cell, result);
    return folder.path() / name;
  };
  const fs::path a = shard("a", plan, "{\"a\":1}", "{\"right\":1}");
  const fs::path b = shard("b", plan, "{\"a\":2}", "{\"right\":2}");
  const fs::path other = shard("other", {plan[0]}, "{\"a\":1}", "{\"right\":1}");
  const fs::path liar = shard("liar", plan, "{\"a\":1}", "{\"right\":7}");
  const fs::path out = folder.path() / "out";
  CHECK(merge(out, {a, b}).taken == 2);
  CHECK(merge(out, {a, b}).taken == 0);
  const Store joined(out / "cells.sqlite", Store::Mode::open);
  CHECK(joined.rows()[1].result->at("right") == 2);
  CHECK_THROWS_AS(merge(folder.path() / "out2", {a, other}), BadInput);
  CHECK_FALSE(fs::exists(folder.path() / "out2"));
  CHECK_THROWS_AS(merge(out, {a, liar}), BadInput);
  CHECK(joined.rows()[0].result->at("right") == 1);
}

TEST_CASE("locks: one process's cell is not another's") {
  const tests::TemporaryFolder folder;
  CellLocks mine(folder.path() / "locks");
  {
    CellLocks theirs(folder.path() /
                     "locks");  // another open file: what another process would have
    CHECK(theirs.try_take("cell"));
    CHECK_FALSE(mine.try_take("cell"));
    CHECK(mine.try_take("another"));
    CHECK(theirs.try_share_plan());
    CHECK(mine.try_share_plan());
    CHECK_FALSE(mine.try_own_plan());
  }
  CHECK(mine.try_take("cell"));  // they are gone, and so are their locks
  CHECK(mine.try_own_plan());
}

TEST_CASE("CSV goes out and comes back") {
  Table table{{"a", "b"}, {{"1,2", "say \"x\""}, {"", "two\nlines"}}};
  const Table back = parse_csv(to_csv(table), "t.csv");
  CHECK(back.columns == table.columns);
  CHECK(back.rows == table.rows);
  CHECK_THROWS_AS(parse_csv("a,b\n1\n", "t.csv"), BadInput);
  CHECK_THROWS_AS(parse_csv("a,b\n1,\"2\n", "t.csv"), BadInput);
  CHECK_THROWS_AS(parse_csv("", "t.csv"), BadInput);
}
