// Sums against their definitions, in every order, with zeros skipped and with zeros that are added.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/multiprecision/cpp_int.hpp>

#include "precision/text.hpp"
#include "sim/double_engine.hpp"
#include "sim/exact_engine.hpp"
#include "sim/fixed_engine.hpp"
#include "sim/prepared.hpp"
#include "sim/session.hpp"
#include "tests/sim/engine_inputs.hpp"

using namespace carrybit;

namespace {

using tests::carried;
using tests::Draws;
using tests::random_arithmetic;
using tests::ugly_values;

/// The words of sim/arithmetic.hpp, term by term, over exact operations: nothing is skipped.
struct Definition {
  const Arithmetic& a;

  Number rounded(const Number& x, const Role& role) const {
    return exact::convert(x, {role.format, role.rounding, {}, nullptr});
  }
  Number add(const Number& x, const Number& y) const {
    return exact::add(x, y, {a.accumulator.format, a.accumulator.rounding, {}, nullptr});
  }
  Number product(const Number& w, const Number& x) const {
    return exact::mul(w, x, {a.products.format, a.products.rounding, {}, nullptr});
  }

  Number sequential(const std::vector<Number>& w, const std::vector<Number>& x) const {
    Number sum = Number::zero();
    for (std::size_t k = 0; k < w.size(); ++k) {
      sum = a.product == Product::fused
                ? exact::fma(w[k], x[k], sum,
                             {a.accumulator.format, a.accumulator.rounding, {}, nullptr})
                : add(sum, product(w[k], x[k]));
    }
    return sum;
  }

  Number halves(const std::vector<Number>& terms) const {
    if (terms.size() == 1) {
      return terms.front();
    }
    const auto middle = terms.begin() + static_cast<std::ptrdiff_t>(terms.size() / 2);
    return add(halves({terms.begin(), middle}), halves({middle, terms.end()}));
  }
  Number pairwise(const std::vector<Number>& w, const std::vector<Number>& x) const {
    std::vector<Number> terms;
    for (std::size_t k = 0; k < w.size(); ++k) {
      terms.push_back(product(w[k], x[k]));
    }
    return add(Number::zero(), halves(terms));
  }

  /// The sum as one integer multiple of 2^-4000.
  Number exactly(const std::vector<Number>& w, const std::vector<Number>& x) const {
    constexpr int scale = 4000;
    boost::multiprecision::cpp_int sum = 0;
    bool nan = false;
    bool up = false;
    bool down = false;
    for (std::size_t k = 0; k < w.size(); ++k) {
      std::vector<Number> factors = {w[k], x[k]};
      if (a.product == Product::rounded) {
        factors = {product(w[k], x[k])};
      }
      bool negative = false;
      bool infinite = false;
      bool zero = false;
      std::int64_t exponent = scale;
      boost::multiprecision::cpp_int term = 1;
      for (const Number& f : factors) {
        nan = nan || f.is_nan();
        negative = negative != f.negative;
        infinite = infinite || f.is_infinite();
        zero = zero || f.is_zero();
        term *= boost::multiprecision::cpp_int(f.magnitude);
        exponent += f.exponent;
      }
      nan = nan || (infinite && zero);
      up = up || (infinite && !negative);
      down = down || (infinite && negative);
      if (!infinite && !zero && !nan) {
        term <<= static_cast<unsigned>(exponent);
        sum += negative ? boost::multiprecision::cpp_int(-term) : term;
      }
    }
    if (nan || (up && down)) {
      return rounded(Number::nan(), a.accumulator);
    }
    if (up || down) {
      return rounded(Number::infinity(down), a.accumulator);
    }
    if (sum == 0) {
      return Number::zero();
    }
    const bool negative = sum < 0;
    return rounded(
        Number::finite(negative, Integer(boost::multiprecision::cpp_int(abs(sum))), -scale),
        a.accumulator);
  }

