#pragma once
// What the tests against MPFR share: each operation beside its MPFR counterpart, one comparison of
// the two in all modes, and operands on which roundings go wrong.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "oracle_mpfr.hpp"
#include "precision/exact/exact.hpp"
#include "precision/text.hpp"

namespace carrybit::oracle {

/// One operation on given operands: the engine's, and the MPFR call that computes the same.
struct Case {
  std::string_view name;
  std::vector<Number> operands;
  std::function<Number(const exact::Context&)> engine;
  std::function<int(mpfr_ptr, mpfr_rnd_t)> mpfr;
};

using Unary = Number (*)(const Number&, const exact::Context&);
using MpfrUnary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
using Binary = Number (*)(const Number&, const Number&, const exact::Context&);
using MpfrBinary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);

inline Case unary(std::string_view name, Unary f, MpfrUnary g, const Number& a) {
  return {name,
          {a},
          [=](const exact::Context& c) { return f(a, c); },
          [g, x = to_mpfr(a)](mpfr_ptr y, mpfr_rnd_t mode) { return g(y, x, mode); }};
}

inline Case binary(std::string_view name, Binary f, MpfrBinary g, const Number& a,
                   const Number& b) {
  return {name,
          {a, b},
          [=](const exact::Context& c) { return f(a, b, c); },
          [g, x = to_mpfr(a), z = to_mpfr(b)](mpfr_ptr y, mpfr_rnd_t mode) {
            return g(y, x, z, mode);
          }};
}

inline Case add(const Number& a, const Number& b) {
  return binary("add", exact::add, mpfr_add, a, b);
}
inline Case sub(const Number& a, const Number& b) {
  return binary("sub", exact::sub, mpfr_sub, a, b);
}
inline Case mul(const Number& a, const Number& b) {
  return binary("mul", exact::mul, mpfr_mul, a, b);
}
inline Case div(const Number& a, const Number& b) {
  return binary("div", exact::div, mpfr_div, a, b);
}
inline Case sqrt(const Number& a) { return unary("sqrt", exact::sqrt, mpfr_sqrt, a); }
inline Case convert(const Number& a) {
  return unary(
      "cvt", exact::convert,
      [](mpfr_ptr y, mpfr_srcptr x, mpfr_rnd_t mode) { return mpfr_set(y, x, mode); }, a);
}
inline Case exp(const Number& a) { return unary("exp", exact::exp, mpfr_exp, a); }
inline Case log(const Number& a) { return unary("log", exact::log, mpfr_log, a); }
inline Case tanh(const Number& a) { return unary("tanh", exact::tanh, mpfr_tanh, a); }
inline Case erf(const Number& a) { return unary("erf", exact::erf, mpfr_erf, a); }
inline Case sin(const Number& a) { return unary("sin", exact::sin, mpfr_sin, a); }
inline Case cos(const Number& a) { return unary("cos", exact::cos, mpfr_cos, a); }
inline Case fma(const Number& a, const Number& b, const Number& c) {
  return {"fma",
          {a, b, c},
          [=](const exact::Context& k) { return exact::fma(a, b, c, k); },
          [x = to_mpfr(a), z = to_mpfr(b), w = to_mpfr(c)](mpfr_ptr y, mpfr_rnd_t mode) {
            return mpfr_fma(y, x, z, w, mode);
          }};
}

/// The exact result to `bits` bits. An exact zero sum is -0 under `rd`: the sign follows the mode.
inline Exact compute(const Case& c, std::int64_t bits, Rounding mode = Rounding::rne) {
  Exact exact{Mpfr(bits)};
  exact.more = c.mpfr(exact.value, MPFR_RNDZ) != 0;
  if (mode == Rounding::rd && !exact.more && mpfr_zero_p(exact.value) != 0) {
    c.mpfr(exact.value, MPFR_RNDD);
  }
  return exact;
}

/// Enough bits for `compute`: for a wrapped result, all of its integer bits too.
inline std::int64_t oracle_bits(const Format& format) {
  return format.is_fixed() ? 3 * format.precision() + 512 : format.precision() + 64;
}

struct Tally {
  std::int64_t checked = 0;
  std::int64_t wrong = 0;
};

inline void report(const Case& c, const exact::Context& context, const Number& got,
                   const Mpfr& expected, Tally& tally) {
  if (++tally.wrong > 10) {
    return;
  }
  std::string operands;
  for (const Number& n : c.operands) {
    operands += " " + to_hexfloat(n);
  }
  FAIL_CHECK(fmt::format("{}{} in {} under {}: got {}, expected {}", c.name, operands,
                         context.format.name(), name(context.rounding), to_hexfloat(got),
                         text(expected)));
}

/// The engine against the oracle under one mode.
inline void check_mode(const Case& c, const Exact& exact, const exact::Context& base,
                       bool finite_operands, Tally& tally) {
  Faults faults;
  exact::Context context = base;
  context.faults = &faults;
  const Number got = c.engine(context);
  const Expected expected = round(exact, context, finite_operands);
  ++tally.checked;
  if (!same(got, expected.value) || faults.any() != expected.fault) {
    report(c, context, got, expected.value, tally);
  }
}

