#include "precision/cuda/shortcuts.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "precision/lane_spec.hpp"

namespace carrybit::cuda {

namespace {

Grain grain(const Format& f) { return {f.precision(), static_cast<int>(f.min_quantum())}; }

/// Rounding in two operations is to nearest even, of at least 2 bits, with subnormal numbers.
bool plain_floating(const Format& f, Rounding rounding) {
  return f.is_floating() && rounding == Rounding::rne && !f.flush_subnormals && f.precision() >= 2;
}

bool plain_fixed(const Format& f, Rounding rounding) {
  return f.is_fixed() && rounding == Rounding::rne;
}

Shortcuts fused(Shortcuts c, const kernels::Rule& rule) {
  c.largest_product = std::numeric_limits<double>::max();  // any but infinity
  const Grain exact{53, c.sum.quantum};
  if (plain_fixed(rule.sum, rule.sum_rounding)) {
    c.kind = Shortcuts::Kind::fused_fixed;
    c.product = c.sum = exact;  // a step errs by half a quantum, whichever operation is blamed
  } else if (plain_floating(rule.sum, rule.sum_rounding) &&
             c.left.bits + c.right.bits <= c.sum.bits) {
    c.kind = Shortcuts::Kind::fused_floating;
    c.product = exact;
  }
  return c;
}

}  // namespace

Shortcuts shortcuts(const kernels::Rule& rule, const Format& left, const Format& right) {
  Shortcuts c;
  c.left = grain(left);
  c.right = grain(right);
  c.product = grain(rule.product);
  c.sum = grain(rule.sum);
  c.largest_product = lane_spec(rule.product).largest;
  c.largest_sum = lane_spec(rule.sum).largest;
  if (rule.order != kernels::Order::sequential) {
    return c;
  }
  if (rule.fused) {
    return fused(c, rule);
  }
  // A product that sums cannot hold would be rounded twice.
  const bool coarser = c.product.quantum >= c.sum.quantum;
  if (plain_fixed(rule.product, rule.product_rounding) &&
      plain_fixed(rule.sum, rule.sum_rounding) && coarser) {
    c.kind = Shortcuts::Kind::fixed;
    c.product.bits = c.sum.bits = 53;  // of sum_bound: fixed point errs by quanta
  } else if (plain_floating(rule.product, rule.product_rounding) &&
             plain_floating(rule.sum, rule.sum_rounding) && coarser &&
             c.product.bits <= c.sum.bits) {
    c.kind = Shortcuts::Kind::floating;
    c.narrow =
        std::ranges::all_of(std::array{c.left, c.right, c.product, c.sum},
                            [](const Grain& g) { return g.bits <= 11 && g.quantum >= -149; });
  }
  return c;
}

}  // namespace carrybit::cuda
