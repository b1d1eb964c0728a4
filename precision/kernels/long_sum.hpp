#pragma once
// A sum of products of two doubles without any rounding: a fixed-point number long enough for all of
// them (Kulisch's long accumulator), in limbs of 32 bits with room for carries.

#include <array>
#include <cstdint>

#include "precision/number.hpp"

namespace carrybit::kernels {

class LongSum {
 public:
  /// Adds w * x, exactly. At most 2^30 terms.
  void add(double w, double x);
  /// Infinities and NaN as IEEE 754 adds them; an exact zero is +0.
  Number total() const;

 private:
  static constexpr int lowest = -2 * 1074;  // exponent of the first limb's last bit
  static constexpr int limb_bits = 32;
  static constexpr std::size_t limbs = (2 * 1074 + 2 * 1024 + 64) / limb_bits + 4;

  std::array<std::int64_t, limbs> limb_ = {};
  bool nan_ = false, up_ = false, down_ = false;
};

}  // namespace carrybit::kernels
