#include "precision/kernels/arrays.hpp"

#include <array>

#include "precision/kernels/plan.hpp"
#include "precision/lane/erf.hpp"
#include "precision/lane_spec.hpp"
#include "precision/operation.hpp"

#ifndef CARRYBIT_ERF_EIGHTHS
#define CARRYBIT_ERF_EIGHTHS
namespace carrybit::kernels {
/// erf(j/8) for 0 <= j <= 52.
inline const double* erf_eighths() {
  static const auto table = [] {
    std::array<double, 53> t{};
    for (std::size_t j = 0; j < t.size(); ++j) {
      t[j] = lane::erf_of_eighths(static_cast<int>(j)).hi;
    }
    return t;
  }();
  return table.data();
}
}  // namespace carrybit::kernels
#endif

#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "precision/kernels/arrays.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "precision/kernels/array_functions-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace carrybit::kernels::HWY_NAMESPACE {

using DoubleMask = hn::Mask<Doubles>;

/// One vector of results, and whether it may be kept.
struct Outcome {
  DoubleVec y;
  DoubleMask good;
};

/// A remainder is exact only by a fused multiplication and addition.
constexpr bool fuses = HWY_TARGET <= HWY_AVX2 || HWY_TARGET == HWY_NEON;

class ArrayLoop {
 public:
  explicit ArrayLoop(const ArrayNumbers& n) : n_(n), rounder_(n.rounder), eighths_(erf_eighths()) {}

  template <ArrayOp op>
  HWY_INLINE Outcome Apply(DoubleVec a, DoubleVec b) {
    const Doubles d;
    switch (op) {
      case ArrayOp::convert: return Round(a, hn::Lt(hn::Abs(a), Infinity()));
      case ArrayOp::add: return AddTo(a, b);
      case ArrayOp::sub: return AddTo(a, hn::Neg(b));
      case ArrayOp::mul: return Round(hn::Mul(a, b), Finite(a, b));
      case ArrayOp::div: {
        const DoubleVec zero = hn::Zero(d);
        const DoubleVec q = hn::Div(a, b);
        // Neither a quotient by zero nor one beyond what a double holds.
        const DoubleMask usual =
            hn::And(hn::And(Finite(a, b), hn::Ne(b, zero)),
                    hn::And(Finite(q, q), hn::Or(hn::Ne(q, zero), hn::Eq(a, zero))));
        const DoubleVec rest = hn::NegMulAdd(q, b, a);
        const DoubleVec error = hn::Xor(rest, hn::And(b, hn::SignBit(d)));
        return Round(Rounder::ToOdd(q, error), hn::And(usual, Exactly()));
      }
      case ArrayOp::sqrt: {
        const DoubleVec root = hn::Sqrt(a);
        const DoubleVec odd = Rounder::ToOdd(root, hn::NegMulAdd(root, root, a));
        return Round(odd, hn::And(hn::Ge(a, hn::Zero(d)), hn::And(Finite(a, a), Exactly())));
      }
      case ArrayOp::exp: {
        const DoubleVec y = Exp(hn::Max(a, Const(-600.0)));
        // e^0 = 1 is exact. Any value below 2^-800 rounds alike.
        const DoubleVec slack =
            hn::IfThenZeroElse(hn::Eq(a, hn::Zero(d)), hn::Mul(y, Const(0x1p-49)));
        return Decide(y, slack, hn::And(hn::Le(a, Const(600.0)), Finite(a, a)));
      }
      case ArrayOp::erf: {
        const DoubleVec y = Erf(a, eighths_);
        return Decide(y, hn::Mul(y, Const(0x1p-46)), Finite(a, a));
      }
    }
    return {a, Finite(a, b)};
  }

 private:
  static HWY_INLINE DoubleVec Infinity() { return Const(lane::infinity<double>(false)); }
  static HWY_INLINE DoubleMask Finite(DoubleVec a, DoubleVec b) {
    return hn::And(hn::Lt(hn::Abs(a), Infinity()), hn::Lt(hn::Abs(b), Infinity()));
  }
  static HWY_INLINE DoubleMask Exactly() {
    const Doubles d;
    return fuses ? hn::Eq(hn::Zero(d), hn::Zero(d)) : hn::Ne(hn::Zero(d), hn::Zero(d));
  }
  HWY_INLINE Outcome AddTo(DoubleVec a, DoubleVec b) {
    if (n_.plain_sums) {
      return Round(hn::Add(a, b), Finite(a, b));
    }
    const DoubleVec s = rounder_.RoundSum(a, b);
    return Settle(s, Finite(a, b));
  }
  HWY_INLINE Outcome Round(DoubleVec x, DoubleMask good) { return Settle(rounder_.Round(x), good); }
  /// Into the range of the format.
  HWY_INLINE Outcome Settle(DoubleVec r, DoubleMask good) const {
    const DoubleVec low = Const(n_.rounder.lowest);
    const DoubleVec high = Const(n_.rounder.largest);
    if (n_.clamps) {
      r = hn::Min(hn::Max(r, low), high);
    } else {
      good = hn::And(good, hn::And(hn::Le(r, high), hn::Ge(r, low)));
    }
    return {n_.one_zero ? hn::Add(r, hn::Zero(Doubles())) : r, good};
  }
  /// Both ends of an interval that holds the exact value.
  HWY_INLINE Outcome Decide(DoubleVec y, DoubleVec slack, DoubleMask good) {
    const Outcome low = Round(hn::Sub(y, slack), good);
    const Outcome high = Round(hn::Add(y, slack), low.good);
    return {high.y, hn::And(high.good, hn::Eq(low.y, high.y))};
  }

