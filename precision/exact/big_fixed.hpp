#pragma once
// Fixed-point arithmetic on big integers: what the transcendental functions compute with.
//
// A real number is carried as an integer in *units* of 2^-bits. Errors are stated in units, and
// every function here says how far its result may lie from the exact value of its (exact) operands.

#include <cstdint>

#include "precision/format.hpp"
#include "precision/number.hpp"

namespace carrybit::exact {

/// n * 2^by, rounded down (n >= 0; `by` of either sign).
Integer shifted(const Integer& n, std::int64_t by);

/// |x| in units of 2^-bits, rounded down. x is finite; |x| < 2^63.
Integer to_fixed(const Number& x, std::int64_t bits);

/// a * b for two numbers in units of 2^-bits, rounded down: less than 1 unit low.
Integer product(const Integer& a, const Integer& b, std::int64_t bits);

/// The n-th factor, n = 1, 2, …, in the denominators of a power series.
using Factor = std::uint64_t (*)(std::uint64_t n);

/// A power series whose coefficients are quotients of small integers,
///   sum over n >= 0 of sign^n * (scale * t)^n / (factor(1) * … * factor(n)).
struct PowerSeries {
  Factor factor = nullptr;   // does not decrease
  bool alternating = false;  // sign = -1; asks for scale = 1
  std::uint64_t scale = 1;   // at least 1
};

/// The sum at t, 0 <= t <= 1, both in units of 2^-bits. The result lies within 1 + G/4 units, G
/// being the largest of the coefficients scale^n / (factor(1) * … * factor(n)): within 2 units
/// where scale = 1.
Integer evaluate(const PowerSeries& series, const Integer& t, std::int64_t bits);

/// May a result within 2^log2_distance of the dyadic `value`, on a known side, be rounded by
/// `round_beside`? It may when nothing that a rounding compares with (a value of the format, a
/// midpoint, a threshold of `sr`) lies between the two: these and `value` are all multiples of one
/// power of two, which the distance must not exceed.
bool lies_beside(const Number& value, std::int64_t log2_distance, const Format& format);

}  // namespace carrybit::exact
