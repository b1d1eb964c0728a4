#pragma once
// The transformers of Park, Park, Hwang 2026 (arXiv 2601.16450), evaluated directly over the operations
// of a format: no causal mask, no LayerNorm, no tokens; n columns of d numbers in, n columns out.
//
//   AT(X)  = X + sum_i W_i^O (V_i sigma(K_i^T Q_i)),  Q_i = W_i^Q X, K_i = W_i^K X, V_i = W_i^V X
//   FFN(X) = X + (W_2 relu(W_1 X + b_1) + b_2)
//   sigma(x)_j = [exp](x_j - x*) / sum_l [exp](x_l - x*),  x* the maximum
//
// Matrices are multiplied left to right, every product and every partial sum rounded. Sums start from
// +0, as everywhere in Carrybit; the paper's start from their first term, which differs only where all
// terms are -0.

#include <cstdint>
#include <vector>

#include "proofs_check/theorems/sums.hpp"

namespace carrybit::proofs {

using Columns = std::vector<std::vector<double>>;  // [column][channel], or [row][entry] of a matrix

struct ParkHead {
  Columns query, key, value;  // head_dim x d
  Columns output;             // d x head_dim
};
struct ParkLayer {
  std::vector<ParkHead> heads;
  Columns up;  // f x d
  std::vector<double> up_bias;
  Columns down;  // d x f
  std::vector<double> down_bias;
};
struct ParkModel {
  std::vector<ParkLayer> layers;
};

/// The paper's model, or one that departs from it in one place.
struct ParkRules {
  Sum sum = Sum::sequential;
  bool causal = false;  // a column attends to itself and those before it
  Columns positions{};  // added to the columns first; empty: none
};

/// n columns to n columns.
Columns evaluate(const ParkModel& model, const Scalar& scalar, const ParkRules& rules,
                 Columns columns);

/// Same bits everywhere.
bool same(const Columns& a, const Columns& b);

/// A model of random weights: multiples of 2^-3 in [-1, 1], rounded into the format.
struct ParkShape {
  int layers = 2, heads = 2, width = 3, head_dim = 2, ffn = 4;
};
ParkModel random_park_model(const Scalar& scalar, const ParkShape& shape, std::uint64_t seed);
/// `count` random columns of the same kind.
Columns random_columns(const Scalar& scalar, int width, int count, std::uint64_t seed);

}  // namespace carrybit::proofs
