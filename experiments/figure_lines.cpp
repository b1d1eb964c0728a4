// Lines: one for every series, with bars for brackets and intervals, and theory beside them.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "experiments/figure_text.hpp"

namespace carrybit::figure_text {

namespace {

struct Spot {
  double y = 0, low = 0, high = 0, stated = 0;
  int count = 0, stated_count = 0;
};
/// By x, then by the first row of the spot.
using Spots = std::map<std::pair<double, std::size_t>, Spot>;

/// Whether two rows ask the same but for seed and repetition.
bool same_question(const Table& cells, std::size_t a, std::size_t b) {
  const std::array<std::string_view, 13> columns = {
      "model",  "options", "arithmetic", "task",          "base",           "addends", "format",
      "inputs", "family",  "role",       "length_digits", "operand_digits", "keep"};
  return std::all_of(columns.begin(), columns.end(),
                     [&](auto column) { return cells.at(a, column) == cells.at(b, column); });
}

/// What is known of the value on both sides: a width's bracket, a proportion's interval.
std::pair<double, double> bounds(const Figure& figure, const Table& cells, std::size_t row,
                                 double y) {
  const auto known = [&](const std::string& column, double otherwise, double plus) {
    return cells.at(row, column).empty() ? otherwise : number_at(figure, cells, row, column) + plus;
  };
  if (figure.y == "required_width_bits") {
    return {known("refuted_width_bits", y, 1), known("certified_width_bits", y, 0)};
  }
  if (figure.y == "exact_match") {
    return {known("exact_match_low", y, 0), known("exact_match_high", y, 0)};
  }
  return {y, y};
}

/// Rows of equal x that differ in seed and repetition alone become one spot: their mean, and bars over all
/// of them.
Spots spots_of(const Figure& figure, const Table& cells, const std::vector<std::size_t>& rows) {
  Spots spots;
  for (const std::size_t row : rows) {
    const double y = number_at(figure, cells, row, figure.y);
    const auto [low, high] = bounds(figure, cells, row, y);
    const double x = number_at(figure, cells, row, figure.x);
    auto at = std::find_if(spots.begin(), spots.end(), [&](const auto& known) {
      return known.first.first == x && same_question(cells, known.first.second, row);
    });
    at = at == spots.end() ? spots.emplace(std::pair{x, row}, Spot{}).first : at;
    Spot& spot = at->second;
    spot.low = spot.count == 0 ? std::min(low, y) : std::min({spot.low, low, y});
    spot.high = spot.count == 0 ? std::max(high, y) : std::max({spot.high, high, y});
    spot.y += y;
    ++spot.count;
    if (!cells.at(row, "stated_width_bits").empty()) {
      spot.stated += number_at(figure, cells, row, "stated_width_bits");
      ++spot.stated_count;
    }
  }
  return spots;
}

std::string block(const std::string& name, const std::string& lines) {
  return fmt::format("${} << EOD\n{}EOD\n", name, lines);
}

/// By x or, where the series is a path that comes back to an x, in the rows' order.
std::vector<std::pair<double, Spot>> in_order(const Spots& spots) {
  std::vector<std::pair<std::size_t, std::pair<double, Spot>>> path;
  bool comes_back = false;
  for (const auto& [place, spot] : spots) {
    comes_back = comes_back || (!path.empty() && path.back().second.first == place.first);
    path.push_back({place.second, {place.first, spot}});
  }
  if (comes_back) {
    std::sort(path.begin(), path.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  std::vector<std::pair<double, Spot>> out;
  for (const auto& [row, spot] : path) {
    out.push_back(spot);
  }
  return out;
}

/// The series' data blocks, and its share of the plot command.
struct Drawn {
  std::string data;
  std::vector<std::string> plots;
};

Drawn draw_series(const Figure& figure, const Spots& spots, int number, const std::string& title) {
  std::string points;
  std::string bars;
  std::string stated;
  for (const auto& [x, s] : in_order(spots)) {
    const std::string at = number_text(x);
    const double y = s.y / s.count;
    points += fmt::format("{} {}\n", at, number_text(y));
    if (s.low < s.high) {
      bars +=
          fmt::format("{} {} {} {}\n", at, number_text(y), number_text(s.low), number_text(s.high));
    }
    if (s.stated_count != 0) {
      stated += fmt::format("{} {}\n", at, number_text(s.stated / s.stated_count));
    }
  }
  Drawn drawn;
  const auto add = [&](const char* kind, const std::string& lines, const std::string& plot) {
    const std::string name = fmt::format("{}{}", kind, number);
    drawn.data += block(name, lines);
    drawn.plots.push_back(fmt::format("${} {}", name, plot));
  };
  add("series", points,
      fmt::format("using 1:2 with linespoints linestyle {} title {}", number, quotes(title)));
  if (!bars.empty()) {
    add("bars", bars,
        fmt::format("using 1:2:3:4 with yerrorbars linestyle {} pointtype 0 notitle", number));
  }
  if (figure.stated && !stated.empty()) {
    add("stated", stated,
        fmt::format("using 1:2 with lines linestyle {} linewidth 1 dashtype 2 notitle", number));
  }
  return drawn;
}

/// Okabe and Ito's colours, told apart by their marks too; from the ninth series on, by dashes.
std::string styles(int count) {
  constexpr std::array<std::string_view, 8> colours = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                       "#000000", "#E69F00", "#56B4E9", "#999999"};
  constexpr std::array<int, 8> marks = {7, 5, 9, 11, 13, 6, 4, 8};
  std::string out;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i) % colours.size();
    out += fmt::format(
        "set style line {} linecolor rgb '{}' linewidth 2 pointtype {} pointsize 0.8 dashtype {}\n",
        i + 1, colours[at], marks[at], 1 + i / static_cast<int>(colours.size()));
  }
  return out;
}

Drawn draw_theory(const Figure& figure, const Table& cells, const std::vector<std::size_t>& rows) {
  Drawn drawn;
  if (figure.x != "length_digits") {
    return drawn;
  }
  double least = 1e300;
  double most = 0;
  for (const std::size_t row : rows) {
    least = std::min(least, number_at(figure, cells, row, figure.x));
    most = std::max(most, number_at(figure, cells, row, figure.x));
  }
  int number = 0;
  for (const TheoryLine& line : figure.theory) {
    std::string points;
    const int step = std::max(1, static_cast<int>((most - least) / 400));
    for (int n = static_cast<int>(least); n <= static_cast<int>(most); n += step) {
      points += fmt::format("{} {}\n", n, theory_value(line.law, cells, rows.front(), n));
    }
    const std::string name = fmt::format("theory{}", ++number);
    drawn.data += block(name, points);
    drawn.plots.push_back(
        fmt::format("${} using 1:2 with lines linecolor rgb '#555555' linewidth 1.5 dashtype {} "
                    "title {}",
                    name, 2 + number, quotes(line.title)));
  }
  return drawn;
}

/// A tic for every whole number where there are few.
std::string whole_tics(const Figure& figure, const Table& cells,
                       const std::vector<std::size_t>& rows) {
  double least = 1e300;
  double most = -1e300;
  for (const std::size_t row : rows) {
    const double x = number_at(figure, cells, row, figure.x);
    least = std::min(least, x);
    most = std::max(most, x);
  }
  return most - least <= 24 && most - least >= 1 && !figure.log_x ? "set xtics 1\n" : "";
}

std::string axes(const Figure& figure) {
  std::string out =
      fmt::format("set xlabel {}\nset ylabel {}\n", quotes(axis_label(figure.x_label, figure.x)),
                  quotes(axis_label(figure.y_label, figure.y)));
  out += "set key outside right top vertical Left reverse spacing 1.3\n";
  out +=
      "set grid ytics linecolor rgb '#dddddd' linetype 1\nset offsets graph 0.03, graph 0.03, 0, "
      "0\n";
  if (figure.log_x) {
    out += "set logscale x 2\n";
  }
  if (figure.log_y) {
    out += "set logscale y 10\n";
  } else {
    out += figure.y == "exact_match" || figure.y == "digit_accuracy" ? "set yrange [0:1.03]\n"
                                                                     : "set yrange [0:*]\n";
  }
  return out;
}

}  // namespace

