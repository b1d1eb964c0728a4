// What other emulators of number formats get wrong, one test case each: the wrong way is carried
// out beside the right one, and both engines must give the right one.

#include <doctest/doctest.h>

#include <random>
#include <thread>

#include "tests/precision/lane_check.hpp"

namespace carrybit::test {
namespace {

/// The result of both engines, on all carriers, as a double.
double both(Operation operation, const Format& format, std::vector<double> operands,
            Rounding rounding = Rounding::rne) {
  std::vector<Number> x;
  for (const double operand : operands) {
    x.push_back(Number::from_double(operand));
  }
  Comparer comparer(format);
  comparer.check_applied(operation, rounding, {}, x);
  INFO(comparer.tally().text());
  CHECK(comparer.tally().mismatches == 0);
  CHECK(comparer.tally().cases > 0);
  return apply_exact(operation, x, {format, rounding}).to_double();
}

double both(Operation operation, const char* format, std::vector<double> operands,
            Rounding rounding = Rounding::rne) {
  return both(operation, Format::parse(format), std::move(operands), rounding);
}

/// A conversion by both engines.
double converted(double x, const Format& format, Rounding rounding = Rounding::rne) {
  Comparer comparer(format);
  const Number number = Number::from_double(x);
  comparer.check_converted(number, rounding, {});
  INFO(comparer.tally().text());
  CHECK(comparer.tally().mismatches == 0);
  return exact::convert(number, {format, rounding}).to_double();
}

/// What an emulator that computes in double and then rounds to the format gives.
double then_rounded(double x, const Format& format) {
  return exact::convert(Number::from_double(x), {format, Rounding::rne}).to_double();
}

std::string hex_code(double x, const Format& format) {
  return to_hex(encode(Number::from_double(x), format), format);
}

bool is_minus_zero(double x) { return x == 0 && std::signbit(x); }
bool is_plus_zero(double x) { return x == 0 && !std::signbit(x); }

TEST_CASE("fma is rounded once, not after the product and again after the sum") {
  // (1 + u)^2 - (1 + 2u) = u^2: the rounded product forgets all of it.
  const Format fp16 = Format::parse("fp16");
  const double a = 1 + 0x1p-10;
  const double c = -(1 + 0x1p-9);
  CHECK(both(Operation::fma, fp16, {a, a, c}) == 0x1p-20);
  const double wrong = then_rounded(then_rounded(a * a, fp16) + c, fp16);
  CHECK(wrong == 0);
}

TEST_CASE("fma is not a double fma rounded to the format") {
  // 8384513 * 8392705 = 2^46 + 1: 1 + 2^-24 + 2^-70 lies above the tie between 1 and its successor;
  // a double has room for the tie only.
  const Format fp32 = Format::parse("fp32");
  const double a = 0x1p-35 * 8384513;
  const double b = 0x1p-35 * 8392705;
  CHECK(both(Operation::fma, fp32, {a, b, 1}) == 1 + 0x1p-23);
  const double wrong = then_rounded(std::fma(a, b, 1.0), fp32);
  CHECK(wrong == 1);
}

TEST_CASE("a sum in a carrier of fewer than 2p + 2 bits is not rounded twice") {
  // float e8 m12 in float storage: 13 significand bits need 28, float has 24.
  const Format format = Format::parse("float:e8.m12");
  const float a = 1;
  const float b = 0x1p-13F + 0x1p-25F;
  CHECK(both(Operation::add, format, {a, b}) == 1 + 0x1p-12);
  const double wrong = then_rounded(static_cast<double>(a + b), format);
  CHECK(wrong == 1);
}

TEST_CASE("exp is correctly rounded, not libm's value rounded again") {
  std::size_t wrong = 0;
  for (const char* name : {"fp16", "bf16"}) {
    const Format format = Format::parse(name);
    for (const Operand& x : all_values(format)) {
      const auto argument = static_cast<float>(x.real);
      const float libm = std::exp(argument);
      if (!std::isfinite(libm) || libm < 0x1p-14F || libm > 0x1p15F) {
        continue;
      }
      const double twice = then_rounded(static_cast<double>(libm), format);
      const double ours = exact::exp(x.number, {format}).to_double();
      if (ours == twice) {
        continue;
      }
      ++wrong;
      // The double value tells which is nearer: the point half-way between them is well away from
      // it.
      const double value = std::exp(x.real);
      CHECK(std::fabs(value - (ours + twice) / 2) > 0x1p-50 * value);
      CHECK(std::fabs(value - ours) < std::fabs(value - twice));
      CHECK(both(Operation::exp, format, {x.real}) == ours);
      if (wrong == 1) {
        MESSAGE("exp(", hex_code(x.real, format), ") in ", format.name(), " is ",
                hex_code(ours, format), "; float exp, rounded again, gives ",
                hex_code(twice, format));
      }
    }
  }
  CHECK(wrong > 0);
}

TEST_CASE("E4M3's largest finite value is 448: not 480, and not 240 with infinities") {
  const Format e4m3 = Format::parse("fp8_e4m3");
  CHECK(exact::largest(e4m3).to_double() == 448);
  CHECK(hex_code(448, e4m3) == "7e");
  CHECK(both(Operation::add, e4m3, {256, 192}) == 448);
  CHECK(converted(464, e4m3) == 448);       // half-way to what would be 480: ties to even
  CHECK(std::isnan(converted(465, e4m3)));  // beyond: NaN, for there is no infinity
  CHECK(std::isnan(both(Operation::mul, e4m3, {240, 2})));
  CHECK(decode(0x7f, e4m3).is_nan());
  CHECK(converted(0x1p30, Format::parse("float:e4.m3:fn:sat")) == 448);
  // The IEEE layout of the same widths, which some emulators take for it.
  const Format ieee = Format::floating(4, 3);
  CHECK(exact::largest(ieee).to_double() == 240);
  CHECK(std::isinf(converted(448, ieee)));
}

TEST_CASE("a saturating format produces no infinity and no NaN from finite operands") {
  for (const char* name : {"float:e5.m10:sat", "float:e4.m3:fn:sat", "float:e3.m2:sat:ftz",
                           "fp6_e3m2", "fp4_e2m1", "li:e3.s3", "fixed:i3.f4", "float:e8.m23:sat"}) {
    const Format format = Format::parse(name);
    const double top = exact::largest(format).to_double();
    const double one = exact::largest(format).to_double() / top;
    CAPTURE(format.name());
    for (const Rounding rounding : all_roundings) {
      CHECK(both(Operation::add, format, {top, top}, rounding) == top);
      CHECK(both(Operation::sub, format, {-top, top}, rounding) == -top);
      CHECK(both(Operation::mul, format, {top, top}, rounding) == top);
      CHECK(both(Operation::fma, format, {top, -top, -top}, rounding) == -top);
      CHECK(both(Operation::div, format, {one, 0}, rounding) == top);
      CHECK(both(Operation::div, format, {0, 0}, rounding) == 0);
      CHECK(both(Operation::sqrt, format, {-one}, rounding) == 0);
      CHECK(both(Operation::log, format, {-one}, rounding) == 0);
      CHECK(both(Operation::log, format, {0}, rounding) == -top);
      CHECK(std::isfinite(both(Operation::exp, format, {top}, rounding)));
    }
  }
  CHECK(std::isinf(both(Operation::add, "fp16", {65504, 65504})));  // as the others do
}

TEST_CASE("a fixed-point accumulator saturates at every step, not once at the end") {
  const Format format = Format::parse("fixed:i3.f4");
  const double top = 7.9375;
  std::vector<double> addends(4, 3.0);
  addends.insert(addends.end(), {-1.5, -1.5});
  double sum = 0;
  double wide = 0;
  for (const double x : addends) {
    sum = both(Operation::add, format, {sum, x});
    wide += x;
  }
  CHECK(sum == top - 3);
  const double wrong = converted(wide, format);
  CHECK(wrong == top);  // 9, clamped once
}

TEST_CASE("(+0) + (-0) is +0, and -0 when rounding down") {
  for (const char* name :
       {"fp16", "bf16", "fp8_e4m3", "fp32", "fp4_e2m1", "float:e5.m10:sat:ftz"}) {
    CAPTURE(name);
    for (const Rounding rounding : all_roundings) {
      const bool down = rounding == Rounding::rd;
      for (const auto& [a, b] :
           {std::pair{0.0, -0.0}, std::pair{-0.0, 0.0}, std::pair{1.0, -1.0}}) {
        const double sum = both(Operation::add, name, {a, b}, rounding);
        CHECK(down == is_minus_zero(sum));
        CHECK(down != is_plus_zero(sum));
      }
      CHECK(is_minus_zero(both(Operation::add, name, {-0.0, -0.0}, rounding)));
      CHECK(is_plus_zero(both(Operation::sub, name, {0.0, -0.0}, rounding)));
      CHECK(is_minus_zero(both(Operation::mul, name, {-1.0, 0.0}, rounding)));
      CHECK(down == is_minus_zero(both(Operation::fma, name, {-1.0, 1.0, 1.0}, rounding)));
      CHECK(is_minus_zero(both(Operation::sqrt, name, {-0.0}, rounding)));
    }
  }
  // Rounding by a magic constant, (x + C) - C, loses the sign of a zero.
  volatile double magic = 0x1.8p42;
  const double wrong = (-0.0 + magic) - magic;
  CHECK(is_plus_zero(wrong));
}

/// C = A * B in fp8_e4m3 by stochastic rounding, rows shared out among threads. `draw_of` gives the
/// draw of multiply-add number `index`, computed by thread `thread`.
template <class DrawOf>
std::vector<double> stochastic_product(std::size_t n, std::size_t threads, const DrawOf& draw_of) {
  const Format format = Format::parse("fp8_e4m3");
  const lane::Spec spec = lane_spec(format);
  std::vector<double> c(n * n);
  const auto value = [](std::size_t i) { return 0.0625 * static_cast<double>(8 + i * 7 % 8); };
  const auto rows = [&](std::size_t thread) {
    for (std::size_t i = thread; i < n; i += threads) {
      for (std::size_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < n; ++k) {
          const std::size_t index = (i * n + j) * n + k;
          sum = lane::fma(value(i + 3 * k), value(5 * k + j), sum,
                          {spec, Rounding::sr, draw_of(thread, index), nullptr});
        }
        c[i * n + j] = sum;
      }
    }
  };
  std::vector<std::thread> pool;
  for (std::size_t thread = 0; thread < threads; ++thread) {
    pool.emplace_back(rows, thread);
  }
  for (std::thread& thread : pool) {
    thread.join();
  }
  return c;
}

TEST_CASE("a stochastic product does not depend on the number of threads") {
  constexpr std::size_t n = 12;
  const auto keyed = [](std::size_t, std::size_t index) { return Draw{2025, index}; };
  const std::vector<double> alone = stochastic_product(n, 1, keyed);
  for (const std::size_t threads : {2U, 3U, 7U}) {
    CHECK(stochastic_product(n, threads, keyed) == alone);
  }
  const auto other_seed = [](std::size_t, std::size_t index) { return Draw{2026, index}; };
  CHECK(stochastic_product(n, 2, other_seed) != alone);

  // The wrong way: a seeded generator of its own for each thread.
  const auto per_thread = [&](std::size_t threads) {
    std::vector<std::mt19937_64> generators;
    for (std::size_t thread = 0; thread < threads; ++thread) {
      generators.emplace_back(thread);
    }
    return stochastic_product(n, threads, [&](std::size_t thread, std::size_t) {
      return Draw{generators[thread](), 0};
    });
  };
  CHECK(per_thread(1) == per_thread(1));
  CHECK(per_thread(1) != per_thread(2));
}

TEST_CASE("the exact engine draws the same bits as the lanes, in any order") {
  const Format format = Format::parse("fp8_e4m3");
  std::vector<double> forward;
  std::vector<double> backward(200);
  const auto at = [&](std::uint64_t index) {
    const Number third = Number::from_double(0.3125);
    return exact::mul(third, third, {format, Rounding::sr, {99, index}}).to_double();
  };
  for (std::uint64_t i = 0; i < 200; ++i) {
    forward.push_back(at(i));
  }
  for (std::uint64_t i = 200; i-- > 0;) {
    backward[i] = at(i);
  }
  CHECK(forward == backward);
  for (std::uint64_t i = 0; i < 200; ++i) {
    const lane::Context c{lane_spec(format), Rounding::sr, {99, i}, nullptr};
    CHECK(lane::mul(0.3125, 0.3125, c) == forward[i]);
    CHECK(lane::mul(0.3125F, 0.3125F, c) == static_cast<float>(forward[i]));
  }
}

TEST_CASE(
    "flush to zero takes subnormals to zero, not to the nearest of 0 and the smallest normal") {
  const Format ftz = Format::parse("float:e5.m10:ftz");
  const double smallest = 0x1p-14;
  for (const Rounding rounding : all_roundings) {
    for (const double part : {0.5, 0.75, 0.875, 1 - 0x1p-10}) {
      const double product = both(Operation::mul, ftz, {smallest, part}, rounding);
      CHECK(product == 0);
      CHECK(both(Operation::sub, ftz, {smallest * (1 + part), smallest}, rounding) == 0);
    }
    CHECK(both(Operation::mul, ftz, {smallest, 1}, rounding) == smallest);
    CHECK(is_minus_zero(both(Operation::mul, ftz, {-smallest, 0.75}, rounding)));
  }
  const double wrong = smallest * std::nearbyint(0.75);  // nearest of 0 and the smallest normal
  CHECK(wrong == smallest);
  // A subnormal code stands for zero; without :ftz subnormals are kept.
  CHECK(decode(0x0200, ftz).is_zero());
  CHECK(both(Operation::mul, "fp16", {smallest, 0.75}) == 0.75 * smallest);
}

TEST_CASE("float lanes stay right where products leave the carrier's normal range") {
  // bf16 and tf32 have float's exponents: below 2^-126 a product in float is rounded already.
  const Format bf16 = Format::parse("bf16");
  const double a = 0x1.02p-70;
  const double b = 0x1.04p-64;
  CHECK(both(Operation::mul, bf16, {a, b}) == 0x1p-133);  // 1.0236 half quanta
  CHECK(both(Operation::mul, bf16, {a, b}, Rounding::rz) == 0);
  // 545 * 481 = 2^18 + 1: just above half of tf32's smallest subnormal, 2^-136. In float the
  // product is that half itself, a tie.
  const Format tf32 = Format::parse("tf32");
  const float c = 0x1p-80F * 545;
  const float d = 0x1p-75F * 481;
  CHECK(both(Operation::mul, tf32, {c, d}) == 0x1p-136);
  volatile float product = c * d;
  const double wrong = then_rounded(static_cast<double>(product), tf32);
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace carrybit::test
