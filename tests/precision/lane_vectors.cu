// lane_vectors.cpp as CUDA: it prints the host's results, as every other build does. Where there is
// a GPU, the device computes all of them too; the first results that differ go to the standard
// error and the exit status is 1.

#include "tests/precision/lane_vectors.cpp"

#include <cstdlib>

namespace {

__global__ void evaluate_all(Block block, const std::uint64_t* x, Result* results) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < operands) {
    results[i] = evaluate(block, x + 3 * i, i);
  }
}

void require(cudaError_t status, const char* what) {
  if (status != cudaSuccess) {
    std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(status));
    std::exit(1);
  }
}

bool has_device() {
  static const bool found = [] {
    int count = 0;
    const bool any = cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
    std::fprintf(stderr, any ? "host and device\n" : "host only: no CUDA device\n");
    return any;
  }();
  return found;
}

bool device_agrees(const Block& block, const std::uint64_t* x, const Result* host) {
  if (!has_device()) {
    return true;
  }
  static std::uint64_t* device_x = nullptr;
  static Result* device_results = nullptr;
  if (device_x == nullptr) {
    require(cudaMalloc(&device_x, 3 * operands * sizeof *device_x), "cudaMalloc");
    require(cudaMalloc(&device_results, operands * sizeof *device_results), "cudaMalloc");
  }
  Result results[operands];
  require(cudaMemcpy(device_x, x, 3 * operands * sizeof *x, cudaMemcpyHostToDevice), "cudaMemcpy");
  constexpr int threads = 64;
  evaluate_all<<<(operands + threads - 1) / threads, threads>>>(block, device_x, device_results);
  require(cudaGetLastError(), "kernel");
  require(cudaMemcpy(results, device_results, sizeof results, cudaMemcpyDeviceToHost),
          "cudaMemcpy");
  static int reported = 0;
  bool agree = true;
  for (int i = 0; i < operands; ++i) {
    if (results[i].word != host[i].word || results[i].faults != host[i].faults) {
      agree = false;
      if (reported++ < 20) {
        std::fprintf(stderr,
                     "%s %s width %d: %016llx %016llx %016llx: host %016llx, device %016llx\n",
                     operation_names[static_cast<int>(block.operation)],
                     rounding_names[static_cast<int>(block.rounding)], block.spec.width,
                     static_cast<unsigned long long>(x[3 * i]),
                     static_cast<unsigned long long>(x[3 * i + 1]),
                     static_cast<unsigned long long>(x[3 * i + 2]),
                     static_cast<unsigned long long>(host[i].word),
                     static_cast<unsigned long long>(results[i].word));
      }
    }
  }
  return agree;
}

}  // namespace
