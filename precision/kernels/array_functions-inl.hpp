// exp and erf in double lanes, to an error that decides nearly every rounding. Included once for every
// instruction set by arrays.cpp.

#if defined(CARRYBIT_ARRAY_FUNCTIONS) == defined(HWY_TARGET_TOGGLE)
#ifdef CARRYBIT_ARRAY_FUNCTIONS
#undef CARRYBIT_ARRAY_FUNCTIONS
#else
#define CARRYBIT_ARRAY_FUNCTIONS
#endif

#include "precision/kernels/tile_rounder-inl.hpp"
#include "precision/lane/constants.hpp"

HWY_BEFORE_NAMESPACE();
namespace carrybit::kernels::HWY_NAMESPACE {

HWY_INLINE DoubleVec Const(double x) { return hn::Set(Doubles(), x); }

/// e^x for -600 <= x <= 600, relative error 2^-50: lane::exp_quick, whose bound holds as well where a
/// product and a sum round once together. e^0 is 1.
HWY_INLINE DoubleVec Exp(DoubleVec x) {
  const Doubles d;
  const Words w;
  const DoubleVec shift = Const(0x1.8p52);
  const DoubleVec shifted = hn::MulAdd(x, Const(0x1.71547652b82fep+0), shift);
  const DoubleVec k = hn::Sub(shifted, shift);
  const DoubleVec r =
      hn::NegMulAdd(k, Const(0x1.ef35793c7673p-45), hn::NegMulAdd(k, Const(0x1.62e42fefa38p-1), x));
  const DoubleVec s = hn::Mul(r, r);
  DoubleVec even = hn::MulAdd(s, Const(0x1.289184013c6bbp-22), Const(0x1.a019b90e3c799p-16));
  even = hn::MulAdd(s, even, Const(0x1.6c16c1788b9a4p-10));
  even = hn::MulAdd(s, even, Const(0x1.5555555553d63p-5));
  even = hn::MulAdd(s, even, Const(0x1.0000000000001p-1));
  DoubleVec odd = hn::MulAdd(s, Const(0x1.af4de76a90952p-26), Const(0x1.71de023288d0bp-19));
  odd = hn::MulAdd(s, odd, Const(0x1.a01a01abe7b65p-13));
  odd = hn::MulAdd(s, odd, Const(0x1.11111111100dcp-7));
  odd = hn::MulAdd(s, odd, Const(0x1.5555555555557p-3));
  const DoubleVec y = hn::Add(Const(1.0), hn::MulAdd(s, hn::MulAdd(r, odd, even), r));
  return hn::BitCast(d, hn::Add(hn::BitCast(w, y), hn::ShiftLeft<52>(hn::BitCast(w, shifted))));
}

/// The mean of lane::mean_gaussian in doubles: the terms up to n = 5, what is cut off being less than
/// 2^-60 of erf. All that is added to 1 is below 0.03, so that it is within 2 u (u = 2^-53).
HWY_INLINE DoubleVec MeanGaussian(DoubleVec m, DoubleVec h) {
  const DoubleVec square = hn::Mul(h, h);
  const DoubleVec product = hn::Mul(hn::Mul(m, m), square);
  const DoubleVec square2 = hn::Mul(square, square);
  DoubleVec before = hn::Zero(Doubles());
  DoubleVec b = Const(lane::inverse_factorial(11).hi);
  for (int n = 4; n >= 0; --n) {
    const DoubleVec slope = hn::NegMulAdd(Const(2 * n + 0.5), square, product);
    const DoubleVec second = hn::Mul(Const((n + 1) * (n + 0.5)), square2);
    const DoubleVec rest =
        hn::NegMulAdd(second, before, Const(lane::inverse_factorial(2 * n + 1).hi));
    before = b;
    b = hn::MulAdd(slope, b, rest);
  }
  return b;
}

/// erf x for any x that is no NaN (eighths[j] = erf(j/8), 0 <= j <= 52), relative error 2^-47: lane::erf_approx in doubles, from 6.5 on erf 6.5.
///
/// With c = j/8 nearest to |x|: erf c + 2/sqrt(pi) h e^(-m^2) mean, h = |x| - c exact. e^(-m^2) is within
/// (8 + 3 m^2) u, the mean within 2 u, the constant and the three products within 4 u: (14 + 3 m^2) u of
/// the second summand, which is all for j = 0 (m < 0.04) and at most 0.33 of the result, falling like
/// e^(-m^2), for j > 1, for j = 1 at most the result (m < 0.2). With erf c (u) and the last sum (u): 17 u.
HWY_INLINE DoubleVec Erf(DoubleVec x, const double* eighths) {
  const Doubles d;
  const hn::RebindToSigned<Doubles> i;
  const DoubleVec size = hn::Min(hn::Abs(x), Const(6.5));
  const DoubleVec shift = Const(0x1.8p52);
  const DoubleVec shifted = hn::MulAdd(size, Const(8.0), shift);
  const auto j = hn::And(hn::BitCast(i, shifted), hn::Set(i, std::int64_t{63}));
  const DoubleVec c = hn::Mul(hn::Sub(shifted, shift), Const(0.125));
  const DoubleVec h = hn::Sub(size, c);
  const DoubleVec m = hn::Mul(hn::Add(size, c), Const(0.5));
  const DoubleVec gauss = Exp(hn::Neg(hn::Mul(m, m)));
  const DoubleVec increment =
      hn::Mul(hn::Mul(hn::Mul(Const(0x1.20dd750429b6dp+0), h), gauss), MeanGaussian(m, h));
  return hn::CopySign(hn::Add(hn::GatherIndex(d, eighths, j), increment), x);
}

}  // namespace carrybit::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
