// Decimal and hexadecimal-float text: reading back what was written gives the same number.

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "precision/encoding.hpp"
#include "precision/error.hpp"
#include "precision/exact/exact.hpp"

using namespace carrybit;

namespace {

/// The exact value of a text as a number of a format that can hold it.
Number read(const std::string& text, const Format& format) {
  exact::Context context;
  context.format = format;
  return exact::convert(parse_number(text), context);
}

Number value_of(const char* format, const char* code) {
  const Format f = Format::parse(format);
  return decode(parse_hex(code, f), f);
}

}  // namespace

TEST_CASE("every value of fp16, fp8 and small fixed point reads back from its texts") {
  for (const char* name :
       {"fp16", "bf16", "fp8_e4m3", "fp8_e5m2", "fixed:i4.f7:twos", "li:e4.s3"}) {
    const Format f = Format::parse(name);
    CAPTURE(name);
    for (unsigned code = 0; code < (1U << f.width()); ++code) {
      const Number value = decode(Integer(code), f);
      REQUIRE(identical(read(to_decimal(value), f), value));
      REQUIRE(identical(read(to_hexfloat(value), f), value));
    }
  }
}

TEST_CASE("values at the ends of wide formats read back from their texts") {
  for (const char* name : {"fp64", "fp128", "float:e19.m236", "float:e8.m4087", "fixed:i64.f64"}) {
    const Format f = Format::parse(name);
    CAPTURE(name);
    std::vector<Number> values = {exact::largest(f), exact::smallest(f)};
    if (f.is_floating()) {
      values.push_back(exact::smallest_normal(f));
    }
    for (const Number& value : values) {
      CHECK(identical(read(to_hexfloat(value), f), value));
      if (std::abs(value.leading_exponent()) < 20000) {
        CHECK(identical(read(to_decimal(value), f), value));
        CHECK(identical(read(to_decimal(-value), f), -value));
      }
    }
  }
}

TEST_CASE("known texts") {
  CHECK(to_decimal(value_of("fp16", "3c00")) == "1");
  CHECK(to_decimal(value_of("fp16", "0001")) == "5.9604644775390625e-8");
  CHECK(to_decimal(value_of("fp16", "8000")) == "-0");
  CHECK(to_decimal(value_of("fp16", "fc00")) == "-inf");
  CHECK(to_decimal(value_of("fp16", "7e00")) == "nan");
  CHECK(to_decimal(value_of("fp32", "3dcccccd")) == "0.100000001490116119384765625");
  CHECK(to_decimal(value_of("fp64", "3fb999999999999a")) ==
        "0.1000000000000000055511151231257827021181583404541015625");
  CHECK(to_decimal(value_of("fp64", "44b52d02c7e14af6")) == "99999999999999991611392");
  CHECK(to_hexfloat(value_of("fp16", "4a40")) == "0x1.9p+3");
  CHECK(to_hexfloat(value_of("fp16", "8001")) == "-0x1p-24");
  CHECK(to_hexfloat(value_of("fp16", "8000")) == "-0x0p+0");
  CHECK(to_hexfloat(value_of("fp16", "7c00")) == "inf");
}

TEST_CASE("decimals agree with the C library's, digit for digit") {
  for (const double value : {0.1, 1.0 / 3, 123456.789, 5e-5, 1e15 + 0.3, 0.7e-3, 1023.0, 0.1e30}) {
    char text[2000];
    std::snprintf(text, sizeof text, "%.120f", value);  // more places than any of these has
    std::string wanted = text;
    wanted.erase(wanted.find_last_not_of('0') + 1);
    if (wanted.back() == '.') {
      wanted.pop_back();
    }
    CHECK(to_decimal(Number::from_double(value)) == wanted);
  }
}

TEST_CASE("many spellings of a number") {
  const Format fp64 = Format::parse("fp64");
  const Number half = Number::from_double(0.5);
  for (const char* text : {"0.5", ".5", "5e-1", "+0.5", "00.50", "5.E-1", "0.05e+1", "0x.8",
                           "0x1p-1", "0X8P-4", "0x0.8p0", "500e-3"}) {
    CAPTURE(text);
    CHECK(identical(read(text, fp64), half));
  }
  for (const char* text : {"inf", "+Inf", "INFINITY"}) {
    CHECK(identical(read(text, fp64), Number::infinity()));
  }
  CHECK(identical(read("-inf", fp64), Number::infinity(true)));
  CHECK(read("NaN", fp64).is_nan());
  CHECK(identical(read("-0", fp64), Number::zero(true)));
  CHECK(identical(read("-0e9", fp64), Number::zero(true)));
  CHECK(identical(read("1e-400000", fp64), Number::zero()));
  CHECK(identical(read("1e400000", fp64), Number::infinity()));
}

TEST_CASE("texts are rounded once") {
  const Format fp16 = Format::parse("fp16");
  CHECK(to_hex(encode(read("1.00048828125", fp16), fp16), fp16) == "3c00");  // a tie, to even
  CHECK(to_hex(encode(read("1.000488281250000000000000000000000000001", fp16), fp16), fp16) ==
        "3c01");
  CHECK(to_hex(encode(read("1.00146484375", fp16), fp16), fp16) == "3c02");  // a tie, to even
  CHECK(to_hex(encode(read("1.001464843749999999999999999999999999999", fp16), fp16), fp16) ==
        "3c01");
}

TEST_CASE("tiny texts round in fixed point too") {
  const Format int8 = Format::parse("int8");
  exact::Context up;
  up.format = int8;
  up.rounding = Rounding::ru;
  CHECK(identical(exact::convert(parse_number("1e-30"), up), Number::integer(1)));
  CHECK(identical(exact::convert(parse_number("1e-300000"), up), Number::integer(1)));
  CHECK(read("1e-30", int8).is_zero());
  CHECK(read("-0.5", int8).is_zero());
  CHECK(identical(read("-0.5000000000000000000000000000001", int8), Number::integer(-1)));
}

TEST_CASE("what is no number is refused in one line") {
  for (const char* text : {"",
                           "-",
                           ".",
                           "e5",
                           "1e",
                           "1e+",
                           "0x",
                           "0x.",
                           "0xp3",
                           "0x1p",
                           "1..2",
                           "1.2.3",
                           "one",
                           "1_000",
                           "1,5",
                           " 1",
                           "1 ",
                           "--1",
                           "+-1",
                           "infinit",
                           "nano",
                           "0x1e1.g",
                           "1e999999999999999999999",
                           "0x1p99999999999999999999",
                           "1e400001"}) {
    CAPTURE(text);
    try {
      parse_number(text);
      FAIL_CHECK("accepted");
    } catch (const BadInput& error) {
      const std::string message = error.what();
      CHECK(message.starts_with("'" + std::string(text) + "' is no number: "));
      CHECK(message.find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("a number too long for a decimal is refused") {
  CHECK_THROWS_AS(to_decimal(Number::finite(false, 1, std::int64_t{1} << 40)), BadInput);
  CHECK(to_hexfloat(Number::finite(false, 3, std::int64_t{1} << 40)) == "0x1.8p+1099511627777");
}
