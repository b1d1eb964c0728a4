#pragma once
// The forward pass on 64-bit integers: one fixed-point format of up to 63 bits for every role, where
// `double` lanes no longer reach. The same bits as the exact engine.

#include <array>
#include <string>

#include "precision/lane_spec.hpp"
#include "sim/engine.hpp"
#include "sim/exact_engine.hpp"

namespace carrybit {

class FixedEngine {
 public:
  using Value = std::int64_t;

  explicit FixedEngine(const Arithmetic& arithmetic)
      : arithmetic_(arithmetic), exact_(arithmetic), fused_(arithmetic.product == Product::fused) {
    context_ = {fixed_spec(format()), arithmetic.weights.rounding, {arithmetic.seed, 0}, &faults_};
    for (std::size_t i = 0; i < constant_count; ++i) {
      constants_[i] = to_value(exact_.constant(static_cast<Constant>(i)));
    }
  }
  /// A copy counts its own faults.
  FixedEngine(const FixedEngine& other)
      : arithmetic_(other.arithmetic_),
        context_(other.context_),
        exact_(other.exact_),
        constants_(other.constants_),
        faults_(other.faults_),
        fused_(other.fused_) {
    context_.faults = &faults_;
  }
  FixedEngine& operator=(const FixedEngine&) = delete;

  static bool supports(const Arithmetic& a) {
    return a.is_uniform() && a.weights.format.is_fixed() && a.weights.format.precision() <= 63;
  }

  static kernels::Rule kernel_rule(const Arithmetic& a) { return carrybit::kernel_rule(a); }

  Value zero() const { return 0; }
  Value from_number(const Number& x, RoleId role) { return to_value(exact_.from_number(x, role)); }
  Number to_number(Value m) const {
    return Number::finite(m < 0, Integer(lane::magnitude(m)), -format().fraction_bits);
  }
  Value convert(Value x, RoleId, std::uint64_t = 0) const { return x; }
  Value add(Value a, Value b, RoleId, std::uint64_t key) { return lane::add(a, b, context(key)); }
  Value sub(Value a, Value b, RoleId, std::uint64_t key) { return lane::sub(a, b, context(key)); }
  Value mul(Value a, Value b, RoleId, std::uint64_t key) { return lane::mul(a, b, context(key)); }
  Value div(Value a, Value b, RoleId, std::uint64_t key) { return lane::div(a, b, context(key)); }
  Value fma(Value a, Value b, Value c, RoleId, std::uint64_t key) {
    return lane::fma(a, b, c, context(key));
  }
  Value sqrt(Value a, RoleId, std::uint64_t key) { return lane::sqrt(a, context(key)); }
  Value exp(Value a, RoleId role, std::uint64_t key) {
    if (a == 0) {
      return from_number(Number::integer(1), role);
    }
    return to_value(exact_.exp(to_number(a), role, key));
  }
  Value tanh(Value a, RoleId role, std::uint64_t key) {
    return to_value(exact_.tanh(to_number(a), role, key));
  }
  Value erf(Value a, RoleId role, std::uint64_t key) {
    return to_value(exact_.erf(to_number(a), role, key));
  }

  Value divide_by_integer(Value a, int n, RoleId role, std::uint64_t key) {
    return to_value(exact_.divide_by_integer(to_number(a), n, role, key));
  }
  Value constant(Constant c) const { return constants_[static_cast<std::size_t>(c)]; }

  bool less(Value a, Value b) const { return a < b; }
  bool is_zero(Value a) const { return a == 0; }
  bool is_negative_zero(Value) const { return false; }
  bool is_finite(Value) const { return true; }
  bool is_nan(Value) const { return false; }

  void accumulate(Value* acc, Value w, const Value* x, std::size_t n, Keys keys) {
    for (std::size_t i = 0; i < n; ++i) {
      acc[i] = step(acc[i], w, x[i], keys(i));
    }
  }
  Value step(Value acc, Value w, Value x, std::uint64_t key) {
    return fused_ ? fma(w, x, acc, RoleId::accumulator, key)
                  : add(acc, mul(w, x, RoleId::products, mix64(key)), RoleId::accumulator, key);
  }

  using ExactSum = ExactEngine::ExactSum;
  Value finish(const ExactSum& sum, RoleId role, std::uint64_t key) {
    return to_value(exact_.finish(sum, role, key));
  }
  Number exact_product(Value w, Value x) {
    return exact_.exact_product(to_number(w), to_number(x));
  }

  std::uint64_t faults() const { return faults_ + exact_.faults(); }
  void add_faults(std::uint64_t count) { faults_ += count; }

 private:
  const Format& format() const { return arithmetic_.weights.format; }
  const lane::FixedContext& context(std::uint64_t key) {
    context_.draw.index = key;
    return context_;
  }
  /// A value of the format as its integer m.
  Value to_value(const Number& x) const {
    if (x.is_zero()) {
      return 0;
    }
    const std::int64_t up = x.exponent + format().fraction_bits;
    const Integer m = up >= 0 ? Integer(x.magnitude << static_cast<unsigned>(up))
                              : Integer(x.magnitude >> static_cast<unsigned>(-up));
    return lane::with_sign(static_cast<std::uint64_t>(m), x.negative);
  }

  Arithmetic arithmetic_;
  lane::FixedContext context_;
  ExactEngine exact_;
  std::array<Value, constant_count> constants_;
  std::uint64_t faults_ = 0;
  bool fused_;
};

}  // namespace carrybit
