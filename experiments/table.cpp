#include "experiments/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "arith_tasks/grading.hpp"

namespace carrybit {

namespace {

constexpr std::string_view columns[] = {
    "cell",
    // the question
    "kind", "task", "base", "length_digits", "addends", "answer_digits", "digits_per_token",
    "answer_order", "model", "options", "radix", "arithmetic", "family", "format", "width_bits",
    "integer_bits", "fraction_bits", "rounding", "product", "sum", "shift", "normalise", "inputs",
    "seed", "repetition",
    // the answer
    "outcome", "evidence", "problems", "right", "exact_match", "exact_match_low",
    "exact_match_high", "digits", "digits_right", "digit_accuracy", "required_width_bits",
    "required_format", "refuted_width_bits", "refuted_format", "certified_width_bits",
    "certified_format", "stated_width_bits", "stated_format", "layers", "d_model", "heads",
    "d_head", "d_ff", "failing_input", "failing_digit", "expected", "got", "reason",
    // of some studies only
    "operand_digits", "role", "keep", "fp32_right", "first_width_bits", "first_format"};
constexpr std::size_t rare_columns = 6;

std::string text_of(const nlohmann::ordered_json& value) {
  return value.is_null() ? "" : value.is_string() ? value.get<std::string>() : value.dump();
}

std::string look_up(const nlohmann::ordered_json& from, std::string_view column) {
  const auto at = from.find(std::string(column));
  return at == from.end() ? "" : text_of(*at);
}

std::string proportion_text(double value) { return fmt::format("{:.6f}", value); }

/// What follows from the counts: proportions, and an interval where one is defined: for random draws
/// Wilson's, for all inputs the value itself, for chosen inputs none.
void add_proportions(const ResultRow& row, std::map<std::string_view, std::string>& out) {
  const auto& r = *row.result;
  if (!r.contains("right")) {
    return;
  }
  const Proportion p =
      wilson(r.at("right").get<std::uint64_t>(), r.at("problems").get<std::uint64_t>());
  out["exact_match"] = proportion_text(p.value);
  if (r.at("evidence") == "exhaustive") {
    out["exact_match_low"] = out["exact_match_high"] = out["exact_match"];
  } else if (look_up(row.columns, "inputs").starts_with("sampled")) {
    out["exact_match_low"] = proportion_text(p.low);
    out["exact_match_high"] = proportion_text(p.high);
  }
  const auto digits = r.at("digits").get<std::uint64_t>();
  out["digit_accuracy"] =
      proportion_text(digits == 0 ? 0
                                  : static_cast<double>(r.at("digits_right").get<std::uint64_t>()) /
                                        static_cast<double>(digits));
}

/// The columns of this study: of the rare ones those that some row fills.
std::vector<std::string_view> columns_of(std::span<const ResultRow> rows) {
  const std::span<const std::string_view> all = columns;
  const auto usual = all.first(all.size() - rare_columns);
  std::vector<std::string_view> out(usual.begin(), usual.end());
  for (const std::string_view column : all.last(rare_columns)) {
    const bool filled = std::any_of(rows.begin(), rows.end(), [&](const ResultRow& row) {
      return row.columns.contains(column) || (row.result && row.result->contains(column));
    });
    if (filled) {
      out.push_back(column);
    }
  }
  return out;
}

}  // namespace

std::span<const std::string_view> cell_columns() { return columns; }

Table cells_table(std::span<const ResultRow> rows) {
  const auto used = columns_of(rows);
  Table table;
  table.columns.assign(used.begin(), used.end());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].result) {
      continue;
    }
    std::map<std::string_view, std::string> known = {{"cell", std::to_string(i + 1)}};
    add_proportions(rows[i], known);
    if (!rows[i].columns.contains("operand_digits")) {
      known["operand_digits"] = look_up(rows[i].columns, "length_digits");  // at most so many
    }
    std::vector<std::string> out;
    for (const std::string_view column : used) {
      const auto at = known.find(column);
      out.push_back(at != known.end()                  ? at->second
                    : rows[i].columns.contains(column) ? look_up(rows[i].columns, column)
                                                       : look_up(*rows[i].result, column));
    }
    table.rows.push_back(std::move(out));
  }
  return table;
}

Table digits_table(std::span<const ResultRow> rows) {
  Table table;
  table.columns = {"cell",     "digit",        "answers",      "right",
                   "accuracy", "accuracy_low", "accuracy_high"};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].result || !rows[i].result->contains("by_position")) {
      continue;
    }
    int digit = 0;
    for (const auto& tally : rows[i].result->at("by_position")) {
      const auto answers = tally.at(0).get<std::uint64_t>();
      const auto right = tally.at(1).get<std::uint64_t>();
      const Proportion p = wilson(right, answers);
      const bool drawn = look_up(rows[i].columns, "inputs").starts_with("sampled");
      const bool all = look_up(*rows[i].result, "evidence") == "exhaustive";
      const std::string value = proportion_text(p.value);
      table.rows.push_back({std::to_string(i + 1), std::to_string(digit++), std::to_string(answers),
                            std::to_string(right), value,
                            all     ? value
                            : drawn ? proportion_text(p.low)
                                    : "",
                            all     ? value
                            : drawn ? proportion_text(p.high)
                                    : ""});
    }
  }
  return table;
}

// --- series -----------------------------------------------------------------------------------------

