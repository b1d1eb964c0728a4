#pragma once
// Tables of text, as CSV (RFC 4180, line ends LF).

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace carrybit {

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as `columns`

  /// The place of a column, or -1.
  int find(std::string_view column) const;
  /// A row's value in a column; "" where the table has no such column.
  const std::string& at(std::size_t row, std::string_view column) const;
};

std::string to_csv(const Table& table);
/// Throws BadInput, one line naming file and line, where the text is no table.
Table parse_csv(std::string_view text, const std::string& name);

}  // namespace carrybit
