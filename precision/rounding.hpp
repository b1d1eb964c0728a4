#pragma once
// Rounding modes. A mode says which of the two neighbours of an exact value in a format is delivered.

#include <array>
#include <cstdint>
#include <string_view>

namespace carrybit {

enum class Rounding : std::uint8_t {
  rne,  // nearest, ties to even
  rna,  // nearest, ties away from zero
  rnz,  // nearest, ties towards zero
  rz,   // towards zero
  ru,   // towards +infinity
  rd,   // towards -infinity
  ro,   // to odd: an inexact result takes the neighbour whose last bit is 1 (von Neumann's jamming)
  sr    // stochastic: away from zero with probability equal to the discarded fraction
};

inline constexpr std::array<Rounding, 8> all_roundings = {
    Rounding::rne, Rounding::rna, Rounding::rnz, Rounding::rz,
    Rounding::ru,  Rounding::rd,  Rounding::ro,  Rounding::sr};

std::string_view name(Rounding mode);

/// Parses "rne", "rna", … ; throws BadInput with the accepted names.
Rounding parse_rounding(std::string_view text);

}  // namespace carrybit
