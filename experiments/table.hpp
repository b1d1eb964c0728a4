#pragma once
// A study's results as tables: one row a cell, in the study's order, with units in the header; no time
// and no name of a machine.

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/csv.hpp"

namespace carrybit {

/// A place in the study's plan: the columns that describe the cell, and what was found.
struct ResultRow {
  nlohmann::ordered_json columns;
  std::optional<nlohmann::ordered_json> result;  // nothing: not computed yet
};

/// The columns of cells.csv.
std::span<const std::string_view> cell_columns();

/// cells.csv: every finished row, with its number in the plan (from 1).
Table cells_table(std::span<const ResultRow> rows);
/// digits.csv: one row for every finished accuracy cell and answer token as written.
Table digits_table(std::span<const ResultRow> rows);

/// Rows of cells.csv that go together: equal in the columns that tell series apart.
struct Series {
  std::string name;  // for people: "add_log, radix=2, base 10"
  std::vector<std::size_t> rows;
};
/// Splits rows by the columns given or, without any, by those that describe the question and differ,
/// except `apart` (the axes).
std::vector<Series> split_series(const Table& cells, std::span<const std::size_t> rows,
                                 std::span<const std::string> by,
                                 std::span<const std::string_view> apart);

/// Rows whose column has one of the values.
std::vector<std::size_t> rows_of_kind(const Table& cells, std::string_view kind);

/// widths.csv: a row for every length (of kept_width: the operands' digits), a column for every series of width and
/// kept_width cells: the bracket as text, "5" where width 5 passes and 4 is refuted, "3..5" where 2 is refuted and 5
/// passes, "> 64" where none does.
Table widths_table(const Table& cells);

}  // namespace carrybit
