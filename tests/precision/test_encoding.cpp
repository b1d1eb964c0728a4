// Bit patterns: decoding and encoding are inverse, exhaustively for every format of at most twelve
// bits, and both agree with the definition of the layout written out here once more, in doubles.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "precision/encoding.hpp"
#include "precision/error.hpp"
#include "precision/exact/exact.hpp"

using namespace carrybit;

namespace {

/// Every format of exactly so many bits (overflow rules do not change codes; one of each kind).
std::vector<Format> formats_of_width(int width) {
  std::vector<Format> all;
  for (int i = 0; i < width; ++i) {
    for (const char* suffix : {"", ":twos"}) {
      all.push_back(Format::parse(fmt::format("fixed:i{}.f{}{}", i, width - 1 - i, suffix)));
    }
  }
  for (int e = 1; e < width; ++e) {
    const int m = width - 1 - e;
    for (const char* suffix : {"", ":fn", ":finite", ":ftz"}) {
      const bool empty =
          e == 1 && ((m == 0 && std::string(suffix) != ":finite") || std::string(suffix) == ":ftz");
      if (!empty) {
        all.push_back(Format::parse(fmt::format("float:e{}.m{}{}", e, m, suffix)));
      }
    }
  }
  for (int s = 1; 1 + 2 * s <= width; ++s) {
    all.push_back(Format::parse(fmt::format("li:e{}.s{}", width - 1 - 2 * s, s)));
  }
  return all;
}

/// The value of a code of an IEEE, fn or finite layout by its definition. (Doubles hold every value
/// of at most twelve bits with at most nine exponent bits.)
double value_by_definition(unsigned code, const Format& f) {
  const unsigned fraction = code & ((1U << f.fraction_bits) - 1);
  const unsigned field = code >> f.fraction_bits & ((1U << f.exponent_bits) - 1);
  const bool top = field == (1U << f.exponent_bits) - 1;
  const double sign = (code >> (f.width() - 1)) != 0 ? -1.0 : 1.0;
  if (top && f.layout == Layout::ieee) {
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  }
  if (top && f.layout == Layout::fn && fraction == (1U << f.fraction_bits) - 1) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const int bias = (1 << (f.exponent_bits - 1)) - 1;
  if (field == 0) {
    return f.flush_subnormals ? sign * 0.0
                              : sign * std::ldexp(fraction, 1 - bias - f.fraction_bits);
  }
  return sign * std::ldexp(fraction + (1U << f.fraction_bits),
                           static_cast<int>(field) - bias - f.fraction_bits);
}

/// Is this one of several codes of its value? (NaNs, flushed subnormals, li significands that
/// start with zeros.)
bool is_redundant(const Number& value, unsigned code, const Format& f) {
  const unsigned fraction = code & ((1U << f.fraction_bits) - 1);
  return value.is_nan() || f.layout == Layout::unnormalised ||
         (f.flush_subnormals && value.is_zero() && fraction != 0);
}

void check_code(unsigned code, const Format& f) {
  CAPTURE(code);
  const Number value = decode(Integer(code), f);
  const Integer back = encode(value, f);
  REQUIRE(identical(decode(back, f), value));
  if (!is_redundant(value, code, f)) {
    REQUIRE(back == code);
  }
  REQUIRE(parse_hex(to_hex(back, f), f) == back);
  REQUIRE(to_hex(back, f).size() == static_cast<std::size_t>((f.width() + 3) / 4));
  exact::Context same;
  same.format = f;
  if (!value.is_nan()) {
    REQUIRE(identical(exact::convert(value, same), value));  // every value rounds to itself
  }
  if (f.is_floating() && f.layout != Layout::unnormalised && f.exponent_bits <= 9) {
    REQUIRE(identical(value, Number::from_double(value_by_definition(code, f))));
  }
}

}  // namespace

TEST_CASE("decode and encode are inverse for every code of every format of at most 12 bits") {
  std::size_t formats = 0;
  for (int width = 2; width <= 12; ++width) {
    for (const Format& f : formats_of_width(width)) {
      CAPTURE(f.name());
      ++formats;
      const unsigned symmetric_hole = 1U << (width - 1);
      for (unsigned code = 0; code < (1U << width); ++code) {
        if (f.is_fixed() && !f.twos_complement && code == symmetric_hole) {
          CHECK_THROWS_AS(decode(Integer(code), f), BadInput);
        } else {
          check_code(code, f);
        }
      }
    }
  }
  CHECK(formats == 435);
}

