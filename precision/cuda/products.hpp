#pragma once
// What one GPU thread computes: one entry of a matrix product, one row of causal attention for one query,
// one hidden unit of a ReLU FFN. These are the scalar lane operations in loops, and host and device compile
// the same text: a test runs these very functions on the host.
//
// Everything a format is arrives as numbers at run time (lane::Context). No stochastic rounding here.

#include <cstddef>

#include "precision/lane.hpp"

namespace carrybit::cuda {

/// How products enter sums; sums are sequential, from +0.
struct Sums {
  lane::Context product;
  lane::Context sum;
  bool fused = false;
};

CARRYBIT_HD inline double add_term(double sum, double w, double x, const Sums& s) {
  return s.fused ? lane::fma(w, x, sum, s.sum) : lane::add(sum, lane::mul(w, x, s.product), s.sum);
}

/// w[0] x[0] + w[1] x[stride] + ...
CARRYBIT_HD inline double dot(const double* w, const double* x, std::size_t stride, int terms,
                              const Sums& s) {
  double sum = 0;
  for (int k = 0; k < terms; ++k) {
    sum = add_term(sum, w[k], x[static_cast<std::size_t>(k) * stride], s);
  }
  return sum;
}

/// max(x, 0); NaN stays NaN, -0 becomes +0.
CARRYBIT_HD inline double relu(double x) { return x > 0 || lane::is_nan(x) ? x : 0.0; }

/// How a row of attention is rounded.
struct Attention {
  Sums sums;
  lane::Context activations;    // scores and the result
  lane::Context probabilities;  // exponentials
  bool shifts = true;           // the row's maximum is subtracted
};

/// One query's row: keys k[c * capacity + j] and values v[j * dim + c] of positions j < visible; the
/// exponentials go to weights[0 .. visible - 1], sum_j exp(s_j) v_j / sum_j exp(s_j) to out[0 .. dim - 1].
/// False where an error bound could not decide how an exponential rounds: the host does such a row by the
/// exact engine.
CARRYBIT_HD inline bool attention_row(const double* q, const double* k, std::size_t capacity,
                                      const double* v, int dim, int visible, const Attention& a,
                                      double* weights, double* out) {
  double maximum = 0;
  bool nan = false;
  for (int j = 0; j < visible; ++j) {
    weights[j] = lane::convert(dot(q, k + j, capacity, dim, a.sums), a.activations);
    nan = nan || lane::is_nan(weights[j]);
    maximum = j == 0 || maximum < weights[j] ? weights[j] : maximum;
  }
  if (nan) {
    maximum = lane::quiet_nan<double>();
  }
  double total = 0;
  for (int j = 0; j < visible; ++j) {
    const bool moves = a.shifts && maximum != 0;
    const lane::Decision w = lane::exp(
        moves ? lane::sub(weights[j], maximum, a.activations) : weights[j], a.probabilities);
    if (!w.decided) {
      return false;
    }
    weights[j] = w.value;
    total = lane::add(total, w.value, a.sums.sum);
  }
  for (int c = 0; c < dim; ++c) {
    const double sum = dot(weights, v + c, static_cast<std::size_t>(dim), visible, a.sums);
    out[c] = lane::div(sum, total, a.activations);
  }
  return true;
}

}  // namespace carrybit::cuda
