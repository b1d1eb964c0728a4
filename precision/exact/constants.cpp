#include "precision/exact/constants.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <mutex>

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

/// A partial sum of the arc series below, as the fraction top / (odd * power).
struct Fraction {
  Integer top;
  Integer odd;
  Integer power;
};

/// The terms first <= k < last of sum over k of sign^k / ((2k+1) * n^(2(k-first)+2)).
Fraction split(std::int64_t n, int sign, std::int64_t first, std::int64_t last) {
  if (last - first == 1) {
    return {first % 2 == 0 ? 1 : sign, 2 * first + 1, Integer(n) * n};
  }
  const std::int64_t middle = first + (last - first) / 2;
  const Fraction a = split(n, sign, first, middle);
  const Fraction b = split(n, sign, middle, last);
  return {a.top * b.odd * b.power + a.odd * b.top, a.odd * b.odd, a.power * b.power};
}

/// artanh(1/n) for sign = 1, arctan(1/n) for sign = -1, n >= 8, within 2 units:
/// the sum over k of sign^k / ((2k+1) * n^(2k+1)) by binary splitting. The first term left out is
/// below 1/4 unit and the rest smaller still; cutting both sides of the fraction to bits + 32 bits
/// moves the quotient, which is below 1, by less than 2^-29 units; the division rounds once.
Integer arc_of_inverse(std::int64_t n, int sign, std::int64_t bits) {
  const double bits_per_term = 2 * std::log2(static_cast<double>(n)) - 1e-6;
  const auto terms = static_cast<std::int64_t>(static_cast<double>(bits) / bits_per_term) + 2;
  Fraction sum = split(n, sign, 0, terms);
  Integer bottom = sum.odd * sum.power;
  const std::int64_t surplus = bit_length(bottom) - (bits + 32);
  if (surplus > 0) {
    sum.top >>= static_cast<unsigned>(surplus);
    bottom >>= static_cast<unsigned>(surplus);
  }
  return ((sum.top * n) << static_cast<unsigned>(bits)) / bottom;
}

/// 18 artanh(1/26) - 2 artanh(1/4801) + 8 artanh(1/8749): 28 * 2 units at most.
Integer compute_ln2(std::int64_t bits) {
  return 18 * arc_of_inverse(26, 1, bits) - 2 * arc_of_inverse(4801, 1, bits) +
         8 * arc_of_inverse(8749, 1, bits);
}

/// Gauss: pi/4 = 12 arctan(1/18) + 8 arctan(1/57) - 5 arctan(1/239): 100 * 2 units at most.
Integer compute_pi(std::int64_t bits) {
  return 4 * (12 * arc_of_inverse(18, -1, bits) + 8 * arc_of_inverse(57, -1, bits) -
              5 * arc_of_inverse(239, -1, bits));
}

/// The relative error of pi, below 64 units of 2^-bits, and one rounding.
Integer compute_two_over_pi(std::int64_t bits) {
  return (Integer(1) << static_cast<unsigned>(2 * bits + 1)) / compute_pi(bits);
}

/// sqrt(2 * 2/pi): half the relative error of 2/pi, and one rounding.
Integer compute_two_over_sqrt_pi(std::int64_t bits) {
  return boost::multiprecision::sqrt(
      Integer(compute_two_over_pi(bits) << static_cast<unsigned>(bits + 1)));
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