TEST_CASE("positive codes are in the order of their values") {
  for (const char* name :
       {"fp8_e4m3", "fp8_e5m2", "fp6_e3m2", "fp4_e2m1", "float:e4.m6", "int8", "fixed:i4.f5"}) {
    const Format f = Format::parse(name);
    CAPTURE(name);
    for (unsigned code = 1; code < (1U << (f.width() - 1)); ++code) {
      const Number low = decode(Integer(code - 1), f);
      const Number high = decode(Integer(code), f);
      if (!low.is_nan() && !high.is_nan()) {
        REQUIRE(exact::compare(low, high) == exact::Ordering::less);
      }
    }
  }
}

TEST_CASE("known codes") {
  const auto code = [](const char* format, double value) {
    const Format f = Format::parse(format);
    return to_hex(encode(Number::from_double(value), f), f);
  };
  CHECK(code("fp16", 1) == "3c00");
  CHECK(code("fp16", -65504) == "fbff");
  CHECK(code("bf16", 1) == "3f80");
  CHECK(code("fp32", 0.1F) == "3dcccccd");
  CHECK(code("fp64", 0.1) == "3fb999999999999a");
  CHECK(code("fp128", 1) == "3fff0000000000000000000000000000");
  CHECK(code("fp8_e4m3", 448) == "7e");
  CHECK(code("fp8_e5m2", 57344) == "7b");
  CHECK(code("fp6_e3m2", 28) == "1f");
  CHECK(code("fp6_e2m3", 7.5) == "1f");
  CHECK(code("fp4_e2m1", -6) == "f");
  CHECK(code("int8", -128) == "80");
  CHECK(code("fixed:i3.f4", -1.5) == "e8");
  CHECK(code("float:e*.m3", 1) == "3fffffffffffffff8");
  CHECK(code("li:e4.s5", 1) ==
        "2004");  // 1.0 = 512 * 2^-9: significand 1000000000, exponent code 4
}

TEST_CASE("a value of no code is a mistake of the caller") {
  const Format fp16 = Format::parse("fp16");
  CHECK_THROWS_AS(encode(Number::from_double(0.1), fp16), std::logic_error);
  CHECK_THROWS_AS(encode(Number::nan(), Format::parse("int8")), std::logic_error);
  CHECK_THROWS_AS(encode(Number::infinity(), Format::parse("fp8_e4m3")), std::logic_error);
  CHECK_THROWS_AS(encode(Number::infinity(), Format::parse("fixed:i7.f0")), std::logic_error);
  CHECK_THROWS_AS(encode(Number::integer(65536), fp16), std::logic_error);
  CHECK_THROWS_AS(encode(Number::integer(128), Format::parse("int8")), std::logic_error);
  CHECK_THROWS_AS(encode(Number::integer(-128), Format::parse("fixed:i7.f0")), std::logic_error);
  CHECK_THROWS_AS(encode(Number::from_double(0.5), Format::parse("int8")), std::logic_error);
}

TEST_CASE("bit patterns that are none") {
  const Format fp16 = Format::parse("fp16");
  for (const char* text : {"", "0x", "g", "-1", "3c 0", "1.5", "10000", "fffff"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_hex(text, fp16), BadInput);
  }
  CHECK(parse_hex("0x3C00", fp16) == 0x3c00);
  CHECK(parse_hex("000003c00", fp16) == 0x3c00);
  const Format nine = Format::parse("float:e4.m4");
  CHECK(parse_hex("1ff", nine) == 0x1ff);
  CHECK_THROWS_AS(parse_hex("200", nine), BadInput);
  const Format wide = Format::parse("fixed:i100.f27:twos");
  const std::string digits = "89abcdef0123456789abcdef01234567";
  CHECK(to_hex(parse_hex(digits, wide), wide) == digits);
  CHECK_THROWS_AS(parse_hex("1" + digits, wide), BadInput);
}
