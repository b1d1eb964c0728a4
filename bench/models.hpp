#pragma once
// Models of random weights for benchmarks, and how many multiply-adds a forward pass takes.

#include <string>

#include "sim/simulator.hpp"
#include "tests/sim/random_model.hpp"

namespace carrybit::bench {

struct ModelCase {
  std::string name;
  ModelConfig config;
};

/// A decoder of GPT-2's shape; and one layer with hardly anything but attention, or the FFN.
inline std::vector<ModelCase> model_cases() {
  ModelConfig c;
  c.vocabulary = 16;
  c.max_length = 256;
  c.width = 64;
  c.layers = 2;
  c.heads = c.kv_heads = 4;
  c.head_dim = 16;
  c.ffn = 256;
  c.norm = Norm::layer_norm;
  c.attention_scale = AttentionScale::inverse_sqrt;
  ModelConfig attention = c;
  attention.layers = 1;
  attention.ffn = 0;
  ModelConfig ffn = c;
  ffn.layers = 1;
  ffn.heads = ffn.kv_heads = 1;
  ffn.ffn = 1024;
  return {{"forward pass", c}, {"batched attention", attention}, {"FFN", ffn}};
}

/// Of one sequence; every token looks at itself and all before it.
inline double multiply_adds(const ModelConfig& c, int length) {
  const double heads = double(c.heads) * c.head_dim;
  const double token =
      c.layers * (4 * heads + 2.0 * c.ffn) * c.width + double(c.vocabulary) * c.width;
  return length * token + c.layers * heads * double(length) * (length + 1);
}

inline std::vector<std::vector<int>> sequences(const ModelConfig& c, int count, int length) {
  std::vector<std::vector<int>> rows;
  for (int i = 0; i < count; ++i) {
    rows.push_back(tests::random_tokens(c, length, static_cast<std::uint64_t>(i) + 1));
  }
  return rows;
}

}  // namespace carrybit::bench
