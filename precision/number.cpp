#include "precision/number.hpp"

#include <cmath>
#include <cstring>
#include <limits>

namespace carrybit {

Number Number::zero(bool negative) {
  Number n;
  n.negative = negative;
  return n;
}

Number Number::infinity(bool negative) {
  Number n;
  n.kind = Class::infinite;
  n.negative = negative;
  return n;
}

Number Number::nan() {
  Number n;
  n.kind = Class::nan;
  return n;
}

Number Number::finite(bool negative, Integer magnitude, std::int64_t exponent) {
  if (magnitude == 0) {
    return zero(negative);
  }
  Number n;
  n.kind = Class::finite;
  n.negative = negative;
  n.magnitude = std::move(magnitude);
  n.exponent = exponent;
  return n;
}

Number Number::integer(std::int64_t value) {
  const Integer n = value;
  return finite(value < 0, boost::multiprecision::abs(n), 0);
}

Number Number::from_double(double value) {
  if (std::isnan(value)) {
    return nan();
  }
  const bool negative = std::signbit(value);
  if (std::isinf(value)) {
    return infinity(negative);
  }
  if (value == 0) {
    return zero(negative);
  }
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);
  const auto magnitude = static_cast<std::uint64_t>(std::ldexp(fraction, 53));
  return finite(negative, Integer(magnitude), exponent - 53);
}

std::int64_t Number::leading_exponent() const { return exponent + bit_length(magnitude) - 1; }

double Number::to_double() const {
  switch (kind) {
    case Class::zero: return negative ? -0.0 : 0.0;
    case Class::infinite:
      return negative ? -std::numeric_limits<double>::infinity()
                      : std::numeric_limits<double>::infinity();
    case Class::nan: return std::numeric_limits<double>::quiet_NaN();
    case Class::finite: break;
  }
  const std::int64_t lead = leading_exponent();
  if (lead > 1023) {
    return negative ? -std::numeric_limits<double>::infinity()
                    : std::numeric_limits<double>::infinity();
  }
  if (lead < -1075) {
    return negative ? -0.0 : 0.0;
  }
  // Keep 53 bits (fewer below the normal range), ties to even.
  const std::int64_t quantum = std::max<std::int64_t>(lead - 52, -1074);
  Integer kept = magnitude;
  std::int64_t scale = exponent;
  if (quantum > exponent) {
    const auto drop = static_cast<unsigned>(quantum - exponent);
    kept = magnitude >> drop;
    const Integer rest = magnitude - (kept << drop);
    const Integer half = Integer(1) << (drop - 1);
    if (rest > half || (rest == half && boost::multiprecision::bit_test(kept, 0))) {
      ++kept;
    }
    scale = quantum;
  }
  const double result =
      std::ldexp(static_cast<double>(static_cast<std::uint64_t>(kept)), static_cast<int>(scale));
  return negative ? -result : result;
}

Number Number::operator-() const {
  Number n = *this;
  n.negative = kind != Class::nan && !negative;
  return n;
}

Number Number::abs() const {
  Number n = *this;
  n.negative = false;
  return n;
}

bool identical(const Number& a, const Number& b) {
  if (a.kind != b.kind) {
    return false;
  }
  if (a.is_nan()) {
    return true;
  }
  if (a.negative != b.negative) {
    return false;
  }
  if (a.kind != Number::Class::finite) {
    return true;
  }
  if (a.leading_exponent() != b.leading_exponent()) {
    return false;
  }
  const std::int64_t low = std::min(a.exponent, b.exponent);
  return (a.magnitude << static_cast<unsigned>(a.exponent - low)) ==
         (b.magnitude << static_cast<unsigned>(b.exponent - low));
}

}  // namespace carrybit
