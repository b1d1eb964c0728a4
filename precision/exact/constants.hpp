#pragma once
// Mathematical constants to any number of bits, computed once and kept. Every function may be
// called from any thread.

#include <cstdint>

#include "precision/number.hpp"

namespace carrybit::exact {

/// Each in units of 2^-bits, less than 2 units from the exact value.
Integer ln2(std::int64_t bits);
Integer pi(std::int64_t bits);
Integer two_over_pi(std::int64_t bits);
Integer two_over_sqrt_pi(std::int64_t bits);

}  // namespace carrybit::exact
