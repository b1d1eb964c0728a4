#pragma once
// Merrill and Sabharwal 2023 (arXiv 2207.00729, 2310.07923) count a sum as one operation: exact, then
// rounded once. Which statements about rounded attention turn over when the same model sums term by
// term instead?

#include "proofs_check/theorems/theorem.hpp"

namespace carrybit::proofs {

Report check_merrill_sum(const Limits& limits);

}  // namespace carrybit::proofs
