#pragma once
// From a format to the numbers that lanes work with.

#include "precision/format.hpp"
#include "precision/lane.hpp"

namespace carrybit {

/// For carriers float32 and float64 (see `carries` in operation.hpp).
lane::Spec lane_spec(const Format& format);
/// For carrier int64.
lane::FixedSpec fixed_spec(const Format& format);

}  // namespace carrybit
