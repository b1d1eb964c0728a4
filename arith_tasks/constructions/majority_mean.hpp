#pragma once
#include "arith_tasks/constructions/construction.hpp"

namespace carrybit::constructions {

/// One uniform head: MAJORITY by the mean of n bits (Merrill and Sabharwal 2023; theory of the lower
/// bounds of Feng et al. 2025, Theorems 4.2 and 4.3).
extern const Construction majority_mean;

}  // namespace carrybit::constructions
