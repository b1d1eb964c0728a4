#include "sim/exact_engine.hpp"

#include "precision/error.hpp"

namespace carrybit {

namespace {

// A significand wide enough for any sum of products that fits in memory: the terms' leading bits and
// last bits may lie this far apart.
constexpr int unrounded_bits = 1 << 20;

/// A context that never rounds what forward passes produce.
const exact::Context& unrounded() {
  static const exact::Context context = [] {
    exact::Context c;
    c.format = Format::floating(Format::unbounded, unrounded_bits);
    c.rounding = Rounding::ro;
    return c;
  }();
  return context;
}

}  // namespace

Number ExactEngine::ExactSum::exact_add(const Number& a, const Number& b) {
  if (a.kind == Number::Class::finite && b.kind == Number::Class::finite) {
    const std::int64_t spread =
        std::max(a.leading_exponent(), b.leading_exponent()) - std::min(a.exponent, b.exponent);
    if (spread >= unrounded_bits) {
      throw BadInput("sum = exact: the terms of one sum span more than 2^20 binary places");
    }
  }
  return exact::add(a, b, unrounded());
}

Number ExactEngine::exact_product(const Value& w, const Value& x) {
  return exact::mul(w, x, unrounded());
}

kernels::Rule kernel_rule(const Arithmetic& a) {
  kernels::Rule rule;
  rule.product = a.products.format;
  rule.product_rounding = a.products.rounding;
  rule.sum = a.accumulator.format;
  rule.sum_rounding = a.accumulator.rounding;
  rule.fused = a.product == Product::fused;
  rule.order = a.sum == Sum::sequential ? kernels::Order::sequential
               : a.sum == Sum::pairwise ? kernels::Order::pairwise
                                        : kernels::Order::exact;
  return rule;
}

bool may_skip_zeros(const Arithmetic& arithmetic) {
  for (const RoleId id : {RoleId::products, RoleId::accumulator}) {
    const Role& role = *arithmetic.roles()[static_cast<std::size_t>(id)];
    if (role.rounding == Rounding::rd) {
      return false;
    }
  }
  return true;
}

}  // namespace carrybit
