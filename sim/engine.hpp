#pragma once
// What the forward pass asks of an engine, so that it is written once and runs on all of them.
//
// An engine has a `Value` (how it holds one number) and, for every operation, the role whose format
// and rounding the result takes:
//
//   Value from_number(const Number&, RoleId)      rounds into the role's format
//   Number to_number(Value)                       exact
//   Value convert(Value, RoleId)
//   Value add/sub/mul/div(Value, Value, RoleId, key), fma(a, b, c, RoleId, key)
//   Value sqrt/exp/tanh/erf(Value, RoleId, key)
//   Value divide_by_integer(Value, int, RoleId, key)
//   Value constant(Constant)                      rounded into the activations' format
//   bool less(Value, Value), is_zero(Value), is_negative_zero(Value), is_finite(Value), is_nan(Value)
//   Value zero()                                  +0
//   void accumulate(acc, w, x, n, keys)           acc_i <- acc_i (+) w (x) x_i, one step of a
//                                                 sequential sum in all lanes
//   ExactSum                                      a sum of exact terms, rounded once
//   std::uint64_t faults(), add_faults(n)         how many `:trap` faults so far
//
// `key` numbers the operation for stochastic rounding; other modes ignore it.

#include <cstddef>
#include <cstdint>

#include "precision/kernels/matrix_product.hpp"
#include "sim/arithmetic.hpp"

namespace carrybit {

/// The roles of an Arithmetic, in the order of Arithmetic::roles().
enum class RoleId : std::uint8_t {
  weights,
  activations,
  products,
  accumulator,
  probabilities,
  kv_cache
};
inline constexpr std::size_t role_count = 6;

/// Numbers that activations are made of.
enum class Constant : std::uint8_t { one, half, inverse_root_two };
inline constexpr std::size_t constant_count = 3;

/// A 64-bit mixing function (the finaliser of MurmurHash3, as in SplitMix64).
inline std::uint64_t mix64(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xBF58476D1CE4E5B9U;
  x ^= x >> 27;
  x *= 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

/// Numbers of operations: a function of the column (the tokens read so far) and the stage (which layer,
/// which row, which term), never of threads, batches or what an engine skips.
struct Keys {
  const std::uint64_t* column = nullptr;  // null: no stochastic rounding, every key is 0
  std::uint64_t stage = 0;

  std::uint64_t operator()(std::size_t i) const {
    return column == nullptr ? 0 : mix64(column[i] + stage * 0x9E3779B97F4A7C15U);
  }
  Keys at(std::size_t i) const { return {column == nullptr ? nullptr : column + i, stage}; }
  Keys step(std::uint64_t steps) const { return {column, mix64(stage) + steps}; }
};

/// The sums of an arithmetic, as the array kernels know them.
kernels::Rule kernel_rule(const Arithmetic& arithmetic);

/// May zero weights be skipped? Adding (+-)0 to a sum that started from +0 changes no bit unless zero
/// sums come out as -0 (`rd`) or the sum has come down to -0, by underflow: dot() looks for that. (Terms
/// 0 * infinity and 0 * NaN are another matter: the caller looks for operands that are not finite.)
bool may_skip_zeros(const Arithmetic& arithmetic);

}  // namespace carrybit
