#pragma once
#include "arith_tasks/constructions/construction.hpp"

namespace carrybit::constructions {

/// Feng et al. 2025, Theorem 5.2.
extern const Construction iter_add_log;

}  // namespace carrybit::constructions
