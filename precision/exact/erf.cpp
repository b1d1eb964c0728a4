#include <algorithm>

#include "precision/exact/big_fixed.hpp"
#include "precision/exact/constants.hpp"
#include "precision/exact/enclose.hpp"
#include "precision/exact/exact.hpp"
#include "precision/exact/kernels.hpp"

namespace carrybit::exact {

namespace {

/// erf x = 2/sqrt(pi) * x * e^(-x^2) * F(2x^2),   F(y) = sum over n of y^n / (3 * 5 * … * (2n+1)).
///
/// F >= 1 has positive terms only. With s = floor(2x^2) + 1 and t = 2x^2/s < 1 it is a series in t
/// with coefficients g_n = s^n / (3 * … * (2n+1)). Relative errors, in 2^-w:
/// - t is cut by less than 1 unit; F' <= F/2 (term by term), so that F moves by s/2.
/// - The series is within 1 + G/4 units, G = max g_n. If s = 1, G = 1. Else G is a g_n with n < s/2,
///   and as t >= 1 - 1/s, its own term is at least G (1 - 1/s)^(s/2) >= G/2: thus F >= G/2. Both
///   times the error is at most 1.5 F.
/// - e^(-x^2) is within 8, 2/sqrt(pi) within 2, and two products are cut, by 1 each.
/// Together less than 14 + s/2; 16 + s leaves room for products of errors.
Enclosure enclose_erf(const Number& a, std::int64_t bits) {
  static constexpr Factor odd = [](std::uint64_t n) { return 2 * n + 1; };
  const Number minus_square = Number::finite(true, a.magnitude * a.magnitude, 2 * a.exponent);
  const Number y = Number::finite(false, minus_square.magnitude, minus_square.exponent + 1);
  const auto scale = static_cast<std::uint64_t>(to_fixed(y, 0)) + 1;
  const Integer error = Integer(scale) + 16;
  const std::int64_t w = bits + bit_length(error) + 2;

  const Integer sum = evaluate({odd, false, scale}, to_fixed(y, w) / scale, w);
  const Scaled e = exponential(minus_square, w);
  const Integer factor = product(two_over_sqrt_pi(w), e.mantissa, w);
  const Integer value = product(factor, sum, w) * a.magnitude;
  const Integer slack = shifted(value * error, -w) + 1;
  return {a.negative, value - slack, value + slack, a.exponent + e.exponent};
}

Number erf_of_finite(const Number& a, const Context& context) {
  // 0 < 1 - erf x < e^(-x^2) < 2^(-1.44 x^2) (1 / ln 2 is 1.4427…).
  const Number one = Number::integer(a.negative ? -1 : 1);
  const double x = std::min(a.abs().to_double(), 0x1p20);
  if (lies_beside(one, -static_cast<std::int64_t>(1.44 * x * x), context.format)) {
    return round_beside(one, false, context, "erf");
  }
  return round_enclosed([&](std::int64_t bits) { return enclose_erf(a, bits); }, context, "erf");
}

}  // namespace

// That erf x is irrational for every dyadic x other than 0 is believed, not proven (what is known is
// that sqrt(pi) erf x is transcendental). Should it be dyadic for some x, the enclosures would never
// decide there.
Number erf(const Number& a, const Context& context) {
  switch (a.kind) {
    case Number::Class::nan: return deliver_nan(context, "erf");
    case Number::Class::infinite: return round({a.negative, 1, 0, false}, context, "erf");
    case Number::Class::zero: return deliver_zero(a.negative, context);
    case Number::Class::finite: break;
  }
  return erf_of_finite(a, context);
}

}  // namespace carrybit::exact
