#pragma once
// The forward pass on exact numbers: any format, slow, and the definition of every result.

#include <array>
#include <string>

#include "precision/exact/exact.hpp"
#include "sim/engine.hpp"

namespace carrybit {

class ExactEngine {
 public:
  using Value = Number;

  explicit ExactEngine(const Arithmetic& arithmetic) : product_(arithmetic.product) {
    const auto roles = arithmetic.roles();
    for (std::size_t i = 0; i < role_count; ++i) {
      contexts_[i] = {roles[i]->format, roles[i]->rounding, {arithmetic.seed, 0}, nullptr};
    }
    constants_ = {convert(Number::integer(1), RoleId::activations),
                  convert(Number::finite(false, 1, -1), RoleId::activations),
                  convert(exact::div(Number::integer(1), root_two(), wide()), RoleId::activations)};
    faults_ = {};  // a constant that overflows is no fault of the model's
  }

  Value zero() const { return Number::zero(); }
  Value from_number(const Number& x, RoleId role) { return exact::convert(x, context(role, 0)); }
  Number to_number(const Value& x) const { return x; }
  Value convert(const Value& x, RoleId role, std::uint64_t key = 0) {
    return exact::convert(x, context(role, key));
  }
  Value add(const Value& a, const Value& b, RoleId role, std::uint64_t key) {
    return exact::add(a, b, context(role, key));
  }
  Value sub(const Value& a, const Value& b, RoleId role, std::uint64_t key) {
    return exact::sub(a, b, context(role, key));
  }
  Value mul(const Value& a, const Value& b, RoleId role, std::uint64_t key) {
    return exact::mul(a, b, context(role, key));
  }
  Value div(const Value& a, const Value& b, RoleId role, std::uint64_t key) {
    return exact::div(a, b, context(role, key));
  }
  Value fma(const Value& a, const Value& b, const Value& c, RoleId role, std::uint64_t key) {
    return exact::fma(a, b, c, context(role, key));
  }
  Value sqrt(const Value& a, RoleId role, std::uint64_t key) {
    return exact::sqrt(a, context(role, key));
  }
  Value exp(const Value& a, RoleId role, std::uint64_t key) {
    return exact::exp(a, context(role, key));
  }
  Value tanh(const Value& a, RoleId role, std::uint64_t key) {
    return exact::tanh(a, context(role, key));
  }
  Value erf(const Value& a, RoleId role, std::uint64_t key) {
    return exact::erf(a, context(role, key));
  }

  Value divide_by_integer(const Value& a, int n, RoleId role, std::uint64_t key) {
    return exact::div(a, Number::integer(n), context(role, key));
  }
  Value constant(Constant c) const { return constants_[static_cast<std::size_t>(c)]; }

  bool less(const Value& a, const Value& b) const {
    return exact::compare(a, b) == exact::Ordering::less;
  }
  bool is_zero(const Value& a) const { return a.is_zero(); }
  bool is_negative_zero(const Value& a) const { return a.is_zero() && a.negative; }
  bool is_finite(const Value& a) const { return a.is_finite(); }
  bool is_nan(const Value& a) const { return a.is_nan(); }

  void accumulate(Value* acc, const Value& w, const Value* x, std::size_t n, Keys keys) {
    for (std::size_t i = 0; i < n; ++i) {
      acc[i] = step(acc[i], w, x[i], keys(i));
    }
  }
  /// One step of a sequential sum.
  Value step(const Value& acc, const Value& w, const Value& x, std::uint64_t key) {
    return product_ == Product::fused
               ? fma(w, x, acc, RoleId::accumulator, key)
               : add(acc, mul(w, x, RoleId::products, mix64(key)), RoleId::accumulator, key);
  }

  /// Terms are added without rounding: in float:e*, whose significand is as long as the sum needs.
  class ExactSum {
   public:
    void add(const Value& term) {
      total_ = total_.is_zero() && !term.is_nan() ? term : exact_add(total_, term);
    }
    Number total() const { return total_; }

   private:
    static Number exact_add(const Number& a, const Number& b);
    Number total_;
  };
  Value finish(const ExactSum& sum, RoleId role, std::uint64_t key) {
    // Sums start from +0: an exact zero is +0.
    return sum.total().is_zero() ? zero() : exact::convert(sum.total(), context(role, key));
  }
  /// w * x without rounding.
  Number exact_product(const Value& w, const Value& x);

  std::uint64_t faults() const { return faults_.count; }
  void add_faults(std::uint64_t count) { faults_.count += count; }

 private:
  /// 200 bits, from which constants are rounded once more.
  static exact::Context wide() { return {Format::floating(20, 200), Rounding::rne, {}, nullptr}; }
  static Number root_two() { return exact::sqrt(Number::integer(2), wide()); }
  exact::Context context(RoleId role, std::uint64_t key) {
    exact::Context c = contexts_[static_cast<std::size_t>(role)];
    c.draw.index = key;
    c.faults = &faults_;
    return c;
  }

  std::array<exact::Context, role_count> contexts_;
  std::array<Number, constant_count> constants_;
  Product product_;
  Faults faults_;
};

}  // namespace carrybit
