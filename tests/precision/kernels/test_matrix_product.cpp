// The array kernels give the bits of the exact engine: for every mode, order and way of adding, on ordinary
// and on ugly data, on every instruction set of this machine.

#include <doctest/doctest.h>

#include "tests/precision/kernels/products.hpp"

namespace carrybit::kernels_test {
namespace {

const char* const formats[] = {"fp16",
                               "bf16",
                               "fp32",
                               "float:e8.m12",
                               "float:e8.m24",
                               "fp8_e4m3",
                               "fp8_e5m2",
                               "float:e4.m3",
                               "float:e4.m3:sat",
                               "float:e5.m10:sat",
                               "float:e5.m10:ftz",
                               "float:e10.m24",
                               "fp6_e3m2",
                               "fp4_e2m1",
                               "li:e4.s3",
                               "fixed:i7.f8",
                               "fixed:i3.f4",
                               "fixed:i12.f0",
                               "fixed:i13.f13",
                               "fixed:i7.f8:twos",
                               "fixed:i7.f8:twos:wrap",
                               "fixed:i3.f12"};

void agree(const Rule& r, const Format& operands, Data data, Shape s, std::mt19937_64& g) {
  const auto terms = static_cast<std::size_t>(s.terms);
  const auto a = matrix(operands, data, static_cast<std::size_t>(s.rows) * terms, g);
  const auto b = matrix(operands, data, terms * s.columns, g);
  CAPTURE(describe(r));
  CAPTURE(static_cast<int>(data));
  CHECK(differences(by_kernel(r, a, b, s), by_exact(r, a, b, s)) == 0);
}

TEST_CASE("every mode and order, on every kind of data, is the exact engine's") {
  std::mt19937_64 g(11);
  for (const char* format : formats) {
    for (const Rounding mode : all_roundings) {
      if (mode == Rounding::sr) {
        continue;
      }
      for (const Data data : all_data) {
        for (const Order order : {Order::sequential, Order::pairwise, Order::exact}) {
          for (const bool fused : {false, true}) {
            if (mode != Rounding::rne && (static_cast<int>(data) + fused) % 2 == 0) {
              continue;  // half of the rarer ones
            }
            agree(rule(format, mode, order, fused), Format::parse(format), data, {5, 9, 5}, g);
          }
        }
      }
    }
  }
}

TEST_CASE("products and sums in formats of their own") {
  std::mt19937_64 g(12);
  const char* const mixed[][3] = {// operands, products, sums
                                  {"bf16", "fp32", "fp32"},
                                  {"fp8_e4m3", "fp16", "fp32"},
                                  {"fp16", "fp32", "fp16"},
                                  {"fp16", "fp16", "bf16"},
                                  {"fp8_e5m2", "fp8_e5m2", "fp16"},
                                  {"float:e8.m12", "bf16", "fp32"},
                                  {"fixed:i3.f4", "fixed:i3.f4", "fixed:i11.f4"},
                                  {"fixed:i3.f4", "fixed:i7.f8", "fixed:i15.f8"},
                                  {"fixed:i3.f4", "fixed:i7.f8", "fp32"},
                                  {"fp16", "fixed:i7.f8", "fixed:i7.f8"}};
  for (const auto& m : mixed) {
    for (const Data data : all_data) {
      for (const Order order : {Order::sequential, Order::pairwise, Order::exact}) {
        for (const bool fused : {false, true}) {
          const Rule r{Format::parse(m[1]), Rounding::rne, Format::parse(m[2]),
                       Rounding::rne,       fused,         order};
          agree(r, Format::parse(m[0]), data, {4, 11, 4}, g);
        }
      }
    }
  }
}

TEST_CASE("shapes that no tile divides, on every instruction set") {
  on_every_target([](const std::string& target) {
    CAPTURE(target);
    std::mt19937_64 g(13);
    const Shape shapes[] = {{1, 1, 1}, {4, 64, 16}, {3, 17, 33}, {9, 70, 19}, {6, 33, 64}};
    for (const char* format : formats) {
      for (const Order order : {Order::sequential, Order::pairwise, Order::exact}) {
        for (const bool fused : {false, true}) {
          for (const Shape s : shapes) {
            const Data data = all_data[g() % std::size(all_data)];
            const Rule r = rule(format, Rounding::rne, order, fused);
            const auto terms = static_cast<std::size_t>(s.terms);
            const auto a = matrix(r.sum, data, static_cast<std::size_t>(s.rows) * terms, g);
            const auto b = matrix(r.sum, Data::ordinary, terms * s.columns, g);
            CAPTURE(describe(r));
            CAPTURE(static_cast<int>(data));
            CHECK(differences(by_kernel(r, a, b, s), by_scalars(r, a, b, s)) == 0);
          }
        }
      }
    }
  });
}

TEST_CASE("a column's result does not depend on the columns beside it") {
  std::mt19937_64 g(14);
  const Rule r = rule("fp16");
  const Shape s{8, 40, 48};
  const auto a = matrix(r.sum, Data::ordinary, 8 * 40, g);
  auto b = matrix(r.sum, Data::ordinary, 40 * 48, g);
  const auto before = by_kernel(r, a, b, s);
  for (std::size_t k = 0; k < 40; ++k) {
    b[k * 48 + 5] = k % 2 == 0 ? lane::infinity<double>(false) : -60000.0;
  }
  const auto after = by_kernel(r, a, b, s);
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (i % 48 != 5) {
      CHECK(same(before[i], after[i]));
    }
  }
}

TEST_CASE("faults of a trapping format are counted as the exact engine counts them") {
  std::mt19937_64 g(15);
  for (const char* format : {"fixed:i7.f8:trap", "fixed:i3.f4:trap"}) {
    for (const Data data : {Data::ordinary, Data::overflowing, Data::quiet}) {
      const Rule r = rule(format);
      const Shape s{6, 20, 18};
      const auto a = matrix(r.sum, data, 6 * 20, g);
      const auto b = matrix(r.sum, data, 20 * 18, g);
      Faults faults;
      std::uint64_t counted = 0;
      CHECK(differences(by_kernel(r, a, b, s, &counted), by_exact(r, a, b, s, &faults)) == 0);
      CHECK(counted == faults.count);
    }
  }
}

TEST_CASE("ordinary data take the short way, ugly data do not") {
  std::mt19937_64 g(16);
  const Shape s{16, 64, 32};
  const auto tally = [&](const char* format, Data data) {
    const Rule r = rule(format);
    kernels::Tally t;
    by_kernel(r, matrix(r.sum, data, 16 * 64, g), matrix(r.sum, data, 64 * 32, g), s, nullptr, &t);
    return t;
  };
  for (const char* format : {"fp16", "bf16", "float:e8.m24", "fixed:i7.f8", "fp8_e4m3"}) {
    CAPTURE(format);
    CHECK(tally(format, Data::ordinary).fast > 0);
    CHECK(tally(format, Data::ordinary).careful + tally(format, Data::ordinary).scalar == 0);
  }
  CHECK(tally("fp16", Data::specials).careful > 0);
  CHECK(tally("fp8_e4m3", Data::specials).scalar > 0);
}

TEST_CASE("planted: a wrong mode, order or last bit is seen") {
  std::mt19937_64 g(17);
  const Shape s{8, 32, 16};
  const Rule r = rule("fp16");
  const auto a = matrix(r.sum, Data::ordinary, 8 * 32, g);
  const auto b = matrix(r.sum, Data::ordinary, 32 * 16, g);
  auto right = by_exact(r, a, b, s);
  CHECK(differences(by_kernel(r, a, b, s), right) == 0);
  CHECK(differences(by_kernel(rule("fp16", Rounding::rna), a, b, s), right) > 0);
  CHECK(differences(by_kernel(rule("fp16", Rounding::rne, Order::pairwise), a, b, s), right) > 0);
  CHECK(differences(by_kernel(rule("fp16", Rounding::rne, Order::sequential, true), a, b, s),
                    right) > 0);
  right[37] = lane::from_word<double>(lane::to_word(right[37]) + 1);
  CHECK(differences(by_kernel(r, a, b, s), right) == 1);
}

}  // namespace
}  // namespace carrybit::kernels_test
