// Heat maps: a rectangle for every pair of values, coloured; grey where there is no value.

#include <fmt/format.h>

#include <map>

#include "experiments/figure_text.hpp"
#include "experiments/words.hpp"
#include "precision/error.hpp"

namespace carrybit::figure_text {

namespace {

/// The values of an axis in order, each with its place from 0: axes need not be regular.
using Places = std::map<double, int>;

Places places_of(const Figure& figure, const Table& cells, const std::vector<std::size_t>& rows,
                 const std::string& column) {
  Places places;
  for (const std::size_t row : rows) {
    places.emplace(number_at(figure, cells, row, column), 0);
  }
  int place = 0;
  for (auto& [value, at] : places) {
    at = place++;
  }
  return places;
}

std::string tics(const char* axis, const Places& places) {
  std::string out;
  for (const auto& [value, at] : places) {
    out += fmt::format("{}'{}' {}", out.empty() ? "" : ", ", number_text(value), at);
  }
  return fmt::format("set {}tics scale 0 ({})\nset {}range [-0.5:{}]\n", axis, out, axis,
                     static_cast<double>(places.size()) - 0.5);
}

struct Mean {
  double sum = 0;
  int count = 0;
};

/// Where a law's value lies between the places of the axis.
std::string place_between(const Places& places, const std::string& text) {
  if (text == "NaN") {
    return text;
  }
  const double value = std::stod(text);
  auto above = places.lower_bound(value);
  if (above == places.end() || (above == places.begin() && above->first != value)) {
    return "NaN";
  }
  if (above->first == value) {
    return std::to_string(above->second);
  }
  const auto below = std::prev(above);
  return number_text(below->second + (value - below->first) / (above->first - below->first));
}

}  // namespace

std::string heatmap(const Figure& figure, const Table& cells,
                    const std::vector<std::size_t>& rows) {
  const Places xs = places_of(figure, cells, rows, figure.x);
  const Places ys = places_of(figure, cells, rows, figure.y);
  std::map<std::pair<int, int>, Mean> means;
  for (const std::size_t row : rows) {
    Mean& mean = means[{xs.at(number_at(figure, cells, row, figure.x)),
                        ys.at(number_at(figure, cells, row, figure.y))}];
    if (!cells.at(row, figure.value).empty()) {
      mean.sum += number_at(figure, cells, row, figure.value);
      ++mean.count;
    }
  }
  std::string known;
  std::string unknown;
  for (const auto& [at, mean] : means) {
    if (mean.count == 0) {
      unknown += fmt::format("{} {}\n", at.first, at.second);
    } else {
      known += fmt::format("{} {} {}\n", at.first, at.second, number_text(mean.sum / mean.count));
    }
  }
  if (known.empty()) {
    throw BadInput(fmt::format("figure {}: no row has a {}", figure.name, figure.value));
  }
  std::string out = preamble(figure) + fmt::format("$known << EOD\n{}EOD\n", known);
  std::string plot =
      "plot $known using 1:2:(0.49):(0.49):3 with boxxyerror fillstyle solid noborder linecolor "
      "palette notitle";
  if (!unknown.empty()) {
    out += fmt::format("$unknown << EOD\n{}EOD\n", unknown);
    plot +=
        ", \\\n     $unknown using 1:2:(0.49):(0.49) with boxxyerror fillstyle solid noborder "
        "linecolor rgb '#cccccc' title 'impossible in this format'";
  }
  int number = 0;
  for (const TheoryLine& line : figure.theory) {
    if (figure.x != "length_digits") {
      continue;
    }
    std::string points;
    for (const auto& [n, at] : xs) {
      points += fmt::format(
          "{} {}\n", at,
          place_between(ys, theory_value(line.law, cells, rows.front(), static_cast<int>(n))));
    }
    out += fmt::format("$theory{} << EOD\n{}EOD\n", ++number, points);
    plot += fmt::format(
        ", \\\n     $theory{} using 1:2 with linespoints linecolor rgb '#D55E00' linewidth 2 "
        "pointtype 7 pointsize 0.6 dashtype {} title {}",
        number, number, quotes(line.title));
  }
  out += tics("x", xs) + tics("y", ys);
  out += fmt::format("set xlabel {}\nset ylabel {}\nset cblabel {}\n",
                     quotes(axis_label(figure.x_label, figure.x)),
                     quotes(axis_label(figure.y_label, figure.y)),
                     quotes(axis_label(figure.value_label, figure.value)));
  if (figure.value == "exact_match" || figure.value == "digit_accuracy") {
    out += "set cbrange [0:1]\n";
  }
  // Cividis: read alike with and without colour vision.
  out +=
      "set palette defined (0 '#00224e', 0.25 '#434e6c', 0.5 '#7d7c78', 0.75 '#bcae6c', 1 "
      "'#fee838')\n";
  out += "set key outside below center horizontal\nset border 0\n";
  return out + plot + "\n";
}

}  // namespace carrybit::figure_text
