#include <algorithm>

#include "bench/device_product.hpp"
#include "precision/cuda/cuda_backend.hpp"

namespace carrybit::bench {

namespace {

using cuda::CudaBackend;
using cuda::require;

/// The GPU's clock about some work, in seconds.
class Clock {
 public:
  Clock() {
    require(cudaEventCreate(&start_), "clock");
    require(cudaEventCreate(&stop_), "clock");
  }
  ~Clock() {
    cudaEventDestroy(start_);
    cudaEventDestroy(stop_);
  }
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;

  template <class Work>
  double time(const Work& work) {
    require(cudaEventRecord(start_), "clock");
    work();
    require(cudaEventRecord(stop_), "clock");
    require(cudaEventSynchronize(stop_), "work");
    float milliseconds = 0;
    require(cudaEventElapsedTime(&milliseconds, start_, stop_), "clock");
    return 1e-3 * static_cast<double>(milliseconds);
  }
  template <class Work>
  double median(int repetitions, const Work& work) {
    work();
    std::vector<double> seconds;
    for (int i = 0; i < repetitions; ++i) {
      seconds.push_back(time(work));
    }
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2];
  }

 private:
  cudaEvent_t start_ = nullptr;
  cudaEvent_t stop_ = nullptr;
};

constexpr int chains = 8;
constexpr int links = 4096;

template <class T>
struct Chains {
  T* out;
  CARRYBIT_HD void operator()(std::size_t i) const {
    T x[chains];
    for (int c = 0; c < chains; ++c) {
      x[c] = static_cast<T>(i) + static_cast<T>(c);
    }
    for (int k = 0; k < links; ++k) {
      for (int c = 0; c < chains; ++c) {
        x[c] = std::fma(x[c], T{0.5}, T{1});
      }
    }
    T sum = 0;
    for (int c = 0; c < chains; ++c) {
      sum += x[c];
    }
    out[i] = sum;
  }
};

template <class T>
double rate() {
  constexpr std::size_t n = std::size_t{1} << 20;
  CudaBackend::Array<T> out(n);
  const double seconds = Clock().median(5, [&] { CudaBackend::launch(n, Chains<T>{out.get()}); });
  return static_cast<double>(n) * chains * links / seconds;
}

}  // namespace

std::string gpu_name() {
  cudaDeviceProp properties{};
  require(cudaGetDeviceProperties(&properties, 0), "the GPU's name");
  return properties.name;
}

GpuRates gpu_rates() { return {rate<float>(), rate<double>()}; }

GpuProduct gpu_product(const std::vector<double>& w, const std::vector<double>& x, int rows,
                       int terms, std::size_t columns, const cuda::Sums& sums,
                       const cuda::Shortcuts& shortcuts, int repetitions) {
  const auto blocks = [](std::size_t n) { return (n + cuda::tile::side - 1) / cuda::tile::side; };
  std::vector<cuda::Reach> row_reach(blocks(static_cast<std::size_t>(rows)));
  for (int r = 0; r < rows; ++r) {
    cuda::Reach row;
    for (int k = 0; k < terms; ++k) {
      row.see(w[static_cast<std::size_t>(r * terms + k)]);
      row.sum += lane::magnitude(w[static_cast<std::size_t>(r * terms + k)]);
    }
    row_reach[static_cast<std::size_t>(r / cuda::tile::side)].see(row);
  }
  const CudaBackend::Array<double> dw(w);
  const CudaBackend::Array<double> dx(x);
  const CudaBackend::Array<cuda::Reach> reach(row_reach);
  CudaBackend::Array<double> dy(static_cast<std::size_t>(rows) * columns);
  CudaBackend::Array<cuda::Reach> one(columns);
  CudaBackend::Array<cuda::Reach> block(blocks(columns));
  cuda::Product p;
  p.w = dw.get();
  p.x = dx.get();
  p.y = dy.get();
  p.rows = rows;
  p.terms = terms;
  p.columns = columns;
  p.sums = sums;
  p.shortcuts = shortcuts;
  p.row_reach = reach.get();
  p.column_reach = block.get();
  const double seconds = Clock().median(repetitions, [&] {
    if (shortcuts.kind == cuda::Shortcuts::Kind::none) {
      CudaBackend::launch(dy.size(), cuda::Entry{p});
      return;
    }
    CudaBackend::launch(columns, cuda::ColumnReach{dx.get(), terms, columns, one.get()});
    CudaBackend::launch(block.size(), cuda::BlockReach{one.get(), columns, block.get()});
    CudaBackend::multiply(p);
  });
  return {dy.host(), seconds};
}

}  // namespace carrybit::bench
