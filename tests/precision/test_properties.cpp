// Properties of rounding and conversion over random formats and random values (RapidCheck). A
// failure prints the format, the mode and the values, and how to run that case again.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "precision/encoding.hpp"
#include "precision/exact/exact.hpp"

using namespace carrybit;

namespace {

int between(int low, int high) { return *rc::gen::inRange(low, high + 1); }

Integer random_integer(int bits) {
  Integer n = 0;
  for (int i = 0; i < bits; i += 32) {
    n = (n << 32) + *rc::gen::arbitrary<std::uint32_t>();
  }
  return n & ((Integer(1) << static_cast<unsigned>(bits)) - 1);
}

Format random_float(int widest) {
  const int e = between(1, std::min(32, widest - 2));
  const int m = between(e == 1 ? 1 : 0, widest - 1 - e);
  constexpr std::array suffixes = {"",         ":sat", ":trap",       ":fn",
                                   ":fn:trap", ":ftz", ":fn:sat:ftz", ":finite"};
  const std::string suffix = *rc::gen::elementOf(suffixes);
  const bool flushes = suffix.find("ftz") != std::string::npos;
  return Format::parse(fmt::format("float:e{}.m{}{}", e, m, e == 1 && flushes ? "" : suffix));
}

/// A bounded format of at most so many bits.
Format random_format(int widest) {
  const int kind = between(0, 5);
  if (kind == 0) {
    const int s = between(1, (widest - 2) / 2);
    return Format::parse(
        fmt::format("li:e{}.s{}", between(0, std::min(32, widest - 1 - 2 * s)), s));
  }
  if (kind <= 2) {
    const int bits = between(1, widest - 1);
    const int i = between(0, bits);
    constexpr std::array suffixes = {"", ":twos", ":trap", ":twos:trap"};
    return Format::parse(
        fmt::format("fixed:i{}.f{}{}", i, bits - i, std::string(*rc::gen::elementOf(suffixes))));
  }
  return random_float(widest);
}

/// Exponents from below the smallest value to beyond the largest.
std::int64_t random_exponent(const Format& f) {
  const std::int64_t low = f.min_quantum() - 4;
  const std::int64_t high = exact::largest(f).leading_exponent() + 3;
  return *rc::gen::inRange<std::int64_t>(low, std::max(high, low + 1));
}

/// A finite number near what the format can hold: a few bits more than it keeps.
Number random_number(const Format& f) {
  const int bits = between(1, f.precision() + 8);
  const Integer magnitude = random_integer(bits) + 1;
  return Number::finite(*rc::gen::arbitrary<bool>(), magnitude,
                        random_exponent(f) - bit_length(magnitude) + 1);
}

exact::Context context(const Format& f, Rounding mode) {
  exact::Context c;
  c.format = f;
  c.rounding = mode;
  return c;
}

Number rounded(const Number& x, const Format& f, Rounding mode) {
  return exact::convert(x, context(f, mode));
}

/// x <= y, zeros of either sign equal; infinities take part, NaN does not.
bool at_most(const Number& x, const Number& y) {
  const auto order = exact::compare(x, y);
  return order == exact::Ordering::less || order == exact::Ordering::equal;
}

std::string described(const Format& f, Rounding mode, const Number& x) {
  return fmt::format("{} {} {}", f.name(), name(mode), to_hexfloat(x));
}

}  // namespace

TEST_CASE("rounding is monotone in every mode") {
  CHECK(rc::check([] {
    const Format f = random_format(80);
    const Rounding mode = *rc::gen::elementOf(all_roundings);  // sr: one draw for both
    Number x = random_number(f);
    Number y = between(0, 1) == 0 ? random_number(f)
                                  : Number::finite(x.negative, x.magnitude + 1, x.exponent);
    if (!at_most(x, y)) {
      std::swap(x, y);
    }
    const Number rx = rounded(x, f, mode);
    const Number ry = rounded(y, f, mode);
    // `fn` formats without saturation overflow to NaN, which has no order.
    if (!rx.is_nan() && !ry.is_nan() && !at_most(rx, ry)) {
      RC_FAIL(described(f, mode, x) + " and " + to_hexfloat(y));
    }
  }));
}

