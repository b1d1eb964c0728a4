#include "sim/double_engine.hpp"

#include <algorithm>
#include <cmath>

#include "precision/operation.hpp"
#include "sim/lanes.hpp"

// One source, several instruction sets; without contraction every clone gives the same bits.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CARRYBIT_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CARRYBIT_CLONES
#endif

namespace carrybit {

namespace {

inline double clamp(double x, double low, double high) {
  const double y = x < low ? low : x;
  return y > high ? high : y;
}

CARRYBIT_CLONES void accumulate_fixed(double* acc, double w, const double* x, std::size_t n,
                                      const FixedLoop& k) {
  for (std::size_t i = 0; i < n; ++i) {
    const double p = clamp(w * x[i], k.product_low, k.product_high);
    const double r = (p + k.product_magic) - k.product_magic;
    const double s = clamp(acc[i] + r, k.sum_low, k.sum_high);
    acc[i] = (s + k.sum_magic) - k.sum_magic;
  }
}

inline double round_nearest(double x, const FloatRound& k) {
  constexpr std::uint64_t exponent_field = 0x7FF0000000000000U;
  const double binade = lane::from_word<double>(lane::to_word(x) & exponent_field);
  const double m = binade > k.smallest_normal ? binade : k.smallest_normal;
  const double c = lane::from_word<double>(lane::to_word(m) + k.scale);
  const double r = std::fabs(x) >= k.bound ? k.beyond : (x + c) - c;
  return std::copysign(r, x);  // the subtraction above gives +0 for every zero
}

CARRYBIT_CLONES void accumulate_floating(double* acc, double w, const double* x, std::size_t n,
                                         const FloatRound& product, const FloatRound& sum) {
  for (std::size_t i = 0; i < n; ++i) {
    acc[i] = round_nearest(acc[i] + round_nearest(w * x[i], product), sum);
  }
}

FloatRound float_round(const lane::Spec& s) {
  FloatRound k;
  k.scale = (static_cast<std::uint64_t>(53 - s.precision) << 52) + 0x0008000000000000U;
  k.smallest_normal = s.smallest_normal;
  // Largest + half an ulp: a tie there goes to even, beyond the largest value (whose last bit is 1).
  k.bound = s.largest + std::ldexp(1.0, std::ilogb(s.largest) - s.precision);
  k.beyond = s.beyond == lane::Beyond::saturate ? s.largest : lane::infinity<double>(false);
  return k;
}

/// May an operation give infinity or NaN for finite operands?
bool makes_specials(const Format& f) {
  return f.is_floating() && f.overflow == Overflow::special && (f.has_infinity() || f.has_nan());
}

bool plain_fixed(const Role& r) {
  return r.format.is_fixed() && r.rounding == Rounding::rne &&
         r.format.overflow == Overflow::saturate;
}

/// IEEE or saturating with a full top binade, so that `bound` above is a tie to even.
bool plain_floating(const Role& r) {
  const Format& f = r.format;
  return f.is_floating() && r.rounding == Rounding::rne && !f.flush_subnormals &&
         f.layout != Layout::fn && f.overflow != Overflow::trap && f.precision() >= 2 &&
         f.max_exponent() >= f.min_exponent();
}

}  // namespace

bool DoubleEngine::supports(const Arithmetic& arithmetic) {
  // A float may be too large for the bits that wrapping keeps to be in a double beside it.
  const bool wraps = std::ranges::any_of(
      arithmetic.roles(), [](const Role* r) { return r->format.overflow == Overflow::wrap; });
  if (wraps && !arithmetic.is_uniform()) {
    return false;
  }
  return std::ranges::all_of(arithmetic.roles(),
                             [](const Role* r) { return carries(Carrier::float64, r->format); });
}

DoubleEngine::Fast DoubleEngine::fast_path(const Arithmetic& a) {
  // The loops carry infinities and NaN along: right only where both formats have them, or none comes.
  const bool specials =
      std::ranges::any_of(a.roles(), [](const Role* r) { return makes_specials(r->format); });
  const auto carries_specials = [](const Role& r) {
    return makes_specials(r.format) && r.format.has_infinity();
  };
  if (a.product == Product::fused ||
      (specials && !(carries_specials(a.products) && carries_specials(a.accumulator)))) {
    return Fast::none;
  }
  if (plain_fixed(a.products) && plain_fixed(a.accumulator)) {
    return Fast::fixed;
  }
  // A product wider than the accumulator could make the double sum a false tie.
  const bool narrow = a.products.format.precision() <= a.accumulator.format.precision();
  return plain_floating(a.products) && plain_floating(a.accumulator) && narrow ? Fast::floating
                                                                               : Fast::none;
}

DoubleEngine::DoubleEngine(const DoubleEngine& other)
    : contexts_(other.contexts_),
      exact_(other.exact_),
      constants_(other.constants_),
      faults_(other.faults_),
      fused_(other.fused_),
      fast_(other.fast_),
      fixed_loop_(other.fixed_loop_),
      product_round_(other.product_round_),
      sum_round_(other.sum_round_),
      in_arrays_(other.in_arrays_),
      arrays_(other.arrays_),
      vanishes_below_(other.vanishes_below_),
      scores_in_blocks_(other.scores_in_blocks_),
      exact_scores_below_(other.exact_scores_below_),
      vanishing_difference_(other.vanishing_difference_) {
  for (lane::Context& c : contexts_) {
    c.faults = &faults_;
  }
}

DoubleEngine::DoubleEngine(const Arithmetic& arithmetic)
    : exact_(arithmetic),
      fused_(arithmetic.product == Product::fused),
      fast_(fast_path(arithmetic)) {
  const auto roles = arithmetic.roles();
  for (std::size_t i = 0; i < role_count; ++i) {
    contexts_[i] = {
        lane_spec(roles[i]->format), roles[i]->rounding, {arithmetic.seed, 0}, &faults_};
  }
  const lane::Spec& product = contexts_[static_cast<std::size_t>(RoleId::products)].spec;
  const lane::Spec& sum = contexts_[static_cast<std::size_t>(RoleId::accumulator)].spec;
  if (fast_ == Fast::fixed) {
    fixed_loop_ = {product.lowest, product.largest, std::ldexp(1.5, 52 + product.min_quantum),
                   sum.lowest,     sum.largest,     std::ldexp(1.5, 52 + sum.min_quantum)};
  } else if (fast_ == Fast::floating) {
    product_round_ = float_round(product);
    sum_round_ = float_round(sum);
  }
  for (std::size_t i = 0; i < constant_count; ++i) {
    constants_[i] = exact_.constant(static_cast<Constant>(i)).to_double();
  }
  const Role& p = arithmetic.probabilities;
  if (p.rounding == Rounding::rne || p.rounding == Rounding::rna || p.rounding == Rounding::rnz ||
      p.rounding == Rounding::rz) {
    // exp(x) < 2^(q - 2) for x < 0.6931 (q - 2) <= ln 2 (q - 2), q <= 0 the exponent of the quantum.
    vanishes_below_ = 0.6932 * (static_cast<double>(p.format.min_quantum()) - 2);
  }
  prepare_scores(arithmetic);
  prepare_arrays(arithmetic);
}

void DoubleEngine::prepare_arrays(const Arithmetic& a) {
  const auto roles = a.roles();
  in_arrays_ = std::ranges::all_of(
      roles, [](const Role* r) { return kernels::Arrays::supports(r->format, r->rounding); });
  if (!in_arrays_) {
    return;
  }
  const bool all_fixed =
      std::ranges::all_of(roles, [](const Role* r) { return r->format.is_fixed(); });
  for (std::size_t i = 0; i < role_count; ++i) {
    const Role& role = *roles[i];
    // With 2p + 2 <= 53 bits a sum of values of one format rounds alike through a double (Figueroa, "When
    // is double rounding innocuous?", SIGNUM Newsletter 30(3), 1995). Fixed-point sums are exact in it.
    const bool nearest = role.rounding == Rounding::rne && role.format.is_floating() &&
                         std::ranges::all_of(roles, [&](const Role* r) {
                           return r->format.precision() <= role.format.precision() &&
                                  r->format.min_quantum() >= role.format.min_quantum();
                         });
    arrays_[i] = kernels::Arrays(role.format, role.rounding, nearest || all_fixed);
  }
}

void DoubleEngine::apply(kernels::ArrayOp op, const Value* a, kernels::Second b, std::size_t n,
                         Value* out, RoleId role) {
  undone_.clear();
  arrays_[static_cast<std::size_t>(role)].apply(op, a, b, n, out, undone_);
  for (const std::uint32_t i : undone_) {
    out[i] = apply_one(*this, op, a[i], b.x == nullptr ? nullptr : b.x + (b.one ? 0U : i), role, 0);
  }
}

void DoubleEngine::divide_by_integer(Value* x, int divisor, std::size_t n, RoleId role) {
  const double b = divisor;
  undone_.clear();
  arrays_[static_cast<std::size_t>(role)].apply(kernels::ArrayOp::div, x, {&b, true}, n, x,
                                                undone_);
  for (const std::uint32_t i : undone_) {
    x[i] = divide_by_integer(x[i], divisor, role, 0);
  }
}

void DoubleEngine::prepare_scores(const Arithmetic& a) {
  const auto spec = [&](RoleId role) { return contexts_[static_cast<std::size_t>(role)].spec; };
  const lane::Spec q = spec(RoleId::activations);
  const lane::Spec k = spec(RoleId::kv_cache);
  const lane::Spec product = spec(RoleId::products);
  const lane::Spec sum = spec(RoleId::accumulator);
  const bool saturating = std::ranges::all_of(
      a.roles(), [](const Role* r) { return r->format.overflow == Overflow::saturate; });
  scores_in_blocks_ = q.fixed && k.fixed && sum.fixed && product.fixed && saturating &&
                      a.activations.format == a.accumulator.format;
  if (!scores_in_blocks_) {
    return;
  }
  const int last = q.min_quantum + k.min_quantum;  // of a product
  if (last >= sum.min_quantum && (fused_ || last >= product.min_quantum)) {
    exact_scores_below_ = fused_ ? sum.largest : std::min(product.largest, sum.largest);
  }
  // A difference of scores is exact, or saturates; a value of the format with exp = 0 bounds both.
  const double quantum = std::ldexp(1.0, q.min_quantum);
  const double difference = (std::floor(vanishes_below_ / quantum) - 1) * quantum;
  if (difference >= q.lowest) {
    vanishing_difference_ = difference;
  }
}

CARRYBIT_CLONES void DoubleEngine::exact_scores(const Value* q, const Value* const* k,
                                                std::size_t channels, std::size_t n, Value* out) {
  for (std::size_t i = 0; i < n; ++i) {
    out[i] = q[0] * k[0][i];
  }
  for (std::size_t c = 1; c < channels; ++c) {
    const Value w = q[c];
    const Value* row = k[c];
    for (std::size_t i = 0; i < n; ++i) {
      out[i] += w * row[i];
    }
  }
}

CARRYBIT_CLONES DoubleEngine::Value DoubleEngine::largest(const Value* x, std::size_t n) {
  constexpr std::size_t lanes = 8;
  Value most[lanes];
  std::fill(most, most + lanes, x[0]);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (std::size_t j = 0; j < lanes; ++j) {
      most[j] = most[j] < x[i + j] ? x[i + j] : most[j];
    }
  }
  for (; i < n; ++i) {
    most[0] = most[0] < x[i] ? x[i] : most[0];
  }
  return *std::max_element(most, most + lanes);
}

