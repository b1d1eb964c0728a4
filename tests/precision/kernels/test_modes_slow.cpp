// Formats of 8 bits: every a + v w, in every mode, fused and not.

#include <doctest/doctest.h>

#include "tests/precision/kernels/triples.hpp"

namespace carrybit::kernels_test {
namespace {

TEST_CASE("formats of 8 bits: every a + v w, every mode, fused and not") {
  for (const char* format : {"fp8_e4m3", "fp8_e5m2", "float:e3.m4", "fixed:i3.f4"}) {
    for (const Rounding mode : all_roundings) {
      for (const bool fused : {false, true}) {
        if (mode != Rounding::sr) {
          every_triple(rule(format, mode, Order::sequential, fused));
        }
      }
    }
  }
}

}  // namespace
}  // namespace carrybit::kernels_test
