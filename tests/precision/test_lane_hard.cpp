// Random and hard operands for formats too wide to exhaust; operands of other formats than the
// result's; lane == exact in all modes. CARRYBIT_LANE_ROUNDS=20000 asks for a longer search.

#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/precision/lane_hard.hpp"

namespace carrybit::test {
namespace {

int rounds_asked() {
  const char* text = std::getenv("CARRYBIT_LANE_ROUNDS");
  const int fallback = slow_build ? 40 : 600;
  return text == nullptr ? fallback : std::max(1, std::atoi(text));
}

const int rounds = rounds_asked();

void require_equal(const Tally& tally, const std::string& what) {
  INFO(what, ": ", tally.text());
  CHECK(tally.mismatches == 0);
  CHECK(tally.cases > 0);
}

void require_equal(std::string_view name) {
  const Format f = Format::parse(name);
  require_equal(hard_cases(f, {f, f, f}, rounds), f.name());
}

TEST_CASE("float64 lanes: up to 25 significand bits and 10 exponent bits") {
  for (const char* name :
       {"float:e8.m24", "float:e10.m24", "fp32", "float:e5.m18", "float:e10.m1", "float:e2.m24",
        "float:e1.m24", "float:e8.m12", "float:e10.m24:ftz", "float:e8.m23:sat", "float:e9.m20:fn",
        "float:e6.m15:finite", "float:e8.m24:trap", "li:e9.s12", "li:e3.s8"}) {
    require_equal(name);
  }
}

TEST_CASE("float32 lanes: up to 11 significand bits and 8 exponent bits") {
  for (const char* name :
       {"bf16", "tf32", "fp16", "float:e8.m10:ftz", "float:e8.m10:sat", "float:e8.m10:trap",
        "float:e8.m0", "float:e7.m10:fn", "float:e7.m10:finite", "float:e1.m10", "li:e7.s5"}) {
    const Format f = Format::parse(name);
    REQUIRE(carries(Carrier::float32, f));
    require_equal(name);
  }
}

TEST_CASE("fixed point: up to 26 bits in double, 63 in int64") {
  for (const char* name :
       {"fixed:i13.f13", "fixed:i26.f0:twos", "fixed:i0.f26", "fixed:i0.f26:twos:wrap",
        "fixed:i26.f0:twos:wrap", "fixed:i10.f16:twos:wrap", "fixed:i7.f8:twos:trap",
        "fixed:i7.f8:trap", "fixed:i31.f32", "fixed:i63.f0:twos", "fixed:i0.f63",
        "fixed:i0.f63:twos", "fixed:i0.f63:twos:wrap", "fixed:i63.f0:twos:wrap",
        "fixed:i20.f43:twos:wrap", "fixed:i20.f43:trap", "fixed:i31.f32:twos:trap", "fixed:i1.f62",
        "fixed:i30.f24:twos"}) {
    require_equal(name);
  }
}

TEST_CASE("operands of other floats than the result's") {
  struct Mixed {
    const char* result;
    std::array<const char*, 3> operands;
  };
  for (const Mixed& m : {
           Mixed{"bf16", {"fp32", "fp32", "fp32"}},
           Mixed{"fp16", {"fp32", "bf16", "fp32"}},
           Mixed{"fp32", {"fp16", "bf16", "fp32"}},
           Mixed{"bf16", {"fp16", "fp16", "float:e10.m24"}},
           Mixed{"fp8_e4m3", {"fp32", "fp32", "bf16"}},
           Mixed{"fp8_e5m2", {"float:e10.m24", "fp32", "fp16"}},
           Mixed{"float:e10.m24", {"fp32", "float:e10.m24", "fp16"}},
           Mixed{"float:e2.m24", {"float:e10.m24", "float:e10.m24", "float:e10.m24"}},
           Mixed{"float:e8.m10:sat", {"fp32", "fp8_e4m3", "tf32"}},
           Mixed{"float:e6.m9:finite", {"fp32", "fp32", "fp32"}},
           Mixed{"float:e5.m10:ftz", {"fp32", "fp32", "fp32"}},
           Mixed{"float:e5.m10:trap", {"fp32", "fp32", "fp32"}},
           Mixed{"li:e5.s5", {"fp32", "li:e9.s12", "fp16"}},
           Mixed{"fp32", {"fixed:i12.f13", "fixed:i0.f25", "fixed:i25.f0"}},
           Mixed{"fp16", {"fixed:i12.f13", "fp32", "fixed:i25.f0:twos"}},
           Mixed{"fixed:i13.f13", {"fp32", "fixed:i3.f20", "fp16"}},
           Mixed{"fixed:i0.f26:twos", {"fixed:i0.f26", "fixed:i26.f0:twos", "fp32"}},
           Mixed{"fixed:i26.f0:trap", {"fixed:i0.f26", "float:e10.m24", "fixed:i2.f24"}},
           Mixed{"fixed:i3.f4:twos", {"fixed:i7.f8:twos:wrap", "fixed:i1.f14", "bf16"}},
       }) {
    const Tally tally = hard_cases(
        Format::parse(m.result),
        {Format::parse(m.operands[0]), Format::parse(m.operands[1]), Format::parse(m.operands[2])},
        rounds, Carrier::float64);
    require_equal(tally, std::string(m.result) + " of " + m.operands[0] + ", " + m.operands[1] +
                             ", " + m.operands[2]);
  }
}

TEST_CASE("an operand that the carrier cannot take is refused, not rounded") {
  const Format bf16 = Format::parse("bf16");
  const std::array<Number, 2> long_operand = {Number::finite(false, (1U << 12) + 1, 0),
                                              Number::integer(1)};
  CHECK_THROWS_AS(apply_lane(Carrier::float32, Operation::mul, long_operand, {bf16}),
                  std::logic_error);
  CHECK_NOTHROW(apply_lane(Carrier::float64, Operation::mul, long_operand, {bf16}));
  const std::array<Number, 2> half = {Number::from_double(0.5), Number::integer(1)};
  CHECK_THROWS_AS(
      apply_lane(Carrier::int64, Operation::mul, half, {Format::parse("fixed:i40.f0:twos")}),
      std::logic_error);
  CHECK_THROWS_AS(apply_lane(Carrier::float32, Operation::mul, half, {Format::parse("fp32")}),
                  std::logic_error);
}

TEST_CASE("operands of other floats, on float32 lanes") {
  for (const std::array<const char*, 4>& m :
       {std::array<const char*, 4>{"fp16", "bf16", "tf32", "fp16"},
        {"bf16", "fp16", "bf16", "tf32"},
        {"fp8_e4m3", "tf32", "tf32", "tf32"},
        {"float:e8.m10:ftz", "bf16", "tf32", "tf32"},
        {"float:e5.m2:sat", "tf32", "fp16", "bf16"}}) {
    const Tally tally = hard_cases(Format::parse(m[0]),
                                   {Format::parse(m[1]), Format::parse(m[2]), Format::parse(m[3])},
                                   rounds, Carrier::float32);
    require_equal(tally, std::string(m[0]) + " of " + m[1] + ", " + m[2] + ", " + m[3]);
  }
}

TEST_CASE("conversions between formats of one carrier") {
  const std::array<const char*, 20> names = {"fp32",
                                             "bf16",
                                             "fp16",
                                             "tf32",
                                             "float:e10.m24",
                                             "float:e10.m24:ftz",
                                             "float:e8.m23:sat",
                                             "float:e8.m15:fn",
                                             "float:e5.m3:trap",
                                             "fp8_e4m3",
                                             "fp8_e5m2",
                                             "fp4_e2m1",
                                             "li:e9.s12",
                                             "li:e2.s2",
                                             "fixed:i13.f13",
                                             "fixed:i0.f26:twos",
                                             "fixed:i26.f0:twos:wrap",
                                             "fixed:i3.f4:twos:wrap",
                                             "fixed:i10.f16:twos:trap",
                                             "fixed:i7.f0:twos"};
  for (const char* source : names) {
    for (const char* target : names) {
      const Tally tally =
          hard_conversions(Format::parse(source), Format::parse(target), slow_build ? 10 : 150);
      require_equal(tally, std::string("from ") + source + " to " + target);
    }
  }
}

TEST_CASE("the hard cases are hard") {
  for (const char* name : {"fp32", "bf16", "float:e10.m24", "fp16"}) {
    const Format f = Format::parse(name);
    Comparer comparer(f);
    HardOperands operands(comparer, {f, f, f}, 0xBADC0DE);
    Hardness h;
    operands.count_into(h);
    for (int i = 0; i < 50; ++i) {
      operands.round_of_cases();
    }
    CAPTURE(f.name());
    CAPTURE(h.results);
    CAPTURE(h.ties);
    CAPTURE(h.inexact);
    CAPTURE(h.subnormal);
    CAPTURE(h.overflows);
    CAPTURE(h.cancelling);
    CHECK(h.inexact * 4 > h.results);
    CHECK(h.ties * 50 > h.results);
    CHECK(h.subnormal * 30 > h.results);
    CHECK(h.overflows * 100 > h.results);
    CHECK(h.cancelling * 100 > h.results);
    CHECK(comparer.tally().mismatches == 0);
  }
}

TEST_CASE("functions of one variable on hard arguments") {
  for (const char* name : {"fp32", "float:e10.m24", "float:e8.m24", "tf32", "float:e2.m20",
                           "fixed:i13.f13", "fixed:i2.f24:twos", "fixed:i6.f20:twos:wrap",
                           "fixed:i6.f20:trap", "li:e6.s10", "fixed:i20.f30"}) {
    require_equal(hard_functions(Format::parse(name), slow_build ? 16 : 3000), name);
  }
}

}  // namespace
}  // namespace carrybit::test
