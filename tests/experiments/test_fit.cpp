// Least squares against exact cases and the normal equations in exact rationals.

#include <doctest/doctest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <vector>

#include "experiments/fit.hpp"
#include "precision/error.hpp"

using namespace carrybit;

TEST_CASE("points on a line give that line") {
  const Line line = fit_line(std::vector<Point>{{0, 3}, {1, 5}, {2, 7}, {4, 11}});
  CHECK(line.slope == doctest::Approx(2));
  CHECK(line.intercept == doctest::Approx(3));
  CHECK(line.r_squared == doctest::Approx(1));
  CHECK(line.points == 4);
  const Line two = fit_line(std::vector<Point>{{5, 1}, {7, 0}});
  CHECK(two.slope == doctest::Approx(-0.5));
  CHECK(two.intercept == doctest::Approx(3.5));
}

TEST_CASE("a constant has slope 0 and explains everything") {
  const Line line = fit_line(std::vector<Point>{{0, 2}, {1, 2}, {5, 2}});
  CHECK(line.slope == 0);
  CHECK(line.intercept == 2);
  CHECK(line.r_squared == 1);
}

TEST_CASE("the normal equations, in rationals") {
  using Rational = boost::multiprecision::cpp_rational;
  for (int seed = 1; seed < 50; ++seed) {
    std::vector<Point> points;
    Rational sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;
    const int count = 3 + seed % 6;
    for (int i = 0; i < count; ++i) {
      const int x = (i * 7 + seed * 3) % 11;
      const int y = (i * i * 5 + seed * 13) % 17;
      points.push_back({static_cast<double>(x), static_cast<double>(y)});
      sx += x;
      sy += y;
      sxx += x * x;
      sxy += x * y;
      syy += y * y;
    }
    const Rational xx = count * sxx - sx * sx;
    const Rational xy = count * sxy - sx * sy;
    const Rational yy = count * syy - sy * sy;
    const Rational slope = xy / xx;
    const Line line = fit_line(points);
    CHECK(line.slope == doctest::Approx(slope.convert_to<double>()).epsilon(1e-12));
    CHECK(line.intercept ==
          doctest::Approx(Rational((sy - slope * sx) / count).convert_to<double>()).epsilon(1e-9));
    CHECK(line.r_squared ==
          doctest::Approx(Rational(xy * xy / (xx * yy)).convert_to<double>()).epsilon(1e-9));
    CHECK(line.points == count);
  }
}

TEST_CASE("one x is no line") {
  CHECK_THROWS_AS(fit_line(std::vector<Point>{}), BadInput);
  CHECK_THROWS_AS(fit_line(std::vector<Point>{{1, 1}}), BadInput);
  CHECK_THROWS_AS(fit_line(std::vector<Point>{{1, 1}, {1, 2}}), BadInput);
}
