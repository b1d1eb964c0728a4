#pragma once
// Attention for many queries of one sequence at once: scores and weighted sums as matrix products of the array
// kernels, softmax in lanes over the queries. Every operation, and the order of every sum, is that of
// AttentionRow; so are the bits.

#include <algorithm>
#include <limits>

#include "sim/attention.hpp"

namespace carrybit {

/// Can all rows of an arithmetic be taken this way? Not where the tree of a pairwise sum depends on the
/// row's length, where operations are numbered, or where an entry that nobody asked for could fault.
template <class Engine>
bool batches_attention(const Engine& engine, const Arithmetic& arithmetic) {
  if constexpr (HasKernels<Engine> && HasArrays<Engine>) {
    const bool may_fault = std::ranges::any_of(
        arithmetic.roles(), [](const Role* r) { return r->format.overflow == Overflow::trap; });
    return engine.in_arrays() && !may_fault && may_skip_zeros(arithmetic) &&
           arithmetic.sum != Sum::pairwise &&
           kernels::MatrixProduct<typename Engine::Value>::supports(
               Engine::kernel_rule(arithmetic));
  }
  return false;
}

/// The keys and values of one sequence and kv head, as matrices, and all queries' rows of attention to them.
template <class Engine>
class BatchedAttention {
  using Value = typename Engine::Value;

 public:
  /// Queries that are looked at together: scores of visible x window are held.
  static constexpr int window = 128;

  /// `like`: a product by the arithmetic's rule.
  BatchedAttention(Engine& engine, const Workshop<Engine>& shop, const Cache<Value>& cache,
                   const kernels::MatrixProduct<Value>& like, int kv_head, int input, int visible)
      : e_(engine),
        shop_(shop),
        dim_(cache.dim),
        values_(cache.values.data() + cache.value_offset(kv_head, input)),
        key_product_(like, by_position(cache, kv_head, input, visible).data(), visible, dim_),
        value_product_(like, by_channel(visible).data(), dim_, visible) {}

  /// out[c][i] = the weighted sum of values for query i < columns at position first + i, query channels at
  /// q + c * stride. False, with nothing done, where a score is infinite or NaN. `factor`: of the scores,
  /// or null.
  bool attend(const Value* q, std::size_t stride, int first, int columns, const Value* factor,
              Value* out, std::size_t out_stride) {
    first_ = first;
    n_ = static_cast<std::size_t>(columns);
    rows_ = first + columns;
    scores_.resize(static_cast<std::size_t>(rows_) * n_);
    key_product_.multiply(q, stride, n_, scores_.data(), n_, nullptr, nullptr,
                          {kernels::Triangle::Of::rows, first});
    if (!finish_scores(factor)) {
      return false;
    }
    weigh();
    value_product_.multiply(scores_.data(), n_, n_, out, out_stride, nullptr, nullptr,
                            {kernels::Triangle::Of::terms, first});
    if (!value_product_.zero_terms_vanish()) {
      sum_zeros_again(out, out_stride);
    }
    for (int c = 0; c < dim_; ++c) {
      Value* row = out + static_cast<std::size_t>(c) * out_stride;
      if (shop_.arithmetic.normalise == Normalise::output) {
        each(e_, LaneOp::div, row, normalisers_.data(), n_, row, RoleId::activations, {});
      } else if (!shop_.keeps_sums(RoleId::activations)) {
        each(e_, LaneOp::convert, row, {}, n_, row, RoleId::activations, {});
      }
    }
    return true;
  }

