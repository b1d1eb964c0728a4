#include "experiments/fits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "experiments/table.hpp"

namespace carrybit {

std::string_view name(Growth growth) {
  switch (growth) {
    case Growth::constant: return "constant";
    case Growth::log2: return "log2";
    case Growth::linear: return "linear";
  }
  return "";
}

double student_quantile(int degrees) {
  return boost::math::quantile(boost::math::students_t_distribution<double>(degrees), 0.975);
}

namespace {

std::optional<double> aicc(double rss, int points, int parameters) {
  const int spare = points - parameters - 1;
  if (spare < 1) {
    return std::nullopt;
  }
  const double variance = std::max(rss / points, 1.0 / 12);
  return points * std::log(variance) + 2.0 * parameters +
         2.0 * parameters * (parameters + 1) / spare;
}

Interval around(double value, double error, int degrees) {
  const double half = error == 0 ? 0 : student_quantile(degrees) * error;
  return {value, value - half, value + half};
}

GrowthFit fit_constant(std::span<const Point> points) {
  const auto n = static_cast<double>(points.size());
  double mean = 0;
  for (const Point& p : points) {
    mean += p.y / n;
  }
  GrowthFit fit;
  for (const Point& p : points) {
    fit.rss += (p.y - mean) * (p.y - mean);
  }
  fit.points = static_cast<int>(points.size());
  fit.intercept = around(mean, std::sqrt(fit.rss / (n - 1) / n), fit.points - 1);
  fit.aicc = aicc(fit.rss, fit.points, 2);
  return fit;
}

GrowthFit fit_line_of(Growth growth, std::span<const Point> points) {
  std::vector<Point> moved(points.begin(), points.end());
  for (Point& p : moved) {
    p.x = growth == Growth::log2 ? std::log2(p.x) : p.x;
  }
  const Line line = fit_line(moved);
  const auto n = static_cast<double>(moved.size());
  double mean = 0;
  for (const Point& p : moved) {
    mean += p.x / n;
  }
  GrowthFit fit;
  fit.growth = growth;
  double spread = 0;
  for (const Point& p : moved) {
    const double residual = p.y - line.slope * p.x - line.intercept;
    fit.rss += residual * residual;
    spread += (p.x - mean) * (p.x - mean);
  }
  fit.points = line.points;
  fit.r_squared = line.r_squared;
  const int degrees = fit.points - 2;
  const double variance = fit.rss / degrees;
  fit.slope = around(line.slope, std::sqrt(variance / spread), degrees);
  fit.intercept =
      around(line.intercept, std::sqrt(variance * (1 / n + mean * mean / spread)), degrees);
  fit.aicc = aicc(fit.rss, fit.points, 3);
  return fit;
}

std::size_t different_lengths(std::span<const Point> points) {
  std::vector<double> x;
  for (const Point& p : points) {
    x.push_back(p.x);
  }
  std::sort(x.begin(), x.end());
  return static_cast<std::size_t>(std::unique(x.begin(), x.end()) - x.begin());
}

}  // namespace

std::vector<GrowthFit> fit_growth(std::span<const Point> points) {
  std::vector<GrowthFit> fits;
  if (points.size() >= 2) {
    fits.push_back(fit_constant(points));
  }
  if (different_lengths(points) >= 3) {
    fits.push_back(fit_line_of(Growth::log2, points));
    fits.push_back(fit_line_of(Growth::linear, points));
  }
  const bool comparable = !fits.empty() && std::all_of(fits.begin(), fits.end(), [](const auto& f) {
    return f.aicc.has_value();
  });
  if (comparable) {
    double best = *fits.front().aicc;
    for (const GrowthFit& f : fits) {
      best = std::min(best, *f.aicc);
    }
    for (GrowthFit& f : fits) {
      f.worse_by = *f.aicc - best;
    }
  }
  return fits;
}

std::optional<Growth> winner(std::span<const GrowthFit> fits) {
  std::optional<Growth> best;
  int close = 0;
  for (const GrowthFit& f : fits) {
    if (!f.worse_by) {
      return std::nullopt;
    }
    if (*f.worse_by == 0 && !best) {
      best = f.growth;
    } else if (*f.worse_by < 2) {
      ++close;
    }
  }
  return close == 0 && fits.size() > 1 ? best : std::nullopt;
}

namespace {

std::string number(double value) {
  const std::string text = fmt::format("{:.4f}", value);
  return text == "-0.0000" ? "0.0000" : text;
}

}  // namespace

Table fits_table(const Table& cells) {
  Table table;
  table.columns = {"series",          "points",        "law",
                   "slope",           "slope_low",     "slope_high",
                   "intercept_bits",  "intercept_low", "intercept_high",
                   "r_squared",       "rss",           "aicc",
                   "aicc_above_best", "winner"};
  constexpr std::array<std::string_view, 3> apart = {"length_digits", "answer_digits",
                                                     "operand_digits"};
  const auto rows = rows_of_kind(cells, "width");
  for (const Series& series : split_series(cells, rows, {}, apart)) {
    std::vector<Point> points;
    for (const std::size_t row : series.rows) {
      if (!cells.at(row, "required_width_bits").empty()) {
        points.push_back({std::stod(cells.at(row, "length_digits")),
                          std::stod(cells.at(row, "required_width_bits"))});
      }
    }
    const auto fits = points.size() < 3 ? std::vector<GrowthFit>{} : fit_growth(points);
    const auto best = winner(fits);
    for (const GrowthFit& f : fits) {
      const bool sloped = f.growth != Growth::constant;
      const auto slope = [&](double v) { return sloped ? number(v) : std::string(); };
      table.rows.push_back({series.name, std::to_string(f.points), std::string(name(f.growth)),
                            slope(f.slope.value), slope(f.slope.low), slope(f.slope.high),
                            number(f.intercept.value), number(f.intercept.low),
                            number(f.intercept.high), slope(f.r_squared), number(f.rss),
                            f.aicc ? number(*f.aicc) : "", f.worse_by ? number(*f.worse_by) : "",
                            !f.worse_by        ? "too few points"
                            : best == f.growth ? "yes"
                            : best             ? "no"
                                               : "undecided"});
    }
  }
  return table;
}

}  // namespace carrybit
