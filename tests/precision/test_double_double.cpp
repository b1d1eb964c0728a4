// Double-doubles and the constants of the kernels, against MPFR.

#include "tests/precision/kernel_search.hpp"

using namespace carrybit::tests;

TEST_CASE("the constants are the nearest double-doubles to their definitions") {
  Big x(400), y(400);
  for (int n = 0; n <= 27; ++n) {
    mpfr_fac_ui(x.v, static_cast<unsigned long>(n), MPFR_RNDN);
    mpfr_ui_div(x.v, 1, x.v, MPFR_RNDN);
    CHECK(inverse_factorial(n) == nearest(x));
  }
  for (int j = -16; j < 16; ++j) {
    mpfr_set_si_2exp(x.v, j, -5, MPFR_RNDN);
    mpfr_exp2(x.v, x.v, MPFR_RNDN);
    mpfr_sub_ui(x.v, x.v, 1, MPFR_RNDN);
    CHECK(exp2_minus_one(j) == nearest(x));
  }
  for (int j = 0; j <= 52; ++j) {
    mpfr_set_si_2exp(x.v, j, -3, MPFR_RNDN);
    mpfr_erf(x.v, x.v, MPFR_RNDN);
    CHECK(erf_of_eighths(j) == nearest(x));
  }
  // The rest are in the kernels' text, and here again.
  mpfr_const_log2(x.v, MPFR_RNDN);
  CHECK(nearest(x) == DoubleDouble{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56});
  mpfr_sub_d(y.v, x.v, 0x1.62e42fefa38p-1, MPFR_RNDN);
  CHECK(nearest(y).hi == 0x1.ef35793c7673p-45);
  mpfr_div_ui(x.v, x.v, 32, MPFR_RNDN);
  mpfr_sub_d(y.v, x.v, 0x1.62e42fefap-6, MPFR_RNDN);
  mpfr_sub_d(y.v, y.v, 0x1.cf79abc9ep-45, MPFR_RNDN);
  CHECK(nearest(y).hi == 0x1.d9cc01f97b57ap-84);
  mpfr_ui_div(y.v, 1, x.v, MPFR_RNDN);
  CHECK(nearest(y).hi == 0x1.71547652b82fep+5);
  mpfr_const_pi(x.v, MPFR_RNDN);
  mpfr_sqrt(y.v, x.v, MPFR_RNDN);
  mpfr_ui_div(y.v, 2, y.v, MPFR_RNDN);
  CHECK(nearest(y) == DoubleDouble{0x1.20dd750429b6dp+0, 0x1.1ae3a914fed8p-56});
  mpfr_div_ui(x.v, x.v, 2, MPFR_RNDN);
  mpfr_ui_div(y.v, 1, x.v, MPFR_RNDN);
  CHECK(nearest(y).hi == 0x1.45f306dc9c883p-1);
  for (const double part : {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110,
                            0x1.4cf98e804177dp-164}) {
    CHECK(nearest(x).hi == part);
    mpfr_sub_d(x.v, x.v, part, MPFR_RNDN);
  }
}

TEST_CASE("sums and products of doubles are exact") {
  Big exact, answer;
  for (int i = 0; i < 200000; ++i) {
    const double a = std::ldexp(uniform() - 0.5, static_cast<int>(random_bits()() % 100) - 50);
    const double b = std::ldexp(uniform() - 0.5, static_cast<int>(random_bits()() % 100) - 50);
    mpfr_set_d(exact.v, a, MPFR_RNDN);
    mpfr_add_d(exact.v, exact.v, b, MPFR_RNDN);
    const DoubleDouble s = exact_sum(a, b);
    set(answer, s.hi, s.lo);
    bool right = mpfr_equal_p(exact.v, answer.v) != 0 && s.hi == a + b;
    mpfr_set_d(exact.v, a, MPFR_RNDN);
    mpfr_mul_d(exact.v, exact.v, b, MPFR_RNDN);
    const DoubleDouble p = exact_product(a, b);
    set(answer, p.hi, p.lo);
    right = right && mpfr_equal_p(exact.v, answer.v) != 0 && p.hi == a * b;
    if (!right) {
      FAIL_CHECK(a << " and " << b);
    }
  }
}

TEST_CASE("the double-double operations keep the bounds of Joldes, Muller and Popescu") {
  constexpr double u2 = 0x1p-106;
  const auto random_pair = [] {
    const double hi = std::ldexp(uniform() - 0.5, static_cast<int>(random_bits()() % 8));
    return exact_sum(hi, std::ldexp(hi * (uniform() - 0.5), -52));
  };
  double worst[6] = {};
  Big a, b, truth;
  for (int i = 0; i < 200000; ++i) {
    const DoubleDouble x = random_pair();
    DoubleDouble y = random_pair();
    if ((i & 3) == 0) {  // cancellation
      y = {-x.hi * (1 + 0x1p-52 * static_cast<double>(i % 5)), y.lo * 0x1p-8};
      y = exact_sum(y.hi, y.lo);
    }
    set(a, x.hi, x.lo);
    set(b, y.hi, y.lo);
    const auto compare = [&truth](double& most, DoubleDouble z) {
      most = std::fmax(most, relative_error(z.hi, z.lo, truth));
    };
    mpfr_add_d(truth.v, a.v, y.hi, MPFR_RNDN);
    compare(worst[0], x + y.hi);
    mpfr_add(truth.v, a.v, b.v, MPFR_RNDN);
    compare(worst[1], x + y);
    mpfr_mul_d(truth.v, a.v, y.hi, MPFR_RNDN);
    compare(worst[2], x * y.hi);
    mpfr_mul(truth.v, a.v, b.v, MPFR_RNDN);
    compare(worst[3], x * y);
    mpfr_div(truth.v, a.v, b.v, MPFR_RNDN);
    compare(worst[4], x / y);
    const DoubleDouble small = {y.hi / 64, y.lo / 64};
    if (std::fabs(small.hi) <= std::fabs(x.hi) / 8) {
      set(b, small.hi, small.lo);
      mpfr_add(truth.v, a.v, b.v, MPFR_RNDN);
      compare(worst[5], plus_small(x, small));
    }
  }
  MESSAGE("in u^2: dd+d " << worst[0] / u2 << ", dd+dd " << worst[1] / u2 << ", dd*d "
                          << worst[2] / u2 << ", dd*dd " << worst[3] / u2 << ", dd/dd "
                          << worst[4] / u2 << ", plus_small " << worst[5] / u2);
  CHECK(worst[0] <= 2 * u2);
  CHECK(worst[1] <= 3.01 * u2);
  CHECK(worst[2] <= 1.51 * u2);
  CHECK(worst[3] <= 7 * u2);
  CHECK(worst[4] <= 15.01 * u2);
  CHECK(worst[5] <= 4 * u2);
}
