#include "arith_tasks/integer.hpp"

#include <algorithm>
#include <string>

namespace carrybit::gmp {

mpz_class to_integer(const Digits& digits, int base) {
  std::string text(digits.size(), '0');
  std::transform(digits.rbegin(), digits.rend(), text.begin(), digit_char);
  return text.empty() ? mpz_class(0) : mpz_class(text, base);
}

Digits to_digits(const mpz_class& value, int base, int count) {
  const std::string text = value.get_str(base);
  Digits out(static_cast<std::size_t>(count), 0);
  const std::size_t kept = std::min(out.size(), text.size());
  std::transform(text.rbegin(), text.rbegin() + static_cast<std::ptrdiff_t>(kept), out.begin(),
                 [base](char c) { return digit_value(c, base); });
  return out;
}

mpz_class power(int base, int exponent) {
  mpz_class out;
  mpz_ui_pow_ui(out.get_mpz_t(), static_cast<unsigned long>(base),
                static_cast<unsigned long>(exponent));
  return out;
}

}  // namespace carrybit::gmp
