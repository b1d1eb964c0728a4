#pragma once
// How does a width grow with the length? Three laws by least squares, and which of them the points speak for.
//
//   constant   width = b
//   log2       width = a log2(n) + b
//   linear     width = a n + b
//
// Intervals are 95%, of Student's t. Laws are compared by Akaike's criterion corrected for few points
// (Hurvich and Tsai 1989), AICc = N ln(max(RSS/N, 1/12)) + 2K + 2K(K+1)/(N-K-1), K counting the variance
// too. The floor is the variance of rounding to a whole number: a width is one, so residuals
// below it tell laws apart no further. Widths are no random draws: intervals and criterion describe
// how well a law fits the lengths tried, and prove nothing beyond them.

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "experiments/csv.hpp"
#include "experiments/fit.hpp"

namespace carrybit {

enum class Growth : std::uint8_t { constant, log2, linear };
std::string_view name(Growth growth);

struct Interval {
  double value = 0, low = 0, high = 0;
};

struct GrowthFit {
  Growth growth = Growth::constant;
  Interval slope;  // of log2 and linear
  Interval intercept;
  double rss = 0;                       // residual sum of squares
  double r_squared = 0;                 // 0 of constant
  std::optional<double> aicc;           // needs K + 2 points
  std::optional<double> worse_by = {};  // AICc above the best law's
  int points = 0;
};

/// The three laws for points (n, width), those that can be fitted: log2 and linear need three points of
/// different n, constant two. Points with n < 1 are a fault of the caller.
std::vector<GrowthFit> fit_growth(std::span<const Point> points);

/// The law of least AICc, where it is 2 or more below every other; nothing where the points do not tell.
std::optional<Growth> winner(std::span<const GrowthFit> fits);

/// The 0.975 quantile of Student's t with so many degrees of freedom (at least 1).
double student_quantile(int degrees);

/// fits.csv: every law for every series of width cells that has three widths or more.
Table fits_table(const Table& cells);

}  // namespace carrybit