TEST_CASE("a rounded value is a neighbour: nothing of the format lies between") {
  CHECK(rc::check([] {
    const Format f = random_format(80);
    const Rounding mode = *rc::gen::elementOf(all_roundings);
    const Number x = random_number(f);
    const Number r = rounded(x, f, mode);
    const Number low = rounded(x, f, Rounding::rd);
    const Number high = rounded(x, f, Rounding::ru);
    if (!identical(r, low) && !identical(r, high) &&
        !(r.is_zero() && (low.is_zero() || high.is_zero())) && !low.is_nan() && !high.is_nan()) {
      RC_FAIL(described(f, mode, x));
    }
  }));
}

TEST_CASE("rounding twice into one format is rounding once") {
  CHECK(rc::check([] {
    const Format f = random_format(80);
    const Rounding mode = *rc::gen::elementOf(all_roundings);
    const Number once = rounded(random_number(f), f, mode);
    if (!once.is_nan() && !identical(rounded(once, f, mode), once)) {
      RC_FAIL(described(f, mode, once));
    }
  }));
}

TEST_CASE("nearest modes and truncation are symmetric, up and down mirror each other") {
  constexpr std::array<std::pair<Rounding, Rounding>, 7> mirrors = {{{Rounding::rne, Rounding::rne},
                                                                     {Rounding::rna, Rounding::rna},
                                                                     {Rounding::rnz, Rounding::rnz},
                                                                     {Rounding::rz, Rounding::rz},
                                                                     {Rounding::ro, Rounding::ro},
                                                                     {Rounding::sr, Rounding::sr},
                                                                     {Rounding::ru, Rounding::rd}}};
  CHECK(rc::check([&] {
    Format f = random_format(80);
    f.twos_complement = false;  // whose range is not symmetric
    const auto [mode, mirror] = *rc::gen::elementOf(mirrors);
    const Number x = random_number(f);
    const Number a = rounded(x, f, mode);
    const Number b = rounded(-x, f, mirror);
    const bool same = f.has_signed_zero() ? identical(-a, b) : identical(-a, b) || a.is_zero();
    if (!same || a.is_zero() != b.is_zero()) {
      RC_FAIL(described(f, mode, x));
    }
  }));
}

TEST_CASE("operations are symmetric and commute") {
  CHECK(rc::check([] {
    const Format f = random_float(80);
    const Number x = rounded(random_number(f), f, Rounding::rz);
    const Number y = rounded(random_number(f), f, Rounding::rz);
    const exact::Context c = context(f, Rounding::rne);
    RC_ASSERT(identical(exact::add(x, y, c), exact::add(y, x, c)));
    RC_ASSERT(identical(exact::mul(x, y, c), exact::mul(y, x, c)));
    RC_ASSERT(identical(exact::sub(x, y, c), exact::add(x, -y, c)));
    RC_ASSERT(identical(exact::mul(-x, y, c), -exact::mul(x, y, c)));
    RC_ASSERT(identical(exact::mul(x, Number::integer(1), c), rounded(x, f, Rounding::rne)));
    RC_ASSERT(identical(exact::fma(x, y, Number::zero(exact::mul(x, y, c).negative), c),
                        exact::mul(x, y, c)));
  }));
}

TEST_CASE("encode and decode are inverse for random formats of up to 300 bits") {
  CHECK(rc::check([] {
    const Format f = random_format(300);
    const Integer code = random_integer(f.width());
    const Integer hole = Integer(1) << static_cast<unsigned>(f.width() - 1);
    RC_PRE(!(f.is_fixed() && !f.twos_complement && code == hole));
    const Number value = decode(code, f);
    const Integer back = encode(value, f);
    RC_ASSERT(identical(decode(back, f), value));
    RC_ASSERT(parse_hex(to_hex(code, f), f) == code);
    const bool one_code = !value.is_nan() && f.layout != Layout::unnormalised &&
                          !(f.flush_subnormals && value.is_zero());
    RC_ASSERT(!one_code || back == code);
  }));
}

TEST_CASE("names of random formats print and parse back") {
  CHECK(rc::check([] {
    const Format f = random_format(4096);
    RC_ASSERT(Format::parse(f.name()) == f);
  }));
}

TEST_CASE("texts of random numbers read back") {
  CHECK(rc::check([] {
    const Format f = Format::floating(15, 112);
    const Number x = rounded(random_number(Format::floating(11, 100)), f, Rounding::rne);
    RC_ASSERT(identical(exact::convert(parse_number(to_decimal(x)), context(f, Rounding::rne)), x));
    RC_ASSERT(
        identical(exact::convert(parse_number(to_hexfloat(x)), context(f, Rounding::rne)), x));
  }));
}

