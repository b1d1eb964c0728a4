// What GPU threads compute, run on the host: sums in every order, and matrix products by blocks of threads, each in
// the short way that the block's facts allow. The bits of the exact engine.

#include <doctest/doctest.h>

#include <map>

#include "precision/cuda/host_backend.hpp"
#include "precision/cuda/shortcuts.hpp"
#include "precision/operation.hpp"
#include "tests/precision/kernels/products.hpp"

namespace carrybit::kernels_test {
namespace {

cuda::Sums sums(const Rule& r) {
  return {{lane_spec(r.product), r.product_rounding, {}, nullptr},
          {lane_spec(r.sum), r.sum_rounding, {}, nullptr},
          r.fused,
          r.order == Order::sequential ? cuda::Order::sequential
          : r.order == Order::pairwise ? cuda::Order::pairwise
                                       : cuda::Order::exact};
}

/// c = a b, to be launched.
cuda::Product product(const Rule& r, const std::vector<double>& a, const std::vector<double>& b,
                      Shape s, std::vector<double>& c) {
  cuda::Product p;
  p.w = a.data();
  p.x = b.data();
  p.y = c.data();
  p.rows = s.rows;
  p.terms = s.terms;
  p.columns = s.columns;
  p.sums = sums(r);
  return p;
}

std::vector<double> by_threads(const Rule& r, const std::vector<double>& a,
                               const std::vector<double>& b, Shape s) {
  std::vector<double> c(static_cast<std::size_t>(s.rows) * s.columns);
  cuda::HostBackend::launch(c.size(), cuda::Entry{product(r, a, b, s, c)});
  return c;
}

TEST_CASE("sums in every order, one entry a thread") {
  std::mt19937_64 g(31);
  for (const char* format :
       {"fp16", "bf16", "fp32", "fp8_e4m3", "fixed:i7.f8", "float:e5.m10:sat"}) {
    for (const Rounding mode : {Rounding::rne, Rounding::rz, Rounding::ru, Rounding::rd}) {
      for (const Data data : all_data) {
        for (const bool fused : {false, true}) {
          for (const Order order : {Order::sequential, Order::pairwise, Order::exact}) {
            const Rule r = rule(format, mode, order, fused);
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
}

TEST_CASE("a long sum: cancellation from end to end") {
  const lane::Context c{lane_spec(Format::parse("float:e8.m24")), Rounding::rne, {}, nullptr};
  std::mt19937_64 g(32);
  std::uniform_int_distribution<int> exponent(-500, 500);
  std::uniform_int_distribution<std::int64_t> significand(-(1LL << 52), 1LL << 52);
  const exact::Context wide{
      Format::floating(Format::unbounded, 1 << 13), Rounding::ro, {}, nullptr};
  const exact::Context to{Format::parse("float:e8.m24"), Rounding::rne, {}, nullptr};
  for (int trial = 0; trial < 300; ++trial) {
    cuda::LongSum sum;
    Number right = Number::zero();
    const auto add = [&](double x) {
      sum.add(x);
      right = exact::add(right, Number::from_double(x), wide);
    };
    std::vector<double> terms;
    for (int k = 0; k < 20; ++k) {
      terms.push_back(std::ldexp(static_cast<double>(significand(g)), exponent(g)));
      add(terms.back());
    }
    for (std::size_t k = trial % 3 == 0 ? 0 : 1; k < terms.size(); ++k) {
      add(-terms[k]);
    }
    const Number expected = right.is_zero() ? Number::zero() : exact::convert(right, to);
    CHECK(same(sum.rounded(c), expected.to_double()));
  }
}

/// The product by blocks of threads; `ways` counts the blocks of each way. `left` and `right`: the matrices' formats.
std::vector<double> by_blocks(const Rule& r, const Format& left, const Format& right,
                              const std::vector<double>& a, const std::vector<double>& b, Shape s,
                              std::map<cuda::Way, int>& ways) {
  std::vector<double> c(static_cast<std::size_t>(s.rows) * s.columns, -1.0);
  const auto blocks = [](std::size_t n) { return (n + cuda::tile::side - 1) / cuda::tile::side; };
  std::vector<cuda::Reach> rows(blocks(static_cast<std::size_t>(s.rows)));
  for (int row = 0; row < s.rows; ++row) {
    cuda::Reach reach;
    for (int k = 0; k < s.terms; ++k) {
      const double w = a[static_cast<std::size_t>(row * s.terms + k)];
      reach.see(w);
      reach.sum += lane::magnitude(w);
    }
    rows[static_cast<std::size_t>(row / cuda::tile::side)].see(reach);
  }
  std::vector<cuda::Reach> one(s.columns);
  std::vector<cuda::Reach> columns(blocks(s.columns));
  cuda::HostBackend::launch(s.columns, cuda::ColumnReach{b.data(), s.terms, s.columns, one.data()});
  cuda::HostBackend::launch(columns.size(),
                            cuda::BlockReach{one.data(), s.columns, columns.data()});
  cuda::Product p = product(r, a, b, s, c);
  p.row_reach = rows.data();
  p.column_reach = columns.data();
  p.shortcuts = cuda::shortcuts(r, left, right);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < columns.size(); ++j) {
      ++ways[cuda::way_of(p, static_cast<int>(i), j)];
    }
  }
  cuda::HostBackend::multiply(p);
  return c;
}

/// One entry at a time, of which nothing is known before.
std::vector<double> by_rows(const Rule& r, const Format& left, const Format& right,
                            const std::vector<double>& a, const std::vector<double>& b, Shape s) {
  const cuda::Shortcuts c = cuda::shortcuts(r, left, right);
  std::vector<double> out;
  for (int row = 0; row < s.rows; ++row) {
    for (std::size_t i = 0; i < s.columns; ++i) {
      const cuda::Strided w{a.data() + row * s.terms, 1};
      out.push_back(cuda::dot(w, {b.data() + i, s.columns}, s.terms, sums(r), c));
    }
  }
  return out;
}

/// The scalar lane operations, which other tests compare with the exact engine.
TEST_CASE("blocks of threads: every way is taken, and gives the bits of the lanes") {
  std::mt19937_64 g(33);
  std::map<cuda::Way, int> ways;
  for (const char* format : {"fp16",
                             "bf16",
                             "fp32",
                             "tf32",
                             "fp8_e4m3",
                             "fp8_e5m2",
                             "fp6_e2m3",
                             "fp4_e2m1",
                             "float:e8.m12",
                             "float:e8.m24",
                             "float:e10.m24",
                             "float:e8.m10:sat",
                             "float:e5.m4:ftz",
                             "float:e6.m0",
                             "li:e4.s5",
                             "fixed:i7.f8",
                             "fixed:i3.f4",
                             "fixed:i12.f12",
                             "fixed:i0.f20",
                             "fixed:i20.f0",
                             "fixed:i3.f4:twos:wrap"}) {
    for (const Data data : all_data) {
      for (const bool fused : {false, true}) {
        const Rule r = rule(format, Rounding::rne, Order::sequential, fused);
        for (const Shape s : {Shape{3, 40, 5}, Shape{66, 17, 70}}) {
          const auto terms = static_cast<std::size_t>(s.terms);
          const auto a = matrix(r.sum, data, static_cast<std::size_t>(s.rows) * terms, g);
          const auto b = matrix(r.sum, data, terms * s.columns, g);
          CAPTURE(describe(r));
          CAPTURE(static_cast<int>(data));
          const auto right = by_scalars(r, a, b, s);
          CHECK(differences(by_blocks(r, r.sum, r.sum, a, b, s, ways), right) == 0);
          CHECK(differences(by_rows(r, r.sum, r.sum, a, b, s), right) == 0);
        }
      }
    }
  }
  using cuda::Way;
  for (const Way way : {Way::careful, Way::floating, Way::floating_subnormal, Way::narrow,
                        Way::narrow_subnormal, Way::fixed, Way::fused_fixed}) {
    CAPTURE(static_cast<int>(way));
    CHECK(ways[way] >= 8);
  }
}

TEST_CASE("blocks of threads in mixed formats") {
  std::mt19937_64 g(34);
  std::map<cuda::Way, int> ways;
  const std::vector<std::string> formats = {"fp32",          "bf16",           "fp16",
                                            "fp8_e4m3",      "fp8_e5m2",       "float:e8.m24",
                                            "fixed:i7.f8",   "fixed:i3.f4",    "fixed:i5.f20",
                                            "float:e10.m10", "float:e5.m2:sat"};
  const auto any = [&] { return Format::parse(formats[g() % formats.size()]); };
  for (int trial = 0; trial < 1500; ++trial) {
    Rule r = rule("fp32", Rounding::rne, Order::sequential, trial % 2 == 0);
    r.product = any();
    r.sum = any();
    const Format left = any();
    const Format right = any();
    const Data data = all_data[g() % std::size(all_data)];
    const Shape s{2, 20, 3};
    const auto a = matrix(left, data, 2 * 20, g);
    const auto b = matrix(right, data, 20 * 3, g);
    CAPTURE(describe(r));
    CAPTURE(left.name());
    CAPTURE(right.name());
    const auto expected = by_scalars(r, a, b, s);
    CHECK(differences(by_blocks(r, left, right, a, b, s, ways), expected) == 0);
    CHECK(differences(by_rows(r, left, right, a, b, s), expected) == 0);
  }
  CHECK(ways[cuda::Way::fused_floating] > 20);
  CHECK(ways[cuda::Way::fixed] > 10);
  CHECK(ways[cuda::Way::floating] > 20);
}

TEST_CASE("two operations round as the lanes do, at ties and beside powers of two") {
  std::mt19937_64 g(35);
  const auto check = [&](auto carrier, int bits) {
    using T = decltype(carrier);
    constexpr int all = lane::Carrier<T>::fraction_bits + 1;
    const cuda::Rounding2<T> quick(bits);
    lane::Context c{lane_spec(Format::floating(8, bits - 1)), Rounding::rne, {}, nullptr};
    const auto try_one = [&](T s) {
      CHECK(static_cast<double>(quick(s)) == lane::round(static_cast<double>(s), c));
    };
    const lane::Word<T> one = lane::to_word(T{1});
    for (lane::Word<T> k = 0; k < 200; ++k) {
      try_one(lane::from_word<T>(one + k));
      try_one(lane::from_word<T>(one - k));
      const lane::Word<T> half = lane::Word<T>{1} << (all - bits - 1);
      try_one(lane::from_word<T>(one + k * half));  // ties, and what the format holds
      try_one(lane::from_word<T>(one + k * half + 1));
      try_one(lane::from_word<T>(one + k * half - 1));
      try_one(lane::from_word<T>(one + (g() & lane::fraction_mask<T>)));
    }
  };
  for (int bits = 2; bits <= 25; ++bits) {
    CAPTURE(bits);
    check(1.0, bits);
    if (bits <= 11) {
      check(1.0F, bits);
    }
  }
}

TEST_CASE("planted: a way that the facts of a block forbid gives other bits") {
  std::mt19937_64 g(36);
  const Rule r = rule("fp8_e4m3");
  const Shape s{8, 60, 8};
  const auto a = matrix(r.sum, Data::overflowing, 8 * 60, g);
  const auto b = matrix(r.sum, Data::overflowing, 60 * 8, g);
  const cuda::Shortcuts c = cuda::shortcuts(r, r.sum, r.sum);
  const cuda::Floating<double, true> rounder(sums(r), c);
  std::vector<double> heedless;
  for (int row = 0; row < s.rows; ++row) {
    for (std::size_t i = 0; i < s.columns; ++i) {
      double sum = rounder.begin();
      for (int k = 0; k < s.terms; ++k) {
        sum = rounder.step(sum, a[static_cast<std::size_t>(row * s.terms + k)],
                           b[static_cast<std::size_t>(k) * s.columns + i]);
      }
      heedless.push_back(rounder.end(sum));
    }
  }
  CHECK(differences(heedless, by_scalars(r, a, b, s)) > 0);
}

}  // namespace
}  // namespace carrybit::kernels_test
