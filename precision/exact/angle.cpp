#include "precision/exact/angle.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "precision/error.hpp"
#include "precision/exact/big_fixed.hpp"
#include "precision/exact/constants.hpp"
#include "precision/exact/enclose.hpp"
#include "precision/exact/kernels.hpp"

namespace carrybit::exact {

namespace {

constexpr std::int64_t largest_exponent = std::int64_t{1} << 20;

Integer low_bits(const Integer& n, std::int64_t count) {
  const auto s = static_cast<unsigned>(count);
  return n - ((n >> s) << s);
}

/// |x| = (quarters + fraction) * pi/2 modulo 2 pi, the fraction in units of 2^-bits.
struct Turn {
  unsigned quarters = 0;
  Integer fraction;
};

/// M. H. Payne and R. N. Hanek, "Radian reduction for trigonometric functions", 1983: of 2/pi only
/// the bits count whose product with x = m * 2^e is no multiple of 4 and not far below the unit.
///
/// 2/pi is taken in units of 2^-(e + b), b = bits + width of m + 2, within 2 units: the product is
/// then in units of 2^-b and wrong by 2m, below 2^-1 unit of 2^-bits; its cut loses less than 1.
Turn turn_of(const Number& x, std::int64_t bits) {
  const std::int64_t spare = bit_length(x.magnitude) + 2;
  const std::int64_t b = bits + spare;
  Integer ratio = two_over_pi(x.exponent + b);
  ratio = low_bits(ratio, b + 2);
  const Integer turns = low_bits(ratio * x.magnitude, b + 2) >> static_cast<unsigned>(spare);
  const Integer quarters = turns >> static_cast<unsigned>(bits);
  return {static_cast<unsigned>(quarters), low_bits(turns, bits)};
}

/// The wave of |x| is (-1)^negative times the sine or cosine of r, 0 <= r <= pi/4, r within 5 units
/// of 2^-bits.
struct Octant {
  Wave wave = Wave::sine;
  bool negative = false;
  Integer r;
};

/// Below 1/2 the angle is x itself, cut. Otherwise r = f * pi/2 or, past the middle of a quarter, its
/// complement (1 - f) * pi/2, whose sine is the cosine wanted and vice versa. The 2 units of f become
/// 2 * pi/2, the 2 units of pi 1/2 at most, and the cut loses 1: less than 5.
Octant octant_of(Wave wave, const Number& x, std::int64_t bits) {
  if (x.leading_exponent() < -1) {
    return {wave, false, to_fixed(x, bits)};
  }
  const Turn turn = turn_of(x, bits);
  const unsigned quarters =
      turn.quarters + (wave == Wave::cosine ? 1U : 0U);  // cos x = sin(x + pi/2)
  Octant octant;
  octant.negative = (quarters & 2U) != 0;
  octant.wave = (quarters & 1U) != 0 ? Wave::cosine : Wave::sine;
  Integer f = turn.fraction;
  const Integer whole = Integer(1) << static_cast<unsigned>(bits);
  if (2 * f > whole) {
    f = whole - f;
    octant.wave = octant.wave == Wave::sine ? Wave::cosine : Wave::sine;
  }
  octant.r = product(f, pi(bits), bits + 1);
  return octant;
}

/// r is within 5 units, sine and cosine are 1-Lipschitz, the kernels within 2: within 7 together.
/// Where the sine of a small r is asked for, more bits make up for its leading zeros.
Enclosure enclose_wave(Wave wave, const Number& x, std::int64_t bits) {
  constexpr int error = 7;
  std::int64_t w = bits + 5;
  if (wave == Wave::sine) {
    w += std::max<std::int64_t>(0, -x.leading_exponent());
  }
  while (true) {
    const Octant octant = octant_of(wave, x, w);
    const std::int64_t known = octant.r == 0 ? 0 : bit_length(octant.r);
    if (octant.wave == Wave::sine && known < bits + 5) {
      w += bits + 5 - known;
      continue;
    }
    const bool negative = octant.negative != (wave == Wave::sine && x.negative);
    const Integer value = octant.wave == Wave::sine ? sine(octant.r, w) : cosine(octant.r, w);
    return {negative, value - error, value + error, -w};
  }
}

/// Small arguments: 0 < x - sin x < x^3/6, 0 < 1 - cos x < x^2/2.
bool sine_is_beside(const Number& x, const Format& format) {
  return x.leading_exponent() < 0 && lies_beside(x, 3 * (x.leading_exponent() + 1) - 2, format);
}

bool cosine_is_beside(const Number& x, const Format& format) {
  return x.leading_exponent() < 0 &&
         lies_beside(Number::integer(1), 2 * (x.leading_exponent() + 1) - 1, format);
}

}  // namespace

Number rounded_wave(Wave wave, const Number& x, const Context& context,
                    std::string_view operation) {
  if (wave == Wave::sine && sine_is_beside(x, context.format)) {
    return round_beside(x, false, context, operation);
  }
  if (wave == Wave::cosine && cosine_is_beside(x, context.format)) {
    return round_beside(Number::integer(1), false, context, operation);
  }
  if (x.leading_exponent() >= largest_exponent) {
    throw BadInput(fmt::format("{}: the operand is 2^{} or more; accepted: below 2^{}", operation,
                               x.leading_exponent(), largest_exponent));
  }
  return round_enclosed([&](std::int64_t bits) { return enclose_wave(wave, x, bits); }, context,
                        operation);
}

}  // namespace carrybit::exact
