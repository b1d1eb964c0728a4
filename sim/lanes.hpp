#pragma once
// One operation in many lanes: by the array kernels where the engine has them, else lane by lane.

#include <concepts>
#include <vector>

#include "precision/kernels/arrays.hpp"
#include "sim/dot.hpp"

namespace carrybit {

using LaneOp = kernels::ArrayOp;

/// An engine with array kernels for single operations (`in_arrays`: with this arithmetic).
template <class Engine>
concept HasArrays = requires(Engine& e, const typename Engine::Value* a,
                             typename Engine::Value* out) {
  { e.in_arrays() } -> std::same_as<bool>;
  e.apply(LaneOp::add, a, kernels::Second{a, false}, std::size_t{1}, out, RoleId::activations);
};

template <class Engine>
bool in_arrays(const Engine& e) {
  if constexpr (HasArrays<Engine>) {
    return e.in_arrays();
  }
  return false;
}

/// The second operand of an operation: one number a lane, or one for all lanes.
template <class Value>
struct Operand {
  const Value* x = nullptr;
  bool one = false;

  Operand() = default;
  Operand(const Value* lanes) : x(lanes) {}
  Operand(const Value& same) : x(&same), one(true) {}
  const Value& at(std::size_t i) const { return x[one ? 0 : i]; }
};

template <class Engine>
typename Engine::Value apply_one(Engine& e, LaneOp op, const typename Engine::Value& a,
                                 const typename Engine::Value* b, RoleId role, std::uint64_t key) {
  switch (op) {
    case LaneOp::convert: return e.convert(a, role, key);
    case LaneOp::add: return e.add(a, *b, role, key);
    case LaneOp::sub: return e.sub(a, *b, role, key);
    case LaneOp::mul: return e.mul(a, *b, role, key);
    case LaneOp::div: return e.div(a, *b, role, key);
    case LaneOp::sqrt: return e.sqrt(a, role, key);
    case LaneOp::exp: return e.exp(a, role, key);
    case LaneOp::erf: return e.erf(a, role, key);
  }
  return a;
}

/// out_i = op(a_i, b_i), i < n, rounded into the role's format; keys(i) numbers lane i. `out` may be an
/// operand of the same lanes.
template <class Engine>
void each(Engine& e, LaneOp op, const typename Engine::Value* a, Operand<typename Engine::Value> b,
          std::size_t n, typename Engine::Value* out, RoleId role, Keys keys) {
  if constexpr (HasArrays<Engine>) {
    if (e.in_arrays()) {
      e.apply(op, a, {b.x, b.one}, n, out, role);
      return;
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    out[i] = apply_one(e, op, a[i], b.x == nullptr ? nullptr : &b.at(i), role, keys(i));
  }
}

/// x_i / divisor, the integer itself, not rounded into the format first.
template <class Engine>
void divide_each(Engine& e, typename Engine::Value* x, int divisor, std::size_t n, RoleId role,
                 Keys keys) {
  if constexpr (HasArrays<Engine>) {
    if (e.in_arrays()) {
      e.divide_by_integer(x, divisor, n, role);
      return;
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = e.divide_by_integer(x[i], divisor, role, keys(i));
  }
}

/// Dense rows of lanes, row k at x + k * stride.
template <class Value>
struct LaneRows {
  const Value* x = nullptr;
  std::size_t stride = 0;
  const Value* row(std::size_t k) const { return x + k * stride; }
};

namespace detail {

template <class Engine>
void pairwise_total(Engine& e, LaneRows<typename Engine::Value> rows, int low, int high,
                    std::size_t n, typename Engine::Value* out, Keys keys) {
  if (high - low == 1) {
    std::copy_n(rows.row(static_cast<std::size_t>(low)), n, out);
    return;
  }
  const int middle = low + (high - low) / 2;
  std::vector<typename Engine::Value> right(n, e.zero());
  pairwise_total(e, rows, low, middle, n, out, keys);
  pairwise_total(e, rows, middle, high, n, right.data(), keys);
  const auto stage = (static_cast<std::uint64_t>(low) << 32) + static_cast<std::uint64_t>(high);
  each(e, LaneOp::add, out, right.data(), n, out, RoleId::accumulator, keys.step(stage));
}

}  // namespace detail

/// out_i = +0 (+) the sum of the rows in lane i, in the accumulator's format: total() of dot.hpp in lanes.
template <class Engine>
void total(Engine& e, const Arithmetic& a, LaneRows<typename Engine::Value> rows, int terms,
           std::size_t n, typename Engine::Value* out, Keys keys) {
  std::fill(out, out + n, e.zero());
  switch (a.sum) {
    case Sum::sequential:
      for (int k = 0; k < terms; ++k) {
        each(e, LaneOp::add, out, rows.row(static_cast<std::size_t>(k)), n, out,
             RoleId::accumulator, keys.step(static_cast<std::uint64_t>(k)));
      }
      return;
    case Sum::pairwise: {
      std::vector<typename Engine::Value> tree(n, e.zero());
      detail::pairwise_total(e, rows, 0, terms, n, tree.data(), keys);
      each(e, LaneOp::add, out, tree.data(), n, out, RoleId::accumulator,
           keys.step(~std::uint64_t{0}));
      return;
    }
    case Sum::exact:
      for (std::size_t i = 0; i < n; ++i) {
        typename Engine::ExactSum sum;
        for (int k = 0; k < terms; ++k) {
          sum.add(e.to_number(rows.row(static_cast<std::size_t>(k))[i]));
        }
        out[i] = e.finish(sum, RoleId::accumulator, keys(i));
      }
      return;
  }
}

}  // namespace carrybit
