#pragma once
// The exact engine: it defines what every operation means. Operands are exact numbers (values of
// any formats); the result is the exact result rounded once into `context.format`.
//
// Signs of zero, infinities and NaN follow IEEE 754-2019 section 6 wherever the layout has them.
// One operation, one file.

#include <cstdint>

#include "precision/exact/round.hpp"
#include "precision/number.hpp"
#include "precision/text.hpp"

namespace carrybit::exact {

Number add(const Number& a, const Number& b, const Context& context);
Number sub(const Number& a, const Number& b, const Context& context);
Number mul(const Number& a, const Number& b, const Context& context);
/// a * b + c with one rounding.
Number fma(const Number& a, const Number& b, const Number& c, const Context& context);
/// x/0 is infinite (0/0 invalid): saturating formats deliver the largest value.
Number div(const Number& a, const Number& b, const Context& context);
/// sqrt(-0) = -0; negative operands are invalid.
Number sqrt(const Number& a, const Context& context);
/// To another format: `context.format`.
Number convert(const Number& a, const Context& context);
/// A decimal or hexadecimal text, rounded once.
Number convert(const Rational& a, const Context& context);

Number exp(const Number& a, const Context& context);
/// log(+-0) = -infinity; negative operands are invalid.
Number log(const Number& a, const Context& context);
Number tanh(const Number& a, const Context& context);
/// erf(x) = 2/sqrt(pi) * integral of exp(-t^2) from 0 to x.
Number erf(const Number& a, const Context& context);
/// In radians; infinite operands are invalid. |x| < 2^(2^20).
Number sin(const Number& a, const Context& context);
Number cos(const Number& a, const Context& context);

enum class Ordering : std::uint8_t { less, equal, greater, unordered };
/// Exact; -0 equals +0; NaN is unordered.
Ordering compare(const Number& a, const Number& b);

}  // namespace carrybit::exact
