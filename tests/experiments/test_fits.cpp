// Laws of growth against values computed by other means, and that the wrong law is seen to be worse.

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "experiments/fits.hpp"

using namespace carrybit;

namespace {

std::vector<Point> points(double (*law)(double), std::vector<double> at) {
  std::vector<Point> out;
  for (const double n : at) {
    out.push_back({n, std::ceil(law(n))});
  }
  return out;
}
const std::vector<double> lengths = {1, 2, 4, 8, 16, 32, 64};

const GrowthFit& of(const std::vector<GrowthFit>& fits, Growth growth) {
  for (const GrowthFit& f : fits) {
    if (f.growth == growth) return f;
  }
  throw std::out_of_range("no such fit");
}

}  // namespace

TEST_CASE("Student's quantiles") {  // tables of the t distribution
  CHECK(student_quantile(1) == doctest::Approx(12.7062).epsilon(1e-5));
  CHECK(student_quantile(5) == doctest::Approx(2.57058).epsilon(1e-5));
  CHECK(student_quantile(30) == doctest::Approx(2.04227).epsilon(1e-5));
}

TEST_CASE("least squares with intervals, an example worked by hand") {
  // x = log2 n = 0, 1, 2, 3; y = 1, 2, 4, 4: slope 1.1, intercept 1.1, RSS 0.7.
  const auto fits = fit_growth(std::vector<Point>{{1, 1}, {2, 2}, {4, 4}, {8, 4}});
  const GrowthFit& f = of(fits, Growth::log2);
  CHECK(f.slope.value == doctest::Approx(1.1));
  CHECK(f.intercept.value == doctest::Approx(1.1));
  CHECK(f.rss == doctest::Approx(0.7));
  const double half = 4.302653 * std::sqrt(0.35 / 5);  // t(2) * sqrt(s^2 / Sxx)
  CHECK(f.slope.low == doctest::Approx(1.1 - half));
  CHECK(f.slope.high == doctest::Approx(1.1 + half));
  CHECK_FALSE(f.aicc.has_value());  // four points and three parameters
}

TEST_CASE("AICc by its formula") {
  const auto fits = fit_growth(std::vector<Point>{{1, 0}, {2, 3}, {3, 1}, {4, 6}, {5, 2}, {6, 8}});
  const GrowthFit& f = of(fits, Growth::linear);
  CHECK(*f.aicc == doctest::Approx(6 * std::log(f.rss / 6) + 6 + 24.0 / 2));
  const GrowthFit& c = of(fits, Growth::constant);
  CHECK(*c.aicc == doctest::Approx(6 * std::log(c.rss / 6) + 4 + 12.0 / 3));
}

TEST_CASE("each law wins on its own points, by far") {
  const auto constant = fit_growth(points([](double) { return 2.0; }, lengths));
  CHECK(winner(constant) == Growth::constant);
  const auto log = fit_growth(points([](double n) { return 2 * std::log2(n) + 1; }, lengths));
  CHECK(winner(log) == Growth::log2);
  CHECK(*of(log, Growth::linear).worse_by > 10);
  CHECK(*of(log, Growth::log2).worse_by == 0);
  const auto line = fit_growth(points([](double n) { return 1.7 * n + 2; }, lengths));
  CHECK(winner(line) == Growth::linear);
}

TEST_CASE("too few points have no winner") {
  CHECK_FALSE(winner(fit_growth(std::vector<Point>{{1, 1}, {2, 2}, {4, 3}})).has_value());
  CHECK(fit_growth(std::vector<Point>{{1, 1}}).empty());
  CHECK(fit_growth({}).empty());
}

TEST_CASE("widths that do not tell are undecided") {
  // 3 3 3 4 3 3: neither law is 2 better than a constant, and a constant is.
  const auto fits =
      fit_growth(std::vector<Point>{{1, 3}, {2, 3}, {4, 3}, {8, 4}, {16, 3}, {32, 3}});
  CHECK(winner(fits) == Growth::constant);
  const auto close =
      fit_growth(std::vector<Point>{{8, 1}, {9, 2}, {10, 3}, {11, 4}, {12, 5}, {13, 6}});
  CHECK_FALSE(winner(close).has_value());  // log2 and linear are alike over so short a stretch
}