  Number sum(const std::vector<Number>& w, const std::vector<Number>& x) const {
    switch (a.sum) {
      case Sum::sequential: return sequential(w, x);
      case Sum::pairwise: return pairwise(w, x);
      case Sum::exact: return exactly(w, x);
    }
    return Number::nan();
  }
};

/// A row of weights with about half of them zero, of either sign.
std::vector<Number> sparse_weights(const Format& format, Draws& draws, int terms) {
  const auto values = ugly_values(format, draws, 6);
  std::vector<Number> w;
  for (int k = 0; k < terms; ++k) {
    const bool zero = draws.below(2) == 0;
    w.push_back(
        zero ? Number::zero(format.has_signed_zero() && draws.below(3) == 0)
             : values[static_cast<std::size_t>(draws.below(static_cast<int>(values.size())))]);
  }
  return w;
}

/// dot() over the row with its zeros left out, the way prepare() and the forward pass do it; ""
/// where every column is the definition's.
template <class Engine>
std::string compare_sums(const Arithmetic& a, Draws& draws, int terms, bool finite) {
  Engine e(a);
  const Definition definition{a};
  auto weights = sparse_weights(a.weights.format, draws, terms);
  const auto values = ugly_values(a.activations.format, draws, 6);
  constexpr std::size_t columns = 24;
  std::vector<Number> inputs;  // [term][column]
  while (inputs.size() < columns * static_cast<std::size_t>(terms)) {
    const Number& x =
        values[static_cast<std::size_t>(draws.below(static_cast<int>(values.size())))];
    const Number carried = definition.rounded(x, a.activations);  // infinity may become the largest
    if (!finite || carried.is_finite()) {
      inputs.push_back(carried);
    }
  }
  const auto x = carried(e, inputs, RoleId::activations);
  Matrix matrix(1, terms);
  for (int k = 0; k < terms; ++k) {
    Number& w = weights[static_cast<std::size_t>(k)];
    matrix.at(0, k) = w.to_double();  // weights are doubles before they are rounded
    w = definition.rounded(Number::from_double(matrix.at(0, k)), a.weights);
  }
  const bool skip = finite && may_skip_zeros(a);
  const auto row = detail::prepare(e, matrix, skip)[0];
  std::vector<typename Engine::Value> out(columns, e.zero());
  dot(e, a, skip ? row : with_zeros(e, row, terms), terms, x.data(), columns, columns, out.data(),
      Keys{nullptr, 0});
  for (std::size_t c = 0; c < columns; ++c) {
    std::vector<Number> column;
    for (std::size_t k = 0; k < static_cast<std::size_t>(terms); ++k) {
      column.push_back(inputs[k * columns + c]);
    }
    const Number expected = definition.sum(weights, column);
    if (!identical(e.to_number(out[c]), expected)) {
      std::string text;
      for (std::size_t k = 0; k < column.size(); ++k) {
        text += fmt::format(" {}*{}", to_hexfloat(weights[k]), to_hexfloat(column[k]));
      }
      return fmt::format("{}:{} = {}, not {}", describe(a), text, to_hexfloat(e.to_number(out[c])),
                         to_hexfloat(expected));
    }
  }
  return "";
}

}  // namespace

TEST_CASE("sums of every order are those of their definition, zeros skipped or not") {
  Draws draws(5);
  for (int i = 0; i < 1500; ++i) {
    Arithmetic a = random_arithmetic(draws, i % 2 == 0);
    a.sum = std::array{Sum::sequential, Sum::pairwise, Sum::exact}[static_cast<std::size_t>(i % 3)];
    bool stochastic = false;
    for (const Role* role : a.roles()) {
      stochastic = stochastic || role->rounding == Rounding::sr;
    }
    if (stochastic) {
      continue;  // the definition above draws no bits
    }
    const int terms = 1 + draws.below(9);
    const bool finite = i % 4 != 0;
    if (DoubleEngine::supports(a)) {
      CHECK(compare_sums<DoubleEngine>(a, draws, terms, finite) == "");
    }
    CHECK(compare_sums<ExactEngine>(a, draws, terms, finite) == "");
  }
}

TEST_CASE("sums in formats that only the exact engine carries") {
  Draws draws(6);
  for (const char* name :
       {"fp64", "fp32", "fixed:i80.f40", "float:e11.m200", "fixed:i30.f33:twos"}) {
    for (const Sum sum : {Sum::sequential, Sum::pairwise, Sum::exact}) {
      for (const Product product : {Product::rounded, Product::fused}) {
        Arithmetic a = Arithmetic::uniform(Format::parse(name));
        a.sum = sum;
        a.product = product;
        for (int terms = 1; terms < 8; ++terms) {
          CHECK(compare_sums<ExactEngine>(a, draws, terms, true) == "");
          if (FixedEngine::supports(a)) {
            CHECK(compare_sums<FixedEngine>(a, draws, terms, true) == "");
          }
        }
      }
    }
  }
}
