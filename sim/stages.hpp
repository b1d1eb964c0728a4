#pragma once
// The stages of a layer that work column by column: linear maps, norms, activations. Each is written
// as its definition reads; sums go through dot.hpp.

#include <algorithm>
#include <atomic>

#include "sim/columns.hpp"
#include "sim/lanes.hpp"
#include "sim/parallel.hpp"
#include "sim/prepared.hpp"

namespace carrybit {

/// What the stages share: the engine, the arithmetic, and the numbering of operations.
template <class Engine>
struct Workshop {
  using Value = typename Engine::Value;

  Engine& engine;
  const Arithmetic& arithmetic;
  const std::uint64_t* column_keys;  // null unless rounding is stochastic
  bool skip_zeros;

  /// Keys of row `row` of a stage of a layer.
  Keys keys(int layer, int stage, int row = 0) const {
    const auto l = static_cast<std::uint64_t>(layer);
    const auto s = static_cast<std::uint64_t>(stage);
    return {column_keys, mix64((l << 48) + (s << 40) + static_cast<std::uint64_t>(row))};
  }
  /// Is a sum, in the accumulator's format, already a value of the role?
  bool keeps_sums(RoleId role) const {
    return arithmetic.roles()[static_cast<std::size_t>(role)]->format ==
           arithmetic.accumulator.format;
  }
  bool all_finite(const std::vector<Value>& values) const {
    for (const Value& v : values) {
      if (!engine.is_finite(v)) {
        return false;
      }
    }
    return true;
  }
};

/// Runs body(engine, i) for i < n, in parallel where the work is worth it; every task has an engine of
/// its own and no result depends on the split.
template <class Engine, class Body>
void for_each(Engine& engine, std::size_t n, std::size_t work_each, const Body& body) {
  constexpr std::size_t worth_a_task = 1U << 16;
  if (n * work_each < 2 * worth_a_task) {
    for (std::size_t i = 0; i < n; ++i) {
      body(engine, i);
    }
    return;
  }
  std::atomic<std::uint64_t> faults = 0;
  const std::size_t grain =
      std::max<std::size_t>(1, worth_a_task / std::max<std::size_t>(1, work_each));
  parallel_for((n + grain - 1) / grain, [&](std::size_t task) {
    Engine own(engine);
    const std::uint64_t before = own.faults();
    for (std::size_t i = task * grain; i < std::min(n, (task + 1) * grain); ++i) {
      body(own, i);
    }
    faults += own.faults() - before;
  });
  engine.add_faults(faults);
}

/// y = W x by the array kernels, blocks of columns in parallel. False where the map has none.
template <class Engine>
bool multiply(Workshop<Engine>& shop, const PreparedLinear<typename Engine::Value>& map,
              const Columns<typename Engine::Value>& x, Columns<typename Engine::Value>& y) {
  if constexpr (HasKernels<Engine>) {
    const std::size_t n = x.count();
    constexpr std::size_t least = 4;  // fewer columns leave most of a tile empty
    if (map.product == nullptr || n < least) {
      return false;
    }
    constexpr std::size_t block = 128;
    const std::size_t work = block * map.rows.size() * static_cast<std::size_t>(map.terms) / 16;
    for_each(shop.engine, (n + block - 1) / block, work, [&](Engine& e, std::size_t i) {
      const std::size_t first = i * block;
      std::uint64_t faults = 0;
      map.product->multiply(x.values.data() + first, n, std::min(block, n - first),
                            y.values.data() + first, n, &faults);
      e.add_faults(faults);
    });
    return true;
  }
  return false;
}

/// What follows a row's sums: the bias, and rounding into `role` where the accumulator's format is another.
/// `sparse`: zero weights may have been skipped.
template <class Engine>
void finish_row(Engine& e, const Workshop<Engine>& shop,
                const PreparedLinear<typename Engine::Value>& map, std::size_t r, std::size_t n,
                RoleId role, bool sparse, Keys keys, typename Engine::Value* out) {
  // A bias of +0 changes one value, -0; a bias of -0 none (where zeros may be skipped).
  const bool add_bias = !map.bias.empty() && !(sparse && e.is_negative_zero(map.bias[r]));
  const bool one_by_one = add_bias && sparse && e.is_zero(map.bias[r]);
  for (std::size_t i = 0; one_by_one && i < n; ++i) {
    if (e.is_negative_zero(out[i])) {
      out[i] = e.add(out[i], map.bias[r], RoleId::accumulator, keys.step(1ULL << 32)(i));
    }
  }
  if (add_bias && !one_by_one) {
    each(e, LaneOp::add, out, map.bias[r], n, out, RoleId::accumulator, keys.step(1ULL << 32));
  }
  if (!shop.keeps_sums(role)) {
    each(e, LaneOp::convert, out, {}, n, out, role, keys.step(2ULL << 32));
  }
}

/// y = W x + b for every column, rounded into `role` where the accumulator's format is another.
template <class Engine>
Columns<typename Engine::Value> linear(Workshop<Engine>& shop,
                                       const PreparedLinear<typename Engine::Value>& map,
                                       const Columns<typename Engine::Value>& x, RoleId role,
                                       int layer, int stage) {
  using Value = typename Engine::Value;
  const int rows = static_cast<int>(map.rows.size());
  Columns<Value> y(rows, x.inputs, x.positions, shop.engine.zero());
  const std::size_t n = x.count();
  const bool sparse = shop.skip_zeros && shop.all_finite(x.values);
  const bool multiplied = multiply(shop, map, x, y);
  const std::size_t work = n * (sparse || multiplied ? 8U : static_cast<std::size_t>(map.terms));
  for_each(shop.engine, map.rows.size(), work, [&](Engine& e, std::size_t r) {
    const Keys keys = shop.keys(layer, stage, static_cast<int>(r));
    Value* out = y.row(static_cast<int>(r));
    if (!multiplied && sparse) {
      dot(e, shop.arithmetic, map.rows[r], map.terms, x.values.data(), n, n, out, keys);
    } else if (!multiplied) {
      dot(e, shop.arithmetic, with_zeros(e, map.rows[r], map.terms), map.terms, x.values.data(), n,
          n, out, keys);
    }
    finish_row(e, shop, map, r, n, role, sparse, keys, out);
  });
  return y;
}

/// x <- x (+) y, in the activations' format.
template <class Engine>
void add_to(Workshop<Engine>& shop, Columns<typename Engine::Value>& x,
            const Columns<typename Engine::Value>& y, int layer, int stage) {
  const std::size_t n = x.count();
  for (int r = 0; r < x.rows; ++r) {
    each(shop.engine, LaneOp::add, x.row(r), y.row(r), n, x.row(r), RoleId::activations,
         shop.keys(layer, stage, r));
  }
}

/// The norm of n columns, x and y rows of lanes. LayerNorm: (x - mean) / sqrt(var + eps) * scale + shift,
/// biased variance; RMSNorm: x / sqrt(mean(x^2) + eps) * scale. Means are sums divided by the integer d.
template <class Engine>
void norm_columns(Engine& e, const Workshop<Engine>& shop, const ModelConfig& config,
                  const PreparedNorm<typename Engine::Value>& norm,
                  LaneRows<typename Engine::Value> x, std::size_t n, typename Engine::Value* y,
                  std::size_t y_stride, Keys keys) {
  using Value = typename Engine::Value;
  constexpr RoleId role = RoleId::activations;
  const auto d = static_cast<std::size_t>(config.width);
  std::uint64_t step = 0;
  const auto next = [&] { return keys.step(++step << 20); };
  const auto mean = [&](LaneRows<Value> rows, Value* out) {
    total(e, shop.arithmetic, rows, config.width, n, out, next());
    divide_each(e, out, config.width, n, role, next());
  };
  std::vector<Value> centred(d * n, e.zero());
  std::vector<Value> moment(n, e.zero());
  if (config.norm == Norm::layer_norm) {
    mean(x, moment.data());
  }
  for (std::size_t r = 0; r < d; ++r) {
    if (config.norm == Norm::layer_norm) {
      each(e, LaneOp::sub, x.row(r), moment.data(), n, &centred[r * n], role, next());
    } else {
      std::copy_n(x.row(r), n, &centred[r * n]);
    }
  }
  std::vector<Value> squares(d * n, e.zero());
  for (std::size_t r = 0; r < d; ++r) {
    each(e, LaneOp::mul, &centred[r * n], &centred[r * n], n, &squares[r * n], RoleId::products,
         next());
  }
  const Value epsilon = e.from_number(Number::from_double(config.norm_epsilon), RoleId::weights);
  mean({squares.data(), n}, moment.data());
  each(e, LaneOp::add, moment.data(), epsilon, n, moment.data(), role, next());
  each(e, LaneOp::sqrt, moment.data(), {}, n, moment.data(), role, next());
  for (std::size_t r = 0; r < d; ++r) {
    Value* out = y + r * y_stride;
    each(e, LaneOp::div, &centred[r * n], moment.data(), n, out, role, next());
    each(e, LaneOp::mul, out, norm.scale[r], n, out, role, next());
    if (!norm.shift.empty()) {
      each(e, LaneOp::add, out, norm.shift[r], n, out, role, next());
    }
  }
}

template <class Engine>
Columns<typename Engine::Value> normalised(Workshop<Engine>& shop, const ModelConfig& config,
                                           const PreparedNorm<typename Engine::Value>& norm,
                                           const Columns<typename Engine::Value>& x, int layer,
                                           int stage) {
  if (config.norm == Norm::none) {
    return x;
  }
  Columns<typename Engine::Value> y(x.rows, x.inputs, x.positions, shop.engine.zero());
  const Keys keys = shop.keys(layer, stage);
  constexpr std::size_t block = 128;  // columns that fit a cache
  const std::size_t n = x.count();
  for_each(shop.engine, (n + block - 1) / block, 8 * block * static_cast<std::size_t>(x.rows),
           [&](Engine& e, std::size_t i) {
             const std::size_t first = i * block;
             norm_columns(e, shop, config, norm, {x.values.data() + first, n},
                          std::min(block, n - first), y.values.data() + first, n, keys.at(first));
           });
  return y;
}

/// max(x, 0); NaN stays NaN, -0 becomes +0.
template <class Engine>
typename Engine::Value relu(Engine& e, const typename Engine::Value& x) {
  return e.less(e.zero(), x) || e.is_nan(x) ? x : e.zero();
}
template <class Engine>
void relu(Engine& e, const typename Engine::Value* x, std::size_t n, typename Engine::Value* out) {
  if constexpr (std::is_same_v<typename Engine::Value, double>) {  // a loop for vector registers
    for (std::size_t i = 0; i < n; ++i) {
      out[i] = x[i] <= 0.0 ? 0.0 : x[i];
    }
  } else {
    for (std::size_t i = 0; i < n; ++i) {
      out[i] = relu(e, x[i]);
    }
  }
}

/// x * (1 + erf(x / sqrt 2)) / 2: 1/sqrt 2 rounded as a weight, then five rounded operations.
template <class Engine>
void gelu(Engine& e, typename Engine::Value* x, std::size_t n, Keys keys) {
  constexpr RoleId role = RoleId::activations;
  std::vector<typename Engine::Value> store(n, e.zero());
  auto* s = store.data();
  each(e, LaneOp::mul, x, e.constant(Constant::inverse_root_two), n, s, role,
       keys.step(1ULL << 40));
  each(e, LaneOp::erf, s, {}, n, s, role, keys.step(2ULL << 40));
  each(e, LaneOp::add, s, e.constant(Constant::one), n, s, role, keys.step(3ULL << 40));
  each(e, LaneOp::mul, x, e.constant(Constant::half), n, x, role, keys.step(4ULL << 40));
  each(e, LaneOp::mul, x, s, n, x, role, keys.step(5ULL << 40));
}

/// x / (1 + exp(-x)), three rounded operations; `out` is not x.
template <class Engine>
void silu(Engine& e, const typename Engine::Value* x, std::size_t n, typename Engine::Value* out,
          Keys keys) {
  constexpr RoleId role = RoleId::activations;
  std::fill(out, out + n, e.zero());
  each(e, LaneOp::sub, out, x, n, out, role, keys.step(1ULL << 40));
  each(e, LaneOp::exp, out, {}, n, out, role, keys.step(2ULL << 40));
  each(e, LaneOp::add, out, e.constant(Constant::one), n, out, role, keys.step(3ULL << 40));
  each(e, LaneOp::div, x, out, n, out, role, keys.step(4ULL << 40));
}

/// The hidden units of the FFN, from `up` and (gated activations) `gate`.
template <class Engine>
void activate(Workshop<Engine>& shop, Activation activation,
              const Columns<typename Engine::Value>& gate, Columns<typename Engine::Value>& up,
              int layer, int stage) {
  const std::size_t n = up.count();
  for_each(shop.engine, static_cast<std::size_t>(up.rows), 8 * n, [&](Engine& e, std::size_t r) {
    const Keys keys = shop.keys(layer, stage, static_cast<int>(r));
    auto* u = up.row(static_cast<int>(r));
    if (activation == Activation::gelu) {
      gelu(e, u, n, keys);
      return;
    }
    if (activation == Activation::relu) {
      relu(e, u, n, u);
      return;
    }
    const auto* g = gate.row(static_cast<int>(r));
    std::vector<typename Engine::Value> gates(n, e.zero());
    if (activation == Activation::reglu) {
      relu(e, g, n, gates.data());
    } else {
      silu(e, g, n, gates.data(), keys);
    }
    each(e, LaneOp::mul, gates.data(), u, n, u, RoleId::activations, keys);
  });
}

}  // namespace carrybit
