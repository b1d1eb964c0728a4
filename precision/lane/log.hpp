#pragma once
// The natural logarithm to double-double accuracy.

#include "precision/lane/exp.hpp"

namespace carrybit::lane {

inline constexpr double log_error = 0x1p-97;

/// log x for 2^-1000 <= x < 2^1024, relative also where the result is near 0 (down to 2^-900); no
/// answer elsewhere.
///
/// 1. x = 2^k m, 0.7071 < m < 1.4143; d = m - 1 is exact, for m.hi is within a factor 2 of 1.
/// 2. y_0 = 2 artanh(s) in double, s = d / (2 + d), |s| < 0.1716: six terms of the series in s^2,
///    off by s^12 / 13 < 2^-34 relatively, and a few roundings.
/// 3. One step of Halley's method for e^y = m. With E = e^(y_0) - 1 and w = (d - E) / (2 + d + E),
///      log m = y_0 + 2 artanh w = y_0 + 2 w (1 + w^2/3 + ...),
///    where w is 2^-35 log m, w^3 thus 2^-108 log m at most and far less near 1. E errs by
///    22 u^2 |E|, which moves 2 w by 22 u^2 |d| / m <= 26.3 u^2 |log m| (worst at m = 0.7071). What
///    w loses by its own sums (3 u^2) and quotient (15 u^2) is 2^-34 of that. With the sum (2 u^2),
///    y is within 28.5 u^2 |y|.
/// 4. log x = k ln 2 + y. For k != 0 the result is at least 0.3465, at least half of |k| ln 2 and
///    at least |y|: the product and ln 2 give 2 (1.5 + 1) u^2, y 28.5 u^2, the sum 3 u^2: 36.5 u^2,
///    which is 2^-100.8. Claimed: 2^-97.
CARRYBIT_HD inline Approx log_approx(double xh, double xl) {
  if (!(xh >= 0x1p-1000 && is_finite(xh))) {
    return no_answer();
  }
  constexpr DoubleDouble ln2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
  int k = leading_exponent(xh);
  if (xh * power_of_two<double>(-k) > 0x1.6a09e667f3bcdp+0) {  // sqrt 2
    ++k;
  }
  const auto scale = power_of_two<double>(-k);
  const DoubleDouble d = exact_sum(xh * scale - 1.0, xl * scale);

  const double s = d.hi / (2.0 + d.hi);
  const double z = s * s;
  const double series =
      z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z * (1.0 / 11)))));
  const double y0 = 2.0 * (s + s * series);

  const DoubleDouble e = expm1(y0, 0.0);
  const DoubleDouble w = (d - e) / (d + e + 2.0);
  const DoubleDouble y = DoubleDouble{2.0 * w.hi, 2.0 * w.lo} + y0;
  const DoubleDouble result = k == 0 ? y : ln2 * static_cast<double>(k) + y;
  return {result.hi, result.lo, log_error};
}

}  // namespace carrybit::lane
