#pragma once
#include "arith_tasks/constructions/construction.hpp"

namespace carrybit::constructions {

/// The hand-set adders of the AdderBoard contest: one softmax head adds all lower digits at once.
extern const Construction add_prefix_sum;

}  // namespace carrybit::constructions
