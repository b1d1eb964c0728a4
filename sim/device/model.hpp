#pragma once
// A transformer as a device takes it: plain dense arrays, rounded by the simulator's own preparation, and the
// arithmetic as numbers. nvcc reads this file: nothing of the exact engine is in it.

#include <functional>
#include <vector>

#include "precision/cuda/rounders.hpp"
#include "sim/config.hpp"

namespace carrybit::device {

/// How every stage rounds (the roles of an Arithmetic), and the constants that stages need.
struct Roles {
  lane::Context activations, probabilities, kv_cache;
  cuda::Sums sums;
  bool converts_sums = false;  // the activations' format is not the accumulator's
  bool skips_zeros = true;     // a probability of 0 stays 0, whatever it is divided by
  bool shifts = true;          // the row's maximum is subtracted
  bool divides_weights = false;
  double one = 0, half = 0, inverse_root_two = 0;
  double epsilon = 0;           // of norms
  double attention_factor = 0;  // 1 / sqrt(head_dim)
};

/// Rows x terms, row by row. `reach`: of every 64 rows.
struct Linear {
  int rows = 0, terms = 0;
  std::vector<double> weight;
  std::vector<double> bias;  // empty: none
  std::vector<cuda::Reach> reach;
};

struct Norm {
  std::vector<double> scale, shift;
};

struct Layer {
  Norm attention_norm, ffn_norm;
  Linear query, key, value, output, gate, up, down;
};

struct Model {
  ModelConfig config;
  Roles roles;
  cuda::Shortcuts map_ways, score_ways, value_ways;  // of linear maps, scores, weighted sums
  std::vector<double> token_embedding;               // [token][channel]
  std::vector<double> position_embedding;            // [position][channel], learned
  std::vector<Layer> layers;
  Norm final_norm;
  Linear head;
  std::vector<double> alibi_slopes;  // [head]
  /// What positions 0 .. n - 1 need: sinusoids, [position][channel]; rotations, [position][pair][cos, sin]. Empty
  /// for other kinds of positions.
  std::function<std::vector<double>(int n)> positions;
};

}  // namespace carrybit::device
