#pragma once
// The tensors of a model by name. Names are those of a PyTorch module with the members of Weights
// ("layers.0.query.weight"; a norm's scale and shift are its "weight" and "bias", as in
// torch.nn.LayerNorm): files, messages and traces all use them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/weights.hpp"

namespace carrybit {

/// Whether a model of some configuration has a tensor.
enum class Presence : std::uint8_t {
  required,
  optional,  // a bias: zero where absent
  absent     // must be empty
};

/// What a configuration asks of one tensor.
struct TensorSpec {
  std::string name;
  std::vector<int> shape;  // {rows, cols} of a Matrix, {size} of a Vector
  Presence presence = Presence::required;
};

/// Calls visit(const TensorSpec&, Matrix&) or visit(const TensorSpec&, Vector&) for every tensor
/// that Weights has room for, in the order of the forward pass. Works on Weights and const Weights;
/// weights.layers must already have its length, and the configuration must be valid.
template <typename W, typename Visit>
requires std::is_same_v<std::remove_const_t<W>, Weights>
void for_each_tensor(W& weights, Visit&& visit) {
  const ModelConfig& c = weights.config;
  const auto required_if = [](bool condition) {
    return condition ? Presence::required : Presence::absent;
  };
  const auto matrix = [&](const std::string& name, auto& values, int rows, int cols,
                          Presence presence) {
    visit(TensorSpec{name, {rows, cols}, presence}, values);
  };
  const auto vector = [&](const std::string& name, auto& values, int size, Presence presence) {
    visit(TensorSpec{name, {size}, presence}, values);
  };
  const auto linear = [&](const std::string& name, auto& map, int rows, int cols,
                          bool present = true) {
    matrix(name + ".weight", map.weight, rows, cols, required_if(present));
    vector(name + ".bias", map.bias, rows, present ? Presence::optional : Presence::absent);
  };
  const auto norm = [&](const std::string& name, auto& values, bool present = true) {
    vector(name + ".weight", values.scale, c.width, required_if(present && c.norm != Norm::none));
    vector(name + ".bias", values.shift, c.width,
           required_if(present && c.norm == Norm::layer_norm));
  };

  matrix("token_embedding.weight", weights.token_embedding, c.vocabulary, c.width,
         Presence::required);
  matrix("position_embedding.weight", weights.position_embedding, c.max_length, c.width,
         required_if(c.positions == Positions::learned));
  const bool has_ffn = c.ffn > 0;
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    auto& layer = weights.layers[i];
    const std::string at = "layers." + std::to_string(i) + ".";
    norm(at + "attention_norm", layer.attention_norm);
    linear(at + "query", layer.query, c.heads * c.head_dim, c.width);
    linear(at + "key", layer.key, c.kv_heads * c.head_dim, c.width);
    linear(at + "value", layer.value, c.kv_heads * c.head_dim, c.width);
    linear(at + "output", layer.output, c.width, c.heads * c.head_dim);
    norm(at + "ffn_norm", layer.ffn_norm, has_ffn);
    linear(at + "gate", layer.gate, c.ffn, c.width, has_ffn && c.gated());
    linear(at + "up", layer.up, c.ffn, c.width, has_ffn);
    linear(at + "down", layer.down, c.width, c.ffn, has_ffn);
  }
  norm("final_norm", weights.final_norm);
  linear("head", weights.head, c.vocabulary, c.width, !c.tied_head);
}

inline const std::vector<double>& values_of(const Matrix& matrix) { return matrix.values; }
inline const std::vector<double>& values_of(const Vector& vector) { return vector; }

}  // namespace carrybit
