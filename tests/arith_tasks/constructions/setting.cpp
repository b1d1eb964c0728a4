// Score gaps and the smallest formats: found by their property, equal to the closed forms.

#include "arith_tasks/constructions/setting.hpp"

#include <cmath>
#include <numbers>

#include "precision/error.hpp"
#include "precision/exact/exact.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

namespace carrybit::test {

namespace {

bool vanishes(double gap, const Format& format, Rounding rounding = Rounding::rne) {
  return exact::exp(Number::from_double(-gap), {format, rounding, {}, nullptr}).is_zero();
}

}  // namespace

TEST_CASE("fixed point: the least multiple of the quantum whose exp vanishes") {
  for (int f = 0; f <= 16; ++f) {
    const Format format = Format::fixed(8, f);
    const double gap = score_gap(format);
    const double quantum = std::ldexp(1.0, -f);
    CHECK(gap == std::ceil((f + 1) * std::numbers::ln2 / quantum) * quantum);
    CHECK(vanishes(gap, format));
    CHECK_FALSE(vanishes(gap - quantum, format));
  }
  CHECK(score_gap(Format::fixed(1, 0)) == 1);
  CHECK(score_gap(Format::fixed(3, 2)) == 2.25);
  // Beyond 16 fraction bits a multiple of 2^-16 is near enough.
  const double gap = score_gap(Format::fixed(8, 40));
  CHECK(vanishes(gap, Format::fixed(8, 40)));
  CHECK(gap - 41 * std::numbers::ln2 < std::ldexp(1.0, -16));
  CHECK(score_gap(Format::fixed(4, 4), Rounding::rz) == 2.8125);  // exp(-C) < 2^-4
}

TEST_CASE("floats: the least power of two whose exp vanishes") {
  for (const auto& [name, gap] : {std::pair{"fp4_e2m1", 2.0},
                                  {"float:e3.m2", 4.0},
                                  {"fp8_e4m3", 8.0},
                                  {"fp8_e5m2", 16.0},
                                  {"fp16", 32.0},
                                  {"bf16", 128.0},
                                  {"fp32", 128.0},
                                  {"fp64", 1024.0},
                                  {"float:e8.m3:ftz", 128.0}}) {
    const Format format = Format::parse(name);
    CAPTURE(name);
    CHECK(score_gap(format) == gap);
    CHECK(vanishes(gap, format));
    CHECK_FALSE(vanishes(gap / 2, format));
  }
}

TEST_CASE("without an underflow the gap lets a loser vanish beside every number") {
  const Format format = Format::parse("float:e*.m10");
  CHECK(score_gap(format) == 512);
  CHECK_FALSE(Setting::of(Arithmetic::uniform(format)).vanishing);
}

TEST_CASE("a format in which nothing vanishes is refused") {
  CHECK_THROWS_AS(score_gap(Format::fixed(0, 4)), BadInput);                // exp(-1) > 2^-5
  CHECK_THROWS_AS(score_gap(Format::fixed(4, 4), Rounding::ru), BadInput);  // never rounds to 0
  CHECK_THROWS_AS(score_gap(Format::parse("float:e*.m4"), Rounding::rz), BadInput);
}

TEST_CASE("roles of different formats: a gap that all of them hold") {
  const Arithmetic mixed = preset("torch-bf16");
  const Setting setting = Setting::of(mixed);
  CHECK(vanishes(setting.gap, mixed.probabilities.format));
  CHECK(setting.gap == 128);
}

TEST_CASE("the smallest formats for a list of needs") {
  Needs needs;
  needs.add("a", 7);
  needs.add("b", 0, 3);
  CHECK(smallest_fixed(needs) == Format::fixed(3, 0));
  CHECK(integer_bits(needs, 2) == 3);  // 3 * 2.25 = 6.75, 7 <= 8 - 1/4
  CHECK(integer_bits(needs, 4) == 4);  // 3 * 3.5
  CHECK(significand_bits(needs) == 2);
  needs.add("c", 9, 0, 2);
  CHECK(integer_bits(needs, 0) == 3);  // the slack of integers
  CHECK(integer_bits(needs, 2) == 4);
  CHECK(needs.decisive(1).what == "c");
  needs.fraction_bits = 2;
  CHECK_THROWS_AS(integer_bits(needs, 1), BadInput);
  CHECK(smallest_floating(needs, 8).name() == "float:e8.m3");
  CHECK_THROWS_AS(smallest_floating(needs, 2), BadInput);
}

}  // namespace carrybit::test
