#pragma once
// What is true of the numbers of an operand: on this the choice of a loop rests.

#include <cmath>
#include <cstdint>
#include <limits>

#include "precision/lane/bits.hpp"

namespace carrybit::kernels {

struct Facts {
  bool finite = true;
  double largest = 0;                                         // of |x|
  double smallest = std::numeric_limits<double>::infinity();  // of |x|, x != 0
  double last_bit = std::numeric_limits<double>::infinity();  // every x is a multiple of it
  std::uint64_t fractions = 0;                                // the fraction fields, or-ed

  /// Every x is a multiple of 2^quantum(); where all are 0, of every power of two.
  int quantum() const { return largest == 0 ? 1 << 20 : std::ilogb(last_bit); }
  /// Significand bits that some number needs; 53 where one is subnormal in `double`.
  int bits() const {
    if (smallest < 0x1p-1022) {
      return 53;
    }
    return fractions == 0 ? 1 : 53 - __builtin_ctzll(fractions);
  }
  void add(const Facts& other) {
    finite = finite && other.finite;
    largest = largest < other.largest ? other.largest : largest;
    smallest = other.smallest < smallest ? other.smallest : smallest;
    last_bit = other.last_bit < last_bit ? other.last_bit : last_bit;
    fractions |= other.fractions;
  }
};

/// Facts of the four rows of a block.
struct RowFacts : Facts {
  double total = 0;  // the largest sum of |w| over a row
  double chunk = 0;  // over `check_chunk` terms of a row, counted from a multiple of check_chunk
  int terms = 0;
  double growth = 1;  // so many terms grow by rounding: see Plan::prepare
};
inline constexpr int check_chunk = 8;

}  // namespace carrybit::kernels
