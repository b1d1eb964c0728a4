// What one term does to one vector of sums in modes other than rne, and where fused sums are not exact in
// the lanes. Included once for every instruction set by tile_modes.cpp; see tile_ops-inl.hpp.
//
// Products are exact in the lanes. With the processor's mode at rz, ru or rd, a sum rounded first to the P
// bits of a lane and then, in the same direction, to p is rounded once: between the sum and the nearer end of
// its interval of P bits there is no number of p bits. Rounding P bits to p takes a few operations on integers.

#if defined(CARRYBIT_TILE_MODE_OPS) == defined(HWY_TARGET_TOGGLE)
#ifdef CARRYBIT_TILE_MODE_OPS
#undef CARRYBIT_TILE_MODE_OPS
#else
#define CARRYBIT_TILE_MODE_OPS
#endif

#include "precision/kernels/tile_ops-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace carrybit::kernels::HWY_NAMESPACE {

/// Rounding of lanes to a format of fewer bits, whatever the processor's mode is.
template <class T, Rounding mode>
class Chop {
 public:
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  using I = hn::RebindToSigned<D>;
  using Int = hn::TFromD<I>;
  using IntVec = hn::Vec<I>;

  /// `drop`: how many bits go. `magic`: 1.5 * 2^(P-1) quanta of the smallest numbers.
  Chop(int drop, const RounderNumbers& n, double magic)
      : drop_(drop),
        low_(hn::Set(I(), (Int{1} << drop) - 1)),
        normal_(hn::Set(D(), static_cast<T>(n.low))),
        quantum_(hn::Set(D(), static_cast<T>(n.low * n.unit))),
        magic_(hn::Set(D(), static_cast<T>(magic))) {}

  /// The last bits go. For normal numbers of the format; a multiple of its smallest number stays.
  HWY_INLINE V Round(V y) const {
    const I i;
    const IntVec b = hn::BitCast(i, y);
    const IntVec half = hn::ShiftRight<1>(low_);  // one less than half
    IntVec r = b;
    if constexpr (mode == Rounding::rna) {
      r = hn::Add(b, hn::Sub(low_, half));
    } else if constexpr (mode == Rounding::rnz) {
      r = hn::Add(b, half);
    } else if constexpr (mode == Rounding::rne) {
      const IntVec last = hn::And(hn::ShiftRightSame(b, drop_), hn::Set(i, Int{1}));
      r = hn::Add(hn::Add(b, half), last);
    } else if constexpr (mode == Rounding::rd) {
      r = hn::Add(b, hn::And(hn::BroadcastSignBit(b), low_));
    } else if constexpr (mode == Rounding::ru) {
      r = hn::Add(b, hn::AndNot(hn::BroadcastSignBit(b), low_));
    } else if constexpr (mode == Rounding::ro) {
      r = hn::Or(b, hn::Add(hn::And(b, low_), low_));
    }
    return hn::BitCast(D(), hn::AndNot(low_, r));
  }

  HWY_INLINE hn::Mask<D> IsSmall(V y) const { return hn::Lt(hn::Abs(y), normal_); }

  /// For numbers below the normal ones: whole quanta, counted.
  HWY_INLINE V Small(V y) const {
    const D d;
    const V a = hn::Abs(y);
    const V zero = hn::Zero(d);
    V whole = hn::Sub(hn::Add(a, magic_), magic_);  // down or up
    whole = hn::Sub(whole, hn::IfThenElseZero(hn::Gt(whole, a), quantum_));
    const V rest = hn::Sub(a, whole);
    const V twice = hn::Add(rest, rest);
    const I i;
    const IntVec last = hn::And(hn::BitCast(i, hn::Add(whole, magic_)), hn::Set(i, Int{1}));
    const auto odd = hn::RebindMask(d, hn::Gt(last, hn::Zero(i)));
    const auto some = hn::Gt(rest, zero);
    const auto over = hn::Gt(twice, quantum_);
    const auto tie = hn::Eq(twice, quantum_);
    hn::Mask<D> up = over;  // rnz
    if constexpr (mode == Rounding::rz) {
      up = hn::Gt(zero, zero);
    } else if constexpr (mode == Rounding::rna) {
      up = hn::Or(over, tie);
    } else if constexpr (mode == Rounding::rne) {
      up = hn::Or(over, hn::And(tie, odd));
    } else if constexpr (mode == Rounding::rd) {
      up = hn::And(some, hn::Lt(y, zero));
    } else if constexpr (mode == Rounding::ru) {
      up = hn::And(some, hn::Gt(y, zero));
    } else if constexpr (mode == Rounding::ro) {
      up = hn::AndNot(odd, some);
    }
    return hn::CopySign(hn::Add(whole, hn::IfThenElseZero(up, quantum_)), y);
  }

