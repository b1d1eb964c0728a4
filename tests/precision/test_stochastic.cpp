// Stochastic rounding: the generator's known answers, the rule that a draw decides by, and the
// mean.

#include <doctest/doctest.h>

#include "tests/precision/lane_check.hpp"

namespace carrybit::test {
namespace {

void require_philox(std::uint64_t seed, std::uint64_t low, std::uint64_t high,
                    const std::array<std::uint32_t, 4>& expected) {
  const Philox p = philox4x32(seed, low, high);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(p.word[i] == expected[i]);
  }
}

TEST_CASE("Philox4x32-10: the known answers of Random123") {
  require_philox(0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint64_t ones = ~std::uint64_t{0};
  require_philox(ones, ones, ones, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  require_philox(0x299f31d0'a4093822U, 0x85a308d3'243f6a88U, 0x03707344'13198a2eU,
                 {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a threshold is the draw's first 24 bits and one half") {
  for (std::uint64_t index = 0; index < 1000; ++index) {
    const Draw draw{12345, index};
    const std::uint32_t t = draw.threshold();
    CHECK(t == (philox4x32(12345, index).word[0] >> 8) * 2 + 1);
    CHECK(t < 1U << 25);
  }
}

TEST_CASE("thresholds are uniform and do not repeat from seed to seed") {
  // Chi-squared over 64 classes, 63 degrees of freedom: mean 63, standard deviation 11.2; 6 of
  // them.
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    std::array<int, 64> count{};
    constexpr int draws = 64 * 512;
    int same = 0;
    for (std::uint64_t index = 0; index < draws; ++index) {
      const std::uint32_t t = Draw{seed, index}.threshold();
      ++count[t >> 19];
      same += t == Draw{seed + 1, index}.threshold() ? 1 : 0;
    }
    double chi_squared = 0;
    for (const int n : count) {
      chi_squared += (n - 512.0) * (n - 512.0) / 512;
    }
    CHECK(chi_squared < 63 + 6 * 11.3);
    CHECK(chi_squared > 63 - 5 * 11.3);
    CHECK(same <= 2);
  }
}

/// One operation under `sr` by both engines.
double drawn(Operation operation, const Format& format, const std::vector<Number>& x,
             const Draw& draw) {
  Comparer comparer(format);
  comparer.check_applied(operation, Rounding::sr, draw, x);
  if (comparer.tally().mismatches != 0) {
    FAIL(comparer.tally().text());
  }
  return apply_exact(operation, x, {format, Rounding::sr, draw}).to_double();
}

TEST_CASE("the rule: away from zero if and only if the fraction exceeds threshold / 2^25") {
  // k + n/2^m in units of the last place, for all n: decided by integers alone.
  constexpr int m = 10;
  const Format target = Format::parse("fixed:i10.f0");
  const Format fixed = Format::parse("fixed:i10.f10");
  for (std::uint64_t n = 0; n < (1U << m); n += slow_build ? 37 : 1) {
    for (std::uint64_t index = 0; index < 40; ++index) {
      const Draw draw{n, index};
      for (const std::int64_t k : {0, 5, 6}) {
        for (const bool negative : {false, true}) {
          const Number x = Number::finite(negative, (static_cast<std::uint64_t>(k) << m) + n, -m);
          const bool away = (n << (25 - m)) > draw.threshold();
          const double expected = static_cast<double>(k + (away ? 1 : 0)) * (negative ? -1 : 1);
          CHECK(exact::convert(x, {target, Rounding::sr, draw}).to_double() == expected);
          CHECK(convert_lane(Carrier::float64, x, {target, Rounding::sr, draw}).to_double() ==
                expected);
        }
      }
    }
  }
  CHECK(carries(Carrier::float64, fixed));
}

TEST_CASE("a fraction that equals the threshold stays; the least bit more moves") {
  const Format fp32 = Format::parse("fp32");
  for (std::uint64_t index = 0; index < 300; ++index) {
    const Draw draw{77, index};
    const double t = draw.threshold();
    const double one = 1 + 0x1p-20;  // the sum 1 + 2^-20 + t * 2^-25 ulp, ulp = 2^-23
    const std::vector<Number> equal = {Number::from_double(t), Number::from_double(0x1p-48),
                                       Number::from_double(one)};
    if (draw.threshold() >= 1U << 24) {
      continue;  // no fp32 operand
    }
    CHECK(drawn(Operation::fma, fp32, equal, draw) == one);
    // t * 2^-48 * (1 + 2^-20): beyond what double sums hold.
    std::vector<Number> more = equal;
    more[1] = Number::from_double(0x1p-48 * (1 + 0x1p-23));
    CHECK(drawn(Operation::fma, fp32, more, draw) == one + 0x1p-23);
    std::vector<Number> less = equal;
    less[1] = Number::from_double(0x1p-48 * (1 - 0x1p-24));
    CHECK(drawn(Operation::fma, fp32, less, draw) == one);
  }
}

TEST_CASE("exact results never move") {
  struct Exact {
    Operation operation;
    const char* format;
    std::vector<double> operands;
    double result;
  };
  for (const Exact& e :
       {Exact{Operation::add, "fp16", {1, 0x1p-10}, 1 + 0x1p-10},
        {Operation::add, "bf16", {0x1p-133, 0x1p-133}, 0x1p-132},
        {Operation::sub, "fp8_e4m3", {448, 416}, 32},
        {Operation::mul, "fp32", {4097, 4095}, 4097.0 * 4095},
        {Operation::fma, "fp16", {1 + 0x1p-10, 1 + 0x1p-10, -(1 + 0x1p-9)}, 0x1p-20},
        {Operation::div, "fp32", {9, 3}, 3},
        {Operation::sqrt, "fp16", {2.25}, 1.5},
        {Operation::exp, "fp16", {0}, 1},
        {Operation::log, "fp32", {1}, 0},
        {Operation::cos, "bf16", {0}, 1},
        {Operation::mul, "fixed:i3.f4", {0.5, -1.5}, -0.75},
        {Operation::div, "fixed:i3.f4:twos:wrap", {3, -4}, -0.75},
        {Operation::mul, "fixed:i31.f32", {0x1p-16, 0x1p-16}, 0x1p-32}}) {
    std::vector<Number> x;
    for (const double operand : e.operands) {
      x.push_back(Number::from_double(operand));
    }
    for (std::uint64_t index = 0; index < 500; ++index) {
      REQUIRE(drawn(e.operation, Format::parse(e.format), x, {index * 3 + 1, index}) == e.result);
    }
  }
}

/// The mean over `keys` keys lies within 5 standard deviations (of a Bernoulli mean) of the exact
/// value; the draws' own granularity adds 2^-25 ulp. Keys are fixed: nothing here is up to luck.
void require_mean(Operation operation, const char* name, const std::vector<double>& operands,
                  double exact_value) {
  const Format format = Format::parse(name);
  std::vector<Number> x;
  for (const double operand : operands) {
    x.push_back(Number::from_double(operand));
  }
  const double toward = apply_exact(operation, x, {format, Rounding::rz}).to_double();
  const bool up = exact_value > 0;
  const double away =
      apply_exact(operation, x, {format, up ? Rounding::ru : Rounding::rd}).to_double();
  REQUIRE(toward != away);
  const double fraction = (exact_value - toward) / (away - toward);
  REQUIRE(fraction > 0);
  REQUIRE(fraction < 1);
  constexpr int keys = slow_build ? 2000 : 20000;
  int moved = 0;
  int moved_by_index = 0;
  for (std::uint64_t key = 0; key < keys; ++key) {
    const double by_seed = apply_exact(operation, x, {format, Rounding::sr, {key, 3}}).to_double();
    REQUIRE((by_seed == toward || by_seed == away));
    moved += by_seed == away ? 1 : 0;
    const double by_index = drawn(operation, format, x, {31337, key});
    moved_by_index += by_index == away ? 1 : 0;
  }
  const double bound = 5 * std::sqrt(fraction * (1 - fraction) / keys) + 0x1p-25;
  CAPTURE(name);
  CAPTURE(fraction);
  CHECK(std::fabs(static_cast<double>(moved) / keys - fraction) < bound);
  CHECK(std::fabs(static_cast<double>(moved_by_index) / keys - fraction) < bound);
}

TEST_CASE("the mean over many keys is the exact value") {
  require_mean(Operation::add, "fp16", {1, 0x1.8p-12}, 1 + 0x1.8p-12);
  require_mean(Operation::add, "bf16", {-1, -0x1.1p-10}, -1 - 0x1.1p-10);
  require_mean(Operation::mul, "fp8_e4m3", {1.125, 1.125}, 1.265625);
  require_mean(Operation::mul, "fp8_e5m2", {0x1p-9, 0x1.8p-9}, 0x1.8p-18);  // below the smallest
  require_mean(Operation::fma, "fp16", {1 + 0x1p-10, 1 + 0x1p-10, 1}, 2 + 0x1p-9 + 0x1p-20);
  require_mean(Operation::div, "fp16", {1, 3}, 1.0 / 3);
  require_mean(Operation::div, "fixed:i3.f4", {-1, 3}, -1.0 / 3);
  require_mean(Operation::sqrt, "bf16", {2}, std::sqrt(2.0));
  require_mean(Operation::sqrt, "fixed:i31.f5", {3}, std::sqrt(3.0));
  require_mean(Operation::exp, "fp8_e4m3", {1}, std::exp(1.0));
  require_mean(Operation::log, "fp16", {3}, std::log(3.0));
  require_mean(Operation::tanh, "fp8_e5m2", {-0.5}, std::tanh(-0.5));
  require_mean(Operation::sin, "fixed:i1.f6", {1}, std::sin(1.0));
}

TEST_CASE("a result that may be drawn beyond the largest value overflows when it is") {
  // 464 is half-way between 448 and the missing 480.
  const Format e4m3 = Format::parse("fp8_e4m3");
  const std::vector<Number> x = {Number::integer(448), Number::integer(16)};
  int overflowed = 0;
  for (std::uint64_t key = 0; key < 1000; ++key) {
    const double sum = drawn(Operation::add, e4m3, x, {key, 0});
    REQUIRE((sum == 448 || std::isnan(sum)));
    overflowed += std::isnan(sum) ? 1 : 0;
  }
  CHECK(std::abs(overflowed - 500) < 5 * 16);
  for (std::uint64_t key = 0; key < 100; ++key) {
    CHECK(drawn(Operation::add, Format::parse("float:e4.m3:fn:sat"), x, {key, 0}) == 448);
  }
}

}  // namespace
}  // namespace carrybit::test
