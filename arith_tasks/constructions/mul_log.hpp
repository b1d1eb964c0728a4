#pragma once
#include "arith_tasks/constructions/construction.hpp"

namespace carrybit::constructions {

/// Feng et al. 2025, Theorem 5.3.
extern const Construction mul_log;

}  // namespace carrybit::constructions
