#pragma once
// The stages of a layer that work column by column: linear maps, norms, activations. Each is written
// as its definition reads; sums go through dot.hpp.

#include <algorithm>
#include <atomic>

#include "sim/columns.hpp"
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
  for (std::size_t i = 0; add_bias && i < n; ++i) {
    if (!one_by_one || e.is_negative_zero(out[i])) {
      out[i] = e.add(out[i], map.bias[r], RoleId::accumulator, keys.step(1ULL << 32)(i));
    }
  }
  if (!shop.keeps_sums(role)) {
    for (std::size_t i = 0; i < n; ++i) {
      out[i] = e.convert(out[i], role, keys.step(2ULL << 32)(i));
    }
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
    const Keys keys = shop.keys(layer, stage, r);
    for (std::size_t i = 0; i < n; ++i) {
      x.row(r)[i] = shop.engine.add(x.row(r)[i], y.row(r)[i], RoleId::activations, keys(i));
    }
  }
}

/// One column's norm. LayerNorm: (x - mean) / sqrt(var + eps) * scale + shift, biased variance;
/// RMSNorm: x / sqrt(mean(x^2) + eps) * scale. Means are sums divided by the integer d.
template <class Engine>
void norm_column(Engine& e, const Workshop<Engine>& shop, const ModelConfig& config,
                 const PreparedNorm<typename Engine::Value>& norm,
                 std::vector<typename Engine::Value>& x, Keys keys, std::size_t column) {
  using Value = typename Engine::Value;
  const int d = static_cast<int>(x.size());
  std::uint64_t step = 0;
  const auto key = [&] { return keys.step(++step << 20)(column); };
  const auto mean = [&](const std::vector<Value>& values) {
    SparseRow<Value> row;
    for (int i = 0; i < d; ++i) {
      row.index.push_back(i);
      row.value.push_back(values[static_cast<std::size_t>(i)]);
    }
    const Value sum = total(e, shop.arithmetic, row, d, keys.step(++step << 20), column);
    return e.divide_by_integer(sum, d, RoleId::activations, key());
  };
  if (config.norm == Norm::layer_norm) {
    const Value m = mean(x);
    for (Value& v : x) {
      v = e.sub(v, m, RoleId::activations, key());
    }
  }
  std::vector<Value> squares;
  for (const Value& v : x) {
    squares.push_back(e.mul(v, v, RoleId::products, key()));
  }
  const Value epsilon = e.from_number(Number::from_double(config.norm_epsilon), RoleId::weights);
  const Value variance = e.add(mean(squares), epsilon, RoleId::activations, key());
  const Value deviation = e.sqrt(variance, RoleId::activations, key());
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = e.div(x[i], deviation, RoleId::activations, key());
    x[i] = e.mul(x[i], norm.scale[i], RoleId::activations, key());
    if (!norm.shift.empty()) {
      x[i] = e.add(x[i], norm.shift[i], RoleId::activations, key());
    }
  }
}

template <class Engine>
Columns<typename Engine::Value> normalised(Workshop<Engine>& shop, const ModelConfig& config,
                                           const PreparedNorm<typename Engine::Value>& norm,
                                           const Columns<typename Engine::Value>& x, int layer,
                                           int stage) {
  using Value = typename Engine::Value;
  if (config.norm == Norm::none) {
    return x;
  }
  Columns<Value> y = x;
  const Keys keys = shop.keys(layer, stage);
  for_each(shop.engine, x.count(), 8 * static_cast<std::size_t>(x.rows),
           [&](Engine& e, std::size_t i) {
             std::vector<Value> column;
             for (int r = 0; r < x.rows; ++r) {
               column.push_back(x.row(r)[i]);
             }
             norm_column(e, shop, config, norm, column, keys, i);
             for (int r = 0; r < x.rows; ++r) {
               y.row(r)[i] = column[static_cast<std::size_t>(r)];
             }
           });
  return y;
}

/// max(x, 0); NaN stays NaN, -0 becomes +0.
template <class Engine>
typename Engine::Value relu(Engine& e, const typename Engine::Value& x) {
  return e.less(e.zero(), x) || e.is_nan(x) ? x : e.zero();
}

/// x * (1 + erf(x / sqrt 2)) / 2: 1/sqrt 2 rounded as a weight, then five rounded operations.
template <class Engine>
typename Engine::Value gelu(Engine& e, const typename Engine::Value& x, Keys keys, std::size_t i) {
  constexpr RoleId role = RoleId::activations;
  const auto inverse_root = e.constant(Constant::inverse_root_two);
  const auto u = e.mul(x, inverse_root, role, keys.step(1ULL << 40)(i));
  const auto t = e.erf(u, role, keys.step(2ULL << 40)(i));
  const auto s = e.add(e.constant(Constant::one), t, role, keys.step(3ULL << 40)(i));
  const auto half = e.mul(x, e.constant(Constant::half), role, keys.step(4ULL << 40)(i));
  return e.mul(half, s, role, keys.step(5ULL << 40)(i));
}

/// x / (1 + exp(-x)), three rounded operations.
template <class Engine>
typename Engine::Value silu(Engine& e, const typename Engine::Value& x, Keys keys, std::size_t i) {
  constexpr RoleId role = RoleId::activations;
  const auto minus = e.sub(e.zero(), x, role, keys.step(1ULL << 40)(i));
  const auto power = e.exp(minus, role, keys.step(2ULL << 40)(i));
  const auto denominator = e.add(e.constant(Constant::one), power, role, keys.step(3ULL << 40)(i));
  return e.div(x, denominator, role, keys.step(4ULL << 40)(i));
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
    const auto* g = gate.rows == 0 ? nullptr : gate.row(static_cast<int>(r));
    for (std::size_t i = 0; i < n; ++i) {
      switch (activation) {
        case Activation::relu: u[i] = relu(e, u[i]); break;
        case Activation::gelu: u[i] = gelu(e, u[i], keys, i); break;
        case Activation::reglu:
          u[i] = e.mul(relu(e, g[i]), u[i], RoleId::activations, keys(i));
          break;
        case Activation::swiglu:
          u[i] = e.mul(silu(e, g[i], keys, i), u[i], RoleId::activations, keys(i));
          break;
      }
    }
  });
}

}  // namespace carrybit
