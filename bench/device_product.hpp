#pragma once
// One matrix product on a GPU, timed there; only where the program is built with CUDA.

#include <string>
#include <vector>

#include "precision/cuda/rounders.hpp"

namespace carrybit::bench {

std::string gpu_name();

/// Multiply-adds a second of the GPU itself, none of them rounded to a format: chains of fused multiply-adds that
/// never leave the registers of its threads.
struct GpuRates {
  double f32 = 0, f64 = 0;
};
GpuRates gpu_rates();

struct GpuProduct {
  std::vector<double> y;  // [row][column]
  double seconds =
      0;  // the median of `repetitions`, by the GPU's clock, facts of the right operand included
};
/// W: rows x terms, X: terms x columns.
GpuProduct gpu_product(const std::vector<double>& w, const std::vector<double>& x, int rows,
                       int terms, std::size_t columns, const cuda::Sums& sums,
                       const cuda::Shortcuts& shortcuts, int repetitions);

}  // namespace carrybit::bench
