#pragma once
// Fixed point of up to 63 bits and a sign in integers: a value is its integer m (times 2^-F).
// Products and quotients go through 128 bits; nothing is ever approximate.

#include "precision/lane/spec.hpp"

namespace carrybit::lane {

__extension__ using Wide = unsigned __int128;

struct FixedSpec {
  int fraction_bits = 0;
  int width = 0;
  std::int64_t largest = 0;
  std::int64_t lowest = 0;
  bool wraps = false;
  bool traps = false;
};

struct FixedContext {
  FixedSpec spec;
  Rounding rounding = Rounding::rne;
  Draw draw = {};
  std::uint64_t* faults = nullptr;
};

CARRYBIT_HD inline void count_fault(const FixedContext& c) {
  if (c.spec.traps && c.faults != nullptr) {
    ++*c.faults;
  }
}

CARRYBIT_HD inline std::uint64_t magnitude(std::int64_t m) {
  const auto u = static_cast<std::uint64_t>(m);
  return m < 0 ? ~u + 1 : u;
}

CARRYBIT_HD inline std::int64_t with_sign(std::uint64_t m, bool negative) {
  return static_cast<std::int64_t>(negative ? ~m + 1 : m);
}

CARRYBIT_HD inline std::int64_t saturated(bool negative, const FixedContext& c) {
  count_fault(c);
  return negative ? c.spec.lowest : c.spec.largest;
}

/// Keeps an integer of any size in the format.
CARRYBIT_HD inline std::int64_t deliver(Wide m, bool negative, const FixedContext& c) {
  if (m <= magnitude(negative ? c.spec.lowest : c.spec.largest)) {
    return with_sign(static_cast<std::uint64_t>(m), negative);
  }
  if (!c.spec.wraps) {
    return saturated(negative, c);
  }
  const auto low = static_cast<std::uint64_t>(m);
  const std::uint64_t code = negative ? ~low + 1 : low;
  const int unused = 64 - c.spec.width;
  return static_cast<std::int64_t>(code << unused) >> unused;
}

CARRYBIT_HD inline std::int64_t deliver_invalid(const FixedContext& c) {
  count_fault(c);
  return 0;
}

/// An operation whose exact result is infinite.
CARRYBIT_HD inline std::int64_t deliver_infinity(bool negative, const FixedContext& c) {
  return c.spec.wraps ? 0 : saturated(negative, c);
}

/// What a magnitude kept + rest / 2^drop (+ less than one unit of rest, where `sticky`) rounds to;
/// drop <= 64.
CARRYBIT_HD inline Wide round_integer(Wide kept, Wide rest, int drop, bool sticky, bool negative,
                                      const FixedContext& c) {
  if (rest == 0 && !sticky) {
    return kept;
  }
  const Wide half = Wide{1} << (drop - 1);
  const bool odd = (kept & 1U) != 0;
  const bool above = rest > half || (rest == half && sticky);
  const bool tie = rest == half && !sticky;
  bool away = false;
  switch (c.rounding) {
    case Rounding::rne: away = above || (tie && odd); break;
    case Rounding::rna: away = above || tie; break;
    case Rounding::rnz: away = above; break;
    case Rounding::rz: break;
    case Rounding::ru: away = !negative; break;
    case Rounding::rd: away = negative; break;
    case Rounding::ro: away = !odd; break;
    case Rounding::sr: {
      const Wide left = rest << (Draw::bits + 1);
      const Wide right = Wide{c.draw.threshold()} << drop;
      away = left > right || (left == right && sticky);
      break;
    }
  }
  return kept + (away ? 1U : 0U);
}

/// value / 2^drop into the format.
CARRYBIT_HD inline std::int64_t round_shift(Wide value, int drop, bool negative,
                                            const FixedContext& c) {
  if (drop == 0) {
    return deliver(value, negative, c);
  }
  const Wide rest = value & ((Wide{1} << drop) - 1);
  return deliver(round_integer(value >> drop, rest, drop, false, negative, c), negative, c);
}

CARRYBIT_HD inline std::int64_t add(std::int64_t a, std::int64_t b, const FixedContext& c) {
  const bool an = a < 0;
  const bool bn = b < 0;
  const Wide x = magnitude(a);
  const Wide y = magnitude(b);
  if (an == bn) {
    return deliver(x + y, an, c);
  }
  return x >= y ? deliver(x - y, an, c) : deliver(y - x, bn, c);
}

CARRYBIT_HD inline std::int64_t sub(std::int64_t a, std::int64_t b, const FixedContext& c) {
  const bool an = a < 0;
  const bool bn = b < 0;
  const Wide x = magnitude(a);
  const Wide y = magnitude(b);
  if (an != bn) {
    return deliver(x + y, an, c);
  }
  return x >= y ? deliver(x - y, an, c) : deliver(y - x, !bn, c);
}

CARRYBIT_HD inline std::int64_t mul(std::int64_t a, std::int64_t b, const FixedContext& c) {
  return round_shift(Wide{magnitude(a)} * magnitude(b), c.spec.fraction_bits, (a < 0) != (b < 0),
                     c);
}

CARRYBIT_HD inline std::int64_t fma(std::int64_t a, std::int64_t b, std::int64_t d,
                                    const FixedContext& c) {
  const Wide product = Wide{magnitude(a)} * magnitude(b);
  const Wide addend = Wide{magnitude(d)} << c.spec.fraction_bits;
  const bool pn = (a < 0) != (b < 0);
  const bool dn = d < 0;
  if (pn == dn) {
    return round_shift(product + addend, c.spec.fraction_bits, pn, c);
  }
  return product >= addend ? round_shift(product - addend, c.spec.fraction_bits, pn, c)
                           : round_shift(addend - product, c.spec.fraction_bits, dn, c);
}

CARRYBIT_HD inline std::int64_t div(std::int64_t a, std::int64_t b, const FixedContext& c) {
  if (b == 0) {
    return a == 0 ? deliver_invalid(c) : deliver_infinity(a < 0, c);
  }
  const bool negative = (a < 0) != (b < 0);
  const Wide n = Wide{magnitude(a)} << c.spec.fraction_bits;
  const Wide d = magnitude(b);
  // 32 more quotient bits hold every threshold of `sr`; the rest is sticky.
  constexpr int guard = 32;
  const Wide scaled_rest = (n % d) << guard;
  return deliver(round_integer(n / d, scaled_rest / d, guard, scaled_rest % d != 0, negative, c),
                 negative, c);
}

/// floor(sqrt(n)), bit by bit.
CARRYBIT_HD inline Wide integer_sqrt(Wide n) {
  Wide root = 0;
  for (Wide bit = Wide{1} << 126; bit != 0; bit >>= 2) {
    if (n >= root + bit) {
      n -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
  }
  return root;
}

CARRYBIT_HD inline std::int64_t sqrt(std::int64_t a, const FixedContext& c) {
  if (a < 0) {
    return deliver_invalid(c);
  }
  // sqrt(m 2^-F) = sqrt(m 2^F) 2^-F. First the integer root k of n = m 2^F, then 32 bits more of
  // the fraction sqrt(n) - k = (n - k^2) / (k + sqrt(n)), one at a time.
  const Wide n = Wide{static_cast<std::uint64_t>(a)} << c.spec.fraction_bits;
  Wide root = integer_sqrt(n);
  Wide rest = n - root * root;
  const Wide kept = root;
  constexpr int guard = 32;
  for (int step = 0; step < guard; ++step) {
    // Append a zero to the root: rest grows by 4; try the bit: (2r+1)^2 - (2r)^2 = 4r + 1.
    rest <<= 2;
    root <<= 1;
    const Wide step_cost = (root << 1) + 1;
    if (rest >= step_cost) {
      rest -= step_cost;
      root += 1;
    }
  }
  const Wide fraction = root - (kept << guard);
  return deliver(round_integer(kept, fraction, guard, rest != 0, false, c), false, c);
}

}  // namespace carrybit::lane
