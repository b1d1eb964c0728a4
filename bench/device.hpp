#pragma once
// carrybit_bench --device: products and forward passes on a GPU.

namespace carrybit::bench {

/// Prints one JSON object a line; the exit status is 1 where a bit is wrong, 2 where there is no GPU.
int print_device();

}  // namespace carrybit::bench
