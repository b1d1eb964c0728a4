#include "precision/exact/exact.hpp"

namespace carrybit::exact {

namespace {

/// -1, 0 or 1 for |a| <, =, > |b|; neither is NaN.
int compare_magnitudes(const Number& a, const Number& b) {
  if (a.kind != b.kind) {  // zero < finite < infinite, in the order of the enumeration
    return a.kind < b.kind ? -1 : 1;
  }
  if (a.kind != Number::Class::finite) {
    return 0;
  }
  const std::int64_t difference = a.leading_exponent() - b.leading_exponent();
  if (difference != 0) {
    return difference < 0 ? -1 : 1;
  }
  const std::int64_t low = std::min(a.exponent, b.exponent);
  const Integer x = a.magnitude << static_cast<unsigned>(a.exponent - low);
  const Integer y = b.magnitude << static_cast<unsigned>(b.exponent - low);
  return x.compare(y);
}

}  // namespace

Ordering compare(const Number& a, const Number& b) {
  if (a.is_nan() || b.is_nan()) {
    return Ordering::unordered;
  }
  if (a.is_zero() && b.is_zero()) {
    return Ordering::equal;
  }
  int order = 0;
  if (a.negative != b.negative) {
    order = a.negative ? -1 : 1;
  } else {
    order = compare_magnitudes(a, b) * (a.negative ? -1 : 1);
  }
  return order == 0 ? Ordering::equal : order < 0 ? Ordering::less : Ordering::greater;
}

}  // namespace carrybit::exact
