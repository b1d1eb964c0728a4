#include "precision/cuda/device.hpp"

namespace carrybit::cuda {

std::string missing() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) {
    return std::string("no GPU (") + cudaGetErrorString(status) + ")";
  }
  return count == 0 ? "no GPU on this machine" : "";
}

}  // namespace carrybit::cuda
