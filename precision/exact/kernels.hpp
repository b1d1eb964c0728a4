#pragma once
// The elementary functions on reduced arguments, in fixed point (see big_fixed.hpp): what exp, log,
// tanh, erf, sin and cos share. Operands are exact; results are right within the stated units.

#include <cstdint>

#include "precision/number.hpp"

namespace carrybit::exact {

/// mantissa * 2^exponent, the mantissa an approximation.
struct Scaled {
  Integer mantissa;
  std::int64_t exponent = 0;
};

/// e^x for |x| < 2^62: e^x * 2^-exponent lies between 2^bits and 2^(bits+1) (or within 8 of them),
/// and the mantissa within 8 of it.
Scaled exponential(const Number& x, std::int64_t bits);

/// log(1 + t) for -1/2 < t < 1/2, in units of 2^-bits, within 2 units.
Integer logarithm(const Integer& t, std::int64_t bits);

/// sin and cos of r for 0 <= r <= 0.8, in units of 2^-bits, within 2 units.
Integer sine(const Integer& r, std::int64_t bits);
Integer cosine(const Integer& r, std::int64_t bits);

}  // namespace carrybit::exact
