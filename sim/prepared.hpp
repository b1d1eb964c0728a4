#pragma once
// Weights rounded into an arithmetic, once, and kept as sparse rows: what the forward pass runs on.

#include <algorithm>
#include <cmath>
#include <concepts>
#include <memory>
#include <string>

#include "precision/kernels/matrix_product.hpp"
#include "sim/lanes.hpp"
#include "sim/weights.hpp"

namespace carrybit {

/// y = weight * x + bias, rows of `terms` inputs.
template <class Value>
struct PreparedLinear {
  int terms = 0;
  std::vector<SparseRow<Value>> rows;
  std::vector<Value> bias;  // empty: none
  /// The same rows for the array kernels, where they are dense enough and the engine has kernels.
  std::shared_ptr<const kernels::MatrixProduct<Value>> product;
};

/// An engine whose sums the array kernels of precision/ can take over.
template <class Engine>
concept HasKernels = requires(const Arithmetic& a) {
  { Engine::kernel_rule(a) } -> std::same_as<kernels::Rule>;
};

template <class Value>
struct PreparedNorm {
  std::vector<Value> scale;
  std::vector<Value> shift;
};

template <class Value>
struct PreparedLayer {
  PreparedNorm<Value> attention_norm, ffn_norm;
  PreparedLinear<Value> query, key, value, output;
  PreparedLinear<Value> gate, up, down;
  /// Query heads without a weight: they attend uniformly to values of 0 and give exactly 0.
  std::vector<bool> silent;
};

template <class Value>
struct PreparedModel {
  ModelConfig config;
  bool skip_zeros = true;
  std::vector<SparseRow<Value>> token_embedding;  // one row a token
  std::vector<SparseRow<Value>> position_embedding;
  std::vector<PreparedLayer<Value>> layers;
  PreparedNorm<Value> final_norm;
  PreparedLinear<Value> head;
  std::vector<Value> alibi_slopes;  // one a head
};

/// Entry [position][channel] of Vaswani et al. 2017's sinusoidal table, rounded once from 200 bits.
Number sinusoid(int position, int channel, int width);
/// The angle position * base^(-2 pair / dim), to 200 bits.
Number rotary_angle(int position, int pair, int dim, double base);
/// cos or sin of such an angle, to 200 bits.
Number wide_cos(const Number& angle);
Number wide_sin(const Number& angle);
/// ALiBi's slope of a head (Press, Smith, Lewis 2022).
Number alibi_slope(int head, int heads);
/// 1 / sqrt(head_dim), to 200 bits.
Number attention_scale(int head_dim);

/// What the forward pass makes of these, each rounded once into the weights' format.
template <class Engine>
typename Engine::Value sinusoid_entry(Engine& e, const ModelConfig& c, int position, int channel) {
  return e.from_number(sinusoid(position, channel, c.width), RoleId::weights);
}
/// cos and sin of a pair of channels.
template <class Engine>
std::pair<typename Engine::Value, typename Engine::Value> rotation_entry(Engine& e,
                                                                         const ModelConfig& c,
                                                                         int position, int pair) {
  const Number angle = rotary_angle(position, pair, c.head_dim, c.rotary_base);
  return {e.from_number(wide_cos(angle), RoleId::weights),
          e.from_number(wide_sin(angle), RoleId::weights)};
}
template <class Engine>
typename Engine::Value attention_factor(Engine& e, const ModelConfig& c) {
  return e.from_number(attention_scale(c.head_dim), RoleId::weights);
}

namespace detail {

template <class Engine>
std::vector<typename Engine::Value> prepare(Engine& e, const Vector& values) {
  if constexpr (HasArrays<Engine>) {
    if (e.in_arrays()) {
      std::vector<double> result(values.size());
      each(e, LaneOp::convert, values.data(), {}, values.size(), result.data(), RoleId::weights,
           {});
      return result;
    }
  }
  std::vector<typename Engine::Value> result;
  result.reserve(values.size());
  for (const double v : values) {
    result.push_back(e.from_number(Number::from_double(v), RoleId::weights));
  }
  return result;
}

template <class Engine>
std::vector<SparseRow<typename Engine::Value>> prepare(Engine& e, const Matrix& m, bool skip) {
  std::vector<SparseRow<typename Engine::Value>> rows(static_cast<std::size_t>(m.rows));
  for (int r = 0; r < m.rows; ++r) {
    Vector kept;
    std::vector<int> index;
    for (int c = 0; c < m.cols; ++c) {
      if (!skip || m.at(r, c) != 0 || std::signbit(m.at(r, c))) {
        index.push_back(c);
        kept.push_back(m.at(r, c));
      }
    }
    const auto rounded = prepare(e, kept);
    for (std::size_t k = 0; k < kept.size(); ++k) {
      const auto& w = rounded[k];
      if (!skip || !is_plus_zero(e, w)) {
        rows[static_cast<std::size_t>(r)].index.push_back(index[k]);
        rows[static_cast<std::size_t>(r)].value.push_back(w);
      }
    }
  }
  return rows;
}

/// Trained weights are dense; hand-made ones, over 95% zeros, are faster as sparse rows.
template <class Value>
bool is_dense(const PreparedLinear<Value>& map) {
  std::size_t entries = 0;
  for (const auto& row : map.rows) {
    entries += row.index.size();
  }
  return map.rows.size() >= 4 &&
         3 * entries >= map.rows.size() * static_cast<std::size_t>(map.terms);
}

template <class Engine>
PreparedLinear<typename Engine::Value> prepare(Engine& e, const Linear& l, const Arithmetic& a,
                                               bool skip) {
  using Value = typename Engine::Value;
  PreparedLinear<Value> map{l.weight.cols, prepare(e, l.weight, skip), prepare(e, l.bias), nullptr};
  if constexpr (HasKernels<Engine>) {
    const kernels::Rule rule = Engine::kernel_rule(a);
    if (kernels::MatrixProduct<Value>::supports(rule) && is_dense(map)) {
      const auto terms = static_cast<std::size_t>(map.terms);
      std::vector<Value> dense(map.rows.size() * terms, e.zero());
      for (std::size_t r = 0; r < map.rows.size(); ++r) {
        for (std::size_t k = 0; k < map.rows[r].index.size(); ++k) {
          dense[r * terms + static_cast<std::size_t>(map.rows[r].index[k])] = map.rows[r].value[k];
        }
      }
      map.product = std::make_shared<const kernels::MatrixProduct<Value>>(
          rule, dense.data(), static_cast<int>(map.rows.size()), map.terms);
    }
  }
  return map;
}

template <class Engine>
PreparedNorm<typename Engine::Value> prepare(Engine& e, const NormWeights& n) {
  return {prepare(e, n.scale), prepare(e, n.shift)};
}

/// Which query heads have no weight at all in queries and values.
template <class Engine>
std::vector<bool> silent_heads(const Engine& e, const ModelConfig& config,
                               const PreparedLayer<typename Engine::Value>& layer) {
  const auto zero = [&](const PreparedLinear<typename Engine::Value>& map, int head) {
    for (int c = head * config.head_dim; c < (head + 1) * config.head_dim; ++c) {
      const auto row = static_cast<std::size_t>(c);
      if (!map.rows[row].index.empty() || (!map.bias.empty() && !e.is_zero(map.bias[row]))) {
        return false;
      }
    }
    return true;
  };
  std::vector<bool> silent;
  for (int head = 0; head < config.heads; ++head) {
    silent.push_back(zero(layer.query, head) &&
                     zero(layer.value, head / (config.heads / config.kv_heads)));
  }
  return silent;
}

/// No operation of a silent head can fault or give anything but 0. (Where overflow gives NaN, the sum of
/// many exponentials may be NaN.)
inline bool may_skip_heads(const Arithmetic& a, const ModelConfig& config) {
  const bool may_fault = std::ranges::any_of(a.roles(), [](const Role* r) {
    return r->format.overflow == Overflow::trap || r->format.layout == Layout::fn;
  });
  return may_skip_zeros(a) && !may_fault && config.positions != Positions::alibi;
}

}  // namespace detail

template <class Engine>
PreparedModel<typename Engine::Value> prepare(Engine& e, const Weights& w, const Arithmetic& a) {
  PreparedModel<typename Engine::Value> m;
  m.config = w.config;
  m.skip_zeros = may_skip_zeros(a);
  m.token_embedding = detail::prepare(e, w.token_embedding, true);
  m.position_embedding = detail::prepare(e, w.position_embedding, true);
  for (const LayerWeights& l : w.layers) {
    m.layers.push_back({detail::prepare(e, l.attention_norm),
                        detail::prepare(e, l.ffn_norm),
                        detail::prepare(e, l.query, a, m.skip_zeros),
                        detail::prepare(e, l.key, a, m.skip_zeros),
                        detail::prepare(e, l.value, a, m.skip_zeros),
                        detail::prepare(e, l.output, a, m.skip_zeros),
                        detail::prepare(e, l.gate, a, m.skip_zeros),
                        detail::prepare(e, l.up, a, m.skip_zeros),
                        detail::prepare(e, l.down, a, m.skip_zeros),
                        {}});
    m.layers.back().silent = detail::may_skip_heads(a, w.config)
                                 ? detail::silent_heads(e, w.config, m.layers.back())
                                 : std::vector<bool>(static_cast<std::size_t>(w.config.heads));
  }
  m.final_norm = detail::prepare(e, w.final_norm);
  const Linear tied{w.token_embedding, {}};
  m.head = detail::prepare(e, w.config.tied_head ? tied : w.head, a, m.skip_zeros);
  if (w.config.positions == Positions::alibi) {
    for (int h = 0; h < w.config.heads; ++h) {
      m.alibi_slopes.push_back(e.from_number(alibi_slope(h, w.config.heads), RoleId::weights));
    }
  }
  return m;
}

}  // namespace carrybit