 private:
  static std::vector<Value> by_position(const Cache<Value>& cache, int kv_head, int input,
                                        int visible) {
    const Value* keys = cache.keys.data() + cache.key_offset(kv_head, input);
    const auto dim = static_cast<std::size_t>(cache.dim);
    std::vector<Value> m(static_cast<std::size_t>(visible) * dim);
    for (std::size_t c = 0; c < dim; ++c) {
      for (std::size_t j = 0; j < static_cast<std::size_t>(visible); ++j) {
        m[j * dim + c] = keys[c * cache.key_stride() + j];
      }
    }
    return m;
  }
  std::vector<Value> by_channel(int visible) const {
    const auto dim = static_cast<std::size_t>(dim_);
    const auto n = static_cast<std::size_t>(visible);
    std::vector<Value> m(n * dim);
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t c = 0; c < dim; ++c) {
        m[c * n + j] = values_[j * dim + c];
      }
    }
    return m;
  }

  Value* row(int j) { return scores_.data() + static_cast<std::size_t>(j) * n_; }
  /// The first query that sees position j.
  std::size_t sees(int j) const { return static_cast<std::size_t>(std::max(0, j - first_)); }

  /// From products to scores, and the largest of every query. False where one is not finite.
  bool finish_scores(const Value* factor) {
    constexpr Value lowest = -std::numeric_limits<Value>::max();
    maxima_.assign(n_, lowest);
    std::vector<Value> tested(n_, 0);
    for (int j = 0; j < rows_; ++j) {
      const std::size_t from = sees(j);
      Value* s = row(j);
      if (!shop_.keeps_sums(RoleId::activations)) {
        each(e_, LaneOp::convert, s + from, {}, n_ - from, s + from, RoleId::activations, {});
      }
      if (factor != nullptr) {
        each(e_, LaneOp::mul, s + from, *factor, n_ - from, s + from, RoleId::activations, {});
      }
      for (std::size_t i = from; i < n_; ++i) {
        maxima_[i] = maxima_[i] < s[i] ? s[i] : maxima_[i];
        tested[i] += s[i] * 0.0;  // NaN, for ever, where it is not finite
      }
    }
    return std::ranges::all_of(tested, [](Value t) { return t == 0; });
  }

  /// Weights in place of scores, 0 where a query does not see; their sums.
  void weigh() {
    const bool exact = shop_.arithmetic.sum == Sum::exact;
    normalisers_.assign(n_, e_.zero());
    for (int j = 0; j < rows_; ++j) {
      const std::size_t from = sees(j);
      const std::size_t n = n_ - from;
      Value* s = row(j);
      std::fill(s, s + from, e_.zero());
      if (shop_.arithmetic.shift == Shift::max) {
        each(e_, LaneOp::sub, s + from, maxima_.data() + from, n, s + from, RoleId::activations,
             {});
      }
      each(e_, LaneOp::exp, s + from, {}, n, s + from, RoleId::probabilities, {});
      if (!exact) {
        Value* sum = normalisers_.data() + from;
        each(e_, LaneOp::add, sum, s + from, n, sum, RoleId::accumulator, {});
      }
    }
    if (exact) {
      total(e_, shop_.arithmetic, {scores_.data(), n_}, rows_, n_, normalisers_.data(), {});
    }
    for (int j = 0; j < rows_ && shop_.arithmetic.normalise == Normalise::weights; ++j) {
      const std::size_t from = sees(j);
      each(e_, LaneOp::div, row(j) + from, normalisers_.data() + from, n_ - from, row(j) + from,
           RoleId::probabilities, {});
    }
  }

  /// A sum of zero may have lost its sign to the terms of weight 0 after its last: without them.
  void sum_zeros_again(Value* out, std::size_t out_stride) {
    for (std::size_t i = 0; i < n_; ++i) {
      SparseRow<Value> weights;
      for (int c = 0; c < dim_; ++c) {
        Value& sum = out[static_cast<std::size_t>(c) * out_stride + i];
        if (!e_.is_zero(sum)) {
          continue;
        }
        const int visible = first_ + static_cast<int>(i) + 1;
        if (weights.index.empty()) {
          gather_weights(i, visible, weights);
        }
        dot(e_, shop_.arithmetic, weights, visible, values_ + c, static_cast<std::size_t>(dim_), 1,
            &sum, {});
      }
    }
  }
  void gather_weights(std::size_t i, int visible, SparseRow<Value>& weights) {
    for (int j = 0; j < visible; ++j) {
      if (!is_plus_zero(e_, row(j)[i])) {
        weights.index.push_back(j);
        weights.value.push_back(row(j)[i]);
      }
    }
  }

  Engine& e_;
  const Workshop<Engine>& shop_;
  int dim_;
  const Value* values_;                          // [position][channel]
  kernels::MatrixProduct<Value> key_product_;    // positions x channels
  kernels::MatrixProduct<Value> value_product_;  // channels x positions
  int first_ = 0, rows_ = 0;
  std::size_t n_ = 0;
  std::vector<Value> scores_;  // [position][query], then weights
  std::vector<Value> maxima_, normalisers_;
};

}  // namespace carrybit
