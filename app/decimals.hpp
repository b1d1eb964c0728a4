#pragma once
// Numbers as short decimals, for people's eyes.

#include <string>

#include "precision/number.hpp"

namespace carrybit::app {

/// The exact decimal where it has at most ten characters; else "~" and the value rounded to six
/// digits (ties to even); "2^-262166" where even the exponent says enough.
std::string short_decimal(const Number& value);

/// Decimals of numbers beyond 2^20000 or below 2^-20000 are longer than anyone reads.
bool has_readable_decimal(const Number& value);

}  // namespace carrybit::app
