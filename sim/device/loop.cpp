#include "precision/cuda/device.hpp"
#include "precision/cuda/host_backend.hpp"
#include "precision/error.hpp"
#include "sim/device/forward.hpp"

namespace carrybit::device {

std::unique_ptr<Forward> make_loop_forward(Model model) {
  return std::make_unique<ForwardOn<cuda::HostBackend>>(std::move(model));
}

#if !defined(CARRYBIT_CUDA)
std::unique_ptr<Forward> make_cuda_forward(Model) { throw BadInput(cuda::missing()); }
#endif

}  // namespace carrybit::device
