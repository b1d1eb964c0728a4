#include "precision/kernels/plan.hpp"

#include <algorithm>
#include <cmath>

#include "precision/kernels/hardware_mode.hpp"

namespace carrybit::kernels {

namespace {

constexpr int float_bits = 24;
constexpr int double_bits = 53;

int lane_bits(Lane lane) { return lane == Lane::float32 ? float_bits : double_bits; }

bool is_binary32(const Format& f) { return f == Format::floating(8, 23); }

bool has_range_of_binary32(const Format& f) {
  return f.layout == Format::floating(8, 23).layout && f.exponent_bits == 8;
}

/// With subnormals: all that matters while nothing overflows.
bool plain_floating(const Format& f) {
  return f.is_floating() && !f.flush_subnormals && f.precision() >= 2 &&
         f.max_exponent() >= f.min_exponent();
}
bool plain_nearest(const Format& f, Rounding r) { return plain_floating(f) && r == Rounding::rne; }
/// Beyond the largest value, whose last bit is 1, a tie goes to even, which is beyond.
bool full_binade(const Format& f) { return f.layout != Layout::fn && f.overflow != Overflow::trap; }

bool saturates_quietly(const Format& f) { return f.overflow == Overflow::saturate; }
bool makes_infinities(const Format& f) {
  return f.overflow == Overflow::special && f.has_infinity();
}

/// What makes a truncated magnitude a rounded one, in quanta: for rnz, the lanes' number before 1/2.
double before_chopping(Rounding mode, int bits) {
  return mode == Rounding::rna   ? 0.5
         : mode == Rounding::rnz ? 0.5 - std::ldexp(1.0, -bits - 1)
                                 : 0.0;
}

TileNumbers tile_numbers(Lane lane, const Rule& rule, const lane::Spec& product,
                         const lane::Spec& sum) {
  const int bits = lane_bits(lane);
  TileNumbers n;
  n.product = rounder_numbers(product, rule.product_rounding);
  n.sum = rounder_numbers(sum, rule.sum_rounding);
  if (!product.fixed) {
    n.product_grow = std::ldexp(1.0, std::max(0, bits - product.precision));
    n.product_shrink = 1 - n.product_grow;
  }
  if (!sum.fixed) {
    n.sum_grow = std::ldexp(1.0, std::max(0, bits - sum.precision));
    n.sum_shrink = 1 - n.sum_grow;
  }
  n.clamp = std::ldexp(1.5, bits - 1 + product.min_quantum);
  n.magic = std::ldexp(1.5, bits - 1 + sum.min_quantum);
  n.product_drop = product.fixed ? 0 : std::max(0, bits - product.precision);
  n.sum_drop = sum.fixed ? 0 : std::max(0, bits - sum.precision);
  if (product.fixed) {
    n.before = before_chopping(rule.product_rounding, bits) * std::ldexp(1.0, product.min_quantum);
  }
  n.product_low = product.lowest;
  n.product_high = product.largest;
  n.sum_low = sum.lowest;
  n.sum_high = sum.largest;
  return n;
}

lane::Spec spec_of(const Format& f, bool integers) {
  lane::Spec s = lane_spec(f);
  if (integers) {
    s.min_quantum = 0;
    s.largest = std::ldexp(1.0, f.precision()) - 1;  // rounded up beyond 53 bits: never reached
    s.lowest = f.twos_complement ? -std::ldexp(1.0, f.precision()) : -s.largest;
  }
  return s;
}

}  // namespace

RounderNumbers rounder_numbers(const lane::Spec& s, Rounding mode) {
  RounderNumbers n;
  // A fixed-point format has one quantum: as if every number stood in the binade of 2^(p-1) quanta.
  const int p = s.fixed ? 26 : s.precision;
  n.mode = mode;
  n.scale = (static_cast<std::uint64_t>(double_bits - p) << 52) + 0x0008000000000000U;
  n.low = std::ldexp(1.0, s.min_quantum + p - 1);
  n.high = s.fixed ? n.low : std::ldexp(1.0, std::ilogb(s.largest) + 1);
  n.unit = std::ldexp(1.0, 1 - p);
  n.flush_below = s.flush_subnormals ? s.smallest_normal : 0.0;
  n.lowest = s.lowest;
  n.largest = s.largest;
  if (!s.fixed) {
    // Largest + half an ulp: a tie there goes to even, beyond the largest value (its last bit is 1).
    n.bound = s.largest + std::ldexp(1.0, std::ilogb(s.largest) - s.precision);
    n.beyond = s.beyond == lane::Beyond::saturate ? s.largest : lane::infinity<double>(false);
  }
  return n;
}

Plan::Plan(const Rule& rule, bool integers)
    : rule_(rule),
      integers_(integers),
      product_(spec_of(rule.product, integers)),
      sum_(spec_of(rule.sum, integers)) {
  if (rule_.order == Order::pairwise) {
    rule_.fused = false;
  }
  for (const Lane lane : {Lane::float32, Lane::float64}) {
    numbers_[lane == Lane::float32 ? 0 : 1] = tile_numbers(lane, rule_, product_, sum_);
  }
  product_quantum_ = std::ldexp(1.0, product_.min_quantum);
  sum_quantum_ = std::ldexp(1.0, sum_.min_quantum);
  quantum_ = std::max(product_quantum_, sum_quantum_);
  growths_[0] = growth(check_chunk);
  growths_[1] = growth(2 * check_chunk);
  const Format& p = rule_.product;
  const Format& s = rule_.sum;
  // A product wider or finer than the accumulator could make the sum in lanes a false tie.
  nearest_floats_ =
      plain_nearest(s, rule_.sum_rounding) &&
      (rule_.fused || (plain_nearest(p, rule_.product_rounding) && p.precision() <= s.precision() &&
                       p.min_quantum() >= s.min_quantum()));
  ieee_specials_ = makes_infinities(p) && makes_infinities(s);
  ieee_ = nearest_floats_ && !rule_.fused && full_binade(p) && full_binade(s) &&
          (ieee_specials_ || (saturates_quietly(p) && saturates_quietly(s)));
  ieee_specials_ = ieee_ && ieee_specials_;
  const Format binary16 = Format::floating(5, 10);
  half_ = ieee_specials_ && target_converts_halves() && p == binary16 && s == binary16;
  top_bits_ = ieee_specials_ && has_range_of_binary32(p) && has_range_of_binary32(s) &&
              2 * s.precision() + 2 <= float_bits;
  const bool one_mode = rule_.fused || rule_.product_rounding == rule_.sum_rounding;
  chopped_ = plain_floating(s) && one_mode &&
             (rule_.fused || (plain_floating(p) && p.min_quantum() >= s.min_quantum() &&
                              rule_.sum_rounding != Rounding::rne));
  native_ = rule_.order != Order::exact && one_mode && in_hardware(rule_.sum_rounding) &&
            is_binary32(s) && (rule_.fused ? target_fuses() : is_binary32(p));
  fixed_ = p.is_fixed() && s.is_fixed() && product_.min_quantum == sum_.min_quantum;
  saturating_ = fixed_ && !rule_.fused && rule_.order != Order::exact && saturates_quietly(p) &&
                saturates_quietly(s) && rule_.product_rounding != Rounding::ro;
  // A term of zero changes one sum, -0, which a sum that starts from +0 becomes under `rd`, by flushing,
  // or where it underflows.
  const bool may_sink = rule_.product_rounding == Rounding::rd ||
                        rule_.sum_rounding == Rounding::rd || p.flush_subnormals ||
                        s.flush_subnormals || rule_.fused || p.min_quantum() < s.min_quantum();
  signed_zeros_ = s.has_signed_zero();
  skips_zeros_ = !may_sink || !s.has_signed_zero() || rule_.order == Order::exact;
}

/// Each rounding adds at most one part in 2^(p-1) (or the smallest quantum), to nearest half of that, and a
/// term goes through one as a product and no more than n as part of a sum:
/// (1 + 2^-p)^(n + 1) <= 2^(1.5 (n + 1) 2^-p).
double Plan::growth(int terms) const {
  if (sum_.fixed && product_.fixed) {
    return 1.0001;
  }
  const int p = std::min(sum_.fixed ? double_bits : sum_.precision,
                         product_.fixed || rule_.fused ? double_bits : product_.precision);
  if (rule_.order == Order::pairwise) {
    terms = std::min(terms, 32);  // no number goes through more sums
  }
  const bool nearest = rule_.sum_rounding == Rounding::rne &&
                       (rule_.fused || rule_.product_rounding == Rounding::rne);
  return 1.0001 * std::exp2((nearest ? 1.5 : 3.0) * (terms + 1) * std::ldexp(1.0, -p));
}

/// No partial sum and no product is larger.
double Plan::bound(const RowFacts& a, const Facts& x) const {
  return a.growth * (a.total * x.largest + (a.terms + 1) * quantum_);
}

bool Plan::check(const RowFacts& a, const Facts& x, double largest, Choice& choice) const {
  if (rule_.order != Order::sequential) {
    return false;
  }
  for (const int chunks : {2, 1}) {
    const double within = largest / growths_[chunks - 1];
    const double limit =
        within - chunks * a.chunk * x.largest - (chunks * check_chunk + 1) * quantum_;
    if (limit > within * (chunks == 1 ? 0.125 : 0.5)) {
      choice.check_every = chunks * check_chunk;
      choice.check_limit = limit;
      return true;
    }
  }
  return false;
}

/// Products of two such operands are values of the formats of products and sums.
bool Plan::terms_exact(const RowFacts& a, const Facts& x) const {
  const double smallest = a.smallest * x.smallest;
  const int bits = a.bits() + x.bits();
  return bits <= sum_.precision && smallest >= sum_.smallest_normal &&
         (rule_.fused || (bits <= product_.precision && smallest >= product_.smallest_normal));
}

/// w (1 - 2^k) and products are exact in the lanes.
bool Plan::rounds_terms(const RowFacts& a, const Facts& x) const {
  return a.bits() <= product_.precision && a.bits() + x.bits() <= double_bits - 2;
}

/// Nothing that `rounded` meets in float lanes leaves their normal numbers.
bool Plan::float_range(const RowFacts& a, const Facts& x, double bound) const {
  constexpr double top = 0x1p126;
  const double grow = std::max(numbers_[0].product_grow, numbers_[0].sum_grow);
  return std::max({bound, a.largest, x.largest}) * grow < top && a.smallest >= 0x1p-126 &&
         x.smallest >= 0x1p-126 && x.bits() + a.bits() <= float_bits - 2;
}

bool Plan::needs_clamp(const RowFacts& a, const Facts& x) const {
  return a.smallest * x.smallest < product_.smallest_normal;
}

Choice Plan::general(const RowFacts& a, const Facts& x) const {
  const bool scalar = integers_ || !a.finite || !x.finite || a.bits() + x.bits() > double_bits ||
                      rule_.order == Order::exact;
  return scalar ? Choice::by_scalars() : Choice::with_care(Kind::general);
}

/// Operands that float lanes hold, and exact products where they do not overflow.
bool Plan::float_products(const RowFacts& a, const Facts& x) const {
  return floats_ && a.finite && x.finite && a.bits() + x.bits() <= float_bits &&
         std::max(a.largest, x.largest) < 0x1p127 && std::min(a.smallest, x.smallest) >= 0x1p-126 &&
         a.quantum() + x.quantum() >= -149;
}

/// Full IEEE, in float lanes where they serve.
Choice Plan::choose_ieee(const RowFacts& a, const Facts& x) const {
  Choice c = Choice::with_care(Kind::ieee);
  if ((half_ || top_bits_) && float_products(a, x)) {
    c.lane = Lane::float32;
    c.kind = half_ ? Kind::half : Kind::top_bits;
  }
  return c;
}

/// After a check that failed.
Choice Plan::choose_again(const RowFacts& a, const Facts& x) const {
  if (saturating_) {
    return choose_saturating(a, x);
  }
  return ieee_ && a.bits() + x.bits() <= double_bits ? choose_ieee(a, x) : general(a, x);
}

Choice Plan::choose(const RowFacts& a, const Facts& x) const {
  return rule_.order == Order::exact ? choose_exact(a, x) : choose_sequence(a, x);
}

Choice Plan::choose_sequence(const RowFacts& a, const Facts& x) const {
  if (native_ && floats_ && a.bits() <= float_bits && x.bits() <= float_bits) {
    Choice c = Choice::tiles(Lane::float32, rule_.fused ? Kind::native_fused : Kind::native);
    c.hardware = rule_.sum_rounding;
    return c;
  }
  if (!a.finite || !x.finite) {
    return ieee_specials_ ? choose_ieee(a, x) : Choice::by_scalars();
  }
  if (fixed_) {
    return choose_fixed(a, x);
  }
  return nearest_floats_ ? choose_floats(a, x) : choose_chopped(a, x);
}

/// Can nothing overflow, or only after a look at the sums? Nothing exceeds `most` then.
bool Plan::in_range(const RowFacts& a, const Facts& x, Choice& choice, double& most) const {
  const double largest = rule_.fused ? sum_.largest : std::min(sum_.largest, product_.largest);
  most = std::min(bound(a, x), largest);
  return bound(a, x) <= largest || check(a, x, largest, choice);
}

/// Products exact in the lanes, and numbers that they hold; P bits more than the formats', and two to spare
/// for a number rounded to odd.
Choice Plan::choose_chopped(const RowFacts& a, const Facts& x) const {
  Choice c = Choice::tiles(Lane::float32, Kind::chopped);
  double most = 0;
  if (!chopped_ || !in_range(a, x, c, most)) {
    return choose_again(a, x);
  }
  const int bits = a.bits() + x.bits();
  const int precision =
      std::max(rule_.sum.precision(), rule_.fused ? 0 : rule_.product.precision());
  const double normal =
      rule_.fused ? sum_.smallest_normal : std::min(sum_.smallest_normal, product_.smallest_normal);
  const bool narrow =
      float_products(a, x) && most < 0x1p126 && normal >= 0x1p-126 && precision + 2 <= float_bits;
  if (!narrow) {
    c.lane = Lane::float64;
    if (bits > double_bits || a.quantum() + x.quantum() < -1022) {
      return general(a, x);
    }
  }
  c.clamp = !rule_.fused && needs_clamp(a, x);
  c.hardware = rule_.sum_rounding == Rounding::ru || rule_.sum_rounding == Rounding::rd
                   ? rule_.sum_rounding
                   : Rounding::rz;
  return c;
}

Choice Plan::choose_floats(const RowFacts& a, const Facts& x) const {
  double most = 0;
  Choice c;
  if (!in_range(a, x, c, most)) {
    return choose_again(a, x);
  }
  const bool narrow =
      floats_ && 2 * rule_.sum.precision() + 2 <= float_bits && float_range(a, x, most);
  c.lane = narrow ? Lane::float32 : Lane::float64;
  if (terms_exact(a, x)) {
    c.kind = Kind::exact_terms;
    return c;
  }
  if (rule_.fused || !rounds_terms(a, x)) {
    return choose_chopped(a, x);
  }
  c.kind = Kind::rounded;
  c.clamp = needs_clamp(a, x);
  if (c.clamp && !target_fuses() && product_.min_quantum < -64) {
    c.lane =
        Lane::float64;  // a product below the float lanes' normal numbers would be rounded twice
  }
  return c;
}

/// The lanes for one quantum and numbers of such magnitudes; by scalars where there are none.
Choice Plan::quantum_lanes(const RowFacts& a, const Facts& x, Kind kind, double most) const {
  const bool fuses = target_fuses() && kind != Kind::fixed_chopped;
  for (const Lane lane : {Lane::float32, Lane::float64}) {
    if (lane == Lane::float32 && !floats_) {
      continue;
    }
    const int p = lane_bits(lane);
    const bool exact = fuses ? a.bits() <= p && x.bits() <= p : a.bits() + x.bits() <= p;
    if (exact && most < sum_quantum_ * static_cast<double>(std::uint64_t{1} << (p - 2))) {
      return Choice::tiles(lane, kind);
    }
  }
  return Choice::by_scalars();
}

Choice Plan::choose_fixed(const RowFacts& a, const Facts& x) const {
  const Rounding mode = rule_.fused ? rule_.sum_rounding : rule_.product_rounding;
  const bool added = in_hardware(mode) && mode != Rounding::rz;
  if (added || a.quantum() + x.quantum() >= sum_.min_quantum) {
    const double largest = std::min(product_.largest, sum_.largest);
    const double most = bound(a, x);
    Choice watch;
    if (most <= largest || check(a, x, largest, watch)) {
      Choice c = quantum_lanes(a, x, rule_.fused ? Kind::fixed_fused : Kind::fixed,
                               std::min(most, largest));
      c.check_every = watch.check_every;
      c.check_limit = watch.check_limit;
      c.hardware = added ? mode : Rounding::rne;
      if (!c.scalar) {
        return c;
      }
    }
  }
  return choose_again(a, x);
}

Choice Plan::choose_saturating(const RowFacts& a, const Facts& x) const {
  const double reach =
      std::max(a.largest * x.largest + sum_quantum_, 2 * std::max(product_.largest, sum_.largest));
  const Rounding mode = rule_.product_rounding;
  const bool added = in_hardware(mode) && mode != Rounding::rz;
  Choice c = quantum_lanes(a, x, added ? Kind::saturating : Kind::fixed_chopped, reach);
  c.hardware = added ? mode : Rounding::rz;
  return c.scalar ? general(a, x) : c;
}

int Plan::cut(const RowFacts& a, const Facts& x) {
  // The sum over x2, |x2| <= 2^(cut-1), in quanta of 2^(qa + qx), stays below 2^53.
  return double_bits + a.quantum() + x.quantum() - (std::ilogb(a.total) + 1);
}

Choice Plan::choose_exact(const RowFacts& a, const Facts& x) const {
  if (!a.finite || !x.finite || (integers_ && rule_.sum.precision() > double_bits - 3)) {
    return Choice::by_scalars();
  }
  Choice c = Choice::tiles(Lane::float64, Kind::whole);
  if (a.total == 0 || x.largest == 0) {
    return c;
  }
  const double sum = 1.0001 * a.total * x.largest;
  const int quantum = a.quantum() + x.quantum();
  const bool terms_kept =
      rule_.fused || (product_.fixed ? quantum >= product_.min_quantum && sum <= product_.largest
                                     : terms_exact(a, x));
  if (terms_kept) {
    if (sum <= std::ldexp(1.0, double_bits + quantum)) {
      return c;
    }
    c.kind = Kind::halves;
    // x2 in quanta, and x1: both sums exact.
    c.scalar = 2 * sum > std::ldexp(1.0, double_bits + a.quantum() + cut(a, x));
    return c;
  }
  if (!product_.fixed && nearest_floats_ && rounds_terms(a, x) && sum * 1.01 <= product_.largest &&
      2 * sum + a.terms * product_quantum_ <= product_quantum_ * 0x1p53) {
    c.kind = Kind::whole_rounded;
    c.clamp = needs_clamp(a, x);
    return c;
  }
  if (plain_floating(rule_.product) && rule_.product_rounding != Rounding::rne &&
      rule_.product_rounding != Rounding::sr && a.bits() + x.bits() <= double_bits &&
      quantum >= -1022 && a.largest * x.largest <= product_.largest &&
      2 * sum + a.terms * product_quantum_ <= product_quantum_ * 0x1p53) {
    c.kind = Kind::whole_chopped;
    c.clamp = needs_clamp(a, x);
    return c;
  }
  const double quanta = product_quantum_ * 0x1p51;
  const int bits = a.bits() + x.bits();
  if (fixed_ && rule_.product_rounding == Rounding::rne &&
      (target_fuses() || bits <= double_bits) &&
      1.0001 * a.largest * x.largest + product_quantum_ <= product_.largest &&
      bound(a, x) < quanta) {
    c.kind = Kind::whole_fixed;
    return c;
  }
  return Choice::by_scalars();
}

}  // namespace carrybit::kernels
