#pragma once
// Matrices to multiply, the exact engine's product of them, and the comparison.

#include <hwy/targets.h>

#include <random>
#include <string>
#include <vector>

#include "precision/exact/exact.hpp"
#include "precision/kernels/matrix_product.hpp"
#include "precision/kernels/scalar.hpp"

namespace carrybit::kernels_test {

using kernels::MatrixProduct;
using kernels::Order;
using kernels::Rule;

inline Rule rule(const std::string& format, Rounding rounding = Rounding::rne,
                 Order order = Order::sequential, bool fused = false) {
  const Format f = Format::parse(format);
  return {f, rounding, f, rounding, fused, order};
}

inline std::string describe(const Rule& r) {
  return r.product.name() + " " + std::string(name(r.product_rounding)) + " into " + r.sum.name() +
         " " + std::string(name(r.sum_rounding)) + (r.fused ? " fused" : "") +
         (r.order == Order::sequential ? ""
          : r.order == Order::pairwise ? " pairwise"
                                       : " exact");
}

enum class Data { ordinary, subnormal, overflowing, specials, zeros, exponents, sparse, quiet };
inline constexpr Data all_data[] = {Data::ordinary, Data::subnormal, Data::overflowing,
                                    Data::specials, Data::zeros,     Data::exponents,
                                    Data::sparse,   Data::quiet};

/// A number of the format, as a double.
inline double rounded(double x, const Format& f) {
  exact::Context c{f, Rounding::rne, {}, nullptr};
  c.format.flush_subnormals = false;
  const Number n = exact::convert(Number::from_double(x), c);
  return exact::convert(n, {f, Rounding::rne, {}, nullptr}).to_double();
}

inline std::vector<double> matrix(const Format& f, Data data, std::size_t n, std::mt19937_64& g) {
  std::normal_distribution<double> normal;
  std::uniform_int_distribution<int> small(0, 9);
  const double largest = exact::largest(f).to_double();
  const double least = exact::smallest(f).to_double();
  std::uniform_real_distribution<double> exponent(std::log2(least) - 1, std::log2(largest) + 1);
  std::vector<double> x(n);
  for (double& v : x) {
    v = normal(g);
    switch (data) {
      case Data::ordinary: break;
      case Data::subnormal:
        v *= std::sqrt(least) * (f.is_fixed() ? 1 : std::exp2(f.precision() / 2.));
        break;
      case Data::overflowing: v *= std::sqrt(largest); break;
      case Data::specials: {
        const int i = small(g);
        v = i == 0 && f.has_infinity() ? lane::infinity<double>(v < 0)
            : i < 3                    ? v * std::sqrt(largest)
                                       : v;
        v = i == 9 && f.has_nan() && small(g) == 0 ? lane::quiet_nan<double>() : v;
        break;
      }
      case Data::zeros: v = small(g) < 5 ? std::copysign(0.0, v) : v * std::sqrt(least); break;
      case Data::exponents: v = std::copysign(std::exp2(exponent(g)), v); break;
      case Data::sparse: v = small(g) < 9 ? 0.0 : v; break;
      case Data::quiet: v *= 0.01 * std::min(16.0, largest); break;
    }
    v = rounded(v, f);
  }
  return x;
}

inline exact::Context product_context(const Rule& r, Faults* faults) {
  return {r.product, r.product_rounding, {}, faults};
}
inline exact::Context sum_context(const Rule& r, Faults* faults) {
  return {r.sum, r.sum_rounding, {}, faults};
}

inline Number exact_pairwise(const Rule& r, const std::vector<Number>& terms, std::size_t low,
                             std::size_t high, Faults* faults) {
  if (high - low == 1) {
    return terms[low];
  }
  const std::size_t middle = low + (high - low) / 2;
  return exact::add(exact_pairwise(r, terms, low, middle, faults),
                    exact_pairwise(r, terms, middle, high, faults), sum_context(r, faults));
}

/// The definition, on exact numbers.
inline Number exact_dot(const Rule& r, const std::vector<Number>& w, const std::vector<Number>& x,
                        Faults* faults) {
  const exact::Context wide{
      Format::floating(Format::unbounded, 1 << 13), Rounding::ro, {}, nullptr};
  Number sum = Number::zero();
  std::vector<Number> terms;
  for (std::size_t k = 0; k < w.size(); ++k) {
    if (r.order == Order::sequential && r.fused) {
      sum = exact::fma(w[k], x[k], sum, sum_context(r, faults));
      continue;
    }
    const bool whole = r.fused && r.order == Order::exact;
    terms.push_back(whole ? exact::mul(w[k], x[k], wide)
                          : exact::mul(w[k], x[k], product_context(r, faults)));
    if (r.order == Order::sequential) {
      sum = exact::add(sum, terms[k], sum_context(r, faults));
    } else if (r.order == Order::exact) {
      sum = exact::add(sum, terms[k], wide);
    }
  }
  if (r.order == Order::pairwise) {
    return exact::add(sum, exact_pairwise(r, terms, 0, terms.size(), faults),
                      sum_context(r, faults));
  }
  if (r.order == Order::exact) {
    return sum.is_zero() ? Number::zero() : exact::convert(sum, sum_context(r, faults));
  }
  return sum;
}

inline bool same(double a, double b) {
  return lane::to_word(a) == lane::to_word(b) || (lane::is_nan(a) && lane::is_nan(b));
}

struct Shape {
  int rows, terms;
  std::size_t columns;
};

/// How many entries of two results differ.
inline int differences(const std::vector<double>& a, const std::vector<double>& b) {
  int count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    count += same(a[i], b[i]) ? 0 : 1;
  }
  return count;
}

