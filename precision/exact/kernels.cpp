#include "precision/exact/kernels.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "precision/exact/big_fixed.hpp"
#include "precision/exact/constants.hpp"

namespace carrybit::exact {

namespace {

/// An argument is halved (or cut to a third) before the series, h times in all: that saves terms, of
/// which about bits/h remain, and costs h squarings afterwards. The series takes some sqrt(bits/h)
/// full products, so that an h of the order of the cube root of bits balances the two.
std::int64_t reductions(std::int64_t bits, double weight) {
  return std::lround(weight * std::cbrt(static_cast<double>(bits)));
}

std::int64_t bit_width(std::int64_t n) {
  return static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(n)));
}

Integer one(std::int64_t bits) { return Integer(1) << static_cast<unsigned>(bits); }

/// e^r for 0 <= r < 1, within 2 units: e^r = (e^(r/2^h))^(2^h).
///
/// In units of 2^-wide: r/2^h is exact, since there are more guard bits than halvings; the series is
/// within 2. A squaring multiplies the error by at most 2y (and a hair) and rounds. The product of
/// all 2y is 2^h e^r, so that the error ends below 2^h * 3 * (2 + h) <= 2^(h + 4 + width of h): less
/// than 1 unit of the precision asked for.
Integer exponential_of_fraction(const Integer& r, std::int64_t bits) {
  static constexpr PowerSeries series{[](std::uint64_t n) { return n; }};
  const std::int64_t halvings = reductions(bits, 1.5);
  const std::int64_t guard = halvings + 4 + bit_width(halvings);
  const std::int64_t wide = bits + guard;
  Integer y = evaluate(series, shifted(r, guard - halvings), wide);
  for (std::int64_t i = 0; i < halvings; ++i) {
    y = product(y, y, wide);
  }
  return y >> static_cast<unsigned>(guard);
}

}  // namespace

// x = k ln2 + r, 0 <= r < ln2, e^x = 2^k e^r. |x| < 2^(lead+1), hence |k| < 1.45 * 2^(lead+1) + 1.
// In units of 2^-wide, wide = bits + max(lead + 1, 0) + 3: cutting |x| loses less than 1, k ln2 is
// wrong by at most 2|k|: together less than 2^(wide-bits), that is 1 unit. Cutting r to `bits` loses
// another; e^r < 2 doubles both, and the series adds 2: within 6 units.
Scaled exponential(const Number& x, std::int64_t bits) {
  const std::int64_t extra =
      x.is_zero() ? 3 : std::max<std::int64_t>(x.leading_exponent() + 1, 0) + 3;
  const Integer unit = ln2(bits + extra);
  Integer k;
  Integer r;
  boost::multiprecision::divide_qr(to_fixed(x, bits + extra), unit, k, r);
  std::int64_t exponent = static_cast<std::int64_t>(k);
  if (x.negative) {
    exponent = -exponent - 1;
    r = unit - r;
  }
  return {exponential_of_fraction(r >> static_cast<unsigned>(extra), bits), exponent - bits};
}

namespace {

/// A first approximation to log(1 + t): any will do, a better one makes the series below shorter.
Integer approximate_logarithm(const Integer& t, std::int64_t bits) {
  constexpr std::int64_t enough_for_double = 240;
  if (bits > enough_for_double) {
    const std::int64_t few = bits / 4 + 8;
    const Integer magnitude = shifted(boost::multiprecision::abs(t), few - bits);
    return logarithm(t < 0 ? Integer(-magnitude) : magnitude, few)
           << static_cast<unsigned>(bits - few);
  }
  const double x = std::ldexp(static_cast<double>(t), static_cast<int>(-bits));
  const Number y = Number::from_double(std::log1p(x));
  const Integer magnitude = to_fixed(y, bits);
  return y.negative ? Integer(-magnitude) : magnitude;
}

/// log(1 + d) = d - d^2/2 + d^3/3 - … for |d| < 1/2. At most `bits` terms count, each wrong by less
/// than 3 units (the power by 2, its quotient by 1); the rest is below 2 units.
Integer logarithm_series(const Integer& d, std::int64_t bits) {
  const Integer magnitude = boost::multiprecision::abs(d);
  Integer power = magnitude;
  Integer sum = d;
  for (std::uint64_t n = 2; power != 0; ++n) {
    power = product(power, magnitude, bits);
    const Integer term = power / n;
    if (d > 0 && n % 2 != 0) {
      sum += term;
    } else {
      sum -= term;
    }
  }
  return sum;
}

}  // namespace

