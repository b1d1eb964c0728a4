#include "precision/exact/sum.hpp"

#include <utility>

namespace carrybit::exact {

namespace {

/// IEEE 754-2019, 6.3: an exact zero sum of operands with unlike signs is +0, under `rd` -0.
Number zero_sum(bool a_negative, bool b_negative, const Context& context) {
  const bool negative = a_negative == b_negative ? a_negative : context.rounding == Rounding::rd;
  return deliver_zero(negative, context);
}

/// Below this exponent a bit decides nothing but "is there something": the largest operand is
/// widened to it and the other becomes a sticky tail.
std::int64_t lowest_telling_exponent(const Number& large, const Format& format) {
  const std::int64_t finest =
      format.is_fixed() ? -format.fraction_bits : large.leading_exponent() - format.precision() - 1;
  return std::min(large.exponent, finest) - 40;
}

Real align(const Number& large, const Number& small, const Format& format) {
  const std::int64_t floor = lowest_telling_exponent(large, format);
  if (small.leading_exponent() >= floor) {
    const std::int64_t low = std::min(large.exponent, small.exponent);
    const Integer x = large.magnitude << static_cast<unsigned>(large.exponent - low);
    const Integer y = small.magnitude << static_cast<unsigned>(small.exponent - low);
    if (large.negative == small.negative) {
      return {large.negative, x + y, low, false};
    }
    return x >= y ? Real{large.negative, x - y, low, false}
                  : Real{small.negative, y - x, low, false};
  }
  const Integer x = large.magnitude << static_cast<unsigned>(large.exponent - floor);
  return large.negative == small.negative ? Real{large.negative, x, floor, true}
                                          : Real{large.negative, x - 1, floor, true};
}

}  // namespace

Number rounded_sum(const Number& a, const Number& b, const Context& context,
                   std::string_view operation) {
  if (a.is_nan() || b.is_nan()) {
    return deliver_nan(context, operation);
  }
  if (a.is_infinite() || b.is_infinite()) {
    if (a.is_infinite() && b.is_infinite() && a.negative != b.negative) {
      return deliver_invalid(false, context, operation);
    }
    return deliver_infinity(a.is_infinite() ? a.negative : b.negative, context, operation);
  }
  if (a.is_zero() && b.is_zero()) {
    return zero_sum(a.negative, b.negative, context);
  }
  if (a.is_zero() || b.is_zero()) {
    const Number& x = a.is_zero() ? b : a;
    return round({x.negative, x.magnitude, x.exponent, false}, context, operation);
  }
  const bool a_larger = a.leading_exponent() >= b.leading_exponent();
  const Real sum = align(a_larger ? a : b, a_larger ? b : a, context.format);
  if (sum.magnitude == 0 && !sum.sticky) {
    return zero_sum(a.negative, b.negative, context);
  }
  return round(sum, context, operation);
}

}  // namespace carrybit::exact
