// What one term does to one vector of sums, for every kind of tile. Included once for every
// instruction set by tiles.cpp.
//
// Each has Start(), Load(weight, grown), Product(weight, x), Add(sum, term), Step(sum, weight, x) =
// Add(sum, Product(weight, x)), Rest(sum, n) after every n steps, Track(most, sum), Finish(sum) and
// InRange(). `clamps`: there is a second product for terms that may be subnormal.

#if defined(CARRYBIT_TILE_OPS) == defined(HWY_TARGET_TOGGLE)
#ifdef CARRYBIT_TILE_OPS
#undef CARRYBIT_TILE_OPS
#else
#define CARRYBIT_TILE_OPS
#endif

#include <type_traits>

#include "precision/kernels/tile_rounder-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace carrybit::kernels::HWY_NAMESPACE {

template <class T>
struct Basic {
  using Lane = T;
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  static constexpr bool clamps = false;
  static constexpr bool pairs = false;     // Load takes both numbers of a weight
  static constexpr bool two_ways = false;  // OtherStep is Step by other instructions
  struct Weight {
    V w;
  };
  static HWY_INLINE V Broadcast(double x) { return hn::Set(D(), static_cast<T>(x)); }
  static HWY_INLINE Weight Load(const T* w, const T*) { return {hn::Set(D(), *w)}; }
  static HWY_INLINE V Start() { return hn::Zero(D()); }
  static HWY_INLINE V Rest(V sum, int) { return sum; }
  static HWY_INLINE V Track(V most, V sum) { return hn::Max(most, hn::Abs(sum)); }
  static HWY_INLINE bool Within(V most, double limit) {
    return hn::AllTrue(D(), hn::Le(most, Broadcast(limit)));
  }
  static HWY_INLINE V Finish(V sum) { return sum; }
  static HWY_INLINE bool InRange() { return true; }
};

/// Rounding to p bits in two operations: r = 2^k s + RN((1 - 2^k) s), k = P - p. The product is
/// -(2^k s - s) rounded to the quantum of s in p bits (finer only just above a power of two, where that
/// power is the answer); ties go to even because 2^k s is then an even number of quanta. Right for every
/// s when P >= 2p + 2, as the tests show for each p by going through a whole binade.
template <class T>
struct RoundedOps : Basic<T> {
  using B = Basic<T>;
  using V = typename B::V;
  static constexpr bool clamps = true;
  static constexpr bool pairs = true;
  static constexpr bool two_ways = HWY_TARGET == HWY_AVX2;
  struct Weight {
    V shrunk;  // w (1 - 2^k), exact
    V grown;   // w 2^k
  };
  explicit RoundedOps(const TileNumbers& n)
      : shrink(B::Broadcast(n.sum_shrink)),
        grow(B::Broadcast(n.sum_grow)),
        clamp(B::Broadcast(n.clamp)),
        ungrow(B::Broadcast(1 / n.product_grow)) {}
  static HWY_INLINE Weight Load(const T* shrunk, const T* grown) {
    const typename B::D d;
    return {hn::Set(d, *shrunk), hn::Set(d, *grown)};
  }
  HWY_INLINE V Product(const Weight& w, V x) const {
    return hn::MulAdd(w.grown, x, hn::Mul(w.shrunk, x));
  }
  /// The quantum of 2^k |w x|, but no less than a subnormal's, by adding and subtracting.
  HWY_INLINE V SmallProduct(const Weight& w, V x) const {
    const V c = hn::Max(hn::Abs(hn::Mul(w.grown, x)), clamp);
    return hn::Sub(hn::MulAdd(hn::Mul(w.grown, ungrow), x, c), c);
  }
  HWY_INLINE V Add(V sum, V term) const {
    const V s = hn::Add(sum, term);
    return hn::MulAdd(s, grow, hn::Mul(s, shrink));
  }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const { return Add(sum, Product(w, x)); }
  /// s - 2^k s and the sum of both, for the adders of processors that have some beside the multipliers.
  HWY_INLINE V OtherAdd(V sum, V term) const {
    const V s = hn::Add(sum, term);
    const V g = hn::Mul(s, grow);
    return hn::Add(g, hn::Sub(s, g));
  }
  HWY_INLINE V OtherStep(V sum, const Weight& w, V x) const { return OtherAdd(sum, Product(w, x)); }
  V shrink, grow, clamp, ungrow;
};

/// The same where most terms may be subnormal: all are taken with care.
template <class T>
struct ClampedOps : RoundedOps<T> {
  using V = typename Basic<T>::V;
  using Weight = typename RoundedOps<T>::Weight;
  static constexpr bool clamps = false;
  explicit ClampedOps(const TileNumbers& n) : RoundedOps<T>(n) {}
  HWY_INLINE V Product(const Weight& w, V x) const { return this->SmallProduct(w, x); }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const { return this->Add(sum, Product(w, x)); }
  HWY_INLINE V OtherStep(V sum, const Weight& w, V x) const {
    return this->OtherAdd(sum, Product(w, x));
  }
};

