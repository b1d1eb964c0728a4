// 16-bit formats: all 65,536 operands of each operation of one operand, in all eight modes.

#include <doctest/doctest.h>

#include "tests/precision/unary_sweep.hpp"

namespace carrybit::test {
namespace {

TEST_CASE("every function of all 16-bit operands in all modes") {
  for (const char* name :
       {"fp16", "bf16", "fixed:i7.f8:twos", "fixed:i3.f12:twos:wrap", "fixed:i0.f15:trap",
        "fixed:i15.f0:twos", "float:e6.m9:sat", "float:e4.m11:fn", "float:e5.m10:ftz",
        "float:e3.m12:finite", "li:e7.s4", "float:e10.m5", "float:e2.m13"}) {
    const UnaryTally r = sweep_unary(Format::parse(name), true);
    INFO(name, ": ", r.tally.text());
    CHECK(r.tally.mismatches == 0);
    MESSAGE(std::string(name), ": ", r.tally.cases,
            " cases; left to the exact engine: ", r.undecided, " of ", r.functions,
            ", sin and cos ", r.circular_undecided, " of ", r.circular);
  }
}

TEST_CASE("conversions between 16-bit formats, and to narrower ones") {
  const std::vector<const char*> names = {"fp16",
                                          "bf16",
                                          "fixed:i7.f8:twos",
                                          "fixed:i3.f12:twos:wrap",
                                          "fixed:i0.f15:trap",
                                          "float:e6.m9:sat",
                                          "float:e4.m11:fn",
                                          "float:e5.m10:ftz",
                                          "li:e7.s4",
                                          "fp8_e4m3",
                                          "fp8_e5m2",
                                          "fp6_e3m2",
                                          "fp4_e2m1",
                                          "int8",
                                          "fixed:i3.f4:twos:wrap"};
  for (const char* source : names) {
    for (const char* target : names) {
      const Tally tally = sweep_conversion(Format::parse(source), Format::parse(target), true);
      INFO(source, " to ", target, ": ", tally.text());
      CHECK(tally.mismatches == 0);
    }
  }
}

}  // namespace
}  // namespace carrybit::test
