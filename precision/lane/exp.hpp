#pragma once
// The exponential function: exp_approx to double-double accuracy, exp_quick to double accuracy.

#include "precision/lane/constants.hpp"

namespace carrybit::lane {

/// 2^(j/32) - 1 for -16 <= j < 16, relative error <= u^2.
CARRYBIT_HD inline DoubleDouble exp2_minus_one(int j) {
  static constexpr DoubleDouble table[] = {
      {-0x1.2bec333018867p-2, 0x1.08b2fb1366ea9p-57},
      {-0x1.1c1142e274118p-2, -0x1.16e4786887a99p-56},
      {-0x1.0bdd71829fcf2p-2, -0x1.41577ee04992fp-56},
      {-0x1.f69d99accc7b6p-3, 0x1.59f115f56694p-58},
      {-0x1.d4c6af7557c93p-3, 0x1.ba7c55a192c9cp-57},
      {-0x1.b23213cc8e86cp-3, -0x1.75fc781b57ebcp-58},
      {-0x1.8edb9f5703dcp-3, 0x1.c7c46b071f2bep-57},
      {-0x1.6abf137076a8ep-3, 0x1.684892395f0f8p-58},
      {-0x1.45d819a94b14bp-3, 0x1.e8734d1773206p-57},
      {-0x1.20224341286e4p-3, -0x1.5584f7e54ac3bp-57},
      {-0x1.f332113d56b1fp-4, 0x1.1065895048dd3p-60},
      {-0x1.a46f918837cb7p-4, -0x1.5f8685c2d6c49p-58},
      {-0x1.53f391822dbc7p-4, 0x1.76816bad9b837p-59},
      {-0x1.01b466423250ap-4, -0x1.a5cd4f184b5b9p-59},
      {-0x1.5b505d5b6f268p-5, 0x1.63dce863d76ccp-59},
      {-0x1.5f134923757f3p-6, -0x1.60f6913af3a8ap-62},
      {0x0p+0, 0x0p+0},
      {0x1.66c34c5615d0fp-6, -0x1.183ab7149735cp-60},
      {0x1.6ab0d9f3121ecp-5, 0x1.4c5c95b8c2155p-59},
      {0x1.1301d0125b50ap-4, 0x1.3aefc6bb64c63p-58},
      {0x1.72b83c7d517aep-4, -0x1.9041b9d78a75bp-59},
      {0x1.d4873168b9aa8p-4, -0x1.fe91ff5d9bc3ep-58},
      {0x1.1c3d373ab11c3p-3, 0x1.b07eb6c70572dp-58},
      {0x1.4f4efa8fef709p-3, 0x1.84ba2beb44954p-57},
      {0x1.837f0518db8a9p-3, 0x1.bd1ab48c60b91p-57},
      {0x1.b8d39b9d54e55p-3, 0x1.c51540bd151e6p-58},
      {0x1.ef5326091a112p-3, -0x1.497dbb83d8512p-57},
      {0x1.13821818624b4p-2, 0x1.89b7a04ef80dp-59},
      {0x1.2ff6b54d8a89cp-2, 0x1.d4397afec42e2p-56},
      {0x1.4d0ad5a753e07p-2, 0x1.f0a83c49d86a6p-56},
      {0x1.6ac1f752150a5p-2, 0x1.8c93015191eb3p-56},
      {0x1.891fac0e95613p-2, -0x1.c1e0bf205a4b8p-57},
  };
  return table[j + 16];
}

/// e^x = 2^k (1 + q), -0.30 < q < 0.42.
struct ReducedExp {
  int k;
  DoubleDouble q;
};

/// |xh| <= 693. The error of q is at most 12 u^2 |q|, and 0.1 u^2 more for |x| > 0.0108; so it is
/// at most 22 u^2 |q| for k = 0, however small q is.
///
/// 1. x = n (ln 2)/32 + r with the nearest integer n = 32 k + j, |r| < 0.0109. The constant is cut
///    into two parts of 37 bits and one of 53, so that n times either of the first two is exact for
///    |n| <= 2^15; the rounding of the third product and what all three miss are below 2^-121.
///    xh - n part_1 is kept exactly and three more sums err by 2 u^2 |r| each: r is within 0.067
///    u^2, and exact for n = 0.
/// 2. p = e^r - 1 = r + r^2 S. S (`factorial_series`): 6 u^2, 3 u^2 from its double part
///    (6 u 0.0109^6 / 8!) and 14 u^2 from its cut (4 * 0.0109^11 / 13!). Two more products make
///    37 u^2, but r^2 S is at most 0.0055 of p: 0.2 u^2. With the sum, p is within 3.2 u^2.
/// 3. q = t + p (1 + t), t = 2^(j/32) - 1, summed as t + (p + t p). The product t p is within
///    11.2 u^2, the inner sum errs by 3 u^2, so that p (1 + t) is within 12.2 u^2 |p|, and for
///    |j| = 1 (|t| < 0.022) within 6.6 u^2 |p|; t is within u^2 |t|, the outer sum 3 u^2 |q|.
///      j = 0:     t = 0, q = p:                                    3.2 u^2 |q|
///      |j| = 1:   |p| <= 1.02 |q|, |t| <= 2.1 |q|:                  11.9 u^2 |q|
///      |j| >= 2:  |p| <= 0.35 |q|, |t| <= 1.4 |q|:                   8.7 u^2 |q|
///    and the error of r times 1 + q < 1.42. (k = 0 and n != 0 imply |q| > 0.0107.)
CARRYBIT_HD inline ReducedExp reduced_exp(double xh, double xl) {
  constexpr double part_1 = 0x1.62e42fefap-6;
  constexpr double part_2 = 0x1.cf79abc9ep-45;
  constexpr double part_3 = 0x1.d9cc01f97b57ap-84;
  const double n = nearest_integer(xh * 0x1.71547652b82fep+5);  // 32 / ln 2
  const DoubleDouble r = exact_sum(xh, -n * part_1) + -n * part_2 + xl + -n * part_3;
  const DoubleDouble p = r + r * r * factorial_series(r, 2, 1, 6, 11);

  const int index = static_cast<int>(n);
  const int j = ((index + 16) & 31) - 16;
  const DoubleDouble t = exp2_minus_one(j);
  return {(index - j) / 32, t + (p + t * p)};
}

/// e^x - 1 for |xh| <= 693, relative error <= 22 u^2.
/// For k = 0 this is q. Else it is (2^k - 1) + 2^k q, where 2^k - 1 is exact: the worst case is the
/// least sum, 2 q + 1 > 0.414 at k = 1, q = -0.293, where the error is 2 (12 * 0.293 + 0.1) u^2 and
/// the sum's 3 u^2: 20.5 u^2.
CARRYBIT_HD inline DoubleDouble expm1(double xh, double xl) {
  const ReducedExp e = reduced_exp(xh, xl);
  if (e.k == 0) {
    return e.q;
  }
  const auto scale = power_of_two<double>(e.k);
  return exact_sum(scale, -1.0) + DoubleDouble{scale * e.q.hi, scale * e.q.lo};
}

inline constexpr double exp_error = 0x1p-100;

/// e^x for |x| <= 693 (results from 2^-1000 to 2^1000); no answer beyond.
/// 1 + q is within (12 |q| + 0.1 + 2 (1 + q)) u^2, at most 7.3 u^2 (1 + q) at q = -0.293:
/// 2^-103.1. Claimed: 2^-100. Below 2^-900, lo may lose bits to underflow, at most 2^-1075.
CARRYBIT_HD inline Approx exp_approx(double xh, double xl) {
  if (!(magnitude(xh) <= 693)) {
    return no_answer();
  }
  const ReducedExp e = reduced_exp(xh, xl);
  const DoubleDouble y = e.q + 1.0;
  const auto scale = power_of_two<double>(e.k);
  const double underflow = e.k < -900 ? power_of_two<double>(-1074 - e.k) : 0.0;
  return {scale * y.hi, scale * y.lo, exp_error + underflow};
}

inline constexpr double exp_quick_error = 0x1p-50;

/// e^x for |x| <= 708 to relative error 2^-50: no branch, no table, ready for vector registers.
///
/// x = k ln 2 + r with |r| < 0.3466. x - k part_1 is exact (part_1 has 42 bits, |k| <= 1022), and
/// r is within 2^-54.9. e^r = 1 + r + r^2 Q(r), where Q is the Taylor series of (e^r - 1 - r)/r^2
/// economised to degree 9 by Chebyshev polynomials (Lanczos, 1938): with its coefficients rounded
/// it makes e^r within 2^-55.9. The evaluation of r^2 Q (at most 0.068) errs by 4.1 u of it,
/// 2^-54.8; r + r^2 Q (less than 0.5) rounds by 2^-55, the last sum by 2^-53, or by 2^-54 where it
/// is below 1. All together that is 1.95 * 2^-53 where e^r is at least 1, and 1.45 * 2^-53 where it
/// is at least 0.707: below 2^-51.9 of it. Claimed: 2^-50.
CARRYBIT_HD inline double exp_quick(double x) {
  constexpr double shift = 0x1.8p52;  // x / ln 2 + shift has no fraction: k is in its last bits
  constexpr double part_1 = 0x1.62e42fefa38p-1;
  constexpr double part_2 = 0x1.ef35793c7673p-45;
  const double shifted = x * 0x1.71547652b82fep+0 + shift;
  const double k = shifted - shift;
  const double r = (x - k * part_1) - k * part_2;
  const double s = r * r;
  const double even =
      0x1.0000000000001p-1 +
      s * (0x1.5555555553d63p-5 +
           s * (0x1.6c16c1788b9a4p-10 + s * (0x1.a019b90e3c799p-16 + s * 0x1.289184013c6bbp-22)));
  const double odd =
      0x1.5555555555557p-3 +
      s * (0x1.11111111100dcp-7 +
           s * (0x1.a01a01abe7b65p-13 + s * (0x1.71de023288d0bp-19 + s * 0x1.af4de76a90952p-26)));
  const double y = 1.0 + (r + s * (even + r * odd));
  return from_word<double>(to_word(y) + (to_word(shifted) << 52));  // y * 2^k
}

}  // namespace carrybit::lane
