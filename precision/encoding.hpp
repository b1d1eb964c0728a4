#pragma once
// Bit patterns: every value of a format to its code and back.

#include <string>
#include <string_view>

#include "precision/format.hpp"
#include "precision/number.hpp"

namespace carrybit {

/// The value of a code. Throws BadInput where the code is no value of the format (the lowest code
/// of a symmetric fixed-point format).
Number decode(const Integer& code, const Format& format);

/// The code of a value of the format. NaN gives the canonical quiet NaN: sign 0, top fraction bit
/// set (all fraction bits in `fn`). Throws std::logic_error where the value is not representable.
Integer encode(const Number& value, const Format& format);

/// A code as lower-case hexadecimal, padded to ceil(width/4) digits.
std::string to_hex(const Integer& code, const Format& format);

/// Parses such a pattern; throws BadInput on a bad digit or on bits beyond the width.
Integer parse_hex(std::string_view text, const Format& format);

}  // namespace carrybit
