#pragma once
// An exact number: zero, a finite dyadic rational, an infinity or NaN. What the exact engine takes
// and gives; a value of every format is one of these.

#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>

namespace carrybit {

/// Arbitrary integers; up to 256 bits live without allocation.
using Integer = boost::multiprecision::number<
    boost::multiprecision::cpp_int_backend<256, 0, boost::multiprecision::signed_magnitude,
                                           boost::multiprecision::unchecked>,
    boost::multiprecision::et_off>;

/// (-1)^negative * magnitude * 2^exponent, or a special value.
struct Number {
  enum class Class : std::uint8_t { zero, finite, infinite, nan };

  Class kind = Class::zero;
  bool negative = false;
  Integer magnitude = 0;      // finite: > 0, else 0
  std::int64_t exponent = 0;  // finite only

  static Number zero(bool negative = false);
  static Number infinity(bool negative = false);
  static Number nan();
  static Number finite(bool negative, Integer magnitude, std::int64_t exponent);
  static Number integer(std::int64_t value);
  /// Any double, exactly.
  static Number from_double(double value);

  bool is_zero() const { return kind == Class::zero; }
  bool is_finite() const { return kind == Class::zero || kind == Class::finite; }
  bool is_infinite() const { return kind == Class::infinite; }
  bool is_nan() const { return kind == Class::nan; }

  /// Exponent of the leading bit: 2^e <= |x| < 2^(e+1). Finite and not zero.
  std::int64_t leading_exponent() const;
  /// The nearest double, ties to even (exact for every value of a lane format).
  double to_double() const;

  Number operator-() const;
  Number abs() const;
};

/// Same value and same sign of zero; NaN is identical to NaN.
bool identical(const Number& a, const Number& b);

/// Number of bits of a positive integer.
inline std::int64_t bit_length(const Integer& n) {
  return static_cast<std::int64_t>(boost::multiprecision::msb(n)) + 1;
}

}  // namespace carrybit
