// The transcendental kernels of the lane engine but exp, against MPFR: every error that a kernel claims.

#include "tests/precision/kernel_search.hpp"

using namespace carrybit::tests;

TEST_CASE("log") {
  Search search(log_kernel);
  common_structure(search);
  for (int e = 1; e <= 200; ++e) {  // near 1, where the result is near 0
    search.around(1 + std::ldexp(1.0, -e));
    search.around(1 - std::ldexp(1.0, -e));
    search.at(1, std::ldexp(1 - 0.5 * uniform(), -60 - 4 * e));
    search.at(1, -std::ldexp(1 - 0.5 * uniform(), -60 - 4 * e));
  }
  for (int i = 0; i < 5000; ++i) {
    search.at(1 + std::exp2(-52 * uniform()), std::exp2(-54 - 9 * uniform()));
    search.at(1 - std::exp2(-52 * uniform()), -std::exp2(-55 - 9 * uniform()));
  }
  for (int k = -1000; k < 1023; ++k) {
    search.around(std::ldexp(0x1.6a09e667f3bcdp+0, k));
    search.around(std::ldexp(1.0, k));
  }
  search.around(0x1p-1000);
  search.at(std::numeric_limits<double>::max(), 0);
  search.random(random_count());
  search.done();
  search.all_answered();
  CHECK(log_approx(1, 0).hi == 0);
  CHECK(log_approx(1, 0).lo == 0);
  for (const double x : {0.0, -0.0, -1.0, 0x1p-1001, infinite, -infinite, not_a_number}) {
    CHECK(log_approx(x, 0).error < 0);
  }
}

TEST_CASE("tanh") {
  Search search(tanh_kernel);
  common_structure(search);
  for (int half = 1; half <= 1000; ++half) {
    search.both(half * (0x1.62e42fefa39efp-1 / 128));
  }
  search.random(random_count());
  search.done();
  search.all_answered();
  CHECK(tanh_approx(0, 0).hi == 0);
  for (const double x : {40.1, -41.0, 0x1p-901, infinite, -infinite, not_a_number}) {
    CHECK(tanh_approx(x, 0).error < 0);
  }
}

TEST_CASE("erf") {
  Search search(erf_kernel);
  common_structure(search);
  for (int i = 1; i <= 104; ++i) {  // centres and ends of the intervals
    search.both(i / 16.0);
  }
  search.random(random_count() / 2);
  search.done();
  search.all_answered();
  CHECK(erf_approx(0, 0).hi == 0);
  for (const double x : {6.51, -7.0, 0x1p-901, infinite, -infinite, not_a_number}) {
    CHECK(erf_approx(x, 0).error < 0);
  }
}

TEST_CASE("sin and cos") {
  for (const Kernel& kernel : {sin_kernel, cos_kernel}) {
    Search search(kernel);
    common_structure(search);
    search.random(random_count());
    Big multiple;
    double n = 0;
    for (int i = 0; i < 2000; ++i) {  // the doubles next to n pi/4
      n = i < 1000 ? n + 1 : std::floor(std::exp2(30 * uniform()));
      mpfr_const_pi(multiple.v, MPFR_RNDN);
      mpfr_mul_d(multiple.v, multiple.v, n / 4, MPFR_RNDN);
      search.both(mpfr_get_d(multiple.v, MPFR_RNDN));
    }
    // The doubles below 2^30 that are nearest to a multiple of pi/2, by continued fractions:
    // 2^-60.5 beside 29 pi/2, 2^-59.0 beside 9206271 pi/2.
    for (int doubling = 0; doubling < 24; ++doubling) {
      search.both(std::ldexp(0x1.6c6cbc45dc8dep+5, doubling));
      search.both(std::ldexp(0x1.b951f1572eba5p+23, doubling / 4));
    }
    search.done();
    search.all_answered();

    // As near as a double-double can be: right, or no answer.
    Search near(kernel);
    for (int i = 1; i < 5000; ++i) {
      n = std::floor(std::exp2(29 * uniform()));
      mpfr_const_pi(multiple.v, MPFR_RNDN);
      mpfr_mul_d(multiple.v, multiple.v, n / 2, MPFR_RNDN);
      const DoubleDouble x = nearest(multiple);
      near.at(x.hi, x.lo);
      near.at(x.hi, x.lo * (1 + std::exp2(-50 * uniform())));
    }
    near.done();
    CHECK(near.unanswered() > 0);
    for (const double x : {0x1.1p30, -0x1p31, infinite, -infinite, not_a_number}) {
      CHECK(kernel.approx(x, 0).error < 0);
    }
  }
  CHECK(sin_approx(0, 0).hi == 0);
  CHECK(cos_approx(0, 0).hi == 1);
  CHECK(cos_approx(0, 0).lo == 0);
}
