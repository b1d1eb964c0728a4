// Operations on arrays give the bits of the exact engine wherever they say that they are done, and on
// ordinary numbers they nearly always are.

#include "precision/kernels/arrays.hpp"

#include <doctest/doctest.h>

#include "precision/operation.hpp"
#include "tests/precision/kernels/products.hpp"

namespace carrybit::kernels_test {
namespace {

using kernels::ArrayOp;
using kernels::Arrays;

constexpr ArrayOp all_ops[] = {ArrayOp::convert, ArrayOp::add,  ArrayOp::sub, ArrayOp::mul,
                               ArrayOp::div,     ArrayOp::sqrt, ArrayOp::exp, ArrayOp::erf};

bool has_two(ArrayOp op) {
  return op == ArrayOp::add || op == ArrayOp::sub || op == ArrayOp::mul || op == ArrayOp::div;
}

Number by_definition(ArrayOp op, double a, double b, const exact::Context& c) {
  const Number x = Number::from_double(a);
  const Number y = Number::from_double(b);
  switch (op) {
    case ArrayOp::convert: return exact::convert(x, c);
    case ArrayOp::add: return exact::add(x, y, c);
    case ArrayOp::sub: return exact::sub(x, y, c);
    case ArrayOp::mul: return exact::mul(x, y, c);
    case ArrayOp::div: return exact::div(x, y, c);
    case ArrayOp::sqrt: return exact::sqrt(x, c);
    case ArrayOp::exp: return exact::exp(x, c);
    case ArrayOp::erf: return exact::erf(x, c);
  }
  return {};
}

struct Outcome {
  std::size_t wrong = 0;
  std::size_t undone = 0;
};

constexpr double untouched = -77.0;

/// One operation on whole arrays against the definition, in `format`, on operands of another perhaps.
Outcome compare(ArrayOp op, const Format& format, Rounding mode, const std::vector<double>& a,
                const std::vector<double>& b, bool one, bool plain,
                Rounding expected_mode = Rounding::sr) {
  const Arrays arrays(format, mode, plain);
  std::vector<double> out(a.size(), untouched);
  std::vector<std::uint32_t> undone;
  arrays.apply(op, a.data(), {has_two(op) ? b.data() : nullptr, one}, a.size(), out.data(), undone);
  const exact::Context c{format, expected_mode == Rounding::sr ? mode : expected_mode, {}, nullptr};
  Outcome result;
  result.undone = undone.size();
  std::size_t next = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (next < undone.size() && undone[next] == i) {
      ++next;
      result.wrong += out[i] == untouched ? 0 : 1;
      continue;
    }
    const double right = by_definition(op, a[i], one ? b[0] : b[i], c).to_double();
    result.wrong += lane::to_word(out[i]) == lane::to_word(right) ? 0 : 1;
  }
  return result;
}

const char* const formats[] = {"fp16",
                               "bf16",
                               "fp32",
                               "float:e8.m12",
                               "float:e8.m24",
                               "fp8_e4m3",
                               "fp8_e5m2",
                               "float:e4.m3:sat",
                               "float:e5.m10:sat",
                               "float:e5.m10:ftz",
                               "float:e10.m24",
                               "fp4_e2m1",
                               "li:e4.s3",
                               "fixed:i7.f8",
                               "fixed:i3.f4:trap",
                               "fixed:i12.f0",
                               "fixed:i13.f13",
                               "fixed:i7.f8:twos",
                               "fixed:i7.f8:twos:wrap",
                               "fixed:i0.f20"};

TEST_CASE("every operation, format and mode, on ordinary and on ugly data") {
  std::mt19937_64 g(31);
  for (const char* name : formats) {
    const Format f = Format::parse(name);
    for (const Rounding mode : all_roundings) {
      if (mode == Rounding::sr) {
        continue;
      }
      const bool plain = mode == Rounding::rne || f.is_fixed();
      for (const Data data : all_data) {
        const auto a = matrix(f, data, 13, g);
        const auto b = matrix(f, data, 13, g);
        for (const ArrayOp op : all_ops) {
          CAPTURE(name);
          CAPTURE(carrybit::name(mode));
          CAPTURE(static_cast<int>(op));
          CAPTURE(static_cast<int>(data));
          CHECK(compare(op, f, mode, a, b, false, plain).wrong == 0);
          CHECK(compare(op, f, mode, a, b, true, false).wrong == 0);
        }
      }
    }
  }
}

TEST_CASE("operands of other formats: a sum in 53 bits would be rounded twice") {
  std::mt19937_64 g(32);
  for (const char* name : {"fp16", "bf16", "fp8_e4m3", "fixed:i7.f8", "float:e8.m24"}) {
    for (const char* from : {"fp32", "float:e8.m24", "fixed:i7.f8"}) {
      for (const Rounding mode : {Rounding::rne, Rounding::rna, Rounding::ru, Rounding::ro}) {
        const Format f = Format::parse(name);
        const auto a = matrix(Format::parse(from), Data::exponents, 64, g);
        auto b = matrix(Format::parse(from), Data::ordinary, 64, g);
        for (std::size_t i = 0; i < 32; ++i) {  // half a quantum beside something tiny
          b[i] = std::exp2(-f.precision()) + 1;
        }
        for (const ArrayOp op : all_ops) {
          CAPTURE(name);
          CAPTURE(from);
          CHECK(compare(op, f, mode, a, b, false, false).wrong == 0);
        }
      }
    }
  }
}

TEST_CASE("ordinary numbers are done in vectors, on every instruction set alike") {
  on_every_target([](const std::string& target) {
    std::mt19937_64 g(33);
    const bool fuses = kernels::target_fuses();
    for (const char* name : {"fp16", "bf16", "fp32", "float:e8.m12", "fixed:i7.f8"}) {
      const Format f = Format::parse(name);
      auto a = matrix(f, Data::ordinary, 999, g);
      const auto b = matrix(f, Data::ordinary, 999, g);
      for (const ArrayOp op : all_ops) {
        CAPTURE(target);
        CAPTURE(name);
        CAPTURE(static_cast<int>(op));
        if (op == ArrayOp::sqrt) {
          std::ranges::for_each(a, [](double& x) { x = std::fabs(x); });
        }
        const Outcome o = compare(op, f, Rounding::rne, a, b, false, true);
        CHECK(o.wrong == 0);
        const bool needs_fusing = op == ArrayOp::sqrt || op == ArrayOp::div;
        const bool divides_by_zero = op == ArrayOp::div && f.is_fixed();
        CHECK((o.undone < (divides_by_zero ? 100 : 10) || (needs_fusing && !fuses)));
      }
    }
  });
}

TEST_CASE("the interval about exp and erf holds them: many arguments in a format of 25 bits") {
  std::mt19937_64 g(34);
  const Format f = Format::parse("float:e8.m24");
  std::uniform_real_distribution<double> wide(-700, 700), narrow(-7, 7), tiny(-0.2, 0.2);
  for (int round = 0; round < 6; ++round) {
    std::vector<double> a(512);
    for (std::size_t i = 0; i < a.size(); ++i) {
      a[i] = rounded(i % 3 == 0 ? wide(g) : i % 3 == 1 ? narrow(g) : tiny(g), f);
    }
    for (const Rounding mode : {Rounding::rne, Rounding::rz}) {
      CHECK(compare(ArrayOp::exp, f, mode, a, a, false, true).wrong == 0);
      CHECK(compare(ArrayOp::erf, f, mode, a, a, false, true).wrong == 0);
    }
  }
}

TEST_CASE("planted: another mode, another format and a sum rounded twice are seen") {
  std::mt19937_64 g(35);
  const Format f = Format::parse("fp16");
  const auto a = matrix(f, Data::ordinary, 256, g);
  const auto b = matrix(f, Data::ordinary, 256, g);
  CHECK(compare(ArrayOp::mul, f, Rounding::rna, a, b, false, true, Rounding::rz).wrong > 50);
  CHECK(compare(ArrayOp::exp, f, Rounding::ru, a, b, false, true, Rounding::rne).wrong > 50);
  // 1 + 2^-11 + 2^-60 in fp16: just above a tie, which 53 bits cannot tell.
  const std::vector<double> x(4, 1 + 0x1p-11), y(4, 0x1p-60);
  CHECK(compare(ArrayOp::add, f, Rounding::rne, x, y, false, true).wrong == 4);
  CHECK(compare(ArrayOp::add, f, Rounding::rne, x, y, false, false).wrong == 0);
}

}  // namespace
}  // namespace carrybit::kernels_test