void DoubleEngine::accumulate(Value* acc, Value w, const Value* x, std::size_t n, Keys keys) {
  switch (fast_) {
    case Fast::fixed: accumulate_fixed(acc, w, x, n, fixed_loop_); return;
    case Fast::floating: accumulate_floating(acc, w, x, n, product_round_, sum_round_); return;
    case Fast::none:
      for (std::size_t i = 0; i < n; ++i) {
        acc[i] = step(acc[i], w, x[i], keys(i));
      }
  }
}

DoubleEngine::Value DoubleEngine::settle(lane::Decision decision, Value a, RoleId role,
                                         std::uint64_t key,
                                         Value (*exactly)(ExactEngine&, const Number&, RoleId,
                                                          std::uint64_t)) {
  return decision.decided ? decision.value : exactly(exact_, Number::from_double(a), role, key);
}

DoubleEngine::Value DoubleEngine::exp(Value a, RoleId role, std::uint64_t key) {
  if (role == RoleId::probabilities && a < vanishes_below_) {
    return 0.0;
  }
  return settle(lane::exp(a, context(role, key)), a, role, key,
                [](ExactEngine& e, const Number& x, RoleId r, std::uint64_t k) {
                  return e.exp(x, r, k).to_double();
                });
}

DoubleEngine::Value DoubleEngine::tanh(Value a, RoleId role, std::uint64_t key) {
  return settle(lane::tanh(a, context(role, key)), a, role, key,
                [](ExactEngine& e, const Number& x, RoleId r, std::uint64_t k) {
                  return e.tanh(x, r, k).to_double();
                });
}

DoubleEngine::Value DoubleEngine::erf(Value a, RoleId role, std::uint64_t key) {
  return settle(lane::erf(a, context(role, key)), a, role, key,
                [](ExactEngine& e, const Number& x, RoleId r, std::uint64_t k) {
                  return e.erf(x, r, k).to_double();
                });
}

}  // namespace carrybit
