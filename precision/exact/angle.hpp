#pragma once
// Angles: what sin and cos share.

#include <cstdint>
#include <string_view>

#include "precision/exact/round.hpp"

namespace carrybit::exact {

enum class Wave : std::uint8_t { sine, cosine };

/// sin x or cos x of a finite x, not zero, by reduction modulo pi/2, rounded once.
Number rounded_wave(Wave wave, const Number& x, const Context& context, std::string_view operation);

}  // namespace carrybit::exact
