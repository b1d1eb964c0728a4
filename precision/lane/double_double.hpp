#pragma once
// Double-double arithmetic: a number is the unevaluated sum hi + lo of two doubles with
// |lo| <= u |hi|, u = 2^-53: about 106 significant bits. (Dekker, "A floating-point technique for
// extending the available precision", Numer. Math. 18, 1971; Hida, Li, Bailey, "Algorithms for
// quad-double precision floating point arithmetic", ARITH-15, 2001.)
//
// The relative error of each operation is proved by Joldes, Muller and Popescu, "Tight and rigorous
// error bounds for basic building blocks of double-word arithmetic", ACM TOMS 44(2), 2017 (below:
// JMP; proofs checked in Coq by Muller and Rideau, ACM TOMS 48(1), 2022), provided that no product
// exceeds 2^996 or falls below 2^-969. A product that falls below errs by at most 2^-1072: the
// kernels meet this only in higher powers of x, beside an x of at least 2^-900 or beside 1.
//
// Rounding is to nearest, and no product may be contracted with a sum: -ffp-contract=off,
// nvcc --fmad=false. The bits are then the same on every machine.
//
// Part of the lane header: g++, nvcc and the WebAssembly compiler all compile this file.

#include <cmath>

#include "precision/lane/bits.hpp"

namespace carrybit::lane {

/// What a kernel answers: the function's value is hi + lo + e with |e| <= error * |hi| and
/// |lo| <= 2^-52 |hi|. error < 0: no answer, the argument is outside the range that the kernel
/// handles; the caller asks the exact engine.
struct Approx {
  double hi, lo;
  double error;
};

CARRYBIT_HD inline Approx no_answer() { return {0, 0, -1}; }

struct DoubleDouble {
  double hi, lo;
};

/// The nearest integer, ties to even, for |a| <= 2^51: above 2^52 a double has no fraction.
CARRYBIT_HD inline double nearest_integer(double a) { return (a + 0x1.8p52) - 0x1.8p52; }

/// a + b exactly, hi = fl(a + b) (Knuth's 2Sum).
CARRYBIT_HD inline DoubleDouble exact_sum(double a, double b) {
  const double s = a + b;
  const double a_part = s - b;
  const double b_part = s - a_part;
  return {s, (a - a_part) + (b - b_part)};
}

/// The same for |a| >= |b| or a = 0 (Dekker's Fast2Sum).
CARRYBIT_HD inline DoubleDouble exact_sum_ordered(double a, double b) {
  const double s = a + b;
  return {s, b - (s - a)};
}

/// a * b exactly, hi = fl(a * b). By fused multiply-add where the machine has one, else by Dekker's
/// product of Veltkamp's 26-bit halves: both are exact, so the bits agree.
CARRYBIT_HD inline DoubleDouble exact_product(double a, double b) {
  const double p = a * b;
#if defined(__CUDA_ARCH__)
  return {p, __fma_rn(a, b, -p)};
#elif defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return {p, std::fma(a, b, -p)};
#else
  const double splitter = 0x1p27 + 1;
  const double a_scaled = splitter * a;
  const double b_scaled = splitter * b;
  const double a_hi = a_scaled - (a_scaled - a);
  const double b_hi = b_scaled - (b_scaled - b);
  const double a_lo = a - a_hi;
  const double b_lo = b - b_hi;
  return {p, ((a_hi * b_hi - p) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo};
#endif
}

CARRYBIT_HD inline DoubleDouble operator-(DoubleDouble x) { return {-x.hi, -x.lo}; }

/// Relative error <= 2 u^2 (JMP, algorithm 4).
CARRYBIT_HD inline DoubleDouble operator+(DoubleDouble x, double y) {
  const DoubleDouble s = exact_sum(x.hi, y);
  return exact_sum_ordered(s.hi, x.lo + s.lo);
}

/// Relative error <= 3 u^2 + 13 u^3, whatever the signs (JMP, algorithm 6).
CARRYBIT_HD inline DoubleDouble operator+(DoubleDouble x, DoubleDouble y) {
  const DoubleDouble s = exact_sum(x.hi, y.hi);
  const DoubleDouble t = exact_sum(x.lo, y.lo);
  const DoubleDouble v = exact_sum_ordered(s.hi, s.lo + t.hi);
  return exact_sum_ordered(v.hi, t.lo + v.lo);
}

/// x + y for |y| <= |x| / 8, with fewer steps (Dekker's sum): relative error <= 4 u^2, because
/// |x.lo + y.lo| and |s.lo| are each at most 1.13 u |x|, and the two sums in double round by at
/// most (1.13 + 2.26) u^2 |x|, where |x| <= 8/7 |x + y|.
CARRYBIT_HD inline DoubleDouble plus_small(DoubleDouble x, DoubleDouble y) {
  const DoubleDouble s = exact_sum_ordered(x.hi, y.hi);
  return exact_sum_ordered(s.hi, s.lo + (x.lo + y.lo));
}

CARRYBIT_HD inline DoubleDouble operator-(DoubleDouble x, DoubleDouble y) { return x + (-y); }

/// Relative error <= 1.5 u^2 + 4 u^3 (JMP, algorithm 7).
CARRYBIT_HD inline DoubleDouble operator*(DoubleDouble x, double y) {
  const DoubleDouble p = exact_product(x.hi, y);
  const DoubleDouble s = exact_sum_ordered(p.hi, x.lo * y);
  return exact_sum_ordered(s.hi, s.lo + p.lo);
}

/// Relative error <= 7 u^2 (JMP, algorithm 10).
CARRYBIT_HD inline DoubleDouble operator*(DoubleDouble x, DoubleDouble y) {
  const DoubleDouble p = exact_product(x.hi, y.hi);
  return exact_sum_ordered(p.hi, p.lo + (x.hi * y.lo + x.lo * y.hi));
}

/// Relative error <= 15 u^2 + 56 u^3 (JMP, algorithm 17).
CARRYBIT_HD inline DoubleDouble operator/(DoubleDouble x, DoubleDouble y) {
  const double quotient = x.hi / y.hi;
  const DoubleDouble r = y * quotient;
  const double rest = (x.hi - r.hi) + (x.lo - r.lo);
  return exact_sum_ordered(quotient, rest / y.hi);
}

}  // namespace carrybit::lane
