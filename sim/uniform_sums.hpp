#pragma once
// What queries of all zeros see: every key has the same weight w = exp(0), so that the sums over the
// first positions, w v_0 + w v_1 + ... and w + w + ..., are partial sums of one another.

#include <vector>

#include "sim/attention.hpp"

namespace carrybit {

/// Are all channels of the head +0 in this column?
template <class Engine>
bool asks_nothing(const Engine& engine, const Columns<typename Engine::Value>& q, int head, int dim,
                  std::size_t column) {
  for (int c = 0; c < dim; ++c) {
    if (!is_plus_zero(engine, q.row(head * dim + c)[column])) {
      return false;
    }
  }
  return true;
}

/// Are the sums for this position there?
template <class Value>
bool has_sums(const UniformSums<Value>& known, int position) {
  return position >= known.first && position < known.done && !known.sums.empty();
}

/// Brings the sums of one head and sequence up to position `end`; those from `first` on are kept one by one.
template <class Engine>
void extend(Engine& engine, const Cache<typename Engine::Value>& cache, int kv_head, int input,
            const typename Engine::Value& weight, int first, int end,
            UniformSums<typename Engine::Value>& known) {
  const auto dim = static_cast<std::size_t>(cache.dim);
  if (known.done == 0) {
    known.sum.assign(dim, engine.zero());
    known.weight = engine.zero();
  }
  known.first = first;
  known.sums.clear();
  known.weights.clear();
  const auto* v = cache.values.data() + cache.value_offset(kv_head, input);
  for (int j = known.done; j < end; ++j) {
    engine.accumulate(known.sum.data(), weight, v + static_cast<std::size_t>(j) * dim, dim, {});
    known.weight = engine.add(known.weight, weight, RoleId::accumulator, 0);
    if (j >= first) {
      known.sums.insert(known.sums.end(), known.sum.begin(), known.sum.end());
      known.weights.push_back(known.weight);
    }
  }
  known.done = end;
}

/// Sums for the queries of zeros among q: [heads * head_dim][B m], at positions first, first + 1, ... A head that
/// is `silent` needs none.
template <class Engine>
void share_uniform_sums(Engine& engine, const ModelConfig& config, const std::vector<bool>& silent,
                        const Columns<typename Engine::Value>& q, int first,
                        Cache<typename Engine::Value>& cache) {
  const auto one = engine.exp(engine.zero(), RoleId::probabilities, 0);
  if (!cache.finite || engine.is_zero(one)) {
    return;
  }
  for (int head = 0; head < config.heads; ++head) {
    if (silent[static_cast<std::size_t>(head)]) {
      continue;
    }
    const int kv_head = head / (config.heads / config.kv_heads);
    for (int b = 0; b < q.inputs; ++b) {
      auto& known = cache.uniform_sums(kv_head, b);
      bool wanted = false;
      for (int i = 0; i < q.positions && !wanted; ++i) {
        wanted = asks_nothing(engine, q, head, config.head_dim, q.column(b, i));
      }
      if (wanted && known.done < first + q.positions) {
        extend(engine, cache, kv_head, b, one, first, first + q.positions, known);
      }
    }
  }
}

}  // namespace carrybit
