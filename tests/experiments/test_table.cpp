// Tables made of cells.csv.

#include "experiments/table.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace carrybit;

namespace {

/// Cells with these values, and nothing in all other columns.
Table cells(const std::vector<std::map<std::string, std::string>>& given) {
  Table table;
  table.columns.assign(cell_columns().begin(), cell_columns().end());
  for (const auto& cell : given) {
    std::vector<std::string> row;
    for (const std::string& column : table.columns) {
      const auto at = cell.find(column);
      row.push_back(at == cell.end() ? "" : at->second);
    }
    table.rows.push_back(row);
  }
  return table;
}

}  // namespace

TEST_CASE("widths: constructions by their length, saved weights by the operands they were asked") {
  const Table widths = widths_table(cells({
      {{"kind", "width"},
       {"model", "add_log"},
       {"length_digits", "4"},
       {"required_width_bits", "5"},
       {"refuted_width_bits", "2"},
       {"certified_width_bits", "6"}},
      {{"kind", "width"},
       {"model", "add_log"},
       {"length_digits", "8"},
       {"required_width_bits", "7"},
       {"refuted_width_bits", "6"}},
      {{"kind", "accuracy"}, {"model", "models/a"}, {"length_digits", "16"}},
      {{"kind", "kept_width"},
       {"model", "models/a"},
       {"role", "weights"},
       {"length_digits", "16"},
       {"operand_digits", "4"},
       {"required_width_bits", "12"},
       {"refuted_width_bits", "11"}},
      {{"kind", "kept_width"},
       {"model", "models/a"},
       {"role", "all"},
       {"length_digits", "16"},
       {"operand_digits", "16"},
       {"refuted_width_bits", "20"}},
  }));
  CHECK(widths.columns == std::vector<std::string>{"length_digits", "add_log (bits)",
                                                   "weights (bits)", "all (bits)"});
  CHECK(widths.rows == std::vector<std::vector<std::string>>{
                           {"4", "3..6", "12", ""}, {"8", "7", "", ""}, {"16", "", "", "> 20"}});
}

TEST_CASE("widths: saved weights of which no fewer digits were asked go by their own length") {
  const Table widths = widths_table(cells({
      {{"kind", "kept_width"},
       {"model", "models/a"},
       {"length_digits", "5"},
       {"required_width_bits", "12"},
       {"refuted_width_bits", "11"}},
  }));
  CHECK(widths.rows == std::vector<std::vector<std::string>>{{"5", "12"}});
}
