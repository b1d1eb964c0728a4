#include "precision/exact/angle.hpp"
#include "precision/exact/exact.hpp"

namespace carrybit::exact {

// sin x of a dyadic x other than 0 is transcendental (Lindemann), so that the enclosures decide.
Number sin(const Number& a, const Context& context) {
  switch (a.kind) {
    case Number::Class::nan: return deliver_nan(context, "sin");
    case Number::Class::infinite: return deliver_invalid(false, context, "sin");
    case Number::Class::zero: return deliver_zero(a.negative, context);
    case Number::Class::finite: break;
  }
  return rounded_wave(Wave::sine, a, context, "sin");
}

}  // namespace carrybit::exact
