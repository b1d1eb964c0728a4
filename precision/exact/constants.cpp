#include "precision/exact/constants.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <mutex>

#include "precision/exact/big_integer.hpp"

namespace carrybit::exact {

namespace {

/// A constant at the precisions 2^8, 2^9, … bits, each computed when first asked for and never
/// changed afterwards. `compute(bits)` may be wrong by 2^16 units.
class Kept {
 public:
  explicit Kept(Integer (*compute)(std::int64_t bits)) : compute_(compute) {}

  /// Cut from at least 32 more bits: below 1 unit lost by the cut, far below 1 inherited.
  Integer at(std::int64_t bits) {
    const auto wanted = static_cast<std::uint64_t>(std::max<std::int64_t>(bits + 32, 256));
    const auto tier = static_cast<std::size_t>(std::bit_width(wanted - 1));
    const std::int64_t kept_bits = std::int64_t{1} << tier;
    std::call_once(once_.at(tier), [&] { value_.at(tier) = compute_(kept_bits); });
    return value_[tier] >> static_cast<unsigned>(kept_bits - bits);
  }

 private:
  static constexpr std::size_t tiers = 32;
  Integer (*compute_)(std::int64_t bits);
  std::array<std::once_flag, tiers> once_;
  std::array<Integer, tiers> value_;
};

/// top / bottom in units of 2^-bits, for a quotient below 2^8: when both are cut so that bits + 32
/// bits of `bottom` remain, it moves by less than 2^-22 units; the division rounds once.
Integer ratio(Integer top, Integer bottom, std::int64_t bits) {
  const std::int64_t surplus = bit_length(bottom) - (bits + 32);
  if (surplus > 0) {
    top >>= static_cast<unsigned>(surplus);
    bottom >>= static_cast<unsigned>(surplus);
  }
  return floor_quotient(top << static_cast<unsigned>(bits), bottom);
}

// ln 2 = 18 artanh(1/26) - 2 artanh(1/4801) + 8 artanh(1/8749), each by binary splitting.

/// A partial sum of artanh as the fraction top / (odd * power).
struct ArtanhTerms {
  Integer top;
  Integer odd;
  Integer power;
};

/// The sum over first <= k < last of 1 / ((2k+1) * n^(2(k-first)+2)).
ArtanhTerms artanh_terms(std::int64_t n, std::int64_t first, std::int64_t last) {
  if (last - first == 1) {
    return {1, 2 * first + 1, Integer(n) * n};
  }
  const std::int64_t middle = first + (last - first) / 2;
  const ArtanhTerms a = artanh_terms(n, first, middle);
  const ArtanhTerms b = artanh_terms(n, middle, last);
  return {a.top * b.odd * b.power + a.odd * b.top, a.odd * b.odd, a.power * b.power};
}

/// artanh(1/n), n >= 8, within 2 units: the sum over k of 1 / ((2k+1) * n^(2k+1)). What is left out
/// is below 1/2 unit.
Integer artanh_of_inverse(std::int64_t n, std::int64_t bits) {
  const double bits_per_term = 2 * std::log2(static_cast<double>(n)) - 1e-6;
  const auto terms = static_cast<std::int64_t>(static_cast<double>(bits) / bits_per_term) + 2;
  const ArtanhTerms sum = artanh_terms(n, 0, terms);
  return ratio(sum.top * n, sum.odd * sum.power, bits);
}

/// Within (18 + 2 + 8) * 2 units.
Integer compute_ln2(std::int64_t bits) {
  return 18 * artanh_of_inverse(26, bits) - 2 * artanh_of_inverse(4801, bits) +
         8 * artanh_of_inverse(8749, bits);
}

// 1/pi by the series of D. V. and G. V. Chudnovsky (1988), by binary splitting:
//   1/pi = 12 * sum over k of (-1)^k (6k)! (13591409 + 545140134 k) / ((3k)! (k!)^3 640320^(3k+3/2)).

/// The terms first <= k < last: the product of the ratios' numerators p and denominators q, and the
/// sum t / q.
struct PiTerms {
  Integer p;
  Integer q;
  Integer t;
};

PiTerms pi_terms(std::int64_t first, std::int64_t last) {
  if (last - first == 1) {
    const std::int64_t k = first;
    PiTerms term{1, 1, 0};
    if (k > 0) {
      term.p = Integer(6 * k - 5) * (2 * k - 1) * (6 * k - 1);
      term.q = Integer(k) * k * k * 10939058860032000;  // 640320^3 / 24
    }
    term.t = term.p * (Integer(545140134) * k + 13591409);
    if (k % 2 != 0) {
      term.t = -term.t;
    }
    return term;
  }
  const std::int64_t middle = first + (last - first) / 2;
  const PiTerms a = pi_terms(first, middle);
  const PiTerms b = pi_terms(middle, last);
  return {a.p * b.p, a.q * b.q, a.t * b.q + a.p * b.t};
}

/// 2/pi = t * sqrt(10005) / (q * 213440 * 10005), within 2 units. A term is more than 2^47 times
/// smaller than the one before it. Quotient (below 64) and root are taken with 32 more bits: their
/// errors, below 2 units there, and that of their product are far below 1 unit here.
Integer compute_two_over_pi(std::int64_t bits) {
  const std::int64_t wide = bits + 32;
  const PiTerms sum = pi_terms(0, wide / 47 + 2);
  const Integer quotient = ratio(sum.t, sum.q * 213440, wide);
  const Integer root = floor_sqrt(Integer(10005) << static_cast<unsigned>(2 * wide));
  return (quotient * root / 10005) >> static_cast<unsigned>(wide + 32);
}

/// The relative error of 2/pi and one rounding.
Integer compute_pi(std::int64_t bits) {
  return ratio(Integer(2) << static_cast<unsigned>(bits), compute_two_over_pi(bits), bits);
}

/// sqrt(2 * 2/pi): half the relative error of 2/pi and one rounding.
Integer compute_two_over_sqrt_pi(std::int64_t bits) {
  return floor_sqrt(compute_two_over_pi(bits) << static_cast<unsigned>(bits + 1));
}

}  // namespace

Integer ln2(std::int64_t bits) {
  static Kept kept(compute_ln2);
  return kept.at(bits);
}

Integer pi(std::int64_t bits) {
  static Kept kept(compute_pi);
  return kept.at(bits);
}

Integer two_over_pi(std::int64_t bits) {
  static Kept kept(compute_two_over_pi);
  return kept.at(bits);
}

Integer two_over_sqrt_pi(std::int64_t bits) {
  static Kept kept(compute_two_over_sqrt_pi);
  return kept.at(bits);
}

}  // namespace carrybit::exact
