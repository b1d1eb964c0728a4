#pragma once
// Causal multi-head attention with a cache: for every query, its row of scores, softmax, and the
// weighted sum of values. One row at a time: nothing of size T x T is ever stored.

#include <vector>

#include "sim/observer.hpp"
#include "sim/stages.hpp"

namespace carrybit {

/// Keys and values of one layer: K[kv head][channel][input][position], so that the scores of a row are
/// lanes over positions; V[kv head][input][position][channel], so that a weighted sum is lanes over
/// channels.
template <class Value>
struct Cache {
  int kv_heads = 0, dim = 0, inputs = 0, capacity = 0;
  bool finite = true;
  std::vector<Value> keys, values;

  Cache() = default;
  Cache(const ModelConfig& config, int input_count, int max_positions, const Value& fill)
      : kv_heads(config.kv_heads),
        dim(config.head_dim),
        inputs(input_count),
        capacity(max_positions) {
    const auto size = static_cast<std::size_t>(kv_heads) * static_cast<std::size_t>(dim) *
                      static_cast<std::size_t>(inputs) * static_cast<std::size_t>(capacity);
    keys.assign(size, fill);
    values.assign(size, fill);
  }
  /// Positions of channel 0 of a head; the next channel is `key_stride` further.
  std::size_t key_offset(int head, int input) const {
    return (static_cast<std::size_t>(head) * static_cast<std::size_t>(dim) *
                static_cast<std::size_t>(inputs) +
            static_cast<std::size_t>(input)) *
           static_cast<std::size_t>(capacity);
  }
  std::size_t key_stride() const {
    return static_cast<std::size_t>(inputs) * static_cast<std::size_t>(capacity);
  }
  /// Channels of position 0; the next position is `dim` further.
  std::size_t value_offset(int head, int input) const {
    return (static_cast<std::size_t>(head) * static_cast<std::size_t>(inputs) +
            static_cast<std::size_t>(input)) *
           static_cast<std::size_t>(capacity) * static_cast<std::size_t>(dim);
  }
};

/// One query's row of attention.
template <class Engine>
class AttentionRow {
  using Value = typename Engine::Value;

 public:
  AttentionRow(Engine& engine, const Workshop<Engine>& shop, const Cache<Value>& cache, Keys keys,
               std::size_t column)
      : e_(engine), shop_(shop), cache_(cache), keys_(keys), column_(column) {}

