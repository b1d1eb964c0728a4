#include <memory>

#include "precision/cuda/device.hpp"
#include "precision/error.hpp"

namespace carrybit::cuda {

namespace {

void require(cudaError_t status, const char* what) {
  if (status != cudaSuccess) {
    throw BadInput(std::string("CUDA: ") + what + ": " + cudaGetErrorString(status));
  }
}

struct Free {
  void operator()(void* p) const { cudaFree(p); }
};

/// An array on the device.
template <class T>
class Array {
 public:
  explicit Array(std::size_t n) : size_(n) {
    void* p = nullptr;
    require(cudaMalloc(&p, n * sizeof(T)), "cudaMalloc");
    data_.reset(static_cast<T*>(p));
  }
  explicit Array(const std::vector<T>& host) : Array(host.size()) {
    require(cudaMemcpy(get(), host.data(), size_ * sizeof(T), cudaMemcpyHostToDevice), "copy");
  }
  T* get() const { return data_.get(); }
  std::vector<T> host() const {
    std::vector<T> result(size_);
    require(cudaMemcpy(result.data(), get(), size_ * sizeof(T), cudaMemcpyDeviceToHost), "copy");
    return result;
  }

 private:
  std::size_t size_;
  std::unique_ptr<T, Free> data_;
};

/// One thread an entry; the threads of a warp are neighbouring columns.
__global__ void product_kernel(const double* a, const double* b, int rows, int terms, int columns,
                               Sums s, bool hidden, double* c) {
  const int column = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  const int row = static_cast<int>(blockIdx.y);
  if (column >= columns || row >= rows) {
    return;
  }
  const double sum = dot(a + static_cast<std::size_t>(row) * static_cast<std::size_t>(terms),
                         b + column, static_cast<std::size_t>(columns), terms, s);
  c[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
    static_cast<std::size_t>(column)] = hidden ? relu(sum) : sum;
}

/// One thread a query.
__global__ void attention_kernel(const double* q, const double* k, const double* v, int dim,
                                 int positions, Attention a, double* weights, double* out,
                                 char* undecided) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i >= positions) {
    return;
  }
  const auto at = static_cast<std::size_t>(i);
  const auto d = static_cast<std::size_t>(dim);
  const auto n = static_cast<std::size_t>(positions);
  undecided[i] =
      attention_row(q + at * d, k, n, v, dim, i + 1, a, weights + at * n, out + at * d) ? 0 : 1;
}

constexpr unsigned threads = 128;
unsigned blocks_for(int n) { return (static_cast<unsigned>(n) + threads - 1) / threads; }

std::vector<double> run_product(const std::vector<double>& a, const std::vector<double>& b,
                                int rows, int terms, int columns, const Sums& s, bool hidden) {
  const Array<double> da(a);
  const Array<double> db(b);
  const Array<double> dc(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  const dim3 grid(blocks_for(columns), static_cast<unsigned>(rows));
  product_kernel<<<grid, threads>>>(da.get(), db.get(), rows, terms, columns, s, hidden, dc.get());
  require(cudaGetLastError(), "product");
  return dc.host();
}

}  // namespace

std::string device_name() {
  int count = 0;
  cudaDeviceProp properties{};
  if (cudaGetDeviceCount(&count) != cudaSuccess || count == 0 ||
      cudaGetDeviceProperties(&properties, 0) != cudaSuccess) {
    return "";
  }
  return properties.name;
}

std::vector<double> matrix_product(const std::vector<double>& a, const std::vector<double>& b,
                                   int rows, int terms, int columns, const Sums& s) {
  return run_product(a, b, rows, terms, columns, s, false);
}

std::vector<double> hidden_units(const std::vector<double>& w, const std::vector<double>& x,
                                 int units, int terms, int columns, const Sums& s) {
  return run_product(w, x, units, terms, columns, s, true);
}

std::vector<double> attention(const std::vector<double>& q, const std::vector<double>& k,
                              const std::vector<double>& v, int dim, int positions,
                              const Attention& a, std::vector<char>& undecided) {
  const Array<double> dq(q);
  const Array<double> dk(k);
  const Array<double> dv(v);
  const auto n = static_cast<std::size_t>(positions);
  const Array<double> weights(n * n);
  const Array<double> out(n * static_cast<std::size_t>(dim));
  const Array<char> open(n);
  attention_kernel<<<blocks_for(positions), threads>>>(dq.get(), dk.get(), dv.get(), dim, positions,
                                                       a, weights.get(), out.get(), open.get());
  require(cudaGetLastError(), "attention");
  undecided = open.host();
  return out.host();
}

}  // namespace carrybit::cuda
