#pragma once
// Digits to and from GMP integers, inside arith_tasks/.

#include <gmpxx.h>

#include "arith_tasks/problem.hpp"

namespace carrybit::gmp {

/// The value of digits, least significant first. Needs 2 <= base <= 36.
mpz_class to_integer(const Digits& digits, int base);

/// The low `count` digits of a number >= 0, least significant first. Needs 2 <= base <= 36.
Digits to_digits(const mpz_class& value, int base, int count);

/// base^exponent.
mpz_class power(int base, int exponent);

}  // namespace carrybit::gmp
