#include "precision/cuda/device.hpp"

#if !defined(CARRYBIT_CUDA)  // else device.cu

namespace carrybit::cuda {

std::string missing() { return "this program was built without CUDA (-DCARRYBIT_CUDA=ON)"; }

}  // namespace carrybit::cuda

#endif