namespace {

constexpr std::string_view telling[] = {
    "kind",          "model",        "options",          "arithmetic",     "task",
    "base",          "addends",      "digits_per_token", "answer_order",   "length_digits",
    "answer_digits", "integer_bits", "fraction_bits",    "width_bits",     "format",
    "rounding",      "sum",          "inputs",           "operand_digits", "role",
    "keep",          "seed",         "repetition"};

/// A value as a legend says it.
std::string phrase(std::string_view column, const std::string& value) {
  static const std::map<std::string_view, std::string_view> words = {
      {"base", "base {}"},
      {"addends", "k = {}"},
      {"length_digits", "n = {}"},
      {"operand_digits", "operands of {} digits"},
      {"keep", "keeping {}"},
      {"answer_digits", "{} digits of answer"},
      {"digits_per_token", "{} digits a token"},
      {"answer_order", "{} first"},
      {"integer_bits", "{} integer bits"},
      {"fraction_bits", "{} fraction bits"},
      {"width_bits", "{} bits"},
      {"seed", "seed {}"},
      {"repetition", "repetition {}"}};
  const auto at = words.find(column);
  return at == words.end() ? value : fmt::format(fmt::runtime(at->second), value);
}

using Groups = std::vector<std::vector<std::size_t>>;

Groups split_by(const Table& cells, const Groups& groups, std::string_view column) {
  Groups out;
  for (const auto& group : groups) {
    std::map<std::string, std::size_t> places;
    for (const std::size_t row : group) {
      const auto [at, fresh] = places.try_emplace(cells.at(row, column), out.size());
      if (fresh) {
        out.emplace_back();
      }
      out[at->second].push_back(row);
    }
  }
  return out;
}

}  // namespace

std::vector<Series> split_series(const Table& cells, std::span<const std::size_t> rows,
                                 std::span<const std::string> by,
                                 std::span<const std::string_view> apart) {
  if (rows.empty()) {
    return {};
  }
  Groups groups = {{rows.begin(), rows.end()}};
  std::vector<std::string_view> used;
  const auto consider = [&](std::string_view column) {
    Groups finer = split_by(cells, groups, column);
    if (finer.size() > groups.size()) {
      groups = std::move(finer);
      used.push_back(column);
    }
  };
  if (by.empty()) {
    for (const std::string_view column : telling) {
      if (std::find(apart.begin(), apart.end(), column) == apart.end()) {
        consider(column);
      }
    }
  } else {
    for (const std::string& column : by) {
      consider(column);
    }
  }
  if (used.empty()) {
    used.push_back(by.empty() ? std::string_view("model") : std::string_view(by.front()));
  }
  std::vector<Series> out;
  for (auto& group : groups) {
    Series series{"", std::move(group)};
    for (const std::string_view column : used) {
      const std::string& value = cells.at(series.rows.front(), column);
      if (!value.empty()) {
        series.name += (series.name.empty() ? "" : ", ") + phrase(column, value);
      }
    }
    out.push_back(std::move(series));
  }
  // In the order in which the series begin.
  std::sort(out.begin(), out.end(),
            [](const Series& a, const Series& b) { return a.rows.front() < b.rows.front(); });
  return out;
}

std::vector<std::size_t> rows_of_kind(const Table& cells, std::string_view kind) {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < cells.rows.size(); ++i) {
    if (cells.at(i, "kind") == kind) {
      rows.push_back(i);
    }
  }
  return rows;
}

namespace {

std::string bracket(const Table& cells, std::size_t row) {
  const std::string& passes = cells.at(row, "required_width_bits");
  const std::string& fails = cells.at(row, "refuted_width_bits");
  if (passes.empty()) {
    return fmt::format("> {}", fails);
  }
  const int low = fails.empty() ? 0 : std::stoi(fails) + 1;
  const std::string& certified = cells.at(row, "certified_width_bits");
  const std::string& high = certified.empty() ? passes : certified;
  return low == 0 || std::to_string(low) == high ? high : fmt::format("{}..{}", low, high);
}

/// A construction is made for its length; saved weights may be asked for operands of fewer digits.
int digits_asked(const Table& cells, std::size_t row) {
  const std::string& operands = cells.at(row, "operand_digits");
  const bool fewer = cells.at(row, "kind") == "kept_width" && !operands.empty();
  return std::stoi(fewer ? operands : cells.at(row, "length_digits"));
}

}  // namespace

Table widths_table(const Table& cells) {
  constexpr std::array<std::string_view, 3> apart = {"length_digits", "answer_digits",
                                                     "operand_digits"};
  std::vector<Series> series;
  for (const std::string_view kind : {"width", "kept_width"}) {
    auto more = split_series(cells, rows_of_kind(cells, kind), {}, apart);
    std::move(more.begin(), more.end(), std::back_inserter(series));
  }
  Table table;
  table.columns = {"length_digits"};
  std::map<int, std::vector<std::string>> rows;
  for (std::size_t column = 0; column < series.size(); ++column) {
    table.columns.push_back(series[column].name + " (bits)");
    for (const std::size_t row : series[column].rows) {
      auto& line = rows.try_emplace(digits_asked(cells, row), series.size()).first->second;
      if (line[column].empty()) {
        line[column] = bracket(cells, row);
      }
    }
  }
  for (auto& [digits, line] : rows) {
    line.insert(line.begin(), std::to_string(digits));
    table.rows.push_back(std::move(line));
  }
  return table;
}

}  // namespace carrybit
