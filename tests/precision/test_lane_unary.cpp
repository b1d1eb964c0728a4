// 16-bit formats: all 65,536 operands of each operation of one operand, lane == exact. Here each
// operand of a transcendental function is tried in one mode; test_lane_unary_slow.cpp tries all.

#include <doctest/doctest.h>

#include "tests/precision/unary_sweep.hpp"

namespace carrybit::test {
namespace {

TEST_CASE("sqrt, exp, log, tanh, erf, sin, cos of all 16-bit operands") {
  for (const char* name : {"fp16", "bf16", "fixed:i7.f8:twos", "fixed:i3.f12:twos:wrap"}) {
    const UnaryTally r = sweep_unary(Format::parse(name), false, slow_build ? 97 : 1);
    CAPTURE(r.functions);
    CAPTURE(r.undecided);
    CAPTURE(r.circular);
    CAPTURE(r.circular_undecided);
    INFO(name, ": ", r.tally.text());
    CHECK(r.tally.mismatches == 0);
    CHECK(r.functions > 0);
    // A bound that often cannot decide would leave nothing to compare. (Wrapping needs all digits.)
    const bool wraps = Format::parse(name).overflow == Overflow::wrap;
    CHECK(r.undecided * (wraps ? 10 : 1000) <= r.functions);
    CHECK(r.circular_undecided * 2 < r.circular);
  }
}

TEST_CASE("conversion of all 16-bit operands") {
  const std::size_t stride = slow_build ? 97 : 1;
  for (const char* source : {"fp16", "bf16", "fixed:i7.f8:twos", "float:e8.m7:ftz"}) {
    for (const char* target :
         {"fp8_e4m3", "fp8_e5m2", "fp4_e2m1", "bf16", "fp16", "li:e4.s3", "fixed:i7.f8", "int8",
          "fixed:i3.f4:twos:wrap", "fixed:i3.f4:trap", "float:e8.m7:ftz", "float:e4.m3:fn:sat"}) {
      const Tally tally =
          sweep_conversion(Format::parse(source), Format::parse(target), false, stride);
      INFO(source, " to ", target, ": ", tally.text());
      CHECK(tally.mismatches == 0);
      CHECK(tally.cases > 0);
    }
  }
}

}  // namespace
}  // namespace carrybit::test
