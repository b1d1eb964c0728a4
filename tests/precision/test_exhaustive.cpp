// Formats of few bits, exhaustively: every operand, every operation, mode and overflow rule, every
// carrier; lane == exact. The formats here stand for the others; scripts/exhaustive.sh runs all.

#include <doctest/doctest.h>

#include "tests/precision/exhaustive_sweep.hpp"

namespace carrybit::test {
namespace {

void require_equal(const Format& format, const SweepPlan& plan) {
  const Tally tally = sweep(format, plan);
  INFO(format.name(), ": ", tally.text());
  CHECK(tally.mismatches == 0);
  CHECK(tally.cases > 0);
}

TEST_CASE("every format of at most 4 bits: all pairs, all triples") {
  std::size_t formats = 0;
  for (int width = 2; width <= (slow_build ? 3 : 4); ++width) {
    for (const Format& format : all_formats(width)) {
      require_equal(format, {});
      ++formats;
    }
  }
  CHECK(formats > (slow_build ? 40 : 100));
}

TEST_CASE("6-bit formats: all pairs") {
  const SweepPlan plan{.triples_up_to = 4, .thirds = 2, .pair_stride = slow_build ? 7U : 1U};
  for (const char* name : {"fp6_e3m2", "fp6_e2m3", "float:e1.m4", "float:e5.m0", "float:e5.m0:fn",
                           "float:e4.m1:sat:ftz", "float:e3.m2:trap", "li:e1.s2", "fixed:i0.f5",
                           "fixed:i5.f0:twos:wrap", "fixed:i2.f3:twos:trap"}) {
    require_equal(Format::parse(name), plan);
  }
}

TEST_CASE("7- and 8-bit formats: all pairs") {
  const SweepPlan plan{.triples_up_to = 4, .thirds = 1, .pair_stride = slow_build ? 61U : 1U};
  for (const char* name :
       {"fp8_e4m3", "fp8_e5m2", "float:e3.m4", "float:e4.m3:fn:sat", "float:e4.m3:ftz",
        "float:e5.m2:sat", "float:e1.m6", "float:e7.m0", "li:e2.s2", "fixed:i3.f4",
        "fixed:i3.f4:twos:wrap", "fixed:i4.f3:twos:trap"}) {
    require_equal(Format::parse(name), plan);
  }
}

TEST_CASE("conversions: every value of every format of at most 6 bits, into each of 7 or 8") {
  const std::vector<Number> values = values_of_all_formats(slow_build ? 4 : 6);
  CHECK(values.size() > 200);
  for (int width = 7; width <= 8; ++width) {
    for (const Format& target : all_formats(width)) {
      if (!slow_build || target.fraction_bits == 2) {
        const Tally tally = sweep_conversions(target, values);
        INFO(target.name(), ": ", tally.text());
        CHECK(tally.mismatches == 0);
      }
    }
  }
}

/// A wrong lane that the comparison must see.
template <class Plant>
std::uint64_t mismatches_with(const char* format, const Plant& plant) {
  Sweep sweep(Format::parse(format), {.triples_up_to = 4, .thirds = 1, .pair_stride = 5});
  plant(sweep.comparer().lanes());
  return sweep.run().mismatches;
}

TEST_CASE("planted: a lane that is wrong is caught") {
  SUBCASE("ties to even instead of away") {
    CHECK(mismatches_with("fp4_e2m1", [](Lanes& lanes) { lanes.other_rounding = Rounding::rne; }) >
          0);
    CHECK(mismatches_with("fixed:i1.f4",
                          [](Lanes& lanes) { lanes.other_rounding = Rounding::rna; }) > 0);
  }
  SUBCASE("one bit of precision too few or too many") {
    CHECK(mismatches_with("fp6_e3m2", [](Lanes& lanes) { --lanes.spec.precision; }) > 0);
    CHECK(mismatches_with("fp6_e3m2", [](Lanes& lanes) { ++lanes.spec.precision; }) > 0);
  }
  SUBCASE("E4M3 with the largest value 480, or 240") {
    CHECK(mismatches_with("fp8_e4m3", [](Lanes& lanes) { lanes.spec.largest = 480; }) > 0);
    CHECK(mismatches_with("fp8_e4m3", [](Lanes& lanes) { lanes.spec.largest = 240; }) > 0);
  }
  SUBCASE("subnormals one binade off") {
    CHECK(mismatches_with("fp6_e3m2", [](Lanes& lanes) { --lanes.spec.min_quantum; }) > 0);
  }
  SUBCASE("a zero without its sign") {
    CHECK(mismatches_with("fp6_e3m2", [](Lanes& lanes) { lanes.spec.signed_zero = false; }) > 0);
  }
  SUBCASE("saturation in place of infinity") {
    CHECK(mismatches_with("float:e3.m2",
                          [](Lanes& lanes) { lanes.spec.beyond = lane::Beyond::saturate; }) > 0);
  }
  SUBCASE("faults that are not counted") {
    CHECK(mismatches_with("fixed:i1.f4:trap", [](Lanes& lanes) { lanes.spec.traps = false; }) > 0);
    CHECK(mismatches_with("fixed:i1.f4:trap", [](Lanes& lanes) { lanes.fixed.traps = false; }) > 0);
  }
  SUBCASE("two's complement without its lowest value") {
    CHECK(mismatches_with("fixed:i1.f4:twos", [](Lanes& lanes) { ++lanes.fixed.lowest; }) > 0);
  }
}

}  // namespace
}  // namespace carrybit::test
