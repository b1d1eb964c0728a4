#pragma once
// A sum of doubles without any rounding, for a GPU thread: a fixed-point number long enough for products of
// values of at most 8 exponent bits, in limbs of 32 bits with room for carries. kernels::LongSum for the device.

#include <cstdint>

#include "precision/lane/round.hpp"

namespace carrybit::cuda {

class LongSum {
 public:
  /// Terms are multiples of 2^lowest below 2^highest.
  static constexpr int lowest = -576;
  static constexpr int highest = 576;

  /// At most 2^30 terms.
  CARRYBIT_HD void add(double term) {
    if (!lane::is_finite(term)) {
      nan_ = nan_ || lane::is_nan(term);
      up_ = up_ || term > 0;
      down_ = down_ || term < 0;
      return;
    }
    if (term == 0) {
      return;
    }
    const lane::Parts<double> p = lane::parts(term);
    // The last bits of a term below the first limb are zeros.
    const int place = p.exponent - lowest;
    const std::uint64_t m = place < 0 ? p.significand >> -place : p.significand;
    const int up = place < 0 ? 0 : place;
    const int i = up / limb_bits;
    const int shift = up % limb_bits;
    const std::uint64_t low = (m << shift) & limb_mask;
    const std::uint64_t high =
        m >> (limb_bits - shift);  // 53 bits, shifted by up to 31, in three limbs
    const bool negative = lane::is_negative(term);
    put(i, low, negative);
    put(i + 1, high & limb_mask, negative);
    put(i + 2, high >> limb_bits, negative);
  }

  /// Rounded once; an exact zero is +0. Infinities and NaN as IEEE 754 adds them.
  CARRYBIT_HD double rounded(const lane::Context& c) {
    if (nan_ || (up_ && down_)) {
      return lane::deliver_invalid<double>(false, c);
    }
    if (up_ || down_) {
      return lane::deliver_infinity<double>(down_, c);
    }
    const bool negative = settle();
    int top = limbs - 1;
    while (top >= 0 && limb_[top] == 0) {
      --top;
    }
    return top < 0 ? 0.0 : lane::round(lane::with_sign(to_odd(top), negative), c);
  }

 private:
  static constexpr int limb_bits = 32;
  static constexpr std::uint64_t limb_mask = 0xFFFFFFFFU;
  static constexpr int limbs = (highest - lowest) / limb_bits + 4;

  CARRYBIT_HD void put(int i, std::uint64_t bits, bool negative) {
    const auto value = static_cast<std::int64_t>(bits);
    limb_[i] += negative ? -value : value;
  }

  /// Every limb to 0 .. 2^32 - 1, as the magnitude. Was the sum negative?
  CARRYBIT_HD bool settle() {
    const bool negative = carry() < 0;
    if (negative) {
      for (int i = 0; i < limbs; ++i) {
        limb_[i] = -limb_[i];
      }
      carry();
    }
    return negative;
  }
  /// Carries upwards; what leaves the last limb, which is negative for a negative sum, stays in it.
  CARRYBIT_HD std::int64_t carry() {
    for (int i = 0; i + 1 < limbs; ++i) {
      const auto low = static_cast<std::int64_t>(static_cast<std::uint64_t>(limb_[i]) & limb_mask);
      limb_[i + 1] += (limb_[i] - low) >> limb_bits;
      limb_[i] = low;
    }
    return limb_[limbs - 1];
  }

  /// The magnitude, whose highest limb is `top`, rounded to odd in 53 bits: normal numbers all.
  CARRYBIT_HD double to_odd(int top) const {
    // 96 bits from the top limb on: at least 65 significant ones.
    std::uint64_t high = (at(top) << limb_bits) | at(top - 1);
    std::uint64_t low = at(top - 2);
    bool rest = false;
    for (int i = 0; i + 2 < top; ++i) {
      rest = rest || limb_[i] != 0;
    }
    int exponent = lowest + (top - 1) * limb_bits;  // of the last bit of `high`
    while ((high >> 53) != 0) {
      rest = rest || (high & 1U) != 0;
      high >>= 1;
      ++exponent;
    }
    while ((high >> 52) == 0) {
      high = (high << 1) | ((low >> (limb_bits - 1)) & 1U);
      low = (low << 1) & limb_mask;
      --exponent;
    }
    rest = rest || low != 0;
    return static_cast<double>(high | (rest ? 1U : 0U)) * lane::power_of_two<double>(exponent);
  }
  CARRYBIT_HD std::uint64_t at(int i) const {
    return i < 0 ? 0U : static_cast<std::uint64_t>(limb_[i]);
  }

  std::int64_t limb_[limbs] = {};
  bool nan_ = false, up_ = false, down_ = false;
};

}  // namespace carrybit::cuda
