#pragma once

namespace carrybit::bench {

/// Measures products 256 x 256 x 256 beside Eigen's of the same shape, in interleaved repetitions, and
/// prints one JSON object a line. Returns the exit status: 1 where a result had a wrong bit.
int print_ratios();

}  // namespace carrybit::bench
