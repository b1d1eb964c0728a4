// The forward pass on a GPU: sim/device/forward.hpp over the CUDA runtime.

#include "precision/cuda/cuda_backend.hpp"
#include "sim/device/forward.hpp"

namespace carrybit::device {

std::unique_ptr<Forward> make_cuda_forward(Model model) {
  cuda::CudaBackend::keep_memory();
  return std::make_unique<ForwardOn<cuda::CudaBackend>>(std::move(model));
}

}  // namespace carrybit::device
