#include "experiments/fit.hpp"

#include "precision/error.hpp"

namespace carrybit {

Line fit_line(std::span<const Point> points) {
  const auto n = static_cast<double>(points.size());
  Point mean;
  for (const Point& p : points) {
    mean.x += p.x / n;
    mean.y += p.y / n;
  }
  double xx = 0;
  double xy = 0;
  double yy = 0;
  for (const Point& p : points) {
    xx += (p.x - mean.x) * (p.x - mean.x);
    xy += (p.x - mean.x) * (p.y - mean.y);
    yy += (p.y - mean.y) * (p.y - mean.y);
  }
  if (xx == 0) {
    throw BadInput("a line needs two points with different x");
  }
  Line line;
  line.slope = xy / xx;
  line.intercept = mean.y - line.slope * mean.x;
  line.r_squared = yy == 0 ? 1 : xy * xy / (xx * yy);
  line.points = static_cast<int>(points.size());
  return line;
}

}  // namespace carrybit
