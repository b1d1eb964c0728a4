// carrybit prove: every theorem that has a check, each with its verdicts.

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>

#include "app/json_text.hpp"
#include "app/lines.hpp"
#include "app/options.hpp"
#include "app/progress.hpp"
#include "app/verbs.hpp"
#include "experiments/words.hpp"
#include "precision/error.hpp"
#include "proofs_check/theorems/theorem.hpp"

namespace carrybit::app {

namespace {

using proofs::Cell;
using proofs::Report;
using proofs::Theorem;
using proofs::Verdict;

struct Options {
  std::vector<std::string> names;
  int max_length = 0, max_bits = 0;
  bool json = false, list = false;
};

std::vector<const Theorem*> chosen(const std::vector<std::string>& names) {
  std::vector<const Theorem*> theorems;
  std::vector<std::string_view> known;
  for (const Theorem& t : proofs::all_theorems()) {
    known.push_back(t.name);
    if (names.empty()) {
      theorems.push_back(&t);
    }
  }
  for (const std::string& name : names) {
    const Theorem* t = proofs::find_theorem(name);
    if (t == nullptr) {
      const std::string meant = did_you_mean(name, known);
      throw BadInput(fmt::format("there is no check named '{:.40}'{}", name,
                                 meant.empty() ? "; accepted: " + listed(known) : meant));
    }
    theorems.push_back(t);
  }
  return theorems;
}

std::string verdict_words(const Verdict& v) {
  using proofs::Finding;
  if (v.finding == Finding::refuted) {
    return fmt::format("refuted by {}", v.detail);
  }
  return v.detail.empty() ? std::string(words(v.finding))
                          : fmt::format("{}: {}", words(v.finding), v.detail);
}

std::string report_text(const Theorem& t, const Report& report, double seconds, bool terminal) {
  std::string text = fmt::format("{}  {}\n  states   {}{}\n", t.name, t.source, t.statement,
                                 terminal ? fmt::format("   ({:.1f} s)", seconds) : std::string());
  for (const Verdict& v : report.verdicts) {
    text += fmt::format("  - {}\n    over     {}\n    cases    {}\n    verdict  {}{}\n", v.claim,
                        v.set, proofs::spaced(v.cases), verdict_words(v),
                        v.as_expected() ? "" : "   <-- NOT AS EXPECTED");
  }
  return text;
}

/// The cells of one table, rows and columns in order of first appearance.
struct Table {
  std::string name;
  std::vector<std::string> rows, columns;
  std::vector<Cell> cells;
};

std::size_t index_in(std::vector<std::string>& names, const std::string& name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) {
    names.push_back(name);
    return names.size() - 1;
  }
  return static_cast<std::size_t>(at - names.begin());
}

std::vector<Table> tables_of(const std::vector<Cell>& cells) {
  std::vector<Table> tables;
  for (const Cell& c : cells) {
    auto at = std::find_if(tables.begin(), tables.end(),
                           [&](const Table& t) { return t.name == c.table; });
    if (at == tables.end()) {
      tables.push_back({c.table, {}, {}, {}});
      at = tables.end() - 1;
    }
    index_in(at->rows, c.row);
    index_in(at->columns, c.column);
    at->cells.push_back(c);
  }
  return tables;
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

/// Narrow tables have a row for each row; where there are more columns than rows, the other way round.
std::string table_text(Table t) {
  std::vector<std::vector<std::string>> grid;
  const bool turned = t.columns.size() > t.rows.size();
  auto& down = turned ? t.columns : t.rows;
  auto& across = turned ? t.rows : t.columns;
  grid.assign(down.size() + 1, std::vector<std::string>(across.size() + 1));
  for (std::size_t i = 0; i < down.size(); ++i) {
    grid[i + 1][0] = down[i];
  }
  for (std::size_t j = 0; j < across.size(); ++j) {
    grid[0][j + 1] = across[j];
  }
  for (const Cell& c : t.cells) {
    grid[index_in(down, turned ? c.column : c.row) + 1]
        [index_in(across, turned ? c.row : c.column) + 1] = c.value;
  }
  std::string text = t.name + "\n";
  std::vector<std::size_t> widths(across.size() + 1, 0);
  for (const auto& row : grid) {
    for (std::size_t j = 0; j < row.size(); ++j) {
      widths[j] = std::max(widths[j], row[j].size());
    }
  }
  for (const auto& row : grid) {
    std::string line;
    for (std::size_t j = 0; j < row.size(); ++j) {
      line += "  " + padded(row[j], widths[j]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string verdict_json(const Theorem& t, const Verdict& v) {
  JsonText json;
  json.add("theorem", t.name);
  json.add("source", t.source);
  json.add("statement", t.statement);
  json.add("claim", v.claim);
  json.add("set", v.set);
  json.raw("cases", std::to_string(v.cases));
  json.add("verdict", words(v.finding));
  json.add("detail", v.detail);
  json.add("as_expected", v.as_expected());
  return json.text() + "\n";
}

std::string cell_json(const Theorem& t, const Cell& c) {
  JsonText json;
  json.add("theorem", t.name);
  json.add("table", c.table);
  json.add("row", c.row);
  json.add("column", c.column);
  json.add("value", c.value);
  return json.text() + "\n";
}

std::string list_text(const std::vector<const Theorem*>& theorems, bool json) {
  std::string text;
  for (const Theorem* t : theorems) {
    JsonText object;
    object.add("theorem", t->name);
    object.add("source", t->source);
    object.add("statement", t->statement);
    text += json ? object.text() + "\n"
                 : fmt::format("{:<22} {}: {}\n", t->name, t->source, t->statement);
  }
  return text;
}

int run(const Options& o) {
  const auto theorems = chosen(o.names);
  Output out(STDOUT_FILENO);
  if (o.list) {
    out.text() += list_text(theorems, o.json);
    out.flush();
    return 0;
  }
  proofs::Limits limits;
  if (o.max_length != 0) {
    limits.max_length = o.max_length;
  }
  if (o.max_bits != 0) {
    limits.max_bits = o.max_bits;
  }
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  Progress progress("prove");
  std::vector<Cell> cells;
  std::string unexpected;
  for (std::size_t i = 0; i < theorems.size(); ++i) {
    const Theorem& t = *theorems[i];
    progress.say(fmt::format("{} ({} of {} checks)", t.name, i + 1, theorems.size()));
    const auto start = std::chrono::steady_clock::now();
    const Report report = t.check(limits);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    progress.clear();
    unexpected +=
        report.as_expected() ? "" : (unexpected.empty() ? "" : ", ") + std::string(t.name);
    if (o.json) {
      for (const Verdict& v : report.verdicts) {
        out.text() += verdict_json(t, v);
      }
      for (const Cell& c : report.cells) {
        out.text() += cell_json(t, c);
      }
    } else {
      out.text() += (i == 0 ? "" : "\n") + report_text(t, report, took.count(), terminal);
      cells.insert(cells.end(), report.cells.begin(), report.cells.end());
    }
    out.flush();
  }
  for (const Table& table : tables_of(cells)) {
    out.text() += "\n" + table_text(table);
  }
  out.flush();
  if (!unexpected.empty()) {
    throw ClaimFailed(fmt::format("a verdict is not as expected: {}", unexpected));
  }
  return 0;
}

}  // namespace

Run declare_prove(CLI::App& verb) {
  const auto o = std::make_shared<Options>();
  verb.footer(
      "Without names: all checks. Each verdict names the claim, the set it was checked over, and "
      "how "
      "many cases; 'holds for all' and 'refuted by' are said only where the set was gone through "
      "in "
      "full or a counterexample is at hand. docs/theorems.md explains every one. Exit status 1 "
      "where "
      "a verdict is not the one that theory and earlier runs have.");
  verb.add_option("names", o->names, "checks by name, as `carrybit prove --list` shows them")
      ->type_name("NAME");
  verb.add_flag("--list", o->list, "the names, and what each is about");
  verb.add_option("--max-length", o->max_length,
                  "digits, bits or tokens to go up to, where a check counts those")
      ->check(CLI::Range(1, 1 << 20));
  verb.add_option("--max-bits", o->max_bits,
                  "width of the formats to go up to, where a check goes through formats")
      ->check(CLI::Range(2, 128));
  verb.add_flag("--json", o->json, "one JSON object a line: a verdict, or a cell of a table");
  return [o] { return run(*o); };
}

}  // namespace carrybit::app