template <class T>
struct ExactTermsOps : Basic<T> {
  using B = Basic<T>;
  using V = typename B::V;
  using Weight = typename B::Weight;
  explicit ExactTermsOps(const TileNumbers& n)
      : shrink(B::Broadcast(n.sum_shrink)), grow(B::Broadcast(n.sum_grow)) {}
  HWY_INLINE V Product(const Weight& w, V x) const { return hn::Mul(w.w, x); }
  HWY_INLINE V Add(V sum, V term) const {
    const V s = hn::Add(sum, term);
    return hn::MulAdd(s, grow, hn::Mul(s, shrink));
  }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const {
    const V s = hn::MulAdd(w.w, x, sum);
    return hn::MulAdd(s, grow, hn::Mul(s, shrink));
  }
  V shrink, grow;
};

template <class T, bool fused>
struct NativeOps : Basic<T> {
  using V = typename Basic<T>::V;
  using Weight = typename Basic<T>::Weight;
  explicit NativeOps(const TileNumbers&) {}
  HWY_INLINE V Product(const Weight& w, V x) const { return hn::Mul(w.w, x); }
  HWY_INLINE V Add(V sum, V term) const { return hn::Add(sum, term); }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const {
    return fused ? hn::MulAdd(w.w, x, sum) : Add(sum, Product(w, x));
  }
};

/// Fixed point without saturation. y = w x + C with C = 1.5 * 2^(P-1) quanta is C plus the product
/// rounded to nearest even; as integers, the bits of y are those of C plus the product's quanta. So
/// sums are integer sums of bits, from which the Cs are taken away now and then.
template <class T>
struct FixedOps : Basic<T> {
  using B = Basic<T>;
  using D = typename B::D;
  using I = hn::RebindToSigned<D>;
  using Int = hn::TFromD<I>;
  using V = typename B::V;
  using Weight = typename B::Weight;
  explicit FixedOps(const TileNumbers& n)
      : magic(B::Broadcast(n.magic)),
        bits(hn::GetLane(hn::BitCast(I(), magic))),
        quanta(1.5 * static_cast<double>(std::uint64_t{1} << (sizeof(T) == 4 ? 23 : 52)) /
               n.magic) {}
  HWY_INLINE V Product(const Weight& w, V x) const { return hn::MulAdd(w.w, x, magic); }
  HWY_INLINE V Add(V sum, V term) const {
    const I i;
    return hn::BitCast(D(), hn::Add(hn::BitCast(i, sum), hn::BitCast(i, term)));
  }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const { return Add(sum, Product(w, x)); }
  HWY_INLINE V Rest(V sum, int n) const {
    using Unsigned = std::make_unsigned_t<Int>;
    const auto surplus = static_cast<Int>(static_cast<Unsigned>(bits) * static_cast<Unsigned>(n));
    return hn::BitCast(D(), hn::Sub(hn::BitCast(I(), sum), hn::Set(I(), surplus)));
  }
  static HWY_INLINE V Track(V most, V sum) {
    const I i;
    return hn::BitCast(D(), hn::Max(hn::BitCast(i, most), hn::Abs(hn::BitCast(i, sum))));
  }
  HWY_INLINE bool Within(V most, double limit) const {
    const I i;
    const auto bound = static_cast<Int>(limit * quanta);
    return hn::AllFalse(i, hn::Gt(hn::BitCast(i, most), hn::Set(i, bound)));
  }
  HWY_INLINE V Finish(V sum) const { return hn::Sub(Rest(sum, -1), magic); }
  V magic;
  Int bits;
  double quanta;  // one, in quanta
};

/// y = w x + y from y = C: one rounding to a multiple of the quantum a term.
template <class T>
struct FixedFusedOps : Basic<T> {
  using B = Basic<T>;
  using V = typename B::V;
  using Weight = typename B::Weight;
  explicit FixedFusedOps(const TileNumbers& n) : magic(B::Broadcast(n.magic)) {}
  HWY_INLINE V Start() const { return magic; }
  HWY_INLINE V Track(V most, V sum) const { return hn::Max(most, hn::Abs(hn::Sub(sum, magic))); }
  HWY_INLINE V Finish(V sum) const { return hn::Sub(sum, magic); }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const { return hn::MulAdd(w.w, x, sum); }
  V magic;
};

template <class T>
struct SaturatingOps : Basic<T> {
  using B = Basic<T>;
  using V = typename B::V;
  using Weight = typename B::Weight;
  explicit SaturatingOps(const TileNumbers& n)
      : magic(B::Broadcast(n.magic)),
        product_low(B::Broadcast(n.product_low)),
        product_high(B::Broadcast(n.product_high)),
        sum_low(B::Broadcast(n.sum_low)),
        sum_high(B::Broadcast(n.sum_high)) {}
  HWY_INLINE V Product(const Weight& w, V x) const {
    const V r = hn::Sub(hn::MulAdd(w.w, x, magic), magic);
    return hn::Min(hn::Max(r, product_low), product_high);
  }
  HWY_INLINE V Add(V sum, V term) const {
    return hn::Min(hn::Max(hn::Add(sum, term), sum_low), sum_high);
  }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const { return Add(sum, Product(w, x)); }
  V magic, product_low, product_high, sum_low, sum_high;
};