// With any approximation y, log(1 + t) = y + log(1 + d), 1 + d = (1 + t) e^-y. The nearer y, the
// smaller d, but no result depends on how near y is.
//
// In units of 2^-wide: e^-y has a relative error of 8, 1 + d = v is cut once, so d is within 10 v
// <= 15 and its logarithm within 15 / (1 - |d|) <= 30; the series adds 3 wide + 2. The guard bits
// make of this less than 1 unit of the precision asked for.
Integer logarithm(const Integer& t, std::int64_t bits) {
  const std::int64_t guard = bit_width(bits) + 4;
  const std::int64_t wide = bits + guard;
  const Integer x = t << static_cast<unsigned>(guard);
  const Integer y = approximate_logarithm(x, wide);
  Integer d = x;
  if (y != 0) {
    const Scaled e = exponential(Number::finite(y > 0, boost::multiprecision::abs(y), -wide), wide);
    d = shifted((one(wide) + x) * e.mantissa, e.exponent) - one(wide);
  }
  const Integer result = y + logarithm_series(d, wide);
  const Integer magnitude = shifted(boost::multiprecision::abs(result), -guard);
  return result < 0 ? Integer(-magnitude) : magnitude;
}

// sin 3a = 3 sin a - 4 sin^3 a, h times, from sin a = a (1 - a^2/(2*3) + a^4/(2*3*4*5) - …).
//
// In units of 2^-wide: a = r/3^h loses less than 1; a^2 is within 3, the series within 3/6 + 2, the
// product with a < 1 within 5. Tripling multiplies an error by |3 - 12 s^2| <= 3 (as s^2 <= 1/2) and
// adds less than 5 (s^2 low by 1, four times; the product). So the error ends below 3^h * 8: the
// guard bits make of it less than 1 unit of the precision asked for.
Integer sine(const Integer& r, std::int64_t bits) {
  static constexpr PowerSeries series{[](std::uint64_t n) { return 2 * n * (2 * n + 1); }, true};
  const std::int64_t triplings = std::min<std::int64_t>(reductions(bits, 0.45), 40);
  std::uint64_t divisor = 1;  // 3^40 < 2^64
  for (std::int64_t i = 0; i < triplings; ++i) {
    divisor *= 3;
  }
  const std::int64_t guard = static_cast<std::int64_t>(std::bit_width(divisor)) + 3;
  const std::int64_t wide = bits + guard;
  const Integer a = (r << static_cast<unsigned>(guard)) / divisor;
  Integer s = product(a, evaluate(series, product(a, a, wide), wide), wide);
  const Integer three = 3 * one(wide);
  for (std::int64_t i = 0; i < triplings; ++i) {
    s = product(s, three - 4 * product(s, s, wide), wide);
  }
  return s >> static_cast<unsigned>(guard);
}

// With v(a) = 1 - cos a: v(2a) = 2 v(a) (2 - v(a)), h times, from
// v(a) = a^2/2 * (1 - a^2/(3*4) + a^4/(3*4*5*6) - …). Working with v instead of cos keeps the error
// relative to what is small.
//
// In units of 2^-wide: a = r/2^h is exact, a^2 within 1, the series within 1/12 + 2, half their
// product within 4. Doubling multiplies an error by 4 - 4v <= 4 and rounds. So the error
// ends below 4^h * 5: the guard bits make of it less than 1 unit of the precision asked for.
Integer cosine(const Integer& r, std::int64_t bits) {
  static constexpr PowerSeries series{[](std::uint64_t n) { return (2 * n + 1) * (2 * n + 2); },
                                      true};
  const std::int64_t doublings = reductions(bits, 0.8);
  const std::int64_t guard = 2 * doublings + 3;
  const std::int64_t wide = bits + guard;
  const Integer a = shifted(r, guard - doublings);
  const Integer square = product(a, a, wide);
  Integer v = product(square, evaluate(series, square, wide), wide + 1);
  const Integer two = one(wide + 1);
  for (std::int64_t i = 0; i < doublings; ++i) {
    v = product(v, two - v, wide - 1);
  }
  return one(bits) - (v >> static_cast<unsigned>(guard));
}

}  // namespace carrybit::exact
