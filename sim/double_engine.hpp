#pragma once
// The forward pass on `double` lanes: every role's format must be carried by float64 (see
// precision/operation.hpp). The same bits as the exact engine.

#include <array>
#include <string>
#include <vector>

#include "precision/kernels/arrays.hpp"
#include "precision/lane_spec.hpp"
#include "sim/engine.hpp"
#include "sim/exact_engine.hpp"

namespace carrybit {

/// A fixed-point format as the array loop wants it: clamp to the range (its ends are values of the
/// format, so clamping first is harmless), then round to a multiple of the quantum by adding and
/// subtracting 1.5 * 2^(52 - F), in whose binade one ulp is the quantum.
struct FixedLoop {
  double product_low = 0, product_high = 0, product_magic = 0;
  double sum_low = 0, sum_high = 0, sum_magic = 0;
};

/// A floating-point format as the array loop wants it: C = 1.5 * 2^(53 - p) * max(2^e, smallest normal)
/// with 2^e <= |x|, r = (x + C) - C.
struct FloatRound {
  std::uint64_t scale = 0;  // added to the bits of 2^e: the factor 1.5 * 2^(53 - p)
  double smallest_normal = 0;
  double bound = 0;   // from here on |x| rounds beyond the largest value
  double beyond = 0;  // what that gives: infinity or the largest value
};

class DoubleEngine {
 public:
  using Value = double;

  explicit DoubleEngine(const Arithmetic& arithmetic);
  /// A copy counts its own faults.
  DoubleEngine(const DoubleEngine& other);
  DoubleEngine& operator=(const DoubleEngine&) = delete;

  static bool supports(const Arithmetic& arithmetic);
  static kernels::Rule kernel_rule(const Arithmetic& a) { return carrybit::kernel_rule(a); }

  Value zero() const { return 0.0; }
  Value from_number(const Number& x, RoleId role) {
    return exact_.from_number(x, role).to_double();
  }
  Number to_number(Value x) const { return Number::from_double(x); }
  Value convert(Value x, RoleId role, std::uint64_t key = 0) {
    return lane::convert(x, context(role, key));
  }
  Value add(Value a, Value b, RoleId role, std::uint64_t key) {
    return lane::add(a, b, context(role, key));
  }
  Value sub(Value a, Value b, RoleId role, std::uint64_t key) {
    return lane::sub(a, b, context(role, key));
  }
  Value mul(Value a, Value b, RoleId role, std::uint64_t key) {
    return lane::mul(a, b, context(role, key));
  }
  Value div(Value a, Value b, RoleId role, std::uint64_t key) {
    return lane::div(a, b, context(role, key));
  }
  Value fma(Value a, Value b, Value c, RoleId role, std::uint64_t key) {
    return lane::fma(a, b, c, context(role, key));
  }
  Value sqrt(Value a, RoleId role, std::uint64_t key) { return lane::sqrt(a, context(role, key)); }
  Value exp(Value a, RoleId role, std::uint64_t key);
  Value tanh(Value a, RoleId role, std::uint64_t key);
  Value erf(Value a, RoleId role, std::uint64_t key);

  Value divide_by_integer(Value a, int n, RoleId role, std::uint64_t key) {
    return exact_.divide_by_integer(to_number(a), n, role, key).to_double();
  }
  Value constant(Constant c) const { return constants_[static_cast<std::size_t>(c)]; }

  bool less(Value a, Value b) const { return a < b; }
  bool is_zero(Value a) const { return a == 0.0; }
  bool is_negative_zero(Value a) const { return lane::to_word(a) == lane::to_word(-0.0); }
  bool is_finite(Value a) const { return lane::is_finite(a); }
  bool is_nan(Value a) const { return lane::is_nan(a); }

  void accumulate(Value* acc, Value w, const Value* x, std::size_t n, Keys keys);
  Value step(Value acc, Value w, Value x, std::uint64_t key) {
    return fused_ ? fma(w, x, acc, RoleId::accumulator, key)
                  : add(acc, mul(w, x, RoleId::products, mix64(key)), RoleId::accumulator, key);
  }

  /// May apply() be used? Not where a role rounds stochastically.
  bool in_arrays() const { return in_arrays_; }
  /// out[i] = op(a[i], b[i]) into the role's format, i < n.
  void apply(kernels::ArrayOp op, const Value* a, kernels::Second b, std::size_t n, Value* out,
             RoleId role);
  /// x[i] / divisor, i < n, in place.
  void divide_by_integer(Value* x, int divisor, std::size_t n, RoleId role);

  // For rows of attention that are looked at in blocks (attention.hpp).

  /// Are all scores finite, none a fault, and the row's weights all that is asked?
  bool scores_in_blocks() const { return scores_in_blocks_; }
  /// A score is exact, whatever the order, while the sum of |q_c| max_j |k_c,j| is at most this.
  Value exact_scores_below() const { return exact_scores_below_; }
  /// exp(a - b) is 0, as a probability, for every difference of two scores below this.
  Value vanishing_difference() const { return vanishing_difference_; }
  /// out[i] = sum over c of q[c] k[c][i], exactly.
  static void exact_scores(const Value* q, const Value* const* k, std::size_t channels,
                           std::size_t n, Value* out);
  /// The largest of n > 0 numbers.
  static Value largest(const Value* x, std::size_t n);

  using ExactSum = ExactEngine::ExactSum;
  Value finish(const ExactSum& sum, RoleId role, std::uint64_t key) {
    return exact_.finish(sum, role, key).to_double();
  }
  /// Exact: 50 bits at most, within double's range (precision/lane/arithmetic.hpp).
  Number exact_product(Value w, Value x) const { return Number::from_double(w * x); }

  std::uint64_t faults() const { return faults_ + exact_.faults(); }
  void add_faults(std::uint64_t count) { faults_ += count; }

 private:
  /// Which of the array loops in double_engine.cpp serves `accumulate`.
  enum class Fast : std::uint8_t { none, fixed, floating };

  const lane::Context& context(RoleId role, std::uint64_t key) {
    lane::Context& c = contexts_[static_cast<std::size_t>(role)];
    c.draw.index = key;
    return c;
  }
  Value settle(lane::Decision decision, Value a, RoleId role, std::uint64_t key,
               Value (*exactly)(ExactEngine&, const Number&, RoleId, std::uint64_t));
  static Fast fast_path(const Arithmetic& arithmetic);
  void prepare_scores(const Arithmetic& arithmetic);
  void prepare_arrays(const Arithmetic& arithmetic);

  std::array<lane::Context, role_count> contexts_;
  ExactEngine exact_;
  std::array<Value, constant_count> constants_;
  std::uint64_t faults_ = 0;
  bool fused_;
  Fast fast_;
  FixedLoop fixed_loop_;
  FloatRound product_round_, sum_round_;
  bool in_arrays_ = false;
  std::array<kernels::Arrays, role_count> arrays_;
  std::vector<std::uint32_t> undone_;  // lanes that a call left to single operations
  double vanishes_below_ = lane::infinity<double>(true);  // exp of anything below is +0
  bool scores_in_blocks_ = false;
  double exact_scores_below_ = -1;
  double vanishing_difference_ = lane::infinity<double>(true);
};

}  // namespace carrybit
