#include "experiments/csv.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "precision/error.hpp"

namespace carrybit {

int Table::find(std::string_view column) const {
  const auto at = std::find(columns.begin(), columns.end(), column);
  return at == columns.end() ? -1 : static_cast<int>(at - columns.begin());
}

const std::string& Table::at(std::size_t row, std::string_view column) const {
  static const std::string nothing;
  const int place = find(column);
  return place < 0 ? nothing : rows.at(row)[static_cast<std::size_t>(place)];
}

namespace {

void put_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    out += c;
    if (c == '"') {
      out += c;
    }
  }
  out += '"';
}

void put_row(std::string& out, const std::vector<std::string>& row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i != 0) {
      out += ',';
    }
    put_field(out, row[i]);
  }
  out += '\n';
}

/// Reads one row from the front of `rest`; false where a quotation mark is never closed.
bool take_row(std::string_view& rest, std::vector<std::string>& row) {
  row.assign(1, "");
  bool quoted = false;
  std::size_t i = 0;
  for (; i < rest.size(); ++i) {
    const char c = rest[i];
    if (quoted && c == '"' && i + 1 < rest.size() && rest[i + 1] == '"') {
      row.back() += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      row.emplace_back();
    } else if (!quoted && c == '\n') {
      ++i;
      break;
    } else if (quoted || c != '\r') {
      row.back() += c;
    }
  }
  rest.remove_prefix(i);
  return !quoted;
}

}  // namespace

std::string to_csv(const Table& table) {
  std::string out;
  put_row(out, table.columns);
  for (const auto& row : table.rows) {
    put_row(out, row);
  }
  return out;
}

Table parse_csv(std::string_view text, const std::string& name) {
  Table table;
  if (text.empty() || !take_row(text, table.columns)) {
    throw BadInput(fmt::format("{}:1: a line of column names is missing", name));
  }
  while (!text.empty()) {
    const std::size_t number = table.rows.size() + 2;
    table.rows.emplace_back();
    if (!take_row(text, table.rows.back()) || table.rows.back().size() != table.columns.size()) {
      throw BadInput(fmt::format("{}: row {} has not the {} columns of the first line", name,
                                 number, table.columns.size()));
    }
  }
  return table;
}

}  // namespace carrybit
