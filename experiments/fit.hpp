#pragma once
// Straight lines through points.

#include <span>

namespace carrybit {

struct Point {
  double x = 0;
  double y = 0;
};

/// y = slope * x + intercept, by least squares.
struct Line {
  double slope = 0;
  double intercept = 0;
  double r_squared = 1;  // 1 where every y is the same
  int points = 0;
};

/// Throws BadInput for fewer than two different x.
Line fit_line(std::span<const Point> points);

}  // namespace carrybit