  /// S_j = q . k_j over the visible positions j < visible, in the activations' format.
  void scores(const SparseRow<Value>& query, int kv_head, int input, int visible) {
    scores_.assign(static_cast<std::size_t>(visible), e_.zero());
    // The lanes of a row are key positions: their operations are numbered by position.
    if (keys_.column != nullptr) {
      position_keys_.resize(scores_.size());
      for (std::size_t j = 0; j < scores_.size(); ++j) {
        position_keys_[j] = mix64(keys_.column[column_] + j + 1);
      }
    }
    const Keys lanes{keys_.column == nullptr ? nullptr : position_keys_.data(), keys_.stage};
    const Value* k = cache_.keys.data() + cache_.key_offset(kv_head, input);
    const bool sparse = shop_.skip_zeros && cache_.finite;
    dot(e_, shop_.arithmetic, sparse ? query : with_zeros(e_, query, cache_.dim), cache_.dim, k,
        cache_.key_stride(), scores_.size(), scores_.data(), lanes);
    if (!shop_.keeps_sums(RoleId::activations)) {
      for (std::size_t j = 0; j < scores_.size(); ++j) {
        scores_[j] = e_.convert(scores_[j], RoleId::activations, lanes.step(1ULL << 33)(j));
      }
    }
  }
  void scale(const Value& factor) {
    for (std::size_t j = 0; j < scores_.size(); ++j) {
      scores_[j] = e_.mul(scores_[j], factor, RoleId::activations, key(2, j));
    }
  }
  /// ALiBi: + slope * (j - i).
  void add_distance(const Value& slope, int position) {
    for (std::size_t j = 0; j < scores_.size(); ++j) {
      const auto distance = e_.from_number(Number::integer(static_cast<std::int64_t>(j) - position),
                                           RoleId::activations);
      const Value bias = e_.mul(slope, distance, RoleId::activations, key(3, j));
      scores_[j] = e_.add(scores_[j], bias, RoleId::activations, key(4, j));
    }
  }
  /// The maximum; NaN where any score is NaN.
  void subtract_maximum() {
    Value maximum = scores_[0];
    for (const Value& s : scores_) {
      if (e_.is_nan(s)) {
        maximum = s;
        break;
      }
      maximum = e_.less(maximum, s) ? s : maximum;
    }
    if (e_.is_zero(maximum)) {
      return;  // S - 0 = S
    }
    for (std::size_t j = 0; j < scores_.size(); ++j) {
      scores_[j] = e_.sub(scores_[j], maximum, RoleId::activations, key(5, j));
    }
  }
  /// exp of every score and their sum Z; keeps the exponentials that are not zero.
  void exponentiate() {
    weights_.index.clear();
    weights_.value.clear();
    for (std::size_t j = 0; j < scores_.size(); ++j) {
      const Value w = e_.exp(scores_[j], RoleId::probabilities, key(6, j));
      if (!shop_.skip_zeros || !e_.is_zero(w)) {
        weights_.index.push_back(static_cast<int>(j));
        weights_.value.push_back(w);
      }
    }
    normaliser_ = total(e_, shop_.arithmetic, weights_, visible(), keys_.step(7ULL << 33), column_);
  }
  void divide_weights() {
    for (std::size_t k = 0; k < weights_.value.size(); ++k) {
      const auto j = static_cast<std::size_t>(weights_.index[k]);
      weights_.value[k] = e_.div(weights_.value[k], normaliser_, RoleId::probabilities, key(8, j));
    }
  }
  /// sum_j weight_j v_j for every channel of the head, in the activations' format.
  void weigh_values(int kv_head, int input, Value* out) {
    const Value* v = cache_.values.data() + cache_.value_offset(kv_head, input);
    const auto dim = static_cast<std::size_t>(cache_.dim);
    if (keys_.column != nullptr) {
      position_keys_.resize(std::max(position_keys_.size(), dim));
      for (std::size_t c = 0; c < dim; ++c) {
        position_keys_[c] = mix64(~keys_.column[column_] + c);
      }
    }
    const Keys lanes{keys_.column == nullptr ? nullptr : position_keys_.data(), keys_.stage + 1};
    const bool sparse = shop_.skip_zeros && cache_.finite;
    dot(e_, shop_.arithmetic, sparse ? weights_ : with_zeros(e_, weights_, visible()), visible(), v,
        dim, dim, out, lanes);
    for (std::size_t c = 0; c < dim; ++c) {
      out[c] = shop_.arithmetic.normalise == Normalise::output
                   ? e_.div(out[c], normaliser_, RoleId::activations, lanes.step(9ULL << 33)(c))
                   : e_.convert(out[c], RoleId::activations, lanes.step(9ULL << 33)(c));
    }
  }

  int visible() const { return static_cast<int>(scores_.size()); }
  const std::vector<Value>& scores() const { return scores_; }
  const SparseRow<Value>& weights() const { return weights_; }
  const Value& normaliser() const { return normaliser_; }

 private:
  std::uint64_t key(std::uint64_t step, std::size_t j) const {
    return keys_.column == nullptr ? 0 : mix64(keys_.step(step << 33)(column_) + j);
  }

  Engine& e_;
  const Workshop<Engine>& shop_;
  const Cache<Value>& cache_;
  Keys keys_;
  std::size_t column_;
  std::vector<Value> scores_;
  std::vector<std::uint64_t> position_keys_;
  SparseRow<Value> weights_;
  Value normaliser_{};
};

}  // namespace carrybit
