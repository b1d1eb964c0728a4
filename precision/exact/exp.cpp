#include <fmt/format.h>

#include <algorithm>
#include <numbers>

#include "precision/error.hpp"
#include "precision/exact/big_fixed.hpp"
#include "precision/exact/enclose.hpp"
#include "precision/exact/exact.hpp"
#include "precision/exact/kernels.hpp"

namespace carrybit::exact {

namespace {

constexpr double wrapped_bits_limit = 1 << 20;

/// The exponent above which every value overflows.
std::int64_t top_exponent(const Format& format) {
  return format.is_fixed() ? format.integer_bits : format.max_exponent();
}

/// e^x, whose exponent is about `exponent`, where the whole of it is asked for: to bits / 2^bits of
/// its value, and in fixed point to 2^-40 quanta, which is more where a large result is wrapped.
///
/// The mantissa is within 8 of the value, hence the enclosure: its relative width is 17 * 2^-w.
Enclosure enclose_exp(const Number& a, std::int64_t bits, double exponent, const Format& format) {
  std::int64_t w = bits + 5;
  if (format.is_fixed()) {
    w = std::max(w, static_cast<std::int64_t>(exponent) + format.fraction_bits + 48);
  }
  const Scaled e = exponential(a, w);
  return {false, e.mantissa - 8, e.mantissa + 8, e.exponent};
}

Number exp_of_finite(const Number& a, const Context& context) {
  const Format& format = context.format;
  // |e^x - 1| < 2|x| for |x| < 1.
  const std::int64_t lead = a.leading_exponent();
  const Number one = Number::integer(1);
  if (lead < 0 && lies_beside(one, lead + 2, format)) {
    return round_beside(one, !a.negative, context, "exp");
  }

  // e^x = 2^exponent; the double is right to less than 1 wherever it is compared with a bound.
  const double exponent = a.to_double() * std::numbers::log2e;
  if (format.has_unbounded_exponent()) {
    if (lead > 60) {
      throw BadInput("exp: the exponent of the result is beyond 2^61");
    }
  } else {
    const std::int64_t top = top_exponent(format) + 2;
    const std::int64_t bottom = format.min_quantum() - 64;
    if (exponent < static_cast<double>(bottom)) {  // a positive value far below the smallest
      return round({false, 1, bottom, true}, context, "exp");
    }
    if (exponent > static_cast<double>(top)) {
      if (format.overflow != Overflow::wrap) {
        return round({false, 1, top, false}, context, "exp");
      }
      if (exponent + format.fraction_bits > wrapped_bits_limit) {
        throw BadInput(
            fmt::format("exp: the result has more than 2^20 bits, too many to wrap them into {}",
                        format.name()));
      }
    }
  }
  return round_enclosed([&](std::int64_t bits) { return enclose_exp(a, bits, exponent, format); },
                        context, "exp");
}

}  // namespace

// e^x of a dyadic x other than 0 is transcendental (Lindemann), so that the enclosures decide.
Number exp(const Number& a, const Context& context) {
  switch (a.kind) {
    case Number::Class::nan: return deliver_nan(context, "exp");
    case Number::Class::infinite:
      return a.negative ? deliver_zero(false, context) : deliver_infinity(false, context, "exp");
    case Number::Class::zero: return round({false, 1, 0, false}, context, "exp");
    case Number::Class::finite: break;
  }
  return exp_of_finite(a, context);
}

}  // namespace carrybit::exact
