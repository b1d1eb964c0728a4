#include "precision/rounding.hpp"

#include <fmt/format.h>

#include "precision/error.hpp"

namespace carrybit {

std::string_view name(Rounding mode) {
  constexpr std::array<std::string_view, 8> names = {"rne", "rna", "rnz", "rz",
                                                     "ru",  "rd",  "ro",  "sr"};
  return names[static_cast<std::size_t>(mode)];
}

Rounding parse_rounding(std::string_view text) {
  for (const Rounding mode : all_roundings) {
    if (name(mode) == text) {
      return mode;
    }
  }
  throw BadInput(
      fmt::format("'{}' is no rounding mode; accepted: rne, rna, rnz, rz, ru, rd, ro, sr", text));
}

}  // namespace carrybit