/// The engine against the oracle under all modes, and against MPFR's own rounding where it has one.
inline void check(const Case& c, const Format& format, Tally& tally) {
  static std::uint64_t draws = 0;
  bool finite_operands = true;
  for (const Number& n : c.operands) {
    finite_operands = finite_operands && n.is_finite();
  }
  const Exact exact = compute(c, oracle_bits(format));
  const Exact exact_down = compute(c, oracle_bits(format), Rounding::rd);
  for (const Rounding mode : all_roundings) {
    exact::Context context{format, mode, {7, draws++}};
    check_mode(c, mode == Rounding::rd ? exact_down : exact, context, finite_operands, tally);
  }
  if (has_ieee_layout(format)) {
    constexpr std::pair<Rounding, mpfr_rnd_t> modes[] = {{Rounding::rne, MPFR_RNDN},
                                                         {Rounding::rz, MPFR_RNDZ},
                                                         {Rounding::ru, MPFR_RNDU},
                                                         {Rounding::rd, MPFR_RNDD}};
    for (const auto& [mode, mpfr_mode] : modes) {
      const exact::Context context{format, mode};
      const Number got = c.engine(context);
      const Mpfr expected = round_by_mpfr(c.mpfr, format, mpfr_mode);
      ++tally.checked;
      if (!same(got, expected)) {
        report(c, context, got, expected, tally);
      }
    }
  }
}

/// Operands: values of a format, mostly awkward ones.
class Operands {
 public:
  Operands(const Format& format, std::uint64_t seed) : format_(format), random_(seed) {}

  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }

  /// A positive integer of exactly so many bits: random, sparse, or full of ones.
  Integer integer(std::int64_t bits) {
    const Integer top = Integer(1) << static_cast<unsigned>(bits - 1);
    Integer low = 0;
    switch (below(4)) {
      case 0: low = below(8); break;
      case 1: low = top - 1 - std::min<Integer>(top - 1, Integer(below(8))); break;
      default:
        for (std::int64_t have = 0; have < bits; have += 64) {
          low = (low << 64) | Integer(random_());
        }
        break;
    }
    return top | (low & (top - 1));
  }

  std::int64_t least_lead() const {
    return format_.has_unbounded_exponent() ? -3000 : format_.min_quantum();
  }
  std::int64_t greatest_lead() const {
    return format_.is_fixed()                 ? format_.integer_bits - 1
           : format_.has_unbounded_exponent() ? 3000
                                              : format_.max_exponent() - 1;
  }

  /// A value of the format with its leading bit at (or near) `lead`.
  Number at(std::int64_t lead) {
    lead = std::clamp(lead, least_lead(), std::max(least_lead(), greatest_lead()));
    const std::int64_t quantum = exact::quantum_at(lead, format_);
    if (format_.flush_subnormals && lead < format_.min_exponent()) {
      return Number::zero(below(2) != 0);
    }
    return Number::finite(below(2) != 0, integer(lead - quantum + 1), quantum);
  }

  /// Around 1, anywhere, at the ends of the range, or a special value.
  Number any() {
    const std::int64_t p = format_.precision();
    switch (below(8)) {
      case 0:
      case 1: return at(between(-3, 3));
      case 2:
      case 3: return at(between(-p, p));
      case 4: return at(between(least_lead(), std::max(least_lead(), greatest_lead())));
      case 5: return at(least_lead() + between(0, p + 1));
      case 6: return at(greatest_lead() - between(0, 2));
      default: return special_value();
    }
  }

  Number special_value() {
    const bool negative = below(2) != 0;
    Number n = Number::zero(negative && format_.has_signed_zero());
    switch (below(6)) {
      case 0:
        if (format_.has_infinity()) {
          return Number::infinity(negative);
        }
        break;
      case 1:
        if (format_.has_nan()) {
          return Number::nan();
        }
        break;
      case 2:
      case 3:
        if (!format_.has_unbounded_exponent()) {
          n = exact::largest(format_, negative);
        }
        break;
      case 4:
        n = format_.has_unbounded_exponent() ? Number::integer(1) : exact::smallest(format_);
        break;
      default: return n;
    }
    n.negative = n.negative || (negative && !n.is_zero());
    return n;
  }

  /// Some quanta from a given value: what nearly cancels it, or lies halfway below its last bit.
  Number near(const Number& a) {
    if (a.kind != Number::Class::finite) {
      return any();
    }
    const std::int64_t p = format_.precision();
    switch (below(4)) {
      case 0: {
        Number n = at(a.leading_exponent());
        n.negative = !a.negative && !n.is_zero();
        return n;
      }
      case 1: return at(a.leading_exponent() - p + between(-2, 2));
      case 2: return at(a.leading_exponent() - 2 * p + between(-2, 2));
      default: return at(a.leading_exponent() + between(-p - 3, p + 3));
    }
  }

 private:
  Format format_;
  std::mt19937_64 random_;
};

/// The formats of these tests: `wide` ones get fewer operands.
struct Subject {
  std::string_view format;
  bool wide = false;
};

inline constexpr Subject subjects[] = {
    {"fp16"},
    {"bf16"},
    {"fp32"},
    {"fp64"},
    {"float:e15.m112"},
    {"fp8_e4m3"},
    {"fp8_e5m2"},
    {"fp6_e3m2"},
    {"fp4_e2m1"},
    {"float:e3.m4:ftz"},
    {"float:e5.m10:sat"},
    {"float:e5.m10:trap"},
    {"float:e4.m3:fn:sat"},
    {"float:e*.m23"},
    {"float:e32.m20"},
    {"li:e3.s4"},
    {"fixed:i3.f4"},
    {"fixed:i3.f4:twos"},
    {"fixed:i3.f4:twos:wrap"},
    {"fixed:i3.f4:trap"},
    {"fixed:i0.f7"},
    {"fixed:i15.f16:twos:wrap"},
    {"int8"},
    {"float:e19.m236", true},
    {"fixed:i500.f1500", true},
    {"float:e20.m4000", true},
};

}  // namespace carrybit::oracle
