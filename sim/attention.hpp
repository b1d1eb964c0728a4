#pragma once
// Causal multi-head attention with a cache: for every query, its row of scores, softmax, and the
// weighted sum of values. One row at a time: nothing of size T x T is ever stored.

#include <array>
#include <cmath>
#include <concepts>
#include <vector>

#include "sim/observer.hpp"
#include "sim/stages.hpp"

namespace carrybit {

/// What queries of all zeros see: every key has the same weight w = exp(0), so that the sums over the
/// first positions, w v_0 + w v_1 + ... and w + w + ..., are partial sums of one another.
template <class Value>
struct UniformSums {
  int done = 0;  // positions that `sum` and `weight` have
  std::vector<Value> sum;
  Value weight{};
  int first = 0;               // the first position below
  std::vector<Value> sums;     // [position - first][channel], that position included
  std::vector<Value> weights;  // [position - first]
};

/// Keys and values of one layer: K[kv head][channel][input][position], so that the scores of a row are
/// lanes over positions; V[kv head][input][position][channel], so that a weighted sum is lanes over
/// channels.
template <class Value>
struct Cache {
  int kv_heads = 0, dim = 0, inputs = 0, capacity = 0;
  bool finite = true;
  std::vector<Value> keys, values;
  std::vector<double> reach;  // [kv head][channel][input]: the largest |key|, on engines that ask
  std::vector<UniformSums<Value>> uniform;  // [kv head][input]

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
    const auto rows = static_cast<std::size_t>(kv_heads) * static_cast<std::size_t>(inputs);
    reach.assign(rows * static_cast<std::size_t>(dim), 0.0);
    uniform.resize(rows);
  }
  UniformSums<Value>& uniform_sums(int head, int input) {
    return uniform[static_cast<std::size_t>(head * inputs + input)];
  }
  const UniformSums<Value>& uniform_sums(int head, int input) const {
    return uniform[static_cast<std::size_t>(head * inputs + input)];
  }
  double& reach_of(int head, int channel, int input) {
    return reach[static_cast<std::size_t>((head * dim + channel) * inputs + input)];
  }
  double reach_of(int head, int channel, int input) const {
    return reach[static_cast<std::size_t>((head * dim + channel) * inputs + input)];
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

/// An engine that can tell which scores matter (see DoubleEngine::scores_in_blocks).
template <class Engine>
concept KnowsScores = requires(const Engine& e) {
  { e.scores_in_blocks() } -> std::same_as<bool>;
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
  /// Scores, shift and exponentials at once, in blocks, without ever holding the row: keys whose scores
  /// are far enough below the maximum have a weight of 0. False, with nothing done, where that is not
  /// known.
  bool find_weights(const SparseRow<Value>& query, int kv_head, int input,
                    int visible) requires KnowsScores<Engine> {
    if (!e_.scores_in_blocks() || query.index.empty() || !shop_.skip_zeros || !cache_.finite ||
        keys_.column != nullptr) {
      return false;
    }
    const Value* keys = cache_.keys.data() + cache_.key_offset(kv_head, input);
    const bool exact = reach(query, kv_head, input) <= e_.exact_scores_below();
    const auto n = static_cast<std::size_t>(visible);
    std::array<Value, block> scores;
    std::vector<const Value*> rows(query.index.size());
    const auto look = [&](std::size_t first) {
      const std::size_t count = std::min(block, n - first);
      if (exact) {
        for (std::size_t k = 0; k < rows.size(); ++k) {
          rows[k] = keys + static_cast<std::size_t>(query.index[k]) * cache_.key_stride() + first;
        }
        e_.exact_scores(query.value.data(), rows.data(), rows.size(), count, scores.data());
      } else {
        dot(e_, shop_.arithmetic, query, cache_.dim, keys + first, cache_.key_stride(), count,
            scores.data(), {});
      }
      return e_.largest(scores.data(), count);
    };
    std::vector<Value> highest;
    for (std::size_t first = 0; first < n; first += block) {
      highest.push_back(look(first));
    }
    const bool shifts = shop_.arithmetic.shift == Shift::max;
    const Value maximum = shifts ? e_.largest(highest.data(), highest.size()) : e_.zero();
    weights_.index.clear();
    weights_.value.clear();
    for (std::size_t first = 0; first < n; first += block) {
      if (highest[first / block] - maximum < e_.vanishing_difference()) {
        continue;
      }
      look(first);
      for (std::size_t j = 0; j < std::min(block, n - first); ++j) {
        if (scores[j] - maximum >= e_.vanishing_difference()) {
          keep_weight(static_cast<int>(first + j), shift(scores[j], maximum));
        }
      }
    }
    visible_ = visible;
    normaliser_ = total(e_, shop_.arithmetic, weights_, visible, keys_.step(7ULL << 33), column_);
    return true;
  }
  /// A query of all zeros: the sums are known.
  void take_uniform(const UniformSums<Value>& known, int position, Value* out) {
    const auto at = static_cast<std::size_t>(position - known.first);
    const auto dim = static_cast<std::size_t>(cache_.dim);
    for (std::size_t c = 0; c < dim; ++c) {
      out[c] = e_.div(known.sums[at * dim + c], known.weights[at], RoleId::activations, 0);
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
    visible_ = static_cast<int>(scores_.size());
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

  int visible() const { return visible_; }
  const std::vector<Value>& scores() const { return scores_; }
  const SparseRow<Value>& weights() const { return weights_; }
  const Value& normaliser() const { return normaliser_; }

 private:
  static constexpr std::size_t block = 256;  // positions

  /// No partial sum of any score is larger.
  double reach(const SparseRow<Value>& query, int kv_head,
               int input) const requires KnowsScores<Engine> {
    double most = 0;
    for (std::size_t k = 0; k < query.index.size(); ++k) {
      most += std::fabs(query.value[k]) * cache_.reach_of(kv_head, query.index[k], input);
    }
    return most;
  }
  Value shift(const Value& score, const Value& maximum) {
    return e_.is_zero(maximum) ? score : e_.sub(score, maximum, RoleId::activations, 0);
  }
  void keep_weight(int j, const Value& score) {
    const Value w = e_.exp(score, RoleId::probabilities, 0);
    if (!e_.is_zero(w)) {
      weights_.index.push_back(j);
      weights_.value.push_back(w);
    }
  }
  std::uint64_t key(std::uint64_t step, std::size_t j) const {
    return keys_.column == nullptr ? 0 : mix64(keys_.step(step << 33)(column_) + j);
  }

  Engine& e_;
  const Workshop<Engine>& shop_;
  const Cache<Value>& cache_;
  Keys keys_;
  std::size_t column_;
  int visible_ = 0;
  std::vector<Value> scores_;
  std::vector<std::uint64_t> position_keys_;
  SparseRow<Value> weights_;
  Value normaliser_{};
};

}  // namespace carrybit