std::string lines(const Figure& figure, const Table& cells, const std::vector<std::size_t>& rows,
                  std::set<std::string>& series) {
  std::vector<std::string_view> apart = {figure.x, figure.y,     "answer_digits",
                                         "seed",   "repetition", "kind"};
  if (figure.x == "operand_digits") {
    apart.push_back("length_digits");  // the rows that have no length of their own go by this one
  }
  std::string data;
  std::vector<std::string> plots;
  const auto take = [&](const Drawn& drawn) {
    data += drawn.data;
    plots.insert(plots.end(), drawn.plots.begin(), drawn.plots.end());
  };
  int number = 0;
  for (const Series& s : split_series(cells, rows, figure.series, apart)) {
    series.insert(s.name);
    const auto legend = figure.legend.find(s.name);
    take(draw_series(figure, spots_of(figure, cells, s.rows), ++number,
                     legend == figure.legend.end() ? s.name : legend->second));
  }
  take(draw_theory(figure, cells, rows));
  if (figure.stated && data.find("$stated") != std::string::npos) {
    plots.push_back(
        "NaN with lines linecolor rgb '#555555' linewidth 1 dashtype 2 title 'dashed: "
        "stated by the contracts'");
  }
  std::string out = preamble(figure) + data + styles(number) + axes(figure) +
                    whole_tics(figure, cells, rows) + "plot ";
  for (std::size_t i = 0; i < plots.size(); ++i) {
    out += (i == 0 ? "" : ", \\\n     ") + plots[i];
  }
  return out + "\n";
}

}  // namespace carrybit::figure_text
