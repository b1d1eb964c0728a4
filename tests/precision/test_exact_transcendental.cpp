// exp, log, tanh, erf, sin and cos of the exact engine against MPFR, in all modes: arguments over
// the whole range of many formats and where rounding them is delicate; exact cases and special
// values by name.

#include <doctest/doctest.h>

#include <cmath>
#include <thread>

#include "check_mpfr.hpp"
#include "precision/error.hpp"
#include "precision/exact/constants.hpp"

using namespace carrybit;
using namespace carrybit::oracle;

namespace {

using MakeCase = Case (*)(const Number&);

constexpr double ln2_double = 0.6931471805599453;

int rounds(const Subject& subject) { return subject.wide ? 5 : 150; }

/// The value of the format nearest to a real number given by MPFR, and a few quanta beside it.
Number beside(const Mpfr& x, const Format& format, Operands& operands) {
  Number n = exact::convert(to_number(x), {format});
  if (n.kind == Number::Class::finite) {
    const Number step =
        Number::finite(false, Integer(1), exact::quantum_at(n.leading_exponent(), format));
    for (std::int64_t k = operands.between(-2, 2); k != 0; k += k < 0 ? 1 : -1) {
      n = exact::add(n, k < 0 ? -step : step, {format});
    }
  }
  return n;
}

/// The exponents between which arguments are drawn: everything the format has, but no farther than
/// `reach` from 1.
Number spread(Operands& operands, std::int64_t reach) {
  const std::int64_t low = std::max(operands.least_lead(), -reach);
  return operands.at(
      operands.between(low, std::max(low, std::min(operands.greatest_lead(), reach))));
}

Mpfr multiple(std::int64_t k, int (*constant)(mpfr_ptr, mpfr_rnd_t), std::int64_t bits) {
  Mpfr x(bits);
  constant(x, MPFR_RNDN);
  mpfr_mul_si(x, x, static_cast<long>(k), MPFR_RNDN);
  return x;
}

/// Where e^x leaves the format: at about k ln2.
Number exp_threshold(const Format& format, Operands& operands) {
  const bool up = operands.below(2) != 0;
  const std::int64_t k = up ? operands.greatest_lead() + 1 : operands.least_lead();
  return beside(multiple(k + operands.between(-1, 2), mpfr_const_log2, format.precision() + 64),
                format, operands);
}

void check_exp(const Format& format, Operands& operands, Tally& tally) {
  const auto p = static_cast<std::int64_t>(format.precision());
  // Beyond these, wrapped results have more bits than the oracle computes.
  const std::int64_t reach = format.overflow == Overflow::wrap ? 7
                             : format.has_unbounded_exponent() ? 58
                                                               : p + 40;
  for (const Number& x :
       {spread(operands, reach), spread(operands, 4), exp_threshold(format, operands),
        beside(multiple(operands.between(-40, 40), mpfr_const_log2, p + 64), format, operands)}) {
    check(exp(x), format, tally);
  }
}

void check_log(const Format& format, Operands& operands, Tally& tally) {
  const Number one = exact::convert(Number::integer(1), {format});
  Mpfr near_one(2);
  mpfr_set_ui(near_one, 1, MPFR_RNDN);
  for (const Number& x :
       {operands.any().abs(), spread(operands, 4).abs(),
        exact::add(one, operands.near(one), {format}), beside(near_one, format, operands)}) {
    check(log(x), format, tally);
  }
}

/// tanh and erf differ from 1 by less than a quantum from about p ln2 / 2 and sqrt(p ln2) on, and
/// from a multiple of x by less up to about 2^(-p/2).
void check_sigmoid(MakeCase make, bool squared, const Format& format, Operands& operands,
                   Tally& tally) {
  const auto p = static_cast<std::int64_t>(format.precision());
  const double bits = static_cast<double>(p + operands.between(-4, 40));
  const double edge = squared ? std::sqrt(bits * ln2_double) : bits * ln2_double / 2;
  Mpfr x(64);
  mpfr_set_d(x, edge, MPFR_RNDN);
  for (const Number& n :
       {spread(operands, p + 40), spread(operands, 3),
        operands.at(-p / 2 + operands.between(-3, 15)), beside(x, format, operands)}) {
    check(make(n), format, tally);
  }
}

void check_wave(MakeCase make, const Format& format, Operands& operands, Tally& tally) {
  const auto p = static_cast<std::int64_t>(format.precision());
  const std::int64_t quarters = operands.between(1, 1 << operands.between(1, 20));
  Mpfr turn = multiple(quarters, mpfr_const_pi, 2 * p + 96);
  mpfr_div_2ui(turn, turn, 1, MPFR_RNDN);
  for (const Number& x :
       {spread(operands, p + 40), spread(operands, 4), beside(turn, format, operands),
        operands.at(-p / 2 + operands.between(-3, 15)), spread(operands, 5000)}) {
    check(make(x), format, tally);
  }
}

}  // namespace

