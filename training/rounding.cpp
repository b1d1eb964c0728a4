#include "training/rounding.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include "precision/lane_spec.hpp"

namespace carrybit::training {

namespace {

torch::Tensor to_bf16(const torch::Tensor& x) { return x.to(torch::kBFloat16).to(torch::kFloat32); }

struct StraightThrough : torch::autograd::Function<StraightThrough> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const TrainPrecision* precision) {
    context->saved_data["rounds_gradients"] = precision->rounds_gradients();
    return precision->rounds_gradients() ? to_bf16(x) : rounded_values(x, *precision->format());
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::Tensor& g = gradients[0];
    return {context->saved_data["rounds_gradients"].toBool() ? to_bf16(g) : g, torch::Tensor()};
  }
};

}  // namespace

torch::Tensor rounded_values(const torch::Tensor& x, const Format& format) {
  const torch::Tensor from = x.detach().to(torch::kCPU).contiguous();
  torch::Tensor to = torch::empty_like(from);
  const lane::Context context{lane_spec(format), Rounding::rne, {}, nullptr};
  const float* in = from.data_ptr<float>();
  float* out = to.data_ptr<float>();
  for (std::int64_t i = 0; i < from.numel(); ++i) {
    out[i] = static_cast<float>(lane::convert(static_cast<double>(in[i]), context));
  }
  return to.to(x.device());
}

torch::Tensor stored(const torch::Tensor& x, const TrainPrecision& precision) {
  return precision.format() ? StraightThrough::apply(x, &precision) : x;
}

}  // namespace carrybit::training
