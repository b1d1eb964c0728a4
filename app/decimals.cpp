#include "app/decimals.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "precision/text.hpp"

namespace carrybit::app {

namespace {

/// The digits of an unsigned decimal text, and the power of ten of the first one.
struct Digits {
  std::string digits;
  long exponent = 0;

  explicit Digits(const std::string& text) {
    const std::size_t e = std::min(text.find('e'), text.size());
    const std::size_t point = std::min(text.find('.'), e);
    for (std::size_t i = 0; i < e; ++i) {
      if (text[i] != '.' && !(digits.empty() && text[i] == '0')) {
        if (digits.empty()) {
          const auto place = static_cast<long>(point) - static_cast<long>(i);
          exponent = place - (i < point ? 1 : 0);
        }
        digits += text[i];
      }
    }
    exponent += e < text.size() ? std::strtol(text.c_str() + e + 1, nullptr, 10) : 0;
  }

  /// To the nearest decimal of so many digits, ties to even.
  void round_to(std::size_t count) {
    if (digits.size() <= count) {
      return;
    }
    const std::string rest = digits.substr(count);
    digits.resize(count);
    const std::string half = "5" + std::string(rest.size() - 1, '0');
    if (rest > half || (rest == half && (digits.back() - '0') % 2 == 1)) {
      std::size_t at = count;
      while (at > 0 && digits[at - 1] == '9') {
        digits[--at] = '0';
      }
      if (at == 0) {
        digits.insert(0, "1");
        digits.pop_back();
        ++exponent;
      } else {
        ++digits[at - 1];
      }
    }
  }

  /// As printf's %g places the point: "127.996", "0.00195312", "3.40282e+38".
  std::string text() const {
    if (exponent < -4 || exponent > 5) {
      const std::string rest = digits.size() > 1 ? "." + digits.substr(1) : "";
      return fmt::format("{}{}e{:+03}", digits[0], rest, exponent);
    }
    if (exponent < 0) {
      return "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    }
    const auto integer = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() <= integer) {
      return digits + std::string(integer - digits.size(), '0');
    }
    return digits.substr(0, integer) + "." + digits.substr(integer);
  }
};

/// 2^k, or about 2^k.
std::string power_text(const Number& value) {
  const std::int64_t lead = value.leading_exponent();
  const bool exact = identical(value.abs(), Number::finite(false, 1, lead));
  return fmt::format("{}{}2^{}", exact ? "" : "~", value.negative ? "-" : "",
                     exact ? lead : lead + 1);
}

}  // namespace

bool has_readable_decimal(const Number& value) {
  return value.kind != Number::Class::finite || std::abs(value.leading_exponent()) <= 20'000;
}

std::string short_decimal(const Number& value) {
  if (!has_readable_decimal(value)) {
    return power_text(value);
  }
  constexpr std::size_t short_enough = 10;
  std::string text = to_decimal(value);
  if (text.size() <= short_enough) {
    return text;
  }
  Digits shown(to_decimal(value.abs()));
  shown.round_to(6);
  shown.digits.erase(shown.digits.find_last_not_of('0') + 1);
  return (value.negative ? "~-" : "~") + shown.text();
}

}  // namespace carrybit::app
