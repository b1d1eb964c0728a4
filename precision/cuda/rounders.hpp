#pragma once
// One step of a sequential sum, acc (+) w (x) x, in as few operations as the facts of a block allow; and the choice
// among them. Every choice gives the bits of add_term().
//
// A number s of a carrier of P bits is rounded to p <= (P - 2) / 2 bits, ties to even, by
//   r = 2^k s + RN((1 - 2^k) s),  k = P - p:
// both terms lie in the binade of 2^k s (or the second just below it, where s is within 2^-k of a power of two
// and becomes that power), whose last place is 2^k last places of s; their sum is exact, and at a tie 2^k s is an
// even number of those places, so that r takes the parity that the second term was given.
// An addition of two numbers of p bits rounds alike through a carrier of P >= 2p + 2 bits (Figueroa, "When is
// double rounding innocuous?", SIGNUM Newsletter 30(3), 1995).

#include <cmath>

#include "precision/cuda/sums.hpp"

namespace carrybit::cuda {

/// The magnitudes of a block of rows or columns; `largest` is infinite where one is infinite or NaN.
struct Reach {
  double largest = 0;
  double smallest = lane::infinity<double>(false);  // of those that are not zero
  double sum = 0;                                   // of a row, the largest

  CARRYBIT_HD void see(double x) {
    const double m = lane::magnitude(x);
    if (!(m <= largest)) {
      largest = lane::is_nan(m) ? lane::infinity<double>(false) : m;
    }
    smallest = m != 0 && m < smallest ? m : smallest;
  }
  CARRYBIT_HD void see(const Reach& other) {
    largest = other.largest > largest ? other.largest : largest;
    smallest = other.smallest < smallest ? other.smallest : smallest;
    sum = other.sum > sum ? other.sum : sum;
  }
};

/// A format's numbers: multiples of 2^quantum, of at most `bits` significant bits.
struct Grain {
  int bits = 0;
  int quantum = 0;
};

/// Which short ways an arithmetic has, whatever the data.
struct Shortcuts {
  enum class Kind : std::uint8_t { none, floating, fused_floating, fixed, fused_fixed };
  Kind kind = Kind::none;
  bool narrow = false;  // everything of at most 11 bits
  Grain left, right, product, sum;
  double largest_product = 0;
  double largest_sum = 0;
};

/// The way of one block.
enum class Way : std::uint8_t {
  careful,
  floating,            // no product is subnormal
  floating_subnormal,  // some may be
  narrow,              // as the two above, in `float` lanes
  narrow_subnormal,
  fused_floating,  // products are exact, and numbers of the sum's format but for its range
  fixed,
  fused_fixed
};

/// The exponent of the last bit that a number of this size and grain may have.
CARRYBIT_HD inline int last_bit(double smallest, const Grain& g) {
  if (!lane::is_finite(smallest)) {
    return 0;  // only zeros
  }
  const int last = lane::leading_exponent(smallest) - g.bits + 1;
  return last > g.quantum ? last : g.quantum;
}

/// No partial sum is larger in magnitude: sums err by at most n u of the sum of magnitudes, u = 2^-p (Jeannerod
/// and Rump, "Improved error bounds for inner products in floating-point arithmetic", SIAM J. Matrix Anal. Appl.
/// 34(2), 2013), products by u or half a quantum. The last factor covers the rounding of this very bound.
CARRYBIT_HD inline double sum_bound(const Shortcuts& c, const Reach& w, const Reach& x, int terms) {
  const double n = terms;
  const double products = w.sum * x.largest * (1 + lane::power_of_two<double>(-c.product.bits)) +
                          n * lane::power_of_two<double>(c.product.quantum);
  return products * (1 + n * lane::power_of_two<double>(-c.sum.bits)) * (1 + 0x1p-30);
}

CARRYBIT_HD inline Way way_of(const Shortcuts& c, const Reach& w, const Reach& x, int terms) {
  using Kind = Shortcuts::Kind;
  const double product = w.largest * x.largest * (1 + lane::power_of_two<double>(-c.product.bits));
  // Not `>`: a bound of 0 * infinity is NaN.
  if (c.kind == Kind::none || !(product <= c.largest_product) ||
      !(sum_bound(c, w, x, terms) <= c.largest_sum)) {
    return Way::careful;
  }
  const int last = last_bit(w.smallest, c.left) + last_bit(x.smallest, c.right);
  if (c.kind == Kind::fused_floating) {
    return last >= c.sum.quantum ? Way::fused_floating : Way::careful;
  }
  if (c.kind != Kind::floating) {
    return c.kind == Kind::fixed ? Way::fixed : Way::fused_fixed;
  }
  const bool subnormal =
      w.smallest * x.smallest < lane::power_of_two<double>(c.product.quantum + c.product.bits - 1);
  constexpr double most = 0x1p100;
  if (c.narrow && last >= -149 && w.largest <= most && x.largest <= most &&
      sum_bound(c, w, x, terms) <= most) {
    return subnormal ? Way::narrow_subnormal : Way::narrow;
  }
  return subnormal ? Way::floating_subnormal : Way::floating;
}

/// The scalar lane operations.
struct Careful {
  using Value = double;
  const Sums& s;
  CARRYBIT_HD explicit Careful(const Sums& sums, const Shortcuts&) : s(sums) {}
  CARRYBIT_HD Value begin() const { return 0; }
  CARRYBIT_HD Value step(Value sum, Value w, Value x) const { return add_term(sum, w, x, s); }
  CARRYBIT_HD double end(Value sum) const { return sum; }
};

/// 2^k and 1 - 2^k for a format of p bits in a carrier T.
template <class T>
struct Rounding2 {
  T up, down;
  CARRYBIT_HD explicit Rounding2(int bits)
      : up(lane::power_of_two<T>(lane::Carrier<T>::fraction_bits + 1 - bits)), down(1 - up) {}
  CARRYBIT_HD T operator()(T s) const { return std::fma(up, s, down * s); }
};

/// 1.5 * 2^(P - 1) quanta: a number added to it loses what is below the quantum, ties to even.
template <class T>
CARRYBIT_HD inline T magic(int quantum) {
  return T{1.5} * lane::power_of_two<T>(lane::Carrier<T>::fraction_bits + quantum);
}

/// What one sum has met: enough to know, once it is done, that a short way was right.
struct Met {
  double product = 0, sum = 0;  // the largest magnitudes
  CARRYBIT_HD void see(double p, double s) {
    product = lane::magnitude(p) > product ? lane::magnitude(p) : product;
    sum = lane::magnitude(s) > sum ? lane::magnitude(s) : sum;
  }
};

template <class T, bool subnormal>
struct Floating {
  using Value = T;
  Rounding2<T> product, sum;
  T smallest_normal, shift;
  CARRYBIT_HD Floating(const Sums&, const Shortcuts& c)
      : product(c.product.bits),
        sum(c.sum.bits),
        smallest_normal(lane::power_of_two<T>(c.product.quantum + c.product.bits - 1)),
        shift(subnormal ? magic<T>(c.product.quantum) : T{0}) {}
  CARRYBIT_HD Value begin() const { return 0; }
  CARRYBIT_HD Value term(Value w, Value x) const {
    const T p = product(w * x);
    if constexpr (subnormal) {
      // Rounded to p bits a number below reaches the smallest normal one at most; so it does in quanta.
      return lane::magnitude(p) < smallest_normal ? std::fma(w, x, shift) - shift : p;
    }
    return p;
  }
  CARRYBIT_HD Value step(Value acc, Value w, Value x) const { return sum(acc + term(w, x)); }
  CARRYBIT_HD Value step(Value acc, Value w, Value x, Met& met) const {
    const Value p = term(w, x);
    const Value s = sum(acc + p);
    met.see(p, s);
    return s;
  }
  CARRYBIT_HD double end(Value acc) const { return acc; }
};

struct FusedFloating {
  using Value = double;
  Rounding2<double> sum;
  double least;  // products of this size have their last bits in the sum's range
  CARRYBIT_HD FusedFloating(const Sums&, const Shortcuts& c)
      : sum(c.sum.bits),
        least(lane::power_of_two<double>(c.sum.quantum + c.left.bits + c.right.bits - 1)) {}
  CARRYBIT_HD Value begin() const { return 0; }
  CARRYBIT_HD Value step(Value acc, Value w, Value x) const { return sum(std::fma(w, x, acc)); }
  CARRYBIT_HD Value step(Value acc, Value w, Value x, Met& met) const {
    const double p = w * x;
    const double s = step(acc, w, x);
    met.see(p != 0 && lane::magnitude(p) < least ? lane::infinity<double>(false) : 0.0, s);
    return s;
  }
  CARRYBIT_HD double end(Value acc) const { return acc; }
};

/// Sums that stay in range are exact.
struct Fixed {
  using Value = double;
  double shift;
  CARRYBIT_HD Fixed(const Sums&, const Shortcuts& c) : shift(magic<double>(c.product.quantum)) {}
  CARRYBIT_HD Value begin() const { return 0; }
  CARRYBIT_HD Value step(Value acc, Value w, Value x) const {
    return acc + (std::fma(w, x, shift) - shift);
  }
  CARRYBIT_HD Value step(Value acc, Value w, Value x, Met& met) const {
    const double p = std::fma(w, x, shift) - shift;
    met.see(p, acc + p);
    return acc + p;
  }
  CARRYBIT_HD double end(Value acc) const { return acc; }
};

/// The sum travels with the shift that rounds it.
struct FusedFixed {
  using Value = double;
  double shift;
  CARRYBIT_HD FusedFixed(const Sums&, const Shortcuts& c) : shift(magic<double>(c.sum.quantum)) {}
  CARRYBIT_HD Value begin() const { return shift; }
  CARRYBIT_HD Value step(Value acc, Value w, Value x) const { return std::fma(w, x, acc); }
  CARRYBIT_HD Value step(Value acc, Value w, Value x, Met& met) const {
    const double s = step(acc, w, x);
    met.see(0, s - shift);
    return s;
  }
  CARRYBIT_HD double end(Value acc) const { return acc - shift; }
};

/// Calls use(the rounder of a way).
template <class Use>
CARRYBIT_HD void with_rounder(Way way, const Sums& s, const Shortcuts& c, const Use& use) {
  switch (way) {
    case Way::careful: use(Careful(s, c)); return;
    case Way::floating: use(Floating<double, false>(s, c)); return;
    case Way::floating_subnormal: use(Floating<double, true>(s, c)); return;
    case Way::narrow: use(Floating<float, false>(s, c)); return;
    case Way::narrow_subnormal: use(Floating<float, true>(s, c)); return;
    case Way::fused_floating: use(FusedFloating(s, c)); return;
    case Way::fixed: use(Fixed(s, c)); return;
    case Way::fused_fixed: use(FusedFixed(s, c)); return;
  }
}

/// A sum by a short way into `sum`; false where it has met what the way cannot do. An operand that is infinite or
/// NaN leaves an infinite product or a sum that is NaN.
template <class Rounder>
CARRYBIT_HD inline bool met_nothing(Strided w, Strided x, int n, const Rounder& rounder,
                                    const Shortcuts& c, double& sum) {
  Met met;
  double acc = rounder.begin();
  for (int k = 0; k < n; ++k) {
    acc = rounder.step(acc, w[k], x[k], met);
  }
  sum = rounder.end(acc);
  return met.product <= c.largest_product && met.sum <= c.largest_sum && !lane::is_nan(sum);
}

/// As dot(w, x, n, s), of one row and column of which nothing is known: by a short way, and again with full care
/// where that has met something.
CARRYBIT_HD inline double dot(Strided w, Strided x, int n, const Sums& s, const Shortcuts& c) {
  using Kind = Shortcuts::Kind;
  double sum = 0;
  bool done = false;
  switch (c.kind) {
    case Kind::none: break;
    case Kind::floating: done = met_nothing(w, x, n, Floating<double, true>(s, c), c, sum); break;
    case Kind::fused_floating: done = met_nothing(w, x, n, FusedFloating(s, c), c, sum); break;
    case Kind::fixed: done = met_nothing(w, x, n, Fixed(s, c), c, sum); break;
    case Kind::fused_fixed: done = met_nothing(w, x, n, FusedFixed(s, c), c, sum); break;
  }
  return done ? sum : dot(w, x, n, s);
}

}  // namespace carrybit::cuda