  const ArrayNumbers& n_;
  Rounder rounder_;
  const double* eighths_;
};

template <ArrayOp op>
void Run(const ArrayNumbers& numbers, const double* a, Second b, std::size_t n, double* out,
         std::vector<std::uint32_t>& undone) {
  const Doubles d;
  const std::size_t lanes = hn::Lanes(d);
  const ArrayNumbers own = numbers;
  ArrayLoop loop(own);
  const bool has_two = b.x != nullptr;
  const DoubleVec same = has_two && b.one ? hn::Set(d, *b.x) : hn::Zero(d);
  const bool each = has_two && !b.one;
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const DoubleVec x = hn::LoadU(d, a + i);
    const Outcome o = loop.template Apply<op>(x, each ? hn::LoadU(d, b.x + i) : same);
    if (HWY_LIKELY(hn::AllTrue(d, o.good))) {
      hn::StoreU(o.y, d, out + i);
    } else {
      for (std::size_t j = i; j < i + lanes; ++j) {
        undone.push_back(static_cast<std::uint32_t>(j));
      }
    }
  }
  if (i == n) {
    return;
  }
  // The last few, beside ones.
  HWY_ALIGN double tail[3 * HWY_MAX_BYTES / sizeof(double)];
  double* ta = tail;
  double* tb = tail + lanes;
  for (std::size_t j = 0; j < lanes; ++j) {
    ta[j] = i + j < n ? a[i + j] : 1.0;
    tb[j] = !each ? 1.0 : i + j < n ? b.x[i + j] : 1.0;
  }
  const Outcome o = loop.template Apply<op>(hn::LoadU(d, ta), each ? hn::LoadU(d, tb) : same);
  const bool good = hn::AllTrue(d, o.good);
  hn::StoreU(o.y, d, ta);
  for (std::size_t j = 0; i + j < n; ++j) {
    if (good) {
      out[i + j] = ta[j];
    } else {
      undone.push_back(static_cast<std::uint32_t>(i + j));
    }
  }
}

void RunArray(ArrayOp op, const ArrayNumbers& numbers, const double* a, Second b, std::size_t n,
              double* out, std::vector<std::uint32_t>& undone) {
  switch (op) {
    case ArrayOp::convert: return Run<ArrayOp::convert>(numbers, a, {}, n, out, undone);
    case ArrayOp::add: return Run<ArrayOp::add>(numbers, a, b, n, out, undone);
    case ArrayOp::sub: return Run<ArrayOp::sub>(numbers, a, b, n, out, undone);
    case ArrayOp::mul: return Run<ArrayOp::mul>(numbers, a, b, n, out, undone);
    case ArrayOp::div: return Run<ArrayOp::div>(numbers, a, b, n, out, undone);
    case ArrayOp::sqrt: return Run<ArrayOp::sqrt>(numbers, a, {}, n, out, undone);
    case ArrayOp::exp: return Run<ArrayOp::exp>(numbers, a, {}, n, out, undone);
    case ArrayOp::erf: return Run<ArrayOp::erf>(numbers, a, {}, n, out, undone);
  }
}

}  // namespace carrybit::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace carrybit::kernels {

HWY_EXPORT(RunArray);

bool Arrays::supports(const Format& format, Rounding rounding) {
  return rounding != Rounding::sr && carries(carrybit::Carrier::float64, format);
}

Arrays::Arrays(const Format& format, Rounding rounding, bool plain_sums) {
  const lane::Spec s = lane_spec(format);
  numbers_.rounder = rounder_numbers(s, rounding);
  numbers_.plain_sums = plain_sums;
  numbers_.clamps = s.beyond == lane::Beyond::saturate && !s.traps;
  numbers_.one_zero = !s.signed_zero;
}

void Arrays::apply(ArrayOp op, const double* a, Second b, std::size_t n, double* out,
                   std::vector<std::uint32_t>& undone) const {
  HWY_DYNAMIC_DISPATCH(RunArray)(op, numbers_, a, b, n, out, undone);
}

}  // namespace carrybit::kernels
#endif
