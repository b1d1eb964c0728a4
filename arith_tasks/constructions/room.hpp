#pragma once
// Transformers too large to build are refused by their formulas, before anything is built.

#include <cstdint>
#include <string_view>

#include "arith_tasks/constructions/compile.hpp"

namespace carrybit::constructions {

/// Throws BadInput, one line, where a matrix would have more than 2^31 weights.
void need_room(std::string_view name, const Task& task, const Dimensions& size);

/// x, or the largest int: for dimensions of transformers that need_room() refuses.
int clipped(std::int64_t x);

}  // namespace carrybit::constructions