TEST_CASE("exp agrees with MPFR") {
  widest_range();
  for (const Subject& subject : subjects) {
    CAPTURE(subject.format);
    const Format format = Format::parse(subject.format);
    Operands operands(format, 10);
    Tally tally;
    for (int i = 0; i < rounds(subject); ++i) {
      check_exp(format, operands, tally);
    }
    CHECK(tally.wrong == 0);
  }
}

TEST_CASE("log agrees with MPFR") {
  widest_range();
  for (const Subject& subject : subjects) {
    CAPTURE(subject.format);
    const Format format = Format::parse(subject.format);
    Operands operands(format, 11);
    Tally tally;
    for (int i = 0; i < rounds(subject); ++i) {
      check_log(format, operands, tally);
    }
    CHECK(tally.wrong == 0);
  }
}

TEST_CASE("tanh and erf agree with MPFR") {
  widest_range();
  for (const Subject& subject : subjects) {
    CAPTURE(subject.format);
    const Format format = Format::parse(subject.format);
    Operands operands(format, 12);
    Tally tally;
    for (int i = 0; i < rounds(subject); ++i) {
      check_sigmoid(tanh, false, format, operands, tally);
      check_sigmoid(erf, true, format, operands, tally);
    }
    CHECK(tally.wrong == 0);
  }
}

TEST_CASE("sin and cos agree with MPFR") {
  widest_range();
  for (const Subject& subject : subjects) {
    CAPTURE(subject.format);
    const Format format = Format::parse(subject.format);
    Operands operands(format, 13);
    Tally tally;
    for (int i = 0; i < rounds(subject); ++i) {
      check_wave(sin, format, operands, tally);
      check_wave(cos, format, operands, tally);
    }
    CHECK(tally.wrong == 0);
  }
}

TEST_CASE("operands wider and finer than the result's format") {
  widest_range();
  const MakeCase all[] = {exp, log, tanh, erf, sin, cos};
  for (const char* name : {"fp16", "fp8_e4m3", "fixed:i3.f4", "fixed:i0.f7", "fp64"}) {
    const Format format = Format::parse(name);
    Operands operands(Format::parse("float:e8.m300"), 14);
    Tally tally;
    for (int i = 0; i < 60; ++i) {
      for (const MakeCase make : all) {
        check(make(spread(operands, 6)), format, tally);
        check(make(spread(operands, 60)), format, tally);
        // On a midpoint of the format or 2^-200 quanta beside it: a tiny x^3 crosses it, or not.
        const std::int64_t lead = -operands.between(3, 60);
        const std::int64_t quantum = exact::quantum_at(lead, format);
        const Integer low = lead < quantum ? Integer(0) : operands.integer(lead - quantum + 1);
        const Integer m = (((low << 1) + 1) << 199) + operands.between(-1, 1);
        check(make(Number::finite(operands.below(2) != 0, m, quantum - 200)), format, tally);
      }
    }
    CHECK(tally.wrong == 0);
  }
}

TEST_CASE("wrapped exponentials are the whole value modulo 2^width") {
  widest_range();
  const Format format = Format::parse("fixed:i15.f16:twos:wrap");
  Tally tally;
  for (const double x : {11.0, 12.5, 100.25, 1000.125, 3000.5}) {
    const Case c = exp(Number::from_double(x));
    const Exact exact = compute(c, 6000);
    for (const Rounding mode : all_roundings) {
      check_mode(c, exact, {format, mode}, true, tally);
    }
  }
  CHECK(tally.wrong == 0);
  CHECK_THROWS_AS(exact::exp(Number::finite(false, 1, 20), {format}), BadInput);
  CHECK_THROWS_AS(exact::exp(Number::finite(false, 1, 60000), {format}), BadInput);
  CHECK(exact::exp(Number::finite(true, 1, 60000), {format}).is_zero());
}

