// The kernels on the integers of one fixed-point format of up to 63 bits.

#include <doctest/doctest.h>

#include "tests/precision/kernels/products.hpp"

namespace carrybit::kernels_test {
namespace {

Number number(std::int64_t m, const Format& f) {
  return m == 0 ? Number::zero()
                : Number::finite(m < 0, Integer(lane::magnitude(m)), -f.fraction_bits);
}

std::vector<std::int64_t> integers(const Format& f, int bits, std::size_t n, std::mt19937_64& g) {
  std::vector<std::int64_t> x(n);
  const int keep = std::min(bits, f.precision());
  for (std::int64_t& m : x) {
    m = static_cast<std::int64_t>(g() >> (64 - keep)) * (g() % 2 == 0 ? 1 : -1);
    m = g() % 5 == 0 ? 0 : m;
  }
  return x;
}

int wrong(const Rule& r, int bits, std::mt19937_64& g) {
  const Shape s{5, 13, 11};
  const auto a = integers(r.sum, bits, 5 * 13, g);
  const auto b = integers(r.sum, bits, 13 * 11, g);
  std::vector<std::int64_t> c(5 * 11);
  std::uint64_t counted = 0;
  const MatrixProduct<std::int64_t> product(r, a.data(), s.rows, s.terms);
  product.multiply(b.data(), s.columns, s.columns, c.data(), s.columns, &counted);
  int differ = 0;
  Faults faults;
  for (std::size_t row = 0; row < 5; ++row) {
    for (std::size_t i = 0; i < 11; ++i) {
      std::vector<Number> w;
      std::vector<Number> x;
      for (std::size_t k = 0; k < 13; ++k) {
        w.push_back(number(a[row * 13 + k], r.sum));
        x.push_back(number(b[k * 11 + i], r.sum));
      }
      differ += identical(exact_dot(r, w, x, &faults), number(c[row * 11 + i], r.sum)) ? 0 : 1;
    }
  }
  return differ + (counted == faults.count ? 0 : 1);
}

TEST_CASE("integers of every size, as the exact engine has them") {
  std::mt19937_64 g(21);
  for (const char* format :
       {"fixed:i7.f8", "fixed:i20.f20", "fixed:i30.f30", "fixed:i40.f0", "fixed:i50.f12",
        "fixed:i31.f32:twos", "fixed:i10.f40:twos:wrap", "fixed:i63.f0", "fixed:i20.f20:trap"}) {
    for (const Rounding mode : {Rounding::rne, Rounding::rz, Rounding::rd, Rounding::ro}) {
      for (const Order order : {Order::sequential, Order::pairwise, Order::exact}) {
        for (const bool fused : {false, true}) {
          for (const int bits : {3, 12, 24, 40, 63}) {
            const Rule r = rule(format, mode, order, fused);
            CAPTURE(describe(r));
            CAPTURE(bits);
            CHECK(wrong(r, bits, g) == 0);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace carrybit::kernels_test
