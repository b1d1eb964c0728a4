#pragma once
// Which short ways of precision/cuda/rounders.hpp the formats of an arithmetic allow.

#include "precision/cuda/rounders.hpp"
#include "precision/kernels/matrix_product.hpp"

namespace carrybit::cuda {

/// `left` and `right`: the formats of the matrices. Lanes of 64 bits carry them all, none traps.
Shortcuts shortcuts(const kernels::Rule& rule, const Format& left, const Format& right);

}  // namespace carrybit::cuda
