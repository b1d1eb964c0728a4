#include "precision/exact/enclose.hpp"

namespace carrybit::exact {

namespace {

/// A value strictly between n and n + 1 units of 2^exponent, with guard bits enough for any mode.
Real just_above(bool negative, const Integer& n, std::int64_t exponent) {
  constexpr unsigned guard = 64;
  return {negative, n << guard, exponent - guard, true};
}

Real just_below(bool negative, const Integer& n, std::int64_t exponent) {
  constexpr unsigned guard = 64;
  return {negative, (n << guard) - 1, exponent - guard, true};
}

}  // namespace

Number round_enclosed(const Enclose& enclose, const Context& context, std::string_view operation) {
  for (std::int64_t bits = context.format.precision() + 40;; bits += bits / 2) {
    const Enclosure e = enclose(bits);
    if (e.low == 0) {
      continue;
    }
    Context quiet = context;  // a fault is recorded once, when the result is known
    quiet.faults = nullptr;
    const Number low = round(just_above(e.negative, e.low, e.exponent), quiet, operation);
    const Number high = round(just_below(e.negative, e.high, e.exponent), quiet, operation);
    if (identical(low, high)) {
      return round(just_above(e.negative, e.low, e.exponent), context, operation);
    }
  }
}

Number round_beside(const Number& value, bool away, const Context& context,
                    std::string_view operation) {
  const auto guard = static_cast<unsigned>(context.format.precision() + 40);
  const Integer n = value.magnitude << guard;
  const std::int64_t exponent = value.exponent - guard;
  return round(
      away ? just_above(value.negative, n, exponent) : just_below(value.negative, n, exponent),
      context, operation);
}

}  // namespace carrybit::exact
