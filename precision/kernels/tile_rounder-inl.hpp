// Rounding in double lanes to any format, in any mode but `sr`. Included once for every instruction
// set by tiles.cpp, through Highway's foreach_target.h.

#if defined(CARRYBIT_TILE_ROUNDER) == defined(HWY_TARGET_TOGGLE)
#ifdef CARRYBIT_TILE_ROUNDER
#undef CARRYBIT_TILE_ROUNDER
#else
#define CARRYBIT_TILE_ROUNDER
#endif

#include "hwy/highway.h"
#include "precision/kernels/tiles.hpp"

HWY_BEFORE_NAMESPACE();
namespace carrybit::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::ScalableTag<double>;
using Words = hn::RebindToUnsigned<Doubles>;
using DoubleVec = hn::Vec<Doubles>;

/// C = 1.5 * 2^(53 - p) * m, with m the power of two at or below |x|, kept between `low` and `high`:
/// one ulp of C is the quantum of the format at x, and (|x| + C) - C is |x| rounded to nearest even.
/// What is left, |x| - r, is exact and decides the other modes.
class Rounder {
 public:
  explicit Rounder(const RounderNumbers& n)
      : n_(n), beyond_(hn::Zero(Doubles())), two_sided_(n.lowest != -n.largest) {}

  HWY_INLINE DoubleVec Round(DoubleVec x) {
    const Doubles d;
    const Words w;
    const DoubleVec a = hn::Abs(x);
    const DoubleVec binade =
        hn::BitCast(d, hn::And(hn::BitCast(w, a), hn::Set(w, std::uint64_t{0x7FF0000000000000U})));
    const DoubleVec m = hn::Min(hn::Max(binade, hn::Set(d, n_.low)), hn::Set(d, n_.high));
    const DoubleVec c = hn::BitCast(d, hn::Add(hn::BitCast(w, m), hn::Set(w, n_.scale)));
    const DoubleVec y = hn::Add(a, c);
    DoubleVec r = hn::Sub(y, c);
    if (n_.mode != Rounding::rne) {
      r = Adjust(r, x, hn::Sub(a, r), hn::Mul(m, hn::Set(d, n_.unit)), y);
    }
    if (n_.flush_below > 0) {
      r = hn::IfThenZeroElse(hn::Lt(r, hn::Set(d, n_.flush_below)), r);
    }
    r = hn::CopySign(r, x);
    beyond_ = hn::Max(beyond_, two_sided_ ? Excess(r) : hn::Abs(r));
    return r;
  }

  /// a + b, rounded once.
  HWY_INLINE DoubleVec RoundSum(DoubleVec a, DoubleVec b) {
    const Doubles d;
    const DoubleVec s = hn::Add(a, b);
    const DoubleVec bb = hn::Sub(s, a);
    const DoubleVec error = hn::Add(hn::Sub(a, hn::Sub(s, bb)), hn::Sub(b, bb));
    DoubleVec odd = ToOdd(s, error);
    if (n_.mode == Rounding::rd) {  // an exact zero is -0 unless both terms are +0
      const DoubleVec signs = hn::And(hn::Or(a, b), hn::SignBit(d));
      odd = hn::IfThenElse(hn::Eq(odd, hn::Zero(d)), signs, odd);
    }
    return Round(odd);
  }

  /// sum + error rounded to odd: the neighbour with an odd last bit where error is not zero.
  static HWY_INLINE DoubleVec ToOdd(DoubleVec sum, DoubleVec error) {
    const Doubles d;
    const Words w;
    const auto bits = hn::BitCast(w, sum);
    const auto even =
        hn::Sub(hn::Set(w, std::uint64_t{1}), hn::And(bits, hn::Set(w, std::uint64_t{1})));
    const auto opposite = hn::ShiftRight<63>(hn::Xor(bits, hn::BitCast(w, error)));
    // +1 away from zero, -1 towards it; nothing where the sum is odd or exact.
    const auto step = hn::Sub(even, hn::ShiftLeft<1>(hn::And(even, opposite)));
    const auto moved = hn::BitCast(d, hn::Add(bits, step));
    return hn::IfThenElse(hn::Eq(error, hn::Zero(d)), sum, moved);
  }

  /// Did every result stay in the format's range?
  HWY_INLINE bool InRange() const {
    const Doubles d;
    const double limit = two_sided_ ? 0.0 : n_.largest;
    return hn::AllTrue(d, hn::Le(beyond_, hn::Set(d, limit)));  // false for NaN too
  }

 private:
  HWY_INLINE DoubleVec Excess(DoubleVec r) const {
    const Doubles d;
    return hn::Max(hn::Sub(r, hn::Set(d, n_.largest)), hn::Sub(hn::Set(d, n_.lowest), r));
  }

  /// From the nearest value to the one that the mode asks for. All in magnitudes.
  HWY_INLINE DoubleVec Adjust(DoubleVec r, DoubleVec x, DoubleVec left, DoubleVec quantum,
                              DoubleVec y) const {
    const Doubles d;
    const DoubleVec zero = hn::Zero(d);
    const DoubleVec up = hn::IfThenElseZero(hn::Gt(left, zero), quantum);
    const DoubleVec down = hn::IfThenElseZero(hn::Lt(left, zero), quantum);
    const DoubleVec half = hn::Mul(quantum, hn::Set(d, 0.5));
    switch (n_.mode) {
      case Rounding::rz: return hn::Sub(r, down);
      case Rounding::ru: return hn::IfThenElse(Negative(x), hn::Sub(r, down), hn::Add(r, up));
      case Rounding::rd: return hn::IfThenElse(Negative(x), hn::Add(r, up), hn::Sub(r, down));
      case Rounding::rna: return hn::Add(r, hn::IfThenElseZero(hn::Eq(left, half), quantum));
      case Rounding::rnz:
        return hn::Sub(r, hn::IfThenElseZero(hn::Eq(left, hn::Neg(half)), quantum));
      case Rounding::ro: {
        const Words w;
        const auto odd = hn::And(hn::BitCast(w, y), hn::Set(w, std::uint64_t{1}));
        const DoubleVec moved = hn::Sub(hn::Add(r, up), down);
        return hn::IfThenElse(hn::MaskFromVec(hn::BitCast(
                                  d, hn::Neg(hn::BitCast(hn::RebindToSigned<Doubles>(), odd)))),
                              r, moved);
      }
      case Rounding::rne:
      case Rounding::sr: break;
    }
    return r;
  }

  static HWY_INLINE hn::Mask<Doubles> Negative(DoubleVec x) {
    const Doubles d;
    return hn::Lt(hn::CopySign(hn::Set(d, 1.0), x), hn::Zero(d));
  }

  const RounderNumbers& n_;
  DoubleVec beyond_;
  bool two_sided_;
};

}  // namespace carrybit::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
