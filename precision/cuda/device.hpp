#pragma once
// Is there a GPU? Built with -DCARRYBIT_CUDA=ON (CMake finds nvcc), else this file stands alone.

#include <string>

namespace carrybit::cuda {

/// Why no GPU can be used, in a few words, or "" where one can.
std::string missing();

}  // namespace carrybit::cuda
