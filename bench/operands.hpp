#pragma once
// Matrices for benchmarks: numbers of a format, from fixed seeds.

#include <cmath>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "precision/exact/exact.hpp"
#include "precision/kernels/matrix_product.hpp"

namespace carrybit::bench {

/// Normal deviates; "large": overflowing now and then; "small": products mostly subnormal.
inline std::vector<double> numbers(const Format& f, std::string_view data, std::size_t n,
                                   unsigned seed) {
  std::mt19937_64 g(seed);
  std::normal_distribution<double> normal;
  const double scale = data == "large"   ? std::sqrt(exact::largest(f).to_double()) / 4
                       : data == "small" ? std::sqrt(exact::smallest_normal(f).to_double()) / 2
                                         : 1.0;
  std::vector<double> x(n);
  for (double& v : x) {
    v = exact::convert(Number::from_double(scale * normal(g)), {f, Rounding::rne, {}, nullptr})
            .to_double();
  }
  return x;
}

struct Case {
  std::string format;
  kernels::Order order = kernels::Order::sequential;
  bool fused = false;
  std::string data = "ordinary";
  Rounding rounding = Rounding::rne;
};

inline kernels::Rule rule(const Case& c) {
  const Format f = Format::parse(c.format);
  return {f, c.rounding, f, c.rounding, c.fused, c.order};
}

inline std::string sum_name(const Case& c) {
  std::string s = c.order == kernels::Order::sequential ? "sequential"
                  : c.order == kernels::Order::pairwise ? "pairwise"
                                                        : "exact";
  s += c.fused ? ", fused" : "";
  return c.rounding == Rounding::rne ? s : s + ", " + std::string(name(c.rounding));
}

/// What is measured: every carrier, every order.
inline std::vector<Case> cases() {
  using kernels::Order;
  return {{"float:e5.m10"},
          {"float:e8.m7"},
          {"float:e4.m3:fn"},
          {"float:e5.m2"},
          {"float:e8.m12"},
          {"float:e8.m23"},
          {"float:e8.m24"},
          {"fixed:i7.f8"},
          {"fixed:i3.f4"},
          {"fixed:i12.f12"},
          {"float:e5.m10", Order::pairwise},
          {"float:e8.m7", Order::exact, true},
          {"float:e5.m10", Order::exact, true},
          {"float:e5.m10", Order::exact},
          {"fixed:i7.f8", Order::exact, true},
          {"fixed:i7.f8", Order::sequential, true},
          {"float:e5.m10", Order::sequential, true},
          {"float:e5.m10", Order::sequential, false, "ordinary", Rounding::rz},
          {"float:e5.m10", Order::sequential, false, "ordinary", Rounding::rd},
          {"float:e5.m10", Order::sequential, false, "ordinary", Rounding::rna},
          {"float:e5.m10", Order::sequential, false, "ordinary", Rounding::ro},
          {"fixed:i7.f8", Order::sequential, false, "ordinary", Rounding::rd},
          {"fixed:i7.f8", Order::sequential, false, "ordinary", Rounding::rz},
          {"float:e5.m10", Order::sequential, false, "large"},
          {"float:e5.m10", Order::sequential, false, "small"},
          {"float:e8.m7", Order::sequential, false, "large"},
          {"fixed:i7.f8", Order::sequential, false, "large"}};
}

}  // namespace carrybit::bench
