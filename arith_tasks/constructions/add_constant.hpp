#pragma once
#include "arith_tasks/constructions/construction.hpp"

namespace carrybit::constructions {

/// Feng et al. 2025, Theorem 4.1.
extern const Construction add_constant;

}  // namespace carrybit::constructions
