#pragma once
// The weights of a transformer: plain dense matrices of doubles, row-major, rows = outputs. What a
// construction compiles to and what a file holds; rounding to a format happens when a model is
// prepared for an arithmetic, never here.

#include <cstddef>
#include <vector>

#include "sim/config.hpp"

namespace carrybit {

/// rows x cols, row-major; y = M x maps `cols` channels to `rows` channels. Empty where absent.
struct Matrix {
  int rows = 0;
  int cols = 0;
  std::vector<double> values;

  Matrix() = default;
  Matrix(int row_count, int col_count)
      : rows(row_count),
        cols(col_count),
        values(static_cast<std::size_t>(row_count) * static_cast<std::size_t>(col_count), 0.0) {}

  bool empty() const { return values.empty(); }
  double& at(int row, int col) {
    return values[static_cast<std::size_t>(row) * static_cast<std::size_t>(cols) +
                  static_cast<std::size_t>(col)];
  }
  double at(int row, int col) const {
    return values[static_cast<std::size_t>(row) * static_cast<std::size_t>(cols) +
                  static_cast<std::size_t>(col)];
  }
  bool operator==(const Matrix&) const = default;
};

using Vector = std::vector<double>;  // empty where absent (zero bias, no norm)

/// y = weight * x + bias.
struct Linear {
  Matrix weight;
  Vector bias;
  bool operator==(const Linear&) const = default;
};

/// Scale and shift of a norm; empty without norm. RMSNorm has no shift.
struct NormWeights {
  Vector scale;
  Vector shift;
  bool operator==(const NormWeights&) const = default;
};

struct LayerWeights {
  NormWeights attention_norm;
  Linear query;   // (heads * head_dim) x width
  Linear key;     // (kv_heads * head_dim) x width
  Linear value;   // (kv_heads * head_dim) x width
  Linear output;  // width x (heads * head_dim)
  NormWeights ffn_norm;
  Linear gate;  // ffn x width, gated activations only
  Linear up;    // ffn x width
  Linear down;  // width x ffn
  bool operator==(const LayerWeights&) const = default;
};

struct Weights {
  ModelConfig config;
  Matrix token_embedding;     // vocabulary x width
  Matrix position_embedding;  // max_length x width, learned positions only
  std::vector<LayerWeights> layers;
  NormWeights final_norm;
  Linear head;  // vocabulary x width; empty when tied

  /// Throws BadInput where a shape differs from the configuration's, or a value is not finite.
  void validate() const;

  bool operator==(const Weights&) const = default;
};

}  // namespace carrybit
