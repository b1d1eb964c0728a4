#include <algorithm>

#include "precision/exact/big_fixed.hpp"
#include "precision/exact/enclose.hpp"
#include "precision/exact/exact.hpp"
#include "precision/exact/kernels.hpp"

namespace carrybit::exact {

namespace {

/// tanh x = (1 - d) / (1 + d) with d = e^(-2x), x > 0.
///
/// In units of 2^-w: d < 1 has an exponent below -w, so that the 8 of its mantissa become 4 at most
/// and the shift adds 1. The quotient moves by 2/(1+d)^2 <= 2 times that and rounds: below 12.
/// tanh x > x/2 for x < 1 and > 1/2 above: w makes the relative width less than 2^-bits.
Enclosure enclose_tanh(const Number& a, std::int64_t bits) {
  const std::int64_t w = bits + 6 + std::max<std::int64_t>(0, -a.leading_exponent());
  const Scaled e = exponential(Number::finite(true, a.magnitude, a.exponent + 1), w);
  const Integer d = shifted(e.mantissa, e.exponent + w);
  const Integer one = Integer(1) << static_cast<unsigned>(w);
  const Integer quotient = ((one - d) << static_cast<unsigned>(w)) / (one + d);
  constexpr int error = 12;
  return {a.negative, quotient > error ? Integer(quotient - error) : Integer(0), quotient + error,
          -w};
}

Number tanh_of_finite(const Number& a, const Context& context) {
  const std::int64_t lead = a.leading_exponent();
  // 0 < x - tanh x < x^3/3 < 2^(3(lead+1) - 1).
  if (lead < 0 && lies_beside(a, 3 * (lead + 1) - 1, context.format)) {
    return round_beside(a, false, context, "tanh");
  }
  // 0 < 1 - tanh x < 2 e^(-2x) < 2^(1 - 2.88 x) (2 / ln 2 is 2.885…).
  const Number one = Number::integer(a.negative ? -1 : 1);
  const double x = std::min(a.abs().to_double(), 0x1p40);
  if (lies_beside(one, 1 - static_cast<std::int64_t>(2.88 * x), context.format)) {
    return round_beside(one, false, context, "tanh");
  }
  return round_enclosed([&](std::int64_t bits) { return enclose_tanh(a, bits); }, context, "tanh");
}

}  // namespace

// tanh x of a dyadic x other than 0 is transcendental (Lindemann), so that the enclosures decide.
Number tanh(const Number& a, const Context& context) {
  switch (a.kind) {
    case Number::Class::nan: return deliver_nan(context, "tanh");
    case Number::Class::infinite: return round({a.negative, 1, 0, false}, context, "tanh");
    case Number::Class::zero: return deliver_zero(a.negative, context);
    case Number::Class::finite: break;
  }
  return tanh_of_finite(a, context);
}

}  // namespace carrybit::exact