  HWY_INLINE V RoundAny(V y) const { return hn::IfThenElse(IsSmall(y), Small(y), Round(y)); }

 private:
  int drop_;
  IntVec low_;
  V normal_, quantum_, magic_;
};

/// rz, ru, rd and rna. The processor rounds in the same direction (rna: towards zero, so that a tie is
/// one, or more than one, and is rounded away). Sums of products rounded to the format are multiples of its
/// smallest number, and fused sums may not be.
template <class T, Rounding mode, bool fused>
struct ChoppedOps : Basic<T> {
  using B = Basic<T>;
  using V = typename B::V;
  using Weight = typename B::Weight;
  static constexpr bool clamps = !fused;
  explicit ChoppedOps(const TileNumbers& n)
      : product_(n.product_drop, n.product, n.clamp), sum_(n.sum_drop, n.sum, n.magic) {}
  HWY_INLINE V Product(const Weight& w, V x) const {
    const V y = hn::Mul(w.w, x);
    return fused ? y : product_.Round(y);
  }
  HWY_INLINE V SmallProduct(const Weight& w, V x) const {
    return product_.RoundAny(hn::Mul(w.w, x));
  }
  HWY_INLINE V Add(V sum, V term) const { return Rounded(hn::Add(sum, term)); }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const {
    return fused ? Rounded(hn::MulAdd(w.w, x, sum)) : Add(sum, Product(w, x));
  }

 protected:
  HWY_INLINE V Rounded(V s) const {
    if constexpr (fused) {
      if (HWY_UNLIKELY(!hn::AllFalse(typename B::D(), sum_.IsSmall(s)))) {
        return sum_.RoundAny(s);
      }
    }
    return sum_.Round(s);
  }

 private:
  Chop<T, mode> product_, sum_;
};

/// The modes that must know whether a sum in P bits is exact: it is rounded to odd first. The processor
/// rounds towards zero, where s = a + b is exact if and only if s - a is b and s - b is a: the term that
/// is no smaller in exponent taken away from s leaves an exact difference.
template <class T, Rounding mode, bool fused>
struct StickyOps : ChoppedOps<T, mode, fused> {
  using B = Basic<T>;
  using V = typename B::V;
  using Weight = typename B::Weight;
  explicit StickyOps(const TileNumbers& n) : ChoppedOps<T, mode, fused>(n) {}
  HWY_INLINE V Add(V sum, V term) const {
    const typename B::D d;
    const hn::RebindToUnsigned<typename B::D> u;
    const V s = hn::Add(sum, term);
    const auto inexact = hn::Or(hn::Ne(hn::Sub(s, sum), term), hn::Ne(hn::Sub(s, term), sum));
    const auto last = hn::And(hn::BitCast(u, hn::VecFromMask(d, inexact)),
                              hn::Set(u, hn::TFromD<decltype(u)>{1}));
    return this->Rounded(hn::Or(s, hn::BitCast(d, last)));
  }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const { return Add(sum, this->Product(w, x)); }
};

/// Exact sums, in `double`, of rounded products.
template <Rounding mode>
struct WholeChoppedOps : ChoppedOps<double, mode, false> {
  using V = typename Basic<double>::V;
  using Weight = typename Basic<double>::Weight;
  explicit WholeChoppedOps(const TileNumbers& n) : ChoppedOps<double, mode, false>(n) {}
  HWY_INLINE V Add(V sum, V term) const { return hn::Add(sum, term); }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const { return Add(sum, this->Product(w, x)); }
};

/// Fixed point, saturating, in rz, rna and rnz: what `before` adds to a magnitude before its fraction goes.
/// The processor rounds towards zero, and magnitudes are exact.
template <class T>
struct FixedChoppedOps : SaturatingOps<T> {
  using B = Basic<T>;
  using V = typename B::V;
  using Weight = typename B::Weight;
  explicit FixedChoppedOps(const TileNumbers& n)
      : SaturatingOps<T>(n), before(B::Broadcast(n.before)) {}
  HWY_INLINE V Product(const Weight& w, V x) const {
    const V y = hn::Mul(w.w, x);
    const V a = hn::Add(hn::Abs(y), before);
    const V r = hn::CopySign(hn::Sub(hn::Add(a, this->magic), this->magic), y);
    return hn::Min(hn::Max(r, this->product_low), this->product_high);
  }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const { return this->Add(sum, Product(w, x)); }
  V before;
};

}  // namespace carrybit::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
