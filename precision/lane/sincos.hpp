#pragma once
// Sine and cosine to double-double accuracy.

#include "precision/lane/constants.hpp"

namespace carrybit::lane {

/// x = quadrant * pi/2 + r modulo 2 pi, |r| < 0.7855.
struct ReducedAngle {
  int quadrant;
  DoubleDouble r;
};

/// For |xh| <= 2^30. r is within 15 u^2 of itself if |r| >= 2^-74.
///
/// pi/2 is cut into four doubles that miss it by 2^-217. With n the nearest integer to x / (pi/2),
/// at most 2^29.4, x - n pi/2 is a sum of nine doubles: x's two, three exact products of n of two
/// doubles each, and a fourth product, rounded by at most 2^-187. Shewchuk's expansion ("Adaptive
/// precision floating-point arithmetic", Discrete Comput. Geom. 18, 1997, theorem 10) adds them
/// without any error: `part` holds, in rising order, non-overlapping doubles (zeros among them)
/// whose sum is the exact sum so far, so that no cancellation, however deep, costs a bit. The nine
/// parts are then summed from the top: the first sum is exact, seven err by 2 u^2 each.
CARRYBIT_HD inline ReducedAngle reduced_angle(double xh, double xl) {
  const double n = nearest_integer(xh * 0x1.45f306dc9c883p-1);  // 2 / pi
  if (n == 0) {
    return {0, {xh, xl}};
  }
  const DoubleDouble p1 = exact_product(-n, 0x1.921fb54442d18p+0);
  const DoubleDouble p2 = exact_product(-n, 0x1.1a62633145c07p-54);
  const DoubleDouble p3 = exact_product(-n, -0x1.f1976b7ed8fbcp-110);
  const double p4 = -n * 0x1.4cf98e804177dp-164;
  constexpr int count = 9;
  const double term[count] = {p4, p3.lo, p3.hi, p2.lo, p2.hi, xl, p1.lo, p1.hi, xh};
  double part[count];
  for (int i = 0; i < count; ++i) {
    double carry = term[i];
    for (int k = 0; k < i; ++k) {
      const DoubleDouble s = exact_sum(carry, part[k]);
      carry = s.hi;
      part[k] = s.lo;
    }
    part[i] = carry;
  }
  DoubleDouble r = {part[count - 1], 0};
  for (int i = count - 2; i >= 0; --i) {
    r = r + part[i];
  }
  return {static_cast<int>(n) & 3, r};
}

/// sin r for |r| < 0.7855. r + r z S, z = -r^2, S = 1/3! + z/5! + ... + z^12/27!
/// (`factorial_series`): S is within 6 u^2, 0.1 u^2 (double part) and 0.3 u^2 (the cut), z within
/// 7 u^2; with two more products, r z S is within 27.4 u^2 and at most 0.115 of the result; the sum
/// errs by 3 u^2: 6.2 u^2.
CARRYBIT_HD inline DoubleDouble sine_series(DoubleDouble r) {
  const DoubleDouble z = -(r * r);
  return r + r * (z * factorial_series(z, 3, 2, 8, 13));
}

/// cos r for |r| < 0.7855. 1 + z S, z = -r^2, S = 1/2! + z/4! + ... + z^12/26!: S is within 6 u^2,
/// 0.2 u^2 (double part) and 2.2 u^2 (the cut); z S is within 22.4 u^2 and at most 0.42 of the
/// result; the sum errs by 2 u^2: 11.5 u^2.
CARRYBIT_HD inline DoubleDouble cosine_series(DoubleDouble r) {
  const DoubleDouble z = -(r * r);
  return z * factorial_series(z, 2, 2, 8, 13) + 1.0;
}

inline constexpr double sincos_error = 0x1p-98;

/// The sine of x + quadrant * pi/2 for |x| <= 2^30; no answer beyond, nor where x is within 2^-74
/// of a non-zero multiple of pi/2 (a double-double may be; no double is nearer than 2^-60.5). The
/// error of r (15 u^2) changes sin r by at most 15 u^2 of itself, cos r by at most 12 u^2: 21.2 u^2
/// and 23.5 u^2, below 2^-101.4. Claimed: 2^-98.
CARRYBIT_HD inline Approx sine_of_turned(double xh, double xl, int quadrant) {
  if (!(magnitude(xh) <= 0x1p30)) {
    return no_answer();
  }
  const ReducedAngle a = reduced_angle(xh, xl);
  if (magnitude(a.r.hi) < 0x1p-74 && a.r.hi != xh) {
    return no_answer();
  }
  quadrant += a.quadrant;
  const DoubleDouble y = (quadrant & 1) != 0 ? cosine_series(a.r) : sine_series(a.r);
  const double sign = (quadrant & 2) != 0 ? -1.0 : 1.0;
  return {sign * y.hi, sign * y.lo, sincos_error};
}

/// sin x, relative also to a small result. |x| >= 2^-900 or x = 0.
CARRYBIT_HD inline Approx sin_approx(double xh, double xl) { return sine_of_turned(xh, xl, 0); }

/// cos x, relative also to a small result.
CARRYBIT_HD inline Approx cos_approx(double xh, double xl) { return sine_of_turned(xh, xl, 1); }

}  // namespace carrybit::lane
