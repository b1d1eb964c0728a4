#include "precision/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "precision/error.hpp"

namespace carrybit {

namespace {

constexpr std::int64_t max_binary_exponent = std::int64_t{1} << 20;
constexpr std::int64_t max_decimal_exponent = 400'000;

std::string special_text(const Number& value) {
  if (value.is_nan()) {
    return "nan";
  }
  return std::string(value.negative ? "-" : "") + (value.is_infinite() ? "inf" : "0");
}

/// digits d1 d2 … with value 0.d1d2… * 10^point, as plain or scientific text.
std::string place_point(const std::string& digits, std::int64_t point) {
  const auto length = static_cast<std::int64_t>(digits.size());
  if (point > 30 || point < -5) {
    std::string text = digits.substr(0, 1);
    if (length > 1) {
      text += "." + digits.substr(1);
    }
    return text + fmt::format("e{}", point - 1);
  }
  if (point <= 0) {
    return "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  }
  if (point >= length) {
    return digits + std::string(static_cast<std::size_t>(point - length), '0');
  }
  const auto split = static_cast<std::size_t>(point);
  return digits.substr(0, split) + "." + digits.substr(split);
}

/// A cursor over text being parsed.
struct Scanner {
  std::string_view rest;

  bool accept(char lower, char upper) {
    if (rest.empty() || (rest[0] != lower && rest[0] != upper)) {
      return false;
    }
    rest.remove_prefix(1);
    return true;
  }
  bool accept(char c) { return accept(c, c); }
};

int digit_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/// Digits with an optional point: the integer they spell without it, and the digits after it.
struct Significand {
  Integer value = 0;
  std::int64_t fraction_digits = 0;
  bool any = false;
};

Significand scan_significand(Scanner& in, int base) {
  Significand s;
  bool after_point = false;
  while (!in.rest.empty()) {
    if (!after_point && in.accept('.')) {
      after_point = true;
      continue;
    }
    const int value = digit_value(in.rest[0]);
    if (value >= base) {
      break;
    }
    s.value = s.value * base + value;
    s.fraction_digits += after_point ? 1 : 0;
    s.any = true;
    in.rest.remove_prefix(1);
  }
  return s;
}

std::optional<std::int64_t> scan_exponent(Scanner& in) {
  const bool negative = in.accept('-');
  if (!negative) {
    in.accept('+');
  }
  std::int64_t value = 0;
  bool any = false;
  while (!in.rest.empty() && in.rest[0] >= '0' && in.rest[0] <= '9') {
    value = std::min<std::int64_t>(value * 10 + (in.rest[0] - '0'), 1'000'000'000'000);
    in.rest.remove_prefix(1);
    any = true;
  }
  return any ? std::optional(negative ? -value : value) : std::nullopt;
}

bool accept_word(std::string_view rest, std::string_view word) {
  return rest.size() == word.size() &&
         std::equal(rest.begin(), rest.end(), word.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
         });
}

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw BadInput(
      fmt::format("'{}' is no number: {}; accepted: 0.1, -3e-7, 0x1.8p-3, inf, nan", text, why));
}

Rational make_finite(bool negative, Integer numerator, Integer denominator, std::int64_t exponent) {
  Rational r;
  r.kind = numerator == 0 ? Number::Class::zero : Number::Class::finite;
  r.negative = negative;
  r.numerator = std::move(numerator);
  r.denominator = std::move(denominator);
  r.exponent = exponent;
  return r;
}

Rational parse_hexadecimal(std::string_view text, Scanner& in, bool negative) {
  const Significand s = scan_significand(in, 16);
  std::int64_t exponent = 0;
  if (in.accept('p', 'P')) {
    const auto e = scan_exponent(in);
    if (!e || std::abs(*e) > 4 * max_binary_exponent) {
      refuse(text, "its exponent is missing or too large");
    }
    exponent = *e;
  }
  if (!s.any || !in.rest.empty()) {
    refuse(text, "it is not of the form 0xH.HpE");
  }
  return make_finite(negative, s.value, 1, exponent - 4 * s.fraction_digits);
}

Rational parse_decimal(std::string_view text, Scanner& in, bool negative) {
  const Significand s = scan_significand(in, 10);
  std::int64_t exponent = 0;
  if (s.any && in.accept('e', 'E')) {
    const auto e = scan_exponent(in);
    if (!e || std::abs(*e) > max_decimal_exponent) {
      refuse(text, fmt::format("its exponent is missing or beyond {}", max_decimal_exponent));
    }
    exponent = *e;
  }
  if (!s.any || !in.rest.empty()) {
    refuse(text, "it is not of the form D.DeE");
  }
  exponent -= s.fraction_digits;
  // 10^e = 5^e * 2^e keeps the integers short.
  const auto power = static_cast<unsigned>(std::abs(exponent));
  const Integer five = boost::multiprecision::pow(Integer(5), power);
  return exponent >= 0 ? make_finite(negative, s.value * five, 1, exponent)
                       : make_finite(negative, s.value, five, exponent);
}

}  // namespace

std::string to_decimal(const Number& value) {
  if (value.kind != Number::Class::finite) {
    return special_text(value);
  }
  if (std::abs(value.leading_exponent()) > max_binary_exponent) {
    throw BadInput(fmt::format("2^{} is too long to print as a decimal", value.leading_exponent()));
  }
  const auto shift = static_cast<unsigned>(std::abs(value.exponent));
  const bool integral = value.exponent >= 0;
  const Integer scaled = integral ? value.magnitude << shift
                                  : value.magnitude * boost::multiprecision::pow(Integer(5), shift);
  std::string digits = scaled.str();
  const std::int64_t point =
      static_cast<std::int64_t>(digits.size()) + (integral ? 0 : value.exponent);
  digits.erase(digits.find_last_not_of('0') + 1);
  return (value.negative ? "-" : "") + place_point(digits, point);
}

std::string to_hexfloat(const Number& value) {
  if (value.is_zero()) {
    return value.negative ? "-0x0p+0" : "0x0p+0";
  }
  if (value.kind != Number::Class::finite) {
    return special_text(value);
  }
  // 1.hhh… with the leading bit before the point.
  const std::int64_t lead = value.leading_exponent();
  const std::int64_t fraction_bits = bit_length(value.magnitude) - 1;
  const std::int64_t digits = (fraction_bits + 3) / 4;
  const Integer aligned = value.magnitude << static_cast<unsigned>(4 * digits - fraction_bits);
  std::string hex = aligned.str(0, std::ios_base::hex);
  std::transform(hex.begin(), hex.end(), hex.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  std::string fraction = hex.substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fmt::format("{}0x1{}{}p{:+}", value.negative ? "-" : "", fraction.empty() ? "" : ".",
                     fraction, lead);
}

Rational parse_number(std::string_view text) {
  Scanner in{text};
  const bool negative = in.accept('-');
  if (!negative) {
    in.accept('+');
  }
  Rational special;
  special.negative = negative;
  if (accept_word(in.rest, "inf") || accept_word(in.rest, "infinity")) {
    special.kind = Number::Class::infinite;
    return special;
  }
  if (accept_word(in.rest, "nan")) {
    special.kind = Number::Class::nan;
    return special;
  }
  if (in.rest.starts_with("0x") || in.rest.starts_with("0X")) {
    in.rest.remove_prefix(2);
    return parse_hexadecimal(text, in, negative);
  }
  return parse_decimal(text, in, negative);
}

}  // namespace carrybit
