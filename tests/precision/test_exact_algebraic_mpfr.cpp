// The algebraic operations of the exact engine against MPFR: random and awkward operands of many
// formats, in all modes; and stochastic rounding against its definition.

#include <doctest/doctest.h>

#include <cmath>

#include "check_mpfr.hpp"

using namespace carrybit;
using namespace carrybit::oracle;

namespace {

int rounds(const Subject& subject) { return subject.wide ? 60 : 1200; }

}  // namespace

TEST_CASE("algebraic operations agree with MPFR in every format and mode") {
  widest_range();
  for (const Subject& subject : subjects) {
    CAPTURE(subject.format);
    const Format format = Format::parse(subject.format);
    Operands operands(format, 1);
    Tally tally;
    for (int i = 0; i < rounds(subject); ++i) {
      const Number a = operands.any();
      const Number b = operands.any();
      const Number c = operands.near(a);
      check(add(a, b), format, tally);
      check(add(a, c), format, tally);
      check(sub(a, c), format, tally);
      check(mul(a, b), format, tally);
      check(div(a, b), format, tally);
      check(sqrt(a), format, tally);
      check(fma(a, b, operands.any()), format, tally);
      // An addend near the product: what remains after the cancellation, or far below it.
      exact::Context nearest{format};
      check(fma(a, b, operands.near(exact::mul(a, b, nearest))), format, tally);
    }
    CHECK(tally.wrong == 0);
    CHECK(tally.checked > 0);
  }
}

TEST_CASE("conversion agrees with MPFR from every format to every format") {
  widest_range();
  for (const Subject& from : subjects) {
    CAPTURE(from.format);
    Operands operands(Format::parse(from.format), 2);
    Tally tally;
    for (const Subject& to : subjects) {
      const Format format = Format::parse(to.format);
      if (format.is_fixed() && Format::parse(from.format).exponent_bits > 15) {
        continue;  // a number of 2^31 bits, modulo 2^width: for the oracle alone too long
      }
      for (int i = 0; i < (from.wide || to.wide ? 4 : 40); ++i) {
        const Number a = operands.any();
        if (format.overflow == Overflow::wrap && a.kind == Number::Class::finite &&
            a.leading_exponent() > 4000) {
          continue;
        }
        check(convert(a), format, tally);
      }
    }
    CHECK(tally.wrong == 0);
  }
}

TEST_CASE("the oracle sees a wrong rounding") {
  // Planted: an fma that rounds its product first.
  widest_range();
  const Format format = Format::parse("fp16");
  const exact::Context context{format};
  Operands operands(format, 3);
  int seen = 0;
  int right = 0;
  for (int i = 0; i < 2000; ++i) {
    const Number a = operands.at(operands.between(-3, 3));
    const Number b = operands.at(operands.between(-3, 3));
    const Number c = operands.near(exact::mul(a, b, context));
    const Case fused = fma(a, b, c);
    const Expected expected = round(compute(fused, oracle_bits(format)), context);
    seen += same(exact::add(exact::mul(a, b, context), c, context), expected.value) ? 0 : 1;
    right += same(fused.engine(context), expected.value) ? 1 : 0;
  }
  CHECK(seen > 100);
  CHECK(right == 2000);

  // Planted: a conversion through an intermediate format, rounded twice: 1 + 2^-11 + 2^-30.
  const Number x = Number::finite(false, (Integer(1) << 30) + (1 << 19) + 1, -30);
  const Number twice = exact::convert(exact::convert(x, {Format::parse("fp32")}), context);
  const Expected once = round(compute(convert(x), 100), context);
  CHECK_FALSE(same(twice, once.value));
  CHECK(same(exact::convert(x, context), once.value));
}

TEST_CASE("stochastic rounding follows its threshold exactly") {
  // 1 + t * 2^-25 ulp exactly does not exceed the threshold t; anything more does.
  for (const char* name : {"fp16", "fp64", "fixed:i3.f4", "fixed:i500.f1500"}) {
    const Format format = Format::parse(name);
    const std::int64_t quantum = exact::quantum_at(0, format);
    for (std::uint64_t index = 0; index < 200; ++index) {
      const Draw draw{11, index};
      const exact::Context context{format, Rounding::sr, draw};
      CHECK(draw.threshold() % 2 == 1);
      CHECK(draw.threshold() < (1U << 25));
      const Integer one = Integer(1) << static_cast<unsigned>(60 - quantum);  // in 2^(quantum-60)
      const Integer tie = one + (Integer(draw.threshold()) << 35);
      const Number low = Number::integer(1);
      const Number high =
          Number::finite(false, (Integer(1) << static_cast<unsigned>(-quantum)) + 1, quantum);
      for (const bool negative : {false, true}) {
        const auto rounded = [&](const Integer& m) {
          return exact::convert(Number::finite(negative, m, quantum - 60), context).abs();
        };
        CHECK(identical(rounded(one), low));
        CHECK(identical(rounded(tie - 1), low));
        CHECK(identical(rounded(tie), low));
        CHECK(identical(rounded(tie + 1), high));
        // The same threshold, passed by something too small to be aligned with it.
        const Number on_tie = Number::finite(negative, tie, quantum - 60);
        const Number speck = Number::finite(negative, 1, quantum - 5000);
        CHECK(identical(exact::add(on_tie, speck, context).abs(), high));
        CHECK(identical(exact::sub(on_tie, speck, context).abs(), low));
      }
    }
  }
}

TEST_CASE("the mean of stochastic roundings is the exact value") {
  constexpr int keys = 20000;
  const Format format = Format::parse("bf16");
  const double ulp = 0x1p-7;
  struct Mean {
    const char* name;
    double exact;
    std::function<Number(const exact::Context&)> draw;
  };
  const Number third = Number::from_double(1.33203125);  // a bf16 value
  const Number tiny = Number::from_double(0x1.4p-9);
  const Mean means[] = {
      {"add", 1.33203125 + 0x1.4p-9,
       [&](const exact::Context& c) { return exact::add(third, tiny, c); }},
      {"mul", -1.33203125 * 1.33203125,
       [&](const exact::Context& c) { return exact::mul(third, -third, c); }},
      {"div", 1 / 1.33203125 * 1.5,
       [&](const exact::Context& c) { return exact::div(Number::from_double(1.5), third, c); }},
      {"exp", std::exp(0x1.4p-9), [&](const exact::Context& c) { return exact::exp(tiny, c); }},
      {"log", std::log(1.33203125 * 4),
       [&](const exact::Context& c) { return exact::log(Number::from_double(1.33203125 * 4), c); }},
  };
  for (const Mean& mean : means) {
    CAPTURE(mean.name);
    double sum = 0;
    for (std::uint64_t i = 0; i < keys; ++i) {
      sum += mean.draw({format, Rounding::sr, {2025, i}}).to_double();
    }
    // One draw has a variance of at most ulp^2 / 4 (results below 2): five standard deviations.
    CHECK(std::fabs(sum / keys - mean.exact) < 5 * ulp / 2 / std::sqrt(keys));
  }
}

TEST_CASE("a result far below the smallest number is never rounded away by a draw") {
  // The smallest threshold is 2^-25 quanta.
  const Format format = Format::parse("fp16");
  const Number below = Number::finite(false, 1, format.min_quantum() - 26);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const exact::Context context{format, Rounding::sr, {1, i}};
    CHECK(exact::convert(below, context).is_zero());
    CHECK(exact::exp(Number::integer(-1000), context).is_zero());
  }
}