inline std::vector<double> by_kernel(const Rule& r, const std::vector<double>& a,
                                     const std::vector<double>& b, Shape s,
                                     std::uint64_t* faults = nullptr,
                                     kernels::Tally* tally = nullptr) {
  std::vector<double> c(static_cast<std::size_t>(s.rows) * s.columns, -1.0);
  const MatrixProduct<double> product(r, a.data(), s.rows, s.terms);
  product.multiply(b.data(), s.columns, s.columns, c.data(), s.columns, faults, tally);
  return c;
}

inline std::vector<double> by_exact(const Rule& r, const std::vector<double>& a,
                                    const std::vector<double>& b, Shape s,
                                    Faults* faults = nullptr) {
  std::vector<double> c;
  const auto terms = static_cast<std::size_t>(s.terms);
  for (std::size_t row = 0; row < static_cast<std::size_t>(s.rows); ++row) {
    std::vector<Number> w(terms);
    for (std::size_t k = 0; k < terms; ++k) {
      w[k] = Number::from_double(a[row * terms + k]);
    }
    for (std::size_t i = 0; i < s.columns; ++i) {
      std::vector<Number> x(terms);
      for (std::size_t k = 0; k < terms; ++k) {
        x[k] = Number::from_double(b[k * s.columns + i]);
      }
      c.push_back(exact_dot(r, w, x, faults).to_double());
    }
  }
  return c;
}

/// By the scalar lane operations: for shapes too large for the exact engine.
inline std::vector<double> by_scalars(const Rule& r, const std::vector<double>& a,
                                      const std::vector<double>& b, Shape s) {
  const kernels::ScalarDot<double> dot(r);
  std::vector<double> c;
  for (int row = 0; row < s.rows; ++row) {
    for (std::size_t i = 0; i < s.columns; ++i) {
      c.push_back(dot(a.data() + row * s.terms, b.data() + i, s.columns, s.terms, nullptr));
    }
  }
  return c;
}

/// Calls body(name) once for every instruction set that this machine and this build have.
template <class Body>
void on_every_target(const Body& body) {
  const std::int64_t all = hwy::SupportedTargets();
  std::vector<std::string> seen;
  for (int bit = 0; bit < 63; ++bit) {
    const std::int64_t target = std::int64_t{1} << bit;
    if ((all & target) == 0) {
      continue;
    }
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    const std::string name = kernels::instruction_set();
    if (std::find(seen.begin(), seen.end(), name) == seen.end()) {
      seen.push_back(name);
      body(name);
    }
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace carrybit::kernels_test