TEST_CASE("widening then narrowing gives the value back") {
  CHECK(rc::check([] {
    const int e = between(2, 12);
    const int m = between(1, 60);
    const Format narrow = Format::floating(e, m);
    const Format wide = Format::floating(e + between(0, 10), m + between(0, 60));
    const Rounding mode = *rc::gen::elementOf(all_roundings);
    const Number x = decode(random_integer(narrow.width()), narrow);
    const Number widened = rounded(x, wide, mode);
    RC_ASSERT(identical(widened, x));
    RC_ASSERT(identical(rounded(widened, narrow, mode), x));
  }));
}

TEST_CASE("fp16 to fp64 by way of fp32 is the direct conversion, for every code") {
  const Format fp16 = Format::parse("fp16");
  for (unsigned code = 0; code < (1U << 16); ++code) {
    const Number x = decode(Integer(code), fp16);
    const Number step = rounded(x, Format::parse("fp32"), Rounding::rne);
    REQUIRE(identical(rounded(step, Format::parse("fp64"), Rounding::rne), x));
  }
}

TEST_CASE("narrowing in two steps may round twice: fp64 to fp32 to fp16") {
  const Format fp16 = Format::parse("fp16");
  const Format fp32 = Format::parse("fp32");
  // Just above the tie between 1 and the next fp16; fp32 rounds it onto the tie.
  const Number x = Number::from_double(1.0 + 0x1p-11 + 0x1p-40);
  CHECK(identical(rounded(x, fp16, Rounding::rne), Number::from_double(1.0 + 0x1p-10)));
  CHECK(identical(rounded(rounded(x, fp32, Rounding::rne), fp16, Rounding::rne),
                  Number::from_double(1.0)));
  // Rounding to odd on the way keeps what the second rounding must know.
  CHECK(identical(rounded(rounded(x, fp32, Rounding::ro), fp16, Rounding::rne),
                  Number::from_double(1.0 + 0x1p-10)));
}

TEST_CASE(
    "rounding to odd first makes the second rounding innocuous; directed modes always compose") {
  CHECK(rc::check([] {
    const int e = between(2, 10);
    const int m = between(1, 40);
    const Format narrow = Format::floating(e, m);
    const Format wide = Format::floating(e + between(1, 5), m + between(2, 40));
    const Number x = random_number(narrow);
    const Rounding mode = *rc::gen::element(Rounding::rne, Rounding::rna, Rounding::rnz,
                                            Rounding::rz, Rounding::ru, Rounding::rd, Rounding::ro);
    const Number direct = rounded(x, narrow, mode);
    RC_ASSERT(identical(rounded(rounded(x, wide, Rounding::ro), narrow, mode), direct));
    if (mode == Rounding::rz || mode == Rounding::ru || mode == Rounding::rd) {
      RC_ASSERT(identical(rounded(rounded(x, wide, mode), narrow, mode), direct));
    }
  }));
}

TEST_CASE("stochastic rounding takes both neighbours, as often as it should") {
  CHECK(rc::check([] {
    const Format f = random_float(40);
    const Number x = random_number(f);
    const Number low = rounded(x, f, Rounding::rz);
    const Number high = rounded(x, f, x.negative ? Rounding::rd : Rounding::ru);
    exact::Context c = context(f, Rounding::sr);
    c.draw.seed = *rc::gen::arbitrary<std::uint64_t>();
    for (c.draw.index = 0; c.draw.index < 20; ++c.draw.index) {
      const Number r = exact::convert(x, c);
      RC_ASSERT(identical(r, low) || identical(r, high) || r.is_nan());
    }
  }));
  // 1 + 3/8 ulp in fp16, ten thousand draws: 3750 up, four standard deviations are 194.
  const Format fp16 = Format::parse("fp16");
  exact::Context c = context(fp16, Rounding::sr);
  int up = 0;
  for (c.draw.index = 0; c.draw.index < 10'000; ++c.draw.index) {
    up +=
        identical(exact::convert(Number::from_double(1 + 0x3p-13), c), Number::integer(1)) ? 0 : 1;
  }
  CHECK(std::abs(up - 3750) < 194);
}
