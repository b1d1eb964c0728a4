#include "sim/weights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "precision/error.hpp"
#include "sim/tensors.hpp"

namespace carrybit {

namespace {

std::vector<int> shape_of(const Matrix& matrix) { return {matrix.rows, matrix.cols}; }
std::vector<int> shape_of(const Vector& vector) { return {static_cast<int>(vector.size())}; }

bool holds_its_shape(const Matrix& matrix) {
  return matrix.rows >= 0 && matrix.cols >= 0 &&
         matrix.values.size() ==
             static_cast<std::size_t>(matrix.rows) * static_cast<std::size_t>(matrix.cols);
}
bool holds_its_shape(const Vector&) { return true; }

/// "[3, 5]" of the element at `index` of a tensor of this shape.
std::string place(const TensorSpec& spec, std::size_t index) {
  if (spec.shape.size() == 1) {
    return fmt::format("[{}]", index);
  }
  const auto cols = static_cast<std::size_t>(spec.shape[1]);
  return fmt::format("[{}, {}]", index / cols, index % cols);
}

template <typename Tensor>
void check(const TensorSpec& spec, const Tensor& tensor) {
  const std::vector<double>& values = values_of(tensor);
  if (values.empty() && spec.presence != Presence::required) {
    return;
  }
  if (spec.presence == Presence::absent) {
    throw BadInput(fmt::format(
        "tensor {} has {} values; accepted: none, this configuration has no such tensor", spec.name,
        values.size()));
  }
  const std::vector<int> shape = shape_of(tensor);
  if (shape != spec.shape) {
    throw BadInput(fmt::format("tensor {} has shape [{}]; accepted: [{}]", spec.name,
                               fmt::join(shape, ", "), fmt::join(spec.shape, ", ")));
  }
  if (!holds_its_shape(tensor)) {
    throw BadInput(fmt::format("tensor {} has {} values; accepted: as many as its shape [{}] holds",
                               spec.name, values.size(), fmt::join(shape, ", ")));
  }
  const auto bad = std::find_if(values.begin(), values.end(),
                                [](double value) { return !std::isfinite(value); });
  if (bad != values.end()) {
    throw BadInput(fmt::format("tensor {} is {} at {}; accepted: finite values", spec.name, *bad,
                               place(spec, static_cast<std::size_t>(bad - values.begin()))));
  }
}

}  // namespace

void Weights::validate() const {
  config.validate();
  if (layers.size() != static_cast<std::size_t>(config.layers)) {
    throw BadInput(fmt::format("weights of {} layers; accepted: {}, as in the configuration",
                               layers.size(), config.layers));
  }
  for_each_tensor(*this, [](const TensorSpec& spec, const auto& tensor) { check(spec, tensor); });
}

}  // namespace carrybit