TEST_CASE("exponents without bound") {
  widest_range();
  const Format format = Format::parse("float:e*.m23");
  Tally tally;
  for (const std::int64_t e : {10, 30, 40, 50, 59}) {
    for (const bool negative : {false, true}) {
      check(exp(Number::finite(negative, 5, e - 2)), format, tally);
      check(log(Number::finite(false, 5, e * (std::int64_t{1} << 50))), format, tally);
      check(sin(Number::finite(negative, 5, -e * (std::int64_t{1} << 50))), format, tally);
      check(erf(Number::finite(negative, 5, -e * (std::int64_t{1} << 50))), format, tally);
      check(tanh(Number::finite(negative, 5, -e * (std::int64_t{1} << 50))), format, tally);
    }
  }
  CHECK(tally.wrong == 0);
  CHECK_THROWS_AS(exact::exp(Number::finite(false, 1, 61), {format}), BadInput);
  CHECK_THROWS_AS(exact::exp(Number::finite(true, 1, 62), {format}), BadInput);
  CHECK_THROWS_AS(exact::sin(Number::finite(true, 1, 1 << 20), {format}), BadInput);
}

TEST_CASE("angles of 2^18 and more are reduced") {
  widest_range();
  const Format format = Format::parse("float:e20.m52");
  Tally tally;
  for (const std::int64_t e : {262000, 300000, 500000}) {
    const Number x = Number::finite(true, 0x1234567890abc, e - 48);
    check(sin(x), format, tally);
    check(cos(x), format, tally);
  }
  CHECK(tally.wrong == 0);
}

TEST_CASE("exact cases and special values") {
  const Number plus = Number::zero();
  const Number minus = Number::zero(true);
  const Number one = Number::integer(1);
  const Number inf = Number::infinity();
  for (const char* name : {"fp16", "fp64", "float:e20.m4000", "float:e3.m4:ftz"}) {
    const Format format = Format::parse(name);
    for (const Rounding mode : all_roundings) {
      const exact::Context c{format, mode};
      for (const Number& zero : {plus, minus}) {
        CHECK(identical(exact::exp(zero, c), one));
        CHECK(identical(exact::cos(zero, c), one));
        CHECK(identical(exact::tanh(zero, c), zero));
        CHECK(identical(exact::erf(zero, c), zero));
        CHECK(identical(exact::sin(zero, c), zero));
        CHECK(identical(exact::log(zero, c), -inf));
      }
      CHECK(identical(exact::log(one, c), plus));
      CHECK(identical(exact::exp(inf, c), inf));
      CHECK(identical(exact::exp(-inf, c), plus));
      CHECK(identical(exact::log(inf, c), inf));
      CHECK(exact::log(-inf, c).is_nan());
      CHECK(exact::log(-one, c).is_nan());
      CHECK(identical(exact::tanh(-inf, c), -one));
      CHECK(identical(exact::erf(inf, c), one));
      CHECK(exact::sin(inf, c).is_nan());
      CHECK(exact::cos(-inf, c).is_nan());
      for (const auto f :
           {exact::exp, exact::log, exact::tanh, exact::erf, exact::sin, exact::cos}) {
        CHECK(f(Number::nan(), c).is_nan());
      }
    }
  }
}

TEST_CASE("formats without infinity, NaN or 1") {
  const Number inf = Number::infinity();
  const exact::Context fixed{Format::parse("fixed:i0.f7")};
  CHECK(exact::exp(Number::zero(), fixed).to_double() == 127.0 / 128);
  CHECK(exact::exp(inf, fixed).to_double() == 127.0 / 128);
  CHECK(exact::tanh(-inf, fixed).to_double() == -127.0 / 128);
  CHECK(exact::tanh(Number::integer(40), fixed).to_double() == 127.0 / 128);
  CHECK(exact::cos(Number::zero(), fixed).to_double() == 127.0 / 128);
  CHECK(exact::log(Number::zero(), fixed).to_double() == -127.0 / 128);
  CHECK(identical(exact::log(Number::integer(-1), fixed), Number::zero()));
  CHECK(identical(exact::sin(inf, fixed), Number::zero()));
  CHECK(identical(exact::tanh(Number::zero(true), fixed), Number::zero()));

  const exact::Context wrap{Format::parse("fixed:i0.f7:twos:wrap")};
  CHECK(exact::exp(Number::zero(), wrap).to_double() == -1);  // 1 modulo 2
  CHECK(exact::exp(inf, wrap).is_zero());
  CHECK(exact::tanh(inf, wrap).to_double() == -1);
  CHECK(exact::tanh(Number::integer(40), {wrap.format, Rounding::rz}).to_double() == 127.0 / 128);

  const exact::Context fn{Format::parse("fp8_e4m3")};
  CHECK(exact::exp(Number::integer(100), fn).is_nan());
  CHECK(exact::exp(Number::integer(100), {fn.format, Rounding::rz}).to_double() == 448);
  CHECK(exact::log(Number::zero(), fn).is_nan());

  Faults faults;
  const exact::Context trap{Format::parse("fixed:i3.f4:trap"), Rounding::rne, {}, &faults};
  CHECK(exact::exp(Number::integer(2), trap).to_double() == 7.375);
  CHECK_FALSE(faults.any());
  CHECK(exact::exp(Number::integer(1000), trap).to_double() == 127.0 / 16);
  CHECK(faults.count == 1);
  CHECK(faults.first == "exp overflows fixed:i3.f4:trap");
  exact::log(Number::integer(-1), trap);
  CHECK(faults.count == 2);
}

