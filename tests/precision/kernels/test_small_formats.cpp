// Formats of up to 8 bits: every pair of numbers multiplied, and every pair added, in every mode.

#include <doctest/doctest.h>

#include "tests/precision/kernels/triples.hpp"

namespace carrybit::kernels_test {
namespace {

/// rows (v, 1) times columns (w, 0) and (1, w): v w + 0 and v + w.
void every_pair(const Rule& r) {
  const std::vector<double> all = every_number(r.sum);
  const double one = rounded(1.0, r.sum);
  std::vector<double> a;
  std::vector<double> b(4 * all.size());
  for (const double v : all) {
    a.insert(a.end(), {v, one});
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    b[i] = all[i];
    b[all.size() + i] = one;
    b[2 * all.size() + i] = 0.0;
    b[3 * all.size() + i] = all[i];
  }
  const Shape s{static_cast<int>(all.size()), 2, 2 * all.size()};
  CAPTURE(describe(r));
  CHECK(differences(by_kernel(r, a, b, s), by_scalars(r, a, b, s)) == 0);
}

TEST_CASE("every pair of numbers, every mode") {
  for (const char* format : {"fp8_e4m3", "fp8_e5m2", "float:e4.m3", "float:e5.m2:sat",
                             "float:e3.m4:ftz", "fp6_e3m2", "fp4_e2m1", "li:e3.s2", "fixed:i3.f4",
                             "fixed:i7.f0:twos", "fixed:i0.f7", "fixed:i2.f5:twos:wrap"}) {
    for (const Rounding mode : all_roundings) {
      if (mode != Rounding::sr) {
        every_pair(rule(format, mode));
      }
    }
    every_pair(rule(format, Rounding::rne, Order::sequential, true));
    every_pair(rule(format, Rounding::rne, Order::exact, false));
  }
}

}  // namespace
}  // namespace carrybit::kernels_test
