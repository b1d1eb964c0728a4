#include "precision/exact/angle.hpp"
#include "precision/exact/exact.hpp"

namespace carrybit::exact {

// cos x of a dyadic x other than 0 is transcendental (Lindemann), so that the enclosures decide.
Number cos(const Number& a, const Context& context) {
  switch (a.kind) {
    case Number::Class::nan: return deliver_nan(context, "cos");
    case Number::Class::infinite: return deliver_invalid(false, context, "cos");
    case Number::Class::zero: return round({false, 1, 0, false}, context, "cos");
    case Number::Class::finite: break;
  }
  return rounded_wave(Wave::cosine, a, context, "cos");
}

}  // namespace carrybit::exact
