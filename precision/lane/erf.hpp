#pragma once
// The error function to double-double accuracy.

#include "precision/lane/exp.hpp"

namespace carrybit::lane {

/// erf(j/8) for 0 <= j <= 52, relative error <= u^2.
CARRYBIT_HD inline DoubleDouble erf_of_eighths(int j) {
  static constexpr DoubleDouble table[] = {
      {0x0p+0, 0x0p+0},
      {0x1.1f5e1a35c3b89p-3, 0x1.d0b6d6493e0f4p-57},
      {0x1.1af54e232d609p-2, -0x1.bee921fa4172bp-56},
      {0x1.9dd0d2b721f39p-2, -0x1.1671c021d14c4p-56},
      {0x1.0a7ef5c18edd2p-1, 0x1.5e809f1a31a28p-56},
      {0x1.3f196dcd0f135p-1, -0x1.f25f4f6fdf70bp-56},
      {0x1.6c1c9759d0e5fp-1, 0x1.b1432f2cbc455p-55},
      {0x1.91724951b8fc6p-1, -0x1.27912dd352f8bp-55},
      {0x1.af767a741088bp-1, -0x1.c97f778122797p-56},
      {0x1.c6dad2829ec62p-1, -0x1.ab76d4cba3d05p-57},
      {0x1.d8865d98abe01p-1, -0x1.fcec4afb974d9p-55},
      {0x1.e5768c3b4a3fcp-1, 0x1.8b62674f8989p-57},
      {0x1.eea5557137aep-1, -0x1.385e445f2c96dp-55},
      {0x1.f4f693b67bd77p-1, -0x1.3a1ee1406c356p-56},
      {0x1.f92d077f8d56dp-1, 0x1.8b55ef493fce7p-56},
      {0x1.fbe61eef4cf6ap-1, 0x1.15ded88667618p-55},
      {0x1.fd9ae142795e3p-1, 0x1.972801904b9a3p-56},
      {0x1.fea4218d6594ap-1, -0x1.e3333d8f7d98cp-58},
      {0x1.ff404760319b4p-1, 0x1.f142071432025p-56},
      {0x1.ff9960f3eb327p-1, -0x1.08b1ca6e97f8p-56},
      {0x1.ffcaa8f4c9beap-1, 0x1.b0cee160116f9p-55},
      {0x1.ffe514bbdc197p-1, -0x1.cd963345b5c6dp-58},
      {0x1.fff2cfb0453d9p-1, 0x1.9a913686042a3p-55},
      {0x1.fff9ba420e834p-1, 0x1.1379ec5aa630ep-56},
      {0x1.fffd1ac4135f9p-1, 0x1.eeafa1ecd6cefp-55},
      {0x1.fffeb3ebb267bp-1, 0x1.e47f697047cbap-57},
      {0x1.ffff6f9f67e55p-1, 0x1.e1e4483ba034bp-55},
      {0x1.ffffc316d9edp-1, -0x1.8b32f44f46b3bp-55},
      {0x1.ffffe710d565ep-1, 0x1.c9ea52d76dc04p-55},
      {0x1.fffff618c3da6p-1, -0x1.19309ce23aa3ep-58},
      {0x1.fffffc2f171e3p-1, 0x1.85edd0395f475p-55},
      {0x1.fffffe92ced93p-1, -0x1.d2db2ecfe14aep-55},
      {0x1.ffffff7b91176p-1, 0x1.0b2865615db4p-56},
      {0x1.ffffffd169d0cp-1, 0x1.70a2bfb068e6fp-55},
      {0x1.fffffff01a8b6p-1, 0x1.23370eca5ca6ap-60},
      {0x1.fffffffabd229p-1, -0x1.4dbe49bec3ef2p-57},
      {0x1.fffffffe4fa3p-1, 0x1.d166bcb681c7bp-57},
      {0x1.ffffffff79626p-1, 0x1.5fbc52d650a89p-55},
      {0x1.ffffffffd759dp-1, 0x1.f7bee7eb2342p-55},
      {0x1.fffffffff4188p-1, 0x1.7a2cb3d056eacp-55},
      {0x1.fffffffffc9e8p-1, -0x1.a759f7738935fp-56},
      {0x1.ffffffffff11ap-1, -0x1.3eafccbc6e8b7p-56},
      {0x1.ffffffffffc05p-1, 0x1.07ba96a6b2e1ap-55},
      {0x1.ffffffffffef8p-1, 0x1.14be6226402c7p-56},
      {0x1.fffffffffffbep-1, -0x1.182b326b228dcp-55},
      {0x1.ffffffffffffp-1, -0x1.20ef3618f2d54p-56},
      {0x1.ffffffffffffcp-1, 0x1.8115fd1b12786p-56},
      {0x1.fffffffffffffp-1, 0x1.0439397b5f70ap-56},
      {0x1p+0, -0x1.8cf81557d20b6p-56},
      {0x1p+0, -0x1.55df1790f2f61p-58},
      {0x1p+0, -0x1.1d791bb1324a1p-60},
      {0x1p+0, -0x1.ce42dd8e4fa23p-63},
      {0x1p+0, -0x1.6ae172414cebap-65},
  };
  return table[j];
}

/// The mean of cosh(2 m s) e^(-s^2) over |s| <= h/2, for |h| <= 1/16, |m| <= 6.5.
///
/// With s = u h/2 and H = h^2, the function g(u) = cosh(m h u) e^(-H u^2 / 4) satisfies
///   g'' = (m^2 H - H/2 - H^2 u^2 / 4) g - H u g',
/// so that g = sum of Q_n u^(2n) / (2n)!, with Q_0 = 1, Q_(-1) = 0 and
///   Q_(n+1) = (m^2 H - (2n + 1/2) H) Q_n - n (n - 1/2) H^2 Q_(n-1),
/// and the mean is the sum of Q_n / (2n + 1)!. Clenshaw's backward recurrence sums it:
///   b_n = 1/(2n + 1)! + (m^2 H - (2n + 1/2) H) b_(n+1) - (n + 1) (n + 1/2) H^2 b_(n+2),
/// from n = 9 in double, from n = 4 in double-double; the mean is b_0.
///
/// Relative to erf at the far end, where the mean goes, the n-th term is at most 2^-115 for n = 10
/// (cut off) and 2^-55.6 for n = 5 (times 4u: 2^-106.6 = 0.7 u^2); both at x = 1/16. In
/// double-double, the two sums err by 8 u^2, and what is added to 1 in b_0 is below 0.03 and within
/// 50 u^2 of its largest part: the mean is within 10 u^2.
CARRYBIT_HD inline DoubleDouble mean_gaussian(DoubleDouble m, DoubleDouble h) {
  const DoubleDouble square = h * h;
  const DoubleDouble product = m * m * square;
  const DoubleDouble square2 = square * square;
  double t1 = 0, t2 = 0;  // b_(n+1) and b_(n+2)
  for (int n = 9; n >= 5; --n) {
    const double t0 = inverse_factorial(2 * n + 1).hi +
                      (product.hi - (2 * n + 0.5) * square.hi) * t1 -
                      (n + 1) * (n + 0.5) * square2.hi * t2;
    t2 = t1;
    t1 = t0;
  }
  DoubleDouble b1 = {t1, 0}, b2 = {t2, 0};
  for (int n = 4; n >= 0; --n) {
    const DoubleDouble first = (product - square * (2 * n + 0.5)) * b1;
    const DoubleDouble second = -square2 * ((n + 1) * (n + 0.5)) * b2;
    const DoubleDouble b0 = plus_small(plus_small(inverse_factorial(2 * n + 1), first), second);
    b2 = b1;
    b1 = b0;
  }
  return b1;
}

inline constexpr double erf_error = 0x1p-97;

/// erf x for 2^-900 <= |x| <= 6.5 and 0; no answer elsewhere (1 - erf 6.5 < 2^-64).
///
/// With the nearest c = j/8, h = x - c (exact) and m = (x + c)/2, the integral of e^(-t^2) from c
/// to x, taken about its midpoint, loses its odd part:
///   erf x = erf c + 2/sqrt(pi) h e^(-m^2) (mean of cosh(2 m s) e^(-s^2) over |s| <= h/2).
/// e^(-m^2) errs by 7.3 u^2 and m^2 by 11 u^2 (m: 2 u^2); the mean by 10 u^2; 2/sqrt(pi) by u^2;
/// three products by 21 u^2: the second summand is within (39.3 + 11 m^2) u^2. For j = 0 it is
/// everything (m < 0.04), for j = 1 at most the result, and at most 0.33 of it, falling like
/// e^(-m^2), beyond. With erf c (at most 2 u^2 of the result) and the sum (3 u^2): at most 45 u^2 =
/// 2^-100.5, relative also to a small x. Claimed: 2^-97.
CARRYBIT_HD inline Approx erf_approx(double xh, double xl) {
  const double size = magnitude(xh);
  if (!(size <= 6.5 && (size >= 0x1p-900 || size == 0))) {
    return no_answer();
  }
  constexpr DoubleDouble two_over_sqrt_pi = {0x1.20dd750429b6dp+0, 0x1.1ae3a914fed8p-56};
  const double sign = is_negative(xh) ? -1.0 : 1.0;
  const double eighths = nearest_integer(8.0 * size);
  const double c = eighths / 8.0;
  const DoubleDouble h = exact_sum(size - c, sign * xl);
  const DoubleDouble m = DoubleDouble{0.5 * h.hi, 0.5 * h.lo} + c;
  const DoubleDouble exponent = -(m * m);
  const Approx gaussian = exp_approx(exponent.hi, exponent.lo);
  const DoubleDouble increment =
      two_over_sqrt_pi * h * DoubleDouble{gaussian.hi, gaussian.lo} * mean_gaussian(m, h);
  const DoubleDouble y = erf_of_eighths(static_cast<int>(eighths)) + increment;
  return {sign * y.hi, sign * y.lo, erf_error};
}

}  // namespace carrybit::lane
