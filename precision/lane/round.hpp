#pragma once
// Rounding a carrier value to the format: the lane engine's one definition of rounding.
//
// An operation first finds its exact result rounded *to odd* in the carrier (24 or 53 bits): the
// exact value if the carrier holds it, else the neighbour whose last bit is 1. Such a value has
// forgotten nothing that a rounding to at least two bits fewer could ask (Boldo and Melquiond,
// "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd", IEEE
// Trans. Computers 57(4), 2008), in any of our modes. Stochastic rounding asks for 25 bits more:
// p + 25 + 2 <= 53 holds for p <= 26, which is why `sr` never runs on float carriers.

#include "precision/lane/spec.hpp"

namespace carrybit::lane {

/// The value `sum + error` (sum rounded to nearest, |error| at most half an ulp) rounded to odd.
template <class T>
CARRYBIT_HD inline T to_odd(T sum, T error) {
  const Word<T> word = to_word(sum);
  if (error == T{0} || (word & 1U) != 0 || !is_finite(sum)) {
    return sum;
  }
  const bool away = is_negative(error) == is_negative(sum);
  return from_word<T>(away ? word + 1U : word - 1U);
}

/// Is rest / 2^drop > threshold / 2^25?
template <class T>
CARRYBIT_HD inline bool exceeds_draw(Word<T> rest, int drop, const Draw& draw) {
  const Word<T> threshold = draw.threshold();
  const int shift = drop - (Draw::bits + 1);
  if (shift <= 0) {
    return static_cast<std::uint64_t>(rest) << -shift > threshold;
  }
  if (shift > Carrier<T>::fraction_bits) {
    return false;  // rest < 2^shift
  }
  const Word<T> quotient = rest >> shift;
  return quotient > threshold ||
         (quotient == threshold && (rest & ((Word<T>{1} << shift) - 1)) != 0);
}

/// Does a magnitude kept + rest / 2^drop (0 < rest < 2^drop) round away from zero?
template <class T>
CARRYBIT_HD inline bool rounds_away(Word<T> kept, Word<T> rest, int drop, bool negative,
                                    const Context& c) {
  const bool odd = (kept & 1U) != 0;
  // Half a quantum; with nothing kept and a far lower leading bit, more than any rest.
  const bool half_known = drop <= Carrier<T>::fraction_bits + 1;
  const Word<T> half = half_known ? Word<T>{1} << (drop - 1) : ~Word<T>{0};
  switch (c.rounding) {
    case Rounding::rne: return rest > half || (rest == half && odd);
    case Rounding::rna: return rest >= half;
    case Rounding::rnz: return rest > half;
    case Rounding::rz: return false;
    case Rounding::ru: return !negative;
    case Rounding::rd: return negative;
    case Rounding::ro: return !odd;
    case Rounding::sr: return exceeds_draw<T>(rest, drop, c.draw);
  }
  return false;
}

/// m * 2^up quanta modulo 2^width, as two's complement; up >= 0.
template <class T>
CARRYBIT_HD inline T wrap(std::uint64_t m, int up, bool negative, const Context& c) {
  const std::uint64_t shifted = up < c.spec.width ? m << up : 0;
  const std::uint64_t mask = (std::uint64_t{1} << c.spec.width) - 1;
  const std::uint64_t code = (negative ? ~shifted + 1 : shifted) & mask;
  const std::uint64_t half = std::uint64_t{1} << (c.spec.width - 1);
  const auto value = static_cast<std::int64_t>((code ^ half)) - static_cast<std::int64_t>(half);
  return static_cast<T>(value) * power_of_two<T>(c.spec.min_quantum);
}

/// Rounds `x`, an exact result or one rounded to odd, into the format. NaN stays; an infinite `x`
/// is a finite result that overflowed the carrier.
template <class T>
CARRYBIT_HD inline T round(T x, const Context& c) {
  const Spec& s = c.spec;
  const bool negative = is_negative(x);
  if (x == T{0}) {
    return deliver_zero<T>(negative, c);
  }
  if (!is_finite(x)) {
    return is_nan(x) ? x : deliver_overflow<T>(negative, c);
  }
  const Parts<T> p = parts(x);
  // Subnormal carrier values lie below every format's quantum or are multiples of it.
  const int lead = (p.significand >> Carrier<T>::fraction_bits) != 0
                       ? p.exponent + Carrier<T>::fraction_bits
                       : leading_exponent(x);
  const int floating_quantum = lead - (s.precision - 1);
  const int quantum =
      s.fixed || floating_quantum < s.min_quantum ? s.min_quantum : floating_quantum;
  const int drop = quantum - p.exponent;
  T result = magnitude(x);
  Word<T> kept = p.significand;
  if (drop > 0) {
    constexpr int word_bits = Carrier<T>::fraction_bits + 1;
    kept = drop <= word_bits ? p.significand >> drop : Word<T>{0};
    const Word<T> rest =
        drop <= word_bits ? p.significand & ((Word<T>{1} << drop) - 1) : p.significand;
    if (rest != 0 && rounds_away<T>(kept, rest, drop, negative, c)) {
      ++kept;
    }
    result = static_cast<T>(kept) * power_of_two<T>(quantum);
  }
  if (result == T{0}) {
    return deliver_zero<T>(negative, c);
  }
  if (result > magnitude(largest<T>(negative, c))) {
    return s.beyond == Beyond::wrap ? wrap<T>(kept, drop > 0 ? 0 : -drop, negative, c)
                                    : deliver_overflow<T>(negative, c);
  }
  if (s.flush_subnormals && result < static_cast<T>(s.smallest_normal)) {
    return deliver_zero<T>(negative, c);
  }
  return with_sign(result, negative);
}

}  // namespace carrybit::lane