TEST_CASE("tiny and huge arguments in directed modes") {
  const Format format = Format::parse("fp16");
  const Number tiny = exact::smallest(format);
  const Number one = Number::integer(1);
  const Number above = Number::finite(false, 1025, -10);
  const Number below = Number::finite(false, 2047, -11);
  const auto ru = exact::Context{format, Rounding::ru};
  const auto rd = exact::Context{format, Rounding::rd};
  CHECK(identical(exact::exp(tiny, ru), above));
  CHECK(identical(exact::exp(tiny, rd), one));
  CHECK(identical(exact::exp(-tiny, ru), one));
  CHECK(identical(exact::exp(-tiny, rd), below));
  CHECK(identical(exact::cos(tiny, rd), below));
  CHECK(identical(exact::cos(tiny, ru), one));
  CHECK(exact::sin(tiny, rd).is_zero());
  CHECK(identical(exact::sin(tiny, ru), tiny));
  CHECK(identical(exact::tanh(-tiny, ru), Number::zero(true)));
  CHECK(identical(exact::tanh(-tiny, rd), -tiny));
  CHECK(identical(exact::erf(tiny, rd), tiny));  // 2/sqrt(pi) > 1
  CHECK(identical(exact::exp(Number::integer(-60000), ru), tiny));
  CHECK(exact::exp(Number::integer(-60000), rd).is_zero());
  CHECK(exact::exp(Number::integer(60000), ru).is_infinite());
  CHECK(exact::exp(Number::integer(60000), rd).to_double() == 65504);
  CHECK(identical(exact::tanh(Number::integer(60000), rd), below));
  CHECK(identical(exact::erf(Number::integer(60000), ru), one));
}

TEST_CASE("the constants agree with MPFR") {
  struct Constant {
    Integer (*ours)(std::int64_t);
    void (*mpfr)(mpfr_ptr);
  };
  const Constant constants[] = {
      {exact::ln2, [](mpfr_ptr x) { mpfr_const_log2(x, MPFR_RNDN); }},
      {exact::pi, [](mpfr_ptr x) { mpfr_const_pi(x, MPFR_RNDN); }},
      {exact::two_over_pi,
       [](mpfr_ptr x) {
         mpfr_const_pi(x, MPFR_RNDN);
         mpfr_ui_div(x, 2, x, MPFR_RNDN);
       }},
      {exact::two_over_sqrt_pi,
       [](mpfr_ptr x) {
         mpfr_const_pi(x, MPFR_RNDN);
         mpfr_rec_sqrt(x, x, MPFR_RNDN);
         mpfr_mul_ui(x, x, 2, MPFR_RNDN);
       }},
  };
  for (const Constant& constant : constants) {
    for (const std::int64_t bits : {1, 63, 223, 224, 225, 1000, 4200, 30000, 100000}) {
      Mpfr x(bits + 64);
      constant.mpfr(x);
      Mpfr y = to_mpfr(constant.ours(bits), -bits);
      mpfr_sub(x, x, y, MPFR_RNDN);
      CHECK((mpfr_zero_p(x) != 0 || mpfr_get_exp(x) <= 1 - bits));
    }
  }
}

TEST_CASE("the same bits from many threads") {
  // The constants of these precisions are first asked for here, by all threads at once.
  const Format format = Format::parse("float:e11.m2500");
  std::vector<Number> results(8);
  std::vector<std::thread> threads;
  for (Number& result : results) {
    threads.emplace_back([&] {
      const exact::Context context{format};
      result = exact::sin(exact::erf(exact::log(Number::integer(77), context), context), context);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const Number& result : results) {
    CHECK(identical(result, results[0]));
  }
}