/// Exact sums of exact products.
template <class T>
struct WholeOps : NativeOps<T, true> {
  explicit WholeOps(const TileNumbers& n) : NativeOps<T, true>(n) {}
};

/// Exact sums of rounded products.
template <class T>
struct WholeRoundedOps : RoundedOps<T> {
  using V = typename Basic<T>::V;
  using Weight = typename RoundedOps<T>::Weight;
  explicit WholeRoundedOps(const TileNumbers& n) : RoundedOps<T>(n) {}
  HWY_INLINE V Add(V sum, V term) const { return hn::Add(sum, term); }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const { return Add(sum, this->Product(w, x)); }
  HWY_INLINE V OtherStep(V sum, const Weight& w, V x) const { return Step(sum, w, x); }
};

/// Full IEEE in double lanes, ties to even: C = 1.5 * 2^(53-p) * max(2^e, smallest normal).
struct IeeeOps : Basic<double> {
  using B = Basic<double>;
  explicit IeeeOps(const TileNumbers& n) : product_(n.product), sum_(n.sum) {}
  static HWY_INLINE V Nearest(V x, const RounderNumbers& n) {
    const D d;
    const Words w;
    const V a = hn::Abs(x);
    const V binade =
        hn::BitCast(d, hn::And(hn::BitCast(w, a), hn::Set(w, std::uint64_t{0x7FF0000000000000U})));
    const V m = hn::Max(binade, hn::Set(d, n.low));
    const V c = hn::BitCast(d, hn::Add(hn::BitCast(w, m), hn::Set(w, n.scale)));
    const V r = hn::Sub(hn::Add(x, c), c);
    const V far = hn::CopySign(hn::Set(d, n.beyond), x);
    return hn::IfThenElse(hn::Ge(a, hn::Set(d, n.bound)), far, r);
  }
  HWY_INLINE V Product(const Weight& w, V x) const { return Nearest(hn::Mul(w.w, x), product_); }
  HWY_INLINE V Add(V sum, V term) const { return Nearest(hn::Add(sum, term), sum_); }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const { return Add(sum, Product(w, x)); }

 private:
  const RounderNumbers& product_;
  const RounderNumbers& sum_;
};

/// AVX2 has them in the processor; Highway's portable ones do not round to nearest.
constexpr bool converts_halves = HWY_TARGET <= HWY_AVX2;

/// Full IEEE in binary16, in float lanes: there and back by the processor.
struct HalfOps : Basic<float> {
  explicit HalfOps(const TileNumbers&) {}
  static HWY_INLINE V Nearest(V x) {
    if constexpr (converts_halves) {
      const D d;
      return hn::PromoteTo(d, hn::DemoteTo(hn::Rebind<hwy::float16_t, D>(), x));
    }
    return x;
  }
  HWY_INLINE V Product(const Weight& w, V x) const { return Nearest(hn::Mul(w.w, x)); }
  HWY_INLINE V Add(V sum, V term) const { return Nearest(hn::Add(sum, term)); }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const { return Add(sum, Product(w, x)); }
};

/// Full IEEE in a format with the exponents of binary32: as integers, ties to even. Subnormal numbers,
/// infinities and the processor's NaN are rounded rightly too.
struct TopBitsOps : Basic<float> {
  explicit TopBitsOps(const TileNumbers& n)
      : product_drop_(n.product_drop), sum_drop_(n.sum_drop) {}
  static HWY_INLINE V Nearest(V x, int drop) {
    const hn::RebindToUnsigned<D> u;
    const auto low = hn::Set(u, (1U << drop) - 1);
    const auto b = hn::BitCast(u, x);
    const auto last = hn::And(hn::ShiftRightSame(b, drop), hn::Set(u, 1U));
    const auto up = hn::Add(hn::Add(b, hn::ShiftRight<1>(low)), last);
    return hn::BitCast(D(), hn::AndNot(low, up));
  }
  HWY_INLINE V Product(const Weight& w, V x) const {
    return Nearest(hn::Mul(w.w, x), product_drop_);
  }
  HWY_INLINE V Add(V sum, V term) const { return Nearest(hn::Add(sum, term), sum_drop_); }
  HWY_INLINE V Step(V sum, const Weight& w, V x) const { return Add(sum, Product(w, x)); }

 private:
  int product_drop_, sum_drop_;
};

template <bool fused>
struct GeneralOps : Basic<double> {
  explicit GeneralOps(const TileNumbers& n) : product_(n.product), sum_(n.sum) {}
  HWY_INLINE V Product(const Weight& w, V x) {
    const V p = hn::Mul(w.w, x);
    return fused ? p : product_.Round(p);
  }
  HWY_INLINE V Add(V sum, V term) { return sum_.RoundSum(sum, term); }
  HWY_INLINE V Step(V sum, const Weight& w, V x) { return Add(sum, Product(w, x)); }
  HWY_INLINE bool InRange() const { return product_.InRange() && sum_.InRange(); }

 private:
  Rounder product_, sum_;
};

}  // namespace carrybit::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
