#include "precision/exact/exact.hpp"
#include "precision/exact/sum.hpp"

namespace carrybit::exact {

Number fma(const Number& a, const Number& b, const Number& c, const Context& context) {
  if (a.is_nan() || b.is_nan() || c.is_nan()) {
    return deliver_nan(context, "fma");
  }
  const bool negative = a.negative != b.negative;
  if (a.is_infinite() || b.is_infinite()) {
    return a.is_zero() || b.is_zero() ? deliver_invalid(false, context, "fma")
                                      : rounded_sum(Number::infinity(negative), c, context, "fma");
  }
  const Number product =
      a.is_zero() || b.is_zero()
          ? Number::zero(negative)
          : Number::finite(negative, a.magnitude * b.magnitude, a.exponent + b.exponent);
  return rounded_sum(product, c, context, "fma");
}

}  // namespace carrybit::exact
