#pragma once
// Tensors rounded to a format in the forward pass; gradients pass straight through (Bengio, Leonard,
// Courville 2013, arXiv 1308.3432). Includes LibTorch: for this room's own files and tests.

#include <torch/types.h>

#include "training/settings.hpp"

namespace carrybit::training {

/// Each value to the nearest of the format, ties to even, by precision's lane rounding; fp32 in,
/// fp32 out. Outside the graph of gradients.
torch::Tensor rounded_values(const torch::Tensor& x, const Format& format);

/// What a stored tensor becomes under a precision: itself for fp32; else rounded, with the gradient
/// passing through (rounded to bf16 itself under "bf16").
torch::Tensor stored(const torch::Tensor& x, const TrainPrecision& precision);

}  // namespace carrybit::training
