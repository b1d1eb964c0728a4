// carrybit list: what can be asked, of which transformers, in which arithmetics.

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "app/json_text.hpp"
#include "app/lines.hpp"
#include "app/options.hpp"
#include "app/verbs.hpp"
#include "arith_tasks/constructions/construction.hpp"

namespace carrybit::app {

namespace {

struct TaskLine {
  std::string_view name;
  std::string_view statement;
};
constexpr std::array<TaskLine, 5> tasks = {{
    {"add", "ADD_p(n): a + b, each of at most n digits in base p"},
    {"iter_add", "IterADD_p(n, k): k addends of at most n digits"},
    {"mul", "MUL_p(n, l): the low l <= 2n digits of a * b"},
    {"majority", "n bits: 1 if more than n/2 of them are 1"},
    {"parity", "n bits: their sum modulo 2"},
}};

struct Row {
  std::string name, what;
};
struct Section {
  std::string key, title;
  std::vector<Row> rows;
};

std::vector<Section> sections() {
  std::vector<Section> all(4);
  all[0] = {"tasks", "tasks (--task)", {}};
  for (const TaskLine& t : tasks) {
    all[0].rows.push_back({std::string(t.name), std::string(t.statement)});
  }
  all[1] = {"constructions", "constructions (--construction)", {}};
  for (const auto& c : constructions::all_constructions()) {
    all[1].rows.push_back(
        {std::string(c.name),
         fmt::format("{} [{}]: {}; width {}{}", c.statement, name(c.task), c.summary, c.width,
                     c.options.empty() ? "" : fmt::format("; options {}", c.options))});
  }
  all[2] = {"presets", "presets (--preset)", {}};
  for (const Preset& p : presets()) {
    all[2].rows.push_back({std::string(p.name), fmt::format("{}: {}", p.source, p.summary)});
  }
  all[3] = {"formats", "formats (--precision)", {}};
  for (const Alias& a : aliases()) {
    all[3].rows.push_back({std::string(a.alias), std::string(a.name)});
  }
  all[3].rows.push_back({"fixed:iI.fF", "fixed point, suffixes :twos and :sat, :wrap, :trap"});
  all[3].rows.push_back(
      {"float:eE.mM", "floating point, suffixes :fn, :finite, :sat, :trap, :ftz"});
  all[3].rows.push_back({"float:e*.mM", "unbounded exponent"});
  all[3].rows.push_back({"li:eE.sS", "the floats of Li et al. 2024"});
  return all;
}

int run(const std::string& only, bool json) {
  const auto all = sections();
  Output out(STDOUT_FILENO);
  if (!only.empty()) {
    std::vector<std::string_view> keys;
    for (const Section& s : all) {
      keys.push_back(s.key);
    }
    choose("list", only, keys);
  }
  JsonText object;
  for (const Section& s : all) {
    if (!only.empty() && only != s.key) {
      continue;
    }
    JsonText rows;
    out.text() += json ? "" : s.title + "\n";
    for (const Row& row : s.rows) {
      rows.add(row.name, row.what);
      out.text() += json ? "" : fmt::format("  {:<16} {}\n", row.name, row.what);
    }
    object.raw(s.key, rows.text());
  }
  out.text() += json ? object.text() + "\n" : "";
  out.flush();
  return 0;
}

}  // namespace

Run declare_list(CLI::App& verb) {
  const auto only = std::make_shared<std::string>();
  const auto json = std::make_shared<bool>(false);
  verb.add_option("what", *only, "tasks, constructions, presets or formats")->type_name("WHAT");
  verb.add_flag("--json", *json, "one JSON object");
  return [only, json] { return run(*only, *json); };
}

}  // namespace carrybit::app
