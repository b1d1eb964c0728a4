#include "precision/exact/big_integer.hpp"
#include "precision/exact/exact.hpp"

namespace carrybit::exact {

Number sqrt(const Number& a, const Context& context) {
  if (a.is_nan()) {
    return deliver_nan(context, "sqrt");
  }
  if (a.is_zero()) {
    return deliver_zero(a.negative, context);
  }
  if (a.negative) {
    return deliver_invalid(a.is_finite(), context, "sqrt");
  }
  if (a.is_infinite()) {
    return deliver_infinity(false, context, "sqrt");
  }
  // sqrt(m * 2^e) = sqrt(m * 2^(e-2t)) * 2^t with e - 2t = up >= 0 chosen for enough result bits.
  const Format& format = context.format;
  const std::int64_t lead = a.leading_exponent() >> 1;
  const std::int64_t finest =
      format.is_fixed() ? -format.fraction_bits : lead - format.precision() - 1;
  const std::int64_t half = std::min(a.exponent >> 1, finest - 40);
  const Integer scaled = a.magnitude << static_cast<unsigned>(a.exponent - 2 * half);
  const Integer root = floor_sqrt(scaled);
  return round({false, root, half, root * root != scaled}, context, "sqrt");
}

}  // namespace carrybit::exact
