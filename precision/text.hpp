#pragma once
// Numbers as people write them: exact decimals, hexadecimal-float text, decimal input.

#include <string>
#include <string_view>

#include "precision/number.hpp"

namespace carrybit {

/// The exact decimal expansion ("0.1000000014901161", "-0", "inf", "-inf", "nan"). Throws BadInput
/// where it would have more than about 300,000 digits.
std::string to_decimal(const Number& value);

/// Hexadecimal-float text, exact ("0x1.8p+3", "-0x0p+0").
std::string to_hexfloat(const Number& value);

/// A parsed text: an exact rational numerator / denominator * 2^exponent, or a special value.
struct Rational {
  Number::Class kind = Number::Class::zero;
  bool negative = false;
  Integer numerator = 0;
  Integer denominator = 1;
  std::int64_t exponent = 0;
};

/// Reads "0.1", "-3e-7", "0x1.8p-3", "inf", "nan"; throws BadInput on anything else.
Rational parse_number(std::string_view text);

}  // namespace carrybit
