#pragma once
// The hyperbolic tangent to double-double accuracy.

#include "precision/lane/exp.hpp"

namespace carrybit::lane {

inline constexpr double tanh_error = 0x1p-97;

/// tanh x for 2^-900 <= |x| <= 40 and 0; no answer elsewhere (1 - tanh 40 < 2^-114).
///
/// tanh |x| = E / (E + 2), E = e^(2|x|) - 1. An error of E changes the quotient by 2 / (E + 2) < 1
/// of itself: 22 u^2 (`expm1`), the sum 2 u^2, the quotient 15 u^2: 39 u^2 = 2^-100.7, relative
/// also to a small x. Claimed: 2^-97.
CARRYBIT_HD inline Approx tanh_approx(double xh, double xl) {
  const double size = magnitude(xh);
  if (!(size <= 40 && (size >= 0x1p-900 || size == 0))) {
    return no_answer();
  }
  const double sign = is_negative(xh) ? -1.0 : 1.0;
  const DoubleDouble e = expm1(2.0 * size, 2.0 * sign * xl);
  const DoubleDouble y = e / (e + 2.0);
  return {sign * y.hi, sign * y.lo, tanh_error};
}

}  // namespace carrybit::lane
