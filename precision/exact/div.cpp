#include "precision/exact/exact.hpp"
#include "precision/exact/quotient.hpp"

namespace carrybit::exact {

Real quotient(bool negative, const Integer& numerator, const Integer& denominator,
              std::int64_t exponent, const Format& format) {
  // Enough bits that the last quotient bit lies 2^-40 quanta down; the remainder is the sticky tail.
  const std::int64_t lead = bit_length(numerator) - bit_length(denominator) + exponent;
  const std::int64_t finest = format.is_fixed()
                                  ? std::min<std::int64_t>(-format.fraction_bits, lead)
                                  : lead - format.precision() - 1;
  const std::int64_t up = std::max<std::int64_t>(0, exponent - (finest - 40));
  const Integer scaled = numerator << static_cast<unsigned>(up);
  Integer q;
  Integer r;
  boost::multiprecision::divide_qr(scaled, denominator, q, r);
  return {negative, q, exponent - up, r != 0};
}

Number div(const Number& a, const Number& b, const Context& context) {
  if (a.is_nan() || b.is_nan()) {
    return deliver_nan(context, "div");
  }
  const bool negative = a.negative != b.negative;
  if (a.is_infinite()) {
    return b.is_infinite() ? deliver_invalid(false, context, "div")
                           : deliver_infinity(negative, context, "div");
  }
  if (b.is_infinite()) {
    return deliver_zero(negative, context);
  }
  if (b.is_zero()) {
    return a.is_zero() ? deliver_invalid(true, context, "div")
                       : deliver_infinity(negative, context, "div");
  }
  if (a.is_zero()) {
    return deliver_zero(negative, context);
  }
  return round(
      quotient(negative, a.magnitude, b.magnitude, a.exponent - b.exponent, context.format),
      context, "div");
}

}  // namespace carrybit::exact
