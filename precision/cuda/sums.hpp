#pragma once
// The sums of a GPU thread: scalar lane operations in loops, in every order that an arithmetic knows. Host and
// device compile the same text: tests run these very functions on the host.
//
// Everything a format is arrives as numbers at run time (lane::Context). No stochastic rounding here, and
// nobody counts faults.

#include <cstddef>
#include <cstdint>

#include "precision/cuda/long_sum.hpp"
#include "precision/lane.hpp"

namespace carrybit::cuda {

enum class Order : std::uint8_t { sequential, pairwise, exact };

/// How products enter sums. Sequential sums start from +0; a pairwise one is +0 plus its tree, whose products
/// are always rounded; an exact one is rounded once.
struct Sums {
  lane::Context product;
  lane::Context sum;
  bool fused = false;
  Order order = Order::sequential;
};

/// Numbers `stride` apart.
struct Strided {
  const double* x = nullptr;
  std::size_t stride = 1;
  CARRYBIT_HD double operator[](int k) const { return x[static_cast<std::size_t>(k) * stride]; }
};

CARRYBIT_HD inline double add_term(double sum, double w, double x, const Sums& s) {
  return s.fused ? lane::fma(w, x, sum, s.sum) : lane::add(sum, lane::mul(w, x, s.product), s.sum);
}

/// The products of two rows, or the numbers of one: what a sum is made of.
struct Products {
  Strided w, x;
  const Sums& s;
  CARRYBIT_HD double rounded(int k) const { return lane::mul(w[k], x[k], s.product); }
  CARRYBIT_HD double added(double sum, int k) const { return add_term(sum, w[k], x[k], s); }
  /// Two carried values have a product of at most 53 bits.
  CARRYBIT_HD double exact(int k) const { return s.fused ? w[k] * x[k] : rounded(k); }
};
struct Numbers {
  Strided x;
  const Sums& s;
  CARRYBIT_HD double rounded(int k) const { return x[k]; }
  CARRYBIT_HD double added(double sum, int k) const { return lane::add(sum, x[k], s.sum); }
  CARRYBIT_HD double exact(int k) const { return x[k]; }
};

/// A part of a tree of sums.
struct TreeRange {
  int low, high;
  bool summed;  // both halves lie on the stack of values
};

/// The tree over terms [0, n): halves, split at floor(n / 2), summed separately. n >= 1.
template <class Terms>
CARRYBIT_HD double pairwise_tree(const Terms& terms, int n, const lane::Context& c) {
  constexpr int depth = 32;
  TreeRange ranges[2 * depth];
  double values[depth + 1];
  int waiting = 0;
  int held = 0;
  ranges[waiting++] = {0, n, false};
  while (waiting > 0) {
    const TreeRange r = ranges[--waiting];
    if (r.summed) {
      --held;
      values[held - 1] = lane::add(values[held - 1], values[held], c);
    } else if (r.high - r.low == 1) {
      values[held++] = terms.rounded(r.low);
    } else {
      const int middle = r.low + (r.high - r.low) / 2;
      ranges[waiting++] = {r.low, r.high, true};
      ranges[waiting++] = {middle, r.high, false};
      ranges[waiting++] = {r.low, middle, false};
    }
  }
  return values[0];
}

template <class Terms>
CARRYBIT_HD double sum_of(const Terms& terms, int n, const Sums& s) {
  if (s.order == Order::exact) {
    LongSum sum;
    for (int k = 0; k < n; ++k) {
      sum.add(terms.exact(k));
    }
    return sum.rounded(s.sum);
  }
  if (s.order == Order::pairwise) {
    return lane::add(0.0, pairwise_tree(terms, n, s.sum), s.sum);
  }
  double sum = 0;
  for (int k = 0; k < n; ++k) {
    sum = terms.added(sum, k);
  }
  return sum;
}

/// The sum of w_k x_k, k < n, in the sum's format; n >= 1.
CARRYBIT_HD inline double dot(Strided w, Strided x, int n, const Sums& s) {
  return sum_of(Products{w, x, s}, n, s);
}

/// The sum of x_k, k < n, in the sum's format; n >= 1.
CARRYBIT_HD inline double total(Strided x, int n, const Sums& s) {
  return sum_of(Numbers{x, s}, n, s);
}

}  // namespace carrybit::cuda
