// What a GPU thread computes, run on the host: the bits of the exact engine.

#include <doctest/doctest.h>

#include "precision/cuda/products.hpp"
#include "tests/precision/kernels/products.hpp"

namespace carrybit::kernels_test {
namespace {

cuda::Sums sums(const Rule& r) {
  return {{lane_spec(r.product), r.product_rounding, {}, nullptr},
          {lane_spec(r.sum), r.sum_rounding, {}, nullptr},
          r.fused};
}

std::vector<double> by_threads(const Rule& r, const std::vector<double>& a,
                               const std::vector<double>& b, Shape s) {
  std::vector<double> c;
  for (int row = 0; row < s.rows; ++row) {
    for (std::size_t i = 0; i < s.columns; ++i) {
      c.push_back(cuda::dot(a.data() + row * s.terms, b.data() + i, s.columns, s.terms, sums(r)));
    }
  }
  return c;
}

TEST_CASE("a matrix product's threads") {
  std::mt19937_64 g(31);
  for (const char* format :
       {"fp16", "bf16", "fp32", "fp8_e4m3", "fixed:i7.f8", "float:e5.m10:sat"}) {
    for (const Rounding mode : {Rounding::rne, Rounding::rz, Rounding::ru}) {
      for (const Data data : all_data) {
        for (const bool fused : {false, true}) {
          const Rule r = rule(format, mode, Order::sequential, fused);
          const Shape s{4, 13, 5};
          const auto a = matrix(r.sum, data, 4 * 13, g);
          const auto b = matrix(r.sum, data, 13 * 5, g);
          CAPTURE(describe(r));
          CHECK(differences(by_threads(r, a, b, s), by_exact(r, a, b, s)) == 0);
        }
      }
    }
  }
}

/// One row by the definition: scores, shift, exp, two sums, a division.
std::vector<double> exact_row(const Rule& r, const std::vector<double>& q,
                              const std::vector<double>& k, const std::vector<double>& v, int dim,
                              int visible) {
  const exact::Context c = sum_context(r, nullptr);
  const auto n = static_cast<std::size_t>(visible);
  const auto d = static_cast<std::size_t>(dim);
  std::vector<Number> weights;
  const auto number = [](double x) { return Number::from_double(x); };
  for (std::size_t j = 0; j < n; ++j) {
    std::vector<Number> a;
    std::vector<Number> b;
    for (std::size_t i = 0; i < d; ++i) {
      a.push_back(number(q[i]));
      b.push_back(number(k[i * n + j]));
    }
    weights.push_back(exact_dot(r, a, b, nullptr));
  }
  Number maximum = weights[0];
  for (const Number& s : weights) {
    maximum = exact::compare(maximum, s) == exact::Ordering::less ? s : maximum;
  }
  Number total = Number::zero();
  for (Number& s : weights) {
    s = exact::exp(exact::sub(s, maximum, c), c);
    total = exact::add(total, s, c);
  }
  std::vector<double> out;
  for (std::size_t i = 0; i < d; ++i) {
    std::vector<Number> column;
    for (std::size_t j = 0; j < n; ++j) {
      column.push_back(number(v[j * d + i]));
    }
    out.push_back(exact::div(exact_dot(r, weights, column, nullptr), total, c).to_double());
  }
  return out;
}

TEST_CASE("a row of attention") {
  std::mt19937_64 g(32);
  int decided = 0;
  for (const char* format : {"fp16", "bf16", "fp32", "float:e8.m20", "fixed:i7.f8"}) {
    const Rule r = rule(format);
    const cuda::Attention a{sums(r), sums(r).sum, sums(r).sum, true};
    for (int trial = 0; trial < 20; ++trial) {
      const auto q = matrix(r.sum, Data::ordinary, 4, g);
      const auto k = matrix(r.sum, Data::ordinary, 4 * 9, g);
      const auto v = matrix(r.sum, Data::ordinary, 9 * 4, g);
      std::vector<double> weights(9);
      std::vector<double> out(4);
      if (cuda::attention_row(q.data(), k.data(), 9, v.data(), 4, 9, a, weights.data(),
                              out.data())) {
        ++decided;
        CAPTURE(format);
        CHECK(differences(out, exact_row(r, q, k, v, 4, 9)) == 0);
      }
    }
  }
  CHECK(decided > 90);
}

TEST_CASE("relu keeps NaN and has one zero") {
  CHECK(same(cuda::relu(-0.0), 0.0));
  CHECK(same(cuda::relu(-2.0), 0.0));
  CHECK(same(cuda::relu(3.0), 3.0));
  CHECK(lane::is_nan(cuda::relu(lane::quiet_nan<double>())));
}

}  // namespace
}  // namespace carrybit::kernels_test
