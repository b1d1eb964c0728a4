#pragma once
// Inside figures.hpp: the gnuplot scripts of the two shapes.

#include <set>
#include <string>
#include <vector>

#include "experiments/study.hpp"
#include "experiments/table.hpp"

namespace carrybit::figure_text {

/// Adds the names of its series to `series`.
std::string lines(const Figure& figure, const Table& cells, const std::vector<std::size_t>& rows,
                  std::set<std::string>& series);
std::string heatmap(const Figure& figure, const Table& cells, const std::vector<std::size_t>& rows);

/// A text in gnuplot's quotation marks.
std::string quotes(std::string_view text);
/// "length n (digits)" for length_digits.
std::string axis_label(const std::string& given, const std::string& column);
/// Throws BadInput where the field is no number.
double number_at(const Figure& figure, const Table& cells, std::size_t row,
                 const std::string& column);
std::string number_text(double value);
/// A law's value for the task of a row, its length replaced by n; nothing where it has none.
std::string theory_value(const std::string& law, const Table& cells, std::size_t row, int n);
/// What every script begins with.
std::string preamble(const Figure& figure);

}  // namespace carrybit::figure_text
