#include "precision/exact/exact.hpp"
#include "precision/exact/quotient.hpp"

namespace carrybit::exact {

Number convert(const Number& a, const Context& context) {
  switch (a.kind) {
    case Number::Class::nan: return deliver_nan(context, "cvt");
    case Number::Class::infinite: return deliver_infinity(a.negative, context, "cvt");
    case Number::Class::zero: return deliver_zero(a.negative, context);
    case Number::Class::finite: break;
  }
  return round({a.negative, a.magnitude, a.exponent, false}, context, "cvt");
}

Number convert(const Rational& a, const Context& context) {
  if (a.kind != Number::Class::finite) {
    Number special;
    special.kind = a.kind;
    special.negative = a.negative;
    return convert(special, context);
  }
  return round(quotient(a.negative, a.numerator, a.denominator, a.exponent, context.format),
               context, "encode");
}

}  // namespace carrybit::exact
