#include "precision/kernels/long_sum.hpp"

#include "precision/lane/bits.hpp"
#include "precision/lane/fixed64.hpp"

namespace carrybit::kernels {

void LongSum::add(double w, double x) {
  if (!lane::is_finite(w) || !lane::is_finite(x)) {
    const double product = w * x;
    nan_ = nan_ || lane::is_nan(product);
    up_ = up_ || product > 0;
    down_ = down_ || product < 0;
    return;
  }
  if (w == 0 || x == 0) {
    return;
  }
  const lane::Parts<double> a = lane::parts(w);
  const lane::Parts<double> b = lane::parts(x);
  const bool negative = lane::is_negative(w) != lane::is_negative(x);
  const lane::Wide product = static_cast<lane::Wide>(a.significand) * b.significand;
  const int up = a.exponent + b.exponent - lowest;
  auto i = static_cast<std::size_t>(up / limb_bits);
  const int shift = up % limb_bits;
  // 106 bits, shifted by up to 31, in five limbs.
  lane::Wide rest = product >> (limb_bits - shift);
  auto low = static_cast<std::int64_t>(static_cast<std::uint32_t>(product << shift));
  for (; low != 0 || rest != 0; ++i) {
    limb_[i] += negative ? -low : low;
    low = static_cast<std::int64_t>(static_cast<std::uint32_t>(rest));
    rest >>= limb_bits;
  }
}

Number LongSum::total() const {
  if (nan_ || (up_ && down_)) {
    return Number::nan();
  }
  if (up_ || down_) {
    return Number::infinity(down_);
  }
  Integer sum = 0;
  std::size_t first = 0;
  while (first < limbs && limb_[first] == 0) {
    ++first;
  }
  for (std::size_t i = limbs; i-- > first;) {
    sum = (sum << limb_bits) + limb_[i];
  }
  if (sum == 0) {
    return Number::zero();
  }
  const bool negative = sum < 0;
  return Number::finite(negative, negative ? Integer(-sum) : sum,
                        lowest + static_cast<std::int64_t>(first) * limb_bits);
}

}  // namespace carrybit::kernels
