#pragma once
// A transformer of one uniform head: at every position the mean of the tokens read so far (0 or 1), as
// logit 0. What softmax.hpp and li_attention.hpp say of uniform attention, through the forward pass.

#include <vector>

#include "sim/simulator.hpp"

namespace carrybit::test {

inline Weights uniform_model() {
  Weights w;
  w.config.name = "uniform";
  w.config.vocabulary = 2;
  w.config.width = 2;
  w.config.layers = 1;
  w.config.heads = w.config.kv_heads = 1;
  w.config.head_dim = 1;
  w.config.positions = Positions::none;
  w.token_embedding = Matrix(2, 2);
  w.token_embedding.at(1, 0) = 1;
  LayerWeights layer;
  layer.query.weight = layer.key.weight = layer.value.weight = Matrix(1, 2);
  layer.value.weight.at(0, 0) = 1;
  layer.output.weight = Matrix(2, 1);
  layer.output.weight.at(1, 0) = 1;
  w.layers.push_back(layer);
  w.head.weight = Matrix(2, 2);
  w.head.weight.at(0, 1) = 1;
  return w;
}

/// The mean after the last of these tokens.
inline double uniform_mean(const Arithmetic& arithmetic, const std::vector<int>& tokens) {
  const Simulator simulator(uniform_model(), arithmetic);
  const std::vector<std::vector<int>> rows = {tokens};
  return simulator.logits(rows, static_cast<int>(tokens.size()) - 1)[0][0][0].to_double();
}

}  // namespace carrybit::test
