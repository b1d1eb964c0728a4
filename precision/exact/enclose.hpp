#pragma once
// Correct rounding of transcendental functions (Ziv's strategy): enclose the exact value in an
// interval, round both ends, and raise the precision until they agree. No fixed number of digits is
// ever trusted.

#include <functional>
#include <optional>
#include <string_view>

#include "precision/exact/round.hpp"

namespace carrybit::exact {

/// An open interval of one sign that holds the exact value, which is no dyadic rational:
/// low * 2^exponent < |value| < high * 2^exponent, 0 <= low < high.
struct Enclosure {
  bool negative = false;
  Integer low = 0;
  Integer high = 0;
  std::int64_t exponent = 0;
};

/// Gives an enclosure whose relative width is about 2^-bits (wider is allowed: the caller asks
/// again with more bits).
using Enclose = std::function<Enclosure(std::int64_t bits)>;

/// Asks for enclosures of growing precision until the rounding is decided.
Number round_enclosed(const Enclose& enclose, const Context& context, std::string_view operation);

/// Rounds a value known to be value * (1 + e) with 0 < |e| < 2^-(precision + 40): just beyond
/// (`away`) or just below (towards zero) a dyadic `value`.
Number round_beside(const Number& value, bool away, const Context& context,
                    std::string_view operation);

}  // namespace carrybit::exact
