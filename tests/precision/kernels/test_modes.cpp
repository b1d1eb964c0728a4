// Every mode takes a fast loop, and gives the exact engine's bits there: ties, terms far below a sum, sums
// that cancel, subnormal products and sums.

#include <doctest/doctest.h>

#include <cfenv>

#include "tests/precision/kernels/triples.hpp"

namespace carrybit::kernels_test {
namespace {

/// Numbers of 1 to p significant bits whose products and sums of a few dozen stay in range.
std::vector<double> spread(const Format& f, std::size_t n, std::mt19937_64& g) {
  const double top = std::log2(exact::largest(f).to_double()) / 2 - 3;
  const double bottom = std::log2(exact::smallest(f).to_double()) / 2;
  const int p = f.is_fixed() ? f.precision() / 2 : f.precision();
  std::uniform_real_distribution<double> exponent(bottom, top);
  std::vector<double> x(n);
  for (double& v : x) {
    const auto bits = static_cast<int>(g() % static_cast<unsigned>(p)) + 1;
    const auto m = static_cast<double>(g() >> (64 - bits) | 1U);
    v = rounded(std::ldexp(m, static_cast<int>(exponent(g)) - bits), f);
    v = g() % 2 == 0 ? v : -v;
    v = g() % 16 == 0 ? 0 * v : v;
  }
  return x;
}

constexpr Shape shape{8, 24, 32};

/// How many tiles went a slow way.
std::uint64_t slow_tiles(const Rule& r, std::mt19937_64& g) {
  const auto a = spread(r.sum, 8 * 24, g);
  const auto b = spread(r.sum, 24 * 32, g);
  kernels::Tally tally;
  CAPTURE(describe(r));
  CHECK(differences(by_kernel(r, a, b, shape, nullptr, &tally), by_exact(r, a, b, shape)) == 0);
  return tally.careful + tally.scalar;
}

TEST_CASE("floats: every mode, order and instruction set, without a slow tile") {
  on_every_target([](const std::string& target) {
    CAPTURE(target);
    std::mt19937_64 g(21);
    for (const char* format : {"fp16", "bf16", "fp32", "float:e8.m12", "float:e8.m24",
                               "float:e5.m2", "float:e6.m10:sat", "float:e8.m10"}) {
      for (const Rounding mode : all_roundings) {
        if (mode == Rounding::sr) {
          continue;
        }
        for (const bool fused : {false, true}) {
          CHECK(slow_tiles(rule(format, mode, Order::sequential, fused), g) == 0);
        }
        slow_tiles(rule(format, mode, Order::pairwise), g);
      }
    }
  });
}

TEST_CASE("fixed point: every mode but ro, saturating or not") {
  on_every_target([](const std::string& target) {
    CAPTURE(target);
    std::mt19937_64 g(22);
    for (const char* format : {"fixed:i7.f8", "fixed:i2.f5", "fixed:i13.f13", "fixed:i7.f8:twos"}) {
      for (const Rounding mode : all_roundings) {
        if (mode == Rounding::sr || mode == Rounding::ro) {
          continue;
        }
        const Rule r = rule(format, mode);
        for (const Data data : {Data::ordinary, Data::overflowing, Data::quiet}) {
          const auto a = matrix(r.sum, data, 8 * 24, g);
          const auto b = matrix(r.sum, data, 24 * 32, g);
          kernels::Tally tally;
          CAPTURE(describe(r));
          CHECK(differences(by_kernel(r, a, b, shape, nullptr, &tally), by_exact(r, a, b, shape)) ==
                0);
          CHECK(tally.careful + tally.scalar == 0);
        }
      }
    }
  });
}

TEST_CASE("sums rounded once, of products rounded in every mode") {
  std::mt19937_64 g(23);
  for (const char* format : {"fp16", "float:e5.m2", "float:e4.m6:sat"}) {
    for (const Rounding mode : all_roundings) {
      if (mode != Rounding::sr) {
        CHECK(slow_tiles(rule(format, mode, Order::exact), g) == 0);
      }
    }
  }
}

TEST_CASE("formats of up to 6 bits: every a + v w, every mode, fused and not") {
  on_every_target([](const std::string& target) {
    CAPTURE(target);
    for (const char* format :
         {"fp6_e3m2", "fp6_e2m3", "fp4_e2m1", "float:e3.m2", "float:e3.m1:sat"}) {
      for (const Rounding mode : all_roundings) {
        for (const bool fused : {false, true}) {
          if (mode != Rounding::sr) {
            every_triple(rule(format, mode, Order::sequential, fused));
          }
        }
      }
    }
  });
}

TEST_CASE("overflow, infinities and NaN in every carrier that has them") {
  on_every_target([](const std::string& target) {
    CAPTURE(target);
    std::mt19937_64 g(26);
    for (const char* format :
         {"fp16", "bf16", "float:e8.m5", "float:e8.m2", "fp32", "float:e8.m12"}) {
      for (const Data data : {Data::overflowing, Data::specials, Data::exponents}) {
        for (const Order order : {Order::sequential, Order::pairwise}) {
          const Rule r = rule(format, Rounding::rne, order);
          const auto a = matrix(r.sum, data, 8 * 24, g);
          const auto b = matrix(r.sum, data, 24 * 32, g);
          CAPTURE(describe(r));
          CHECK(differences(by_kernel(r, a, b, shape), by_exact(r, a, b, shape)) == 0);
        }
      }
    }
  });
}

TEST_CASE("the processor's rounding mode is left as it was found") {
  std::mt19937_64 g(24);
  for (const Rounding mode : {Rounding::rz, Rounding::ru, Rounding::rd, Rounding::ro}) {
    slow_tiles(rule("fp16", mode), g);
    CHECK(std::fegetround() == FE_TONEAREST);
  }
}

TEST_CASE("planted: each mode taken for another is seen") {
  std::mt19937_64 g(25);
  const auto a = spread(Format::parse("fp16"), 8 * 24, g);
  const auto b = spread(Format::parse("fp16"), 24 * 32, g);
  for (const bool fused : {false, true}) {
    for (const Rounding mode : all_roundings) {
      for (const Rounding other : all_roundings) {
        if (mode == other || mode == Rounding::sr || other == Rounding::sr) {
          continue;
        }
        CHECK(differences(by_kernel(rule("fp16", mode, Order::sequential, fused), a, b, shape),
                          by_kernel(rule("fp16", other, Order::sequential, fused), a, b, shape)) >
              0);
      }
    }
  }
}

}  // namespace
}  // namespace carrybit::kernels_test
