#pragma once
// The operations of an arithmetic, on doubles, as the simulator has them: by the double lanes where they
// carry every role's format, else by the exact engine, whose results are doubles as well where formats have
// at most 40 bits. (40, not 53: products and sums of two of a format's numbers, as the rules compare them,
// then stay exact or far enough from one another.) The same bits either way: the engines are tested against
// each other.

#include <algorithm>
#include <optional>

#include "sim/double_engine.hpp"

namespace carrybit::certificates {

class ProofEngine {
 public:
  using Value = double;
  using ExactSum = ExactEngine::ExactSum;
  static constexpr int most_bits = 40;

  explicit ProofEngine(const Arithmetic& arithmetic) : exact_(arithmetic) {
    if (DoubleEngine::supports(arithmetic)) lanes_.emplace(arithmetic);
  }

  static bool supports(const Arithmetic& arithmetic) {
    if (DoubleEngine::supports(arithmetic)) return true;
    return std::ranges::all_of(arithmetic.roles(), [](const Role* role) {
      const Format& f = role->format;
      if (f.is_fixed()) return f.integer_bits + f.fraction_bits <= most_bits;
      return !f.has_unbounded_exponent() && f.precision() <= most_bits && f.exponent_bits <= 10;
    });
  }

  Value zero() const { return 0.0; }
  Value from_number(const Number& x, RoleId role) {
    return lanes_ ? lanes_->from_number(x, role) : exact_.from_number(x, role).to_double();
  }
  Number to_number(Value x) const { return Number::from_double(x); }
  Value convert(Value x, RoleId role, std::uint64_t key = 0) {
    return lanes_ ? lanes_->convert(x, role, key)
                  : exact_.convert(to_number(x), role, key).to_double();
  }
  Value add(Value a, Value b, RoleId role, std::uint64_t key) {
    return lanes_ ? lanes_->add(a, b, role, key)
                  : exact_.add(to_number(a), to_number(b), role, key).to_double();
  }
  Value sub(Value a, Value b, RoleId role, std::uint64_t key) {
    return lanes_ ? lanes_->sub(a, b, role, key)
                  : exact_.sub(to_number(a), to_number(b), role, key).to_double();
  }
  Value mul(Value a, Value b, RoleId role, std::uint64_t key) {
    return lanes_ ? lanes_->mul(a, b, role, key)
                  : exact_.mul(to_number(a), to_number(b), role, key).to_double();
  }
  Value div(Value a, Value b, RoleId role, std::uint64_t key) {
    return lanes_ ? lanes_->div(a, b, role, key)
                  : exact_.div(to_number(a), to_number(b), role, key).to_double();
  }
  Value exp(Value a, RoleId role, std::uint64_t key) {
    return lanes_ ? lanes_->exp(a, role, key) : exact_.exp(to_number(a), role, key).to_double();
  }

  bool less(Value a, Value b) const { return a < b; }
  bool is_zero(Value a) const { return a == 0.0; }
  bool is_negative_zero(Value a) const { return lane::to_word(a) == lane::to_word(-0.0); }
  bool is_finite(Value a) const { return lane::is_finite(a); }
  bool is_nan(Value a) const { return lane::is_nan(a); }

  void accumulate(Value* acc, Value w, const Value* x, std::size_t n, Keys keys) {
    if (lanes_) return lanes_->accumulate(acc, w, x, n, keys);
    for (std::size_t i = 0; i < n; ++i) acc[i] = step(acc[i], w, x[i], keys(i));
  }
  Value step(Value acc, Value w, Value x, std::uint64_t key) {
    return lanes_ ? lanes_->step(acc, w, x, key)
                  : exact_.step(to_number(acc), to_number(w), to_number(x), key).to_double();
  }

  Value finish(const ExactSum& sum, RoleId role, std::uint64_t key) {
    return exact_.finish(sum, role, key).to_double();
  }
  Number exact_product(Value w, Value x) {
    return exact_.exact_product(to_number(w), to_number(x));
  }

  std::uint64_t faults() const { return 0; }  // formats that trap are refused
  void add_faults(std::uint64_t) {}

 private:
  std::optional<DoubleEngine> lanes_;
  ExactEngine exact_;
};

}  // namespace carrybit::certificates
