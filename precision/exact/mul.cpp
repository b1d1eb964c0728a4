#include "precision/exact/exact.hpp"

namespace carrybit::exact {

Number mul(const Number& a, const Number& b, const Context& context) {
  if (a.is_nan() || b.is_nan()) {
    return deliver_nan(context, "mul");
  }
  const bool negative = a.negative != b.negative;
  if (a.is_infinite() || b.is_infinite()) {
    return a.is_zero() || b.is_zero() ? deliver_invalid(false, context, "mul")
                                      : deliver_infinity(negative, context, "mul");
  }
  if (a.is_zero() || b.is_zero()) {
    return deliver_zero(negative, context);
  }
  return round({negative, a.magnitude * b.magnitude, a.exponent + b.exponent, false}, context,
               "mul");
}

}  // namespace carrybit::exact
