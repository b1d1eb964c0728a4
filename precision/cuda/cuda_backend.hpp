#pragma once
// The CUDA runtime behind the members of HostBackend; for nvcc alone. Every function throws BadInput with one line
// where CUDA reports an error. Work and memory are in the order of the default stream.

#include <memory>
#include <string>
#include <vector>

#include "precision/cuda/product.hpp"
#include "precision/error.hpp"

namespace carrybit::cuda {

inline void require(cudaError_t status, const char* what) {
  if (status != cudaSuccess) {
    throw BadInput(std::string("CUDA: ") + what + ": " + cudaGetErrorString(status));
  }
}

template <class Step>
__global__ void run_step(Step step, std::size_t n) {
  const std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < n) {
    step(i);
  }
}

template <class Rounder>
__device__ void run_block(const Product& p, const Rounder& rounder, char* store) {
  using Value = typename Rounder::Value;
  TileShared<Value>& shared = *reinterpret_cast<TileShared<Value>*>(store);
  const TileThread t{p, static_cast<int>(threadIdx.x), static_cast<int>(blockIdx.y), blockIdx.x};
  TileSums<Value> sums;
  t.begin(rounder, sums);
  for (int first = 0; first < p.terms; first += tile::depth) {
    const int count = p.terms - first < tile::depth ? p.terms - first : tile::depth;
    t.load(shared, first);
    __syncthreads();
    t.add(rounder, shared, count, sums);
    __syncthreads();
  }
  t.store(rounder, sums);
}

/// One way a kernel, so that the careful one takes no registers from the others: a block whose way is another
/// leaves at once.
template <class Rounder>
__global__ void __launch_bounds__(tile::threads) run_tiles(Product p, Way way) {
  __shared__ alignas(16) char store[sizeof(TileShared<typename Rounder::Value>)];
  if (way_of(p, static_cast<int>(blockIdx.y), blockIdx.x) == way) {
    run_block(p, Rounder(p.sums, p.shortcuts), store);
  }
}

class CudaBackend {
 public:
  template <class T>
  class Array {
   public:
    Array() = default;
    explicit Array(std::size_t n) : size_(n) {
      if (n != 0) {
        void* p = nullptr;
        require(cudaMallocAsync(&p, n * sizeof(T), nullptr), "memory on the device");
        data_.reset(static_cast<T*>(p));
      }
    }
    explicit Array(const std::vector<T>& host) : Array(host.size()) {
      if (size_ != 0) {
        require(cudaMemcpy(get(), host.data(), size_ * sizeof(T), cudaMemcpyHostToDevice), "copy");
      }
    }
    T* get() { return data_.get(); }
    const T* get() const { return data_.get(); }
    std::size_t size() const { return size_; }
    std::vector<T> host() const {
      std::vector<T> result(size_);
      if (size_ != 0) {
        require(cudaMemcpy(result.data(), get(), size_ * sizeof(T), cudaMemcpyDeviceToHost),
                "copy");
      }
      return result;
    }

   private:
    struct Free {
      void operator()(T* p) const { cudaFreeAsync(p, nullptr); }
    };
    std::size_t size_ = 0;
    std::unique_ptr<T, Free> data_;
  };

  /// What arrays leave is kept for the next ones, not handed back to the driver at every stop.
  static void keep_memory() {
    cudaMemPool_t pool = nullptr;
    require(cudaDeviceGetDefaultMemPool(&pool, 0), "its memory");
    std::uint64_t all = ~std::uint64_t{0};
    require(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &all), "its memory");
  }
  /// 256 MiB.
  static constexpr std::size_t scores_at_once = std::size_t{1} << 25;

  /// Half of what the driver has and of what arrays have left, beside the scores.
  static std::uint64_t free_bytes() {
    std::size_t free = 0;
    std::size_t all = 0;
    require(cudaMemGetInfo(&free, &all), "free memory");
    std::uint64_t reserved = 0;
    std::uint64_t used = 0;
    cudaMemPool_t pool = nullptr;
    require(cudaDeviceGetDefaultMemPool(&pool, 0), "free memory");
    require(cudaMemPoolGetAttribute(pool, cudaMemPoolAttrReservedMemCurrent, &reserved),
            "free memory");
    require(cudaMemPoolGetAttribute(pool, cudaMemPoolAttrUsedMemCurrent, &used), "free memory");
    const std::uint64_t half = (free + (reserved - used)) / 2;
    const std::uint64_t scores = sizeof(double) * scores_at_once;
    return half > scores ? half - scores : 0;
  }

  template <class Step>
  static void launch(std::size_t n, const Step& step) {
    constexpr unsigned threads = 128;
    if (n != 0) {
      run_step<<<static_cast<unsigned>((n + threads - 1) / threads), threads>>>(step, n);
      require(cudaGetLastError(), "launch");
    }
  }

  static void multiply(const Product& p) {
    using Kind = Shortcuts::Kind;
    switch (p.shortcuts.kind) {
      case Kind::none: break;
      case Kind::floating:
        tiles<Floating<double, false>>(p, Way::floating);
        tiles<Floating<double, true>>(p, Way::floating_subnormal);
        if (p.shortcuts.narrow) {
          tiles<Floating<float, false>>(p, Way::narrow);
          tiles<Floating<float, true>>(p, Way::narrow_subnormal);
        }
        break;
      case Kind::fused_floating: tiles<FusedFloating>(p, Way::fused_floating); break;
      case Kind::fixed: tiles<Fixed>(p, Way::fixed); break;
      case Kind::fused_fixed: tiles<FusedFixed>(p, Way::fused_fixed); break;
    }
    tiles<Careful>(p, Way::careful);
  }

 private:
  template <class Rounder>
  static void tiles(const Product& p, Way way) {
    const dim3 grid(static_cast<unsigned>((p.columns + tile::side - 1) / tile::side),
                    static_cast<unsigned>((p.rows + tile::side - 1) / tile::side));
    run_tiles<Rounder><<<grid, tile::threads>>>(p, way);
    require(cudaGetLastError(), "product");
  }
};

}  // namespace carrybit::cuda
