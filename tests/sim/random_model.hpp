#pragma once
// Small models of random weights, the same on every machine: splitmix64 and sums of uniform draws,
// nothing of <random>'s distributions and nothing of libm.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/tensors.hpp"
#include "sim/weights.hpp"

namespace carrybit::tests {

/// Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  /// In [0, 1), a multiple of 2^-53.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  /// 0 .. bound-1.
  int below(int bound) { return static_cast<int>(bits() % static_cast<std::uint64_t>(bound)); }
  /// Mean 0, variance 1, nearly normal: twelve uniform draws less their mean.
  double normal() {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) {
      sum += uniform();
    }
    return sum;
  }

 private:
  std::uint64_t state_;
};

/// Weights of the size that keeps a trained model's activations of order one. Every bias is there,
/// unless `biases` is false.
inline Weights random_model(const ModelConfig& config, std::uint64_t seed, bool biases = true) {
  config.validate();
  Weights weights;
  weights.config = config;
  weights.layers.resize(static_cast<std::size_t>(config.layers));
  Draws draws(seed);
  const auto fill = [&](std::vector<double>& values, double mean, double deviation) {
    for (double& value : values) {
      value = mean + deviation * draws.normal();
    }
  };
  for_each_tensor(weights, [&](const TensorSpec& spec, auto& tensor) {
    if (spec.presence == Presence::absent || (spec.presence == Presence::optional && !biases)) {
      return;
    }
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(tensor)>, Matrix>) {
      tensor = Matrix(spec.shape[0], spec.shape[1]);
      const bool embedding = spec.name.find("embedding") != std::string::npos;
      fill(tensor.values, 0.0, embedding ? 1.0 : 1.0 / std::sqrt(spec.shape[1]));
    } else {
      tensor.assign(static_cast<std::size_t>(spec.shape[0]), 0.0);
      const bool scale = spec.name.ends_with("norm.weight");
      fill(tensor, scale ? 1.0 : 0.0, 0.1);
    }
  });
  weights.validate();
  return weights;
}

inline std::vector<int> random_tokens(const ModelConfig& config, int count, std::uint64_t seed) {
  Draws draws(seed);
  std::vector<int> tokens;
  for (int i = 0; i < count; ++i) {
    tokens.push_back(draws.below(config.vocabulary));
  }
  return tokens;
}

inline ModelConfig gpt2_shape() {
  ModelConfig c;
  c.name = "gpt2-shape";
  c.vocabulary = 13;
  c.max_length = 16;
  c.width = 12;
  c.layers = 2;
  c.heads = 3;
  c.kv_heads = 3;
  c.head_dim = 4;
  c.ffn = 20;
  c.activation = Activation::gelu;
  c.norm = Norm::layer_norm;
  c.norm_epsilon = 1e-5;
  c.positions = Positions::learned;
  c.attention_scale = AttentionScale::inverse_sqrt;
  c.tied_head = true;
  return c;
}

inline ModelConfig llama_shape() {
  ModelConfig c;
  c.name = "llama-shape";
  c.vocabulary = 11;
  c.max_length = 32;
  c.width = 16;
  c.layers = 2;
  c.heads = 4;
  c.kv_heads = 2;
  c.head_dim = 6;  // not width / heads
  c.ffn = 24;
  c.activation = Activation::swiglu;
  c.norm = Norm::rms_norm;
  c.norm_epsilon = 1e-6;
  c.positions = Positions::rotary;
  c.rotary_base = 500.0;
  c.attention_scale = AttentionScale::inverse_sqrt;
  return c;
}

/// A small configuration of every activation, norm and kind of positions, the other choices varied
/// among them; and the GPT-2 and Llama shapes.
inline std::vector<ModelConfig> all_shapes() {
  std::vector<ModelConfig> shapes = {gpt2_shape(), llama_shape()};
  int i = 0;
  for (const auto activation :
       {Activation::relu, Activation::gelu, Activation::reglu, Activation::swiglu}) {
    for (const auto norm : {Norm::none, Norm::layer_norm, Norm::rms_norm}) {
      for (const auto positions : {Positions::none, Positions::learned, Positions::sinusoidal,
                                   Positions::rotary, Positions::alibi}) {
        ModelConfig c;
        c.name = std::string(name(activation)) + " " + std::string(name(norm)) + " " +
                 std::string(name(positions));
        c.vocabulary = 7 + i % 3;
        c.max_length = 12;
        c.width = 10 + i % 2;  // an odd width cuts a sinusoidal pair in two
        c.layers = 1 + i % 2;
        c.heads = std::vector{1, 2, 4, 6}[static_cast<std::size_t>(i % 4)];
        c.kv_heads = i % 3 == 0 ? 1 : c.heads;
        c.head_dim = 4;
        c.ffn = i % 7 == 6 ? 0 : 9;
        c.activation = activation;
        c.norm = norm;
        c.norm_epsilon = 1e-4;
        c.positions = positions;
        c.attention_scale = i % 2 == 0 ? AttentionScale::inverse_sqrt : AttentionScale::none;
        c.tied_head = i % 5 == 0;
        shapes.push_back(c);
        ++i;
      }
    }
  }
  return shapes;
}

}  // namespace carrybit::tests
