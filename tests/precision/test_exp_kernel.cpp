// exp in lanes: the double-double kernel, the quick one, and a coefficient changed on purpose.

#include "tests/precision/kernel_search.hpp"

using namespace carrybit::tests;

namespace {

Approx exp_spoiled(double xh, double xl, int spoiled) {
  // exp_approx with the last bit of the leading part of 1/spoiled! changed.
  const auto coefficient = [spoiled](int n) {
    DoubleDouble c = inverse_factorial(n);
    c.hi = n == spoiled ? std::nextafter(c.hi, 1.0) : c.hi;
    return c;
  };
  const double n = nearest_integer(xh * 0x1.71547652b82fep+5);
  const DoubleDouble r = exact_sum(xh, -n * 0x1.62e42fefap-6) + -n * 0x1.cf79abc9ep-45 + xl +
                         -n * 0x1.d9cc01f97b57ap-84;
  double tail = 0;
  for (int i = 12; i >= 8; --i) {
    tail = tail * r.hi + coefficient(i).hi;
  }
  DoubleDouble sum = {tail, 0};
  for (int i = 7; i >= 2; --i) {
    sum = plus_small(coefficient(i), sum * r);
  }
  const DoubleDouble p = r + r * r * sum;
  const int index = static_cast<int>(n);
  const int j = ((index + 16) & 31) - 16;
  const DoubleDouble t = exp2_minus_one(j);
  const DoubleDouble y = t + (p + t * p) + 1.0;
  const auto scale = power_of_two<double>((index - j) / 32);
  return {scale * y.hi, scale * y.lo, exp_error};
}

template <int spoiled>
Approx exp_spoiled(double xh, double xl) {
  return exp_spoiled(xh, xl, spoiled);
}

}  // namespace

TEST_CASE("exp") {
  Search search(exp_kernel);
  common_structure(search);
  for (int half = 1; half <= 2 * 28000; half += half < 400 ? 1 : 37) {  // where n, j and k change
    search.both(half * (0x1.62e42fefa39efp-1 / 64));
  }
  search.random(random_count());
  search.done();
  search.all_answered();

  Kernel small = exp_kernel;  // where lo underflows, the claim grows with it
  small.highest = 693;
  Search rest(small);
  for (int i = 0; i < 5000; ++i) {
    rest.at(-620 - 73 * uniform(), 0);
    rest.at(620 + 73 * uniform(), 0);
  }
  rest.done(1);
  rest.all_answered();
  CHECK(exp_approx(-620, 0).error == exp_error);
  CHECK(exp_approx(0, 0).hi == 1);
  CHECK(exp_approx(0, 0).lo == 0);
  CHECK(exp_approx(0x1p-70, 0).lo == 0x1p-70);
  for (const double x : {693.1, -693.1, infinite, -infinite, not_a_number}) {
    CHECK(exp_approx(x, 0).error < 0);
  }
}

TEST_CASE("planted: a changed last bit of one coefficient breaks the bound of exp") {
  Kernel spoiled = exp_kernel;
  const auto worst = [&spoiled](Approx (*approx)(double, double)) {
    spoiled.approx = approx;
    Search search(spoiled);
    for (int i = 0; i < 2000; ++i) {
      search.at(20 * uniform() - 10, 0);
    }
    return search.worst();
  };
  CHECK(worst(exp_spoiled<0>) <= 0.125);  // the copy is faithful
  CHECK(worst(exp_spoiled<2>) > 1000);
  CHECK(worst(exp_spoiled<3>) > 1000);
  CHECK(worst(exp_spoiled<4>) > 1000);
  CHECK(worst(exp_spoiled<5>) > 10);
}

TEST_CASE("exp_quick: the polynomial is within 2^-55.9") {
  // The coefficients of r^2 ... r^11 in the kernel.
  const double coefficient[] = {0x1.0000000000001p-1,  0x1.5555555555557p-3,  0x1.5555555553d63p-5,
                                0x1.11111111100dcp-7,  0x1.6c16c1788b9a4p-10, 0x1.a01a01abe7b65p-13,
                                0x1.a019b90e3c799p-16, 0x1.71de023288d0bp-19, 0x1.289184013c6bbp-22,
                                0x1.af4de76a90952p-26};
  constexpr double radius = 0.3466;
  constexpr int steps = 1 << 14;
  // Between two points of a grid an error e exceeds its larger end by at most step^2 / 8 max |e''|.
  double curvature = 0, inverse = 1;
  for (int n = 2; n < 30; ++n) {
    inverse /= n;
    const double c = n < 12 ? coefficient[n - 2] : 0;
    curvature += n * (n - 1) * std::fabs(c - inverse) * std::pow(radius, n - 2);
  }
  double worst = 0;
  Big r, exact, sum;
  for (int i = -steps; i <= steps; ++i) {
    mpfr_set_d(r.v, radius * i / steps, MPFR_RNDN);
    mpfr_set_ui(sum.v, 0, MPFR_RNDN);
    for (int n = 11; n >= 0; --n) {
      mpfr_mul(sum.v, sum.v, r.v, MPFR_RNDN);
      mpfr_add_d(sum.v, sum.v, n < 2 ? 1.0 : coefficient[n - 2], MPFR_RNDN);
    }
    mpfr_exp(exact.v, r.v, MPFR_RNDN);
    mpfr_sub(sum.v, sum.v, exact.v, MPFR_RNDN);
    worst = std::fmax(worst, std::fabs(mpfr_get_d(sum.v, MPFR_RNDN)));
  }
  const double step = radius / steps;
  const double bound = worst + step * step / 8 * curvature;
  MESSAGE("on the grid 2^" << std::log2(worst) << ", everywhere 2^" << std::log2(bound));
  CHECK(bound < std::exp2(-55.9));
}

TEST_CASE("exp_quick") {
  Big x, truth;
  double worst = 0, worst_at = 0;
  const auto at = [&](double argument) {
    mpfr_set_d(x.v, argument, MPFR_RNDN);
    mpfr_exp(truth.v, x.v, MPFR_RNDN);
    const double error = relative_error(exp_quick(argument), 0, truth);
    if (!(error <= worst)) {
      worst = error;
      worst_at = argument;
    }
  };
  for (int i = 0; i < random_count(); ++i) {
    const double sign = (random_bits()() & 1) != 0 ? 1 : -1;
    at(sign * 708 * uniform());
    at(sign * 2 * uniform());
    at(sign * std::exp2(-60 + 69 * uniform()));
  }
  for (int half = -2042; half <= 2042; ++half) {
    const double edge = half * (0x1.62e42fefa39efp-1 / 2);
    for (int step = -2; step <= 2; ++step) {
      at(edge * (1 + step * 0x1p-52));
    }
  }
  at(708);
  at(-708);
  MESSAGE("exp_quick: worst error 2^" << std::log2(worst) << " at " << worst_at << ", claimed 2^"
                                      << std::log2(exp_quick_error));
  CHECK(worst <= exp_quick_error / 3);  // the proof: 2^-51.9
  CHECK(exp_quick(0) == 1);
  CHECK(exp_quick(-0.0) == 1);
}
