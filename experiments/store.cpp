#include "experiments/store.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <thread>

#include "experiments/cell.hpp"
#include "experiments/words.hpp"
#include "precision/error.hpp"

namespace carrybit {

namespace {

constexpr std::int64_t application = 0x43426974;  // "CBit"
constexpr int patience_ms = 60'000;

constexpr const char* tables = R"(
CREATE TABLE results(meaning INTEGER NOT NULL, cell TEXT NOT NULL, result TEXT NOT NULL,
                     PRIMARY KEY(meaning, cell)) WITHOUT ROWID;
CREATE TABLE plan(position INTEGER PRIMARY KEY, cell TEXT NOT NULL, columns TEXT NOT NULL);
CREATE TABLE study(id INTEGER PRIMARY KEY CHECK(id = 1), text TEXT NOT NULL);
)";

}  // namespace

/// A prepared statement, finalised when it goes.
class Store::Statement {
 public:
  Statement(const Store& store, const char* sql) : store_(store) {
    if (sqlite3_prepare_v2(store.db_, sql, -1, &statement_, nullptr) != SQLITE_OK) {
      store.fail("read");
    }
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  void bind(int place, std::string_view text) {
    sqlite3_bind_text64(statement_, place, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  void bind(int place, std::int64_t number) { sqlite3_bind_int64(statement_, place, number); }
  /// Whether there is a row.
  bool step(const char* doing) {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
      store_.fail(doing);
    }
    return code == SQLITE_ROW;
  }
  void reset() { sqlite3_reset(statement_); }
  std::string text(int column) const {
    const auto* bytes = sqlite3_column_text(statement_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return bytes == nullptr ? "" : std::string(reinterpret_cast<const char*>(bytes), size);
  }
  bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }

 private:
  const Store& store_;
  sqlite3_stmt* statement_ = nullptr;
};

void Store::fail(std::string_view doing) const {
  const int code = db_ == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(db_);
  const std::string file = one_line(file_.string());
  const int primary = code & 0xFF;
  if (primary == SQLITE_NOTADB) {
    throw BadInput(
        fmt::format("{} is no store of carrybit: accepted is a file that carrybit sweep "
                    "or merge wrote",
                    file));
  }
  if (primary == SQLITE_FULL || code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_FSYNC ||
      code == SQLITE_IOERR_SHMSIZE || code == SQLITE_IOERR_TRUNCATE) {
    throw BadInput(
        fmt::format("cannot {} {}: the disk is full or a limit on file size was reached; "
                    "every cell committed before is safe, and the same command goes on "
                    "from there",
                    doing, file));
  }
  if (primary == SQLITE_CORRUPT) {
    throw BadInput(
        fmt::format("{} is damaged ({}): accepted is a sound store; move it away to "
                    "compute its cells again",
                    file, sqlite3_errstr(primary)));
  }
  throw BadInput(fmt::format("cannot {} {}: {}", doing, file,
                             db_ == nullptr ? "no memory" : one_line(sqlite3_errmsg(db_))));
}

Store::Store(const std::filesystem::path& file, Mode mode) : file_(file) {
  std::error_code ignored;
  if (mode == Mode::open && !std::filesystem::exists(file, ignored)) {
    throw BadInput(
        fmt::format("there is no store {}: accepted is a folder that carrybit sweep or "
                    "merge has filled",
                    one_line(file.string())));
  }
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX |
                    (mode == Mode::create ? SQLITE_OPEN_CREATE : 0);
  try {
    if (sqlite3_open_v2(file.c_str(), &db_, flags, nullptr) != SQLITE_OK) {
      fail("open");
    }
    sqlite3_busy_timeout(db_, patience_ms);
    check_or_create(mode);
  } catch (...) {
    sqlite3_close(db_);
    throw;
  }
}

Store::~Store() { sqlite3_close(db_); }

void Store::run(const char* sql) const {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail("write");
  }
}

std::int64_t Store::pragma(const char* sql) const {
  Statement statement(*this, sql);
  return statement.step("read") ? statement.number(0) : 0;
}

void Store::check_sound() const {
  Statement check(*this, "PRAGMA quick_check(1)");
  if (!check.step("read") || check.text(0) != "ok") {
    throw BadInput(
        fmt::format("{} is damaged ({}): accepted is a sound store; move it away to "
                    "compute its cells again",
                    one_line(file_.string()), one_line(check.text(0))));
  }
}

void Store::check_or_create(Mode mode) {
  const auto empty = [this] { return pragma("SELECT count(*) FROM sqlite_master") == 0; };
  if (empty() && pragma("PRAGMA application_id") == 0) {
    if (mode == Mode::open) {
      throw BadInput(
          fmt::format("{} holds nothing yet: accepted is a store that carrybit sweep or "
                      "merge has begun",
                      one_line(file_.string())));
    }
    // Two processes that start together both come here: the first to begin writes, the other finds it done.
    run("BEGIN IMMEDIATE");
    if (empty()) {
      run(tables);
      run(fmt::format("PRAGMA application_id = {}", application).c_str());
      run(fmt::format("PRAGMA user_version = {}", schema).c_str());
    }
    run("COMMIT");
  }
  if (pragma("PRAGMA application_id") != application) {
    throw BadInput(
        fmt::format("{} is a database, but no store of carrybit: accepted is one that "
                    "carrybit sweep or merge wrote",
                    one_line(file_.string())));
  }
  const std::int64_t version = pragma("PRAGMA user_version");
  if (version != schema) {
    throw BadInput(fmt::format(
        "{} was written by a{} carrybit (schema {}): this one reads schema {}",
        one_line(file_.string()), version > schema ? " newer" : "n older", version, schema));
  }
  check_sound();
  // SQLite does not wait for others here by itself.
  for (int attempt = 0;; ++attempt) {
    if (sqlite3_exec(db_, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr) == SQLITE_OK) {
      break;
    }
    if ((sqlite3_errcode(db_) & 0xFF) != SQLITE_BUSY || attempt > 600) {
      fail("write");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  run("PRAGMA synchronous = FULL");
}

void Store::put(std::string_view cell, std::string_view result) {
  Statement insert(*this, "INSERT OR IGNORE INTO results VALUES(?1, ?2, ?3)");
  insert.bind(1, std::int64_t{meaning_version});
  insert.bind(2, cell);
  insert.bind(3, result);
  insert.step("write");
}

std::optional<std::string> Store::find(std::string_view cell) const {
  Statement select(*this, "SELECT result FROM results WHERE meaning = ?1 AND cell = ?2");
  select.bind(1, std::int64_t{meaning_version});
  select.bind(2, cell);
  return select.step("read") ? std::optional(select.text(0)) : std::nullopt;
}

bool Store::has(std::string_view cell) const { return find(cell).has_value(); }

void Store::set_plan(std::string_view study, const std::vector<PlanRow>& plan) {
  run("BEGIN IMMEDIATE");
  try {
    run("DELETE FROM plan");
    Statement text(*this, "INSERT OR REPLACE INTO study VALUES(1, ?1)");
    text.bind(1, study);
    text.step("write");
    Statement row(*this, "INSERT INTO plan VALUES(?1, ?2, ?3)");
    std::int64_t position = 0;
    for (const PlanRow& planned : plan) {
      row.bind(1, ++position);
      row.bind(2, planned.cell);
      row.bind(3, planned.columns);
      row.step("write");
      row.reset();
    }
    run("COMMIT");
  } catch (...) {
    sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

std::vector<PlanRow> Store::plan() const {
  std::vector<PlanRow> rows;
  Statement select(*this, "SELECT cell, columns FROM plan ORDER BY position");
  while (select.step("read")) {
    rows.push_back({select.text(0), select.text(1)});
  }
  return rows;
}

std::string Store::study() const {
  Statement select(*this, "SELECT text FROM study WHERE id = 1");
  return select.step("read") ? select.text(0) : "";
}

std::vector<ResultRow> Store::rows() const {
  std::vector<ResultRow> rows;
  Statement select(*this,
                   "SELECT plan.columns, results.result FROM plan LEFT JOIN results "
                   "ON results.cell = plan.cell AND results.meaning = ?1 ORDER BY plan.position");
  select.bind(1, std::int64_t{meaning_version});
  while (select.step("read")) {
    rows.push_back({nlohmann::ordered_json::parse(select.text(0)), std::nullopt});
    if (!select.is_null(1)) {
      rows.back().result = nlohmann::ordered_json::parse(select.text(1));
    }
  }
  return rows;
}

std::size_t Store::take_results(const Store& other) {
  std::size_t taken = 0;
  run("BEGIN IMMEDIATE");
  try {
    Statement select(other, "SELECT cell, result FROM results WHERE meaning = ?1");
    select.bind(1, std::int64_t{meaning_version});
    while (select.step("read")) {
      const std::string cell = select.text(0);
      const auto mine = find(cell);
      if (mine && *mine != select.text(1)) {
        throw BadInput(fmt::format("{} and {} disagree on a cell: {}; one of them is wrong",
                                   one_line(file_.string()), one_line(other.file_.string()),
                                   one_line(cell)));
      }
      if (!mine) {
        put(cell, select.text(1));
        ++taken;
      }
    }
    run("COMMIT");
  } catch (...) {
    sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
  return taken;
}

}  // namespace carrybit
