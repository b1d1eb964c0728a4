#pragma once
// add, sub, mul, fma, div, sqrt and conversion on lanes. Every one finds the exact result rounded to
// odd in the carrier, then rounds once (lane/round.hpp). The same bits as the exact engine.
//
// Carrier ranges. In `double`, for formats of at most 10 exponent bits and 25 significand bits,
// every product of two values is exact (50 bits, above 2^-1074). In `float` (11 significand bits, at
// most 8 exponent bits) a product or quotient can leave the carrier's range or its normal numbers
// while the format still cares; such lanes, and `sr`, are computed in `double`.

#include <cmath>

#include "precision/lane/round.hpp"

namespace carrybit::lane {

/// Must this lane be computed in `double`? Always false for `double` itself.
template <class T>
CARRYBIT_HD inline bool needs_double(T) {
  return false;
}
template <>
CARRYBIT_HD inline bool needs_double<float>(float result) {
  const float m = magnitude(result);
  return !(m > 0x1p-100F && m < 0x1p127F);  // also for NaN, zero and infinity
}

/// Knuth's two-sum: sum + error is exactly a + b.
template <class T>
struct Sum {
  T sum;
  T error;
};
template <class T>
CARRYBIT_HD inline Sum<T> two_sum(T a, T b) {
  const T sum = a + b;
  const T b_part = sum - a;
  const T a_part = sum - b_part;
  return {sum, (a - a_part) + (b - b_part)};
}

/// Sums with an operand that is infinite or NaN.
template <class T>
CARRYBIT_HD inline T special_sum(T a, T b, const Context& c) {
  if (is_nan(a) || is_nan(b)) {
    return deliver_invalid<T>(false, c);
  }
  if (!is_finite(a) && !is_finite(b) && is_negative(a) != is_negative(b)) {
    return deliver_invalid<T>(false, c);
  }
  return deliver_infinity<T>(is_finite(a) ? is_negative(b) : is_negative(a), c);
}

/// An exact zero sum: like signs keep theirs, unlike ones give +0, under `rd` -0.
template <class T>
CARRYBIT_HD inline T zero_sum(T a, T b, const Context& c) {
  const bool negative =
      is_negative(a) == is_negative(b) ? is_negative(a) : c.rounding == Rounding::rd;
  return deliver_zero<T>(negative, c);
}

/// a + b, rounded once; a or b may be any carrier value whose sum the format can tell from exact.
template <class T>
CARRYBIT_HD inline T rounded_sum(T a, T b, const Context& c) {
  if (!is_finite(a) || !is_finite(b)) {
    return special_sum(a, b, c);
  }
  const Sum<T> s = two_sum(a, b);
  if (s.sum == T{0}) {
    return zero_sum(a, b, c);
  }
  return round(to_odd(s.sum, s.error), c);
}

template <class T>
CARRYBIT_HD inline T add(T a, T b, const Context& c) {
  if constexpr (sizeof(T) == sizeof(float)) {
    if (c.rounding == Rounding::sr) {
      return static_cast<T>(add<double>(a, b, c));
    }
  }
  return rounded_sum(a, b, c);
}

template <class T>
CARRYBIT_HD inline T sub(T a, T b, const Context& c) {
  // The negative of NaN is NaN, of +0 is -0.
  return add(a, from_word<T>(to_word(b) ^ sign_bit<T>), c);
}

template <class T>
CARRYBIT_HD inline T mul(T a, T b, const Context& c) {
  const T product = a * b;
  if constexpr (sizeof(T) == sizeof(float)) {
    if (c.rounding == Rounding::sr || needs_double(product)) {
      return static_cast<T>(mul<double>(a, b, c));
    }
  }
  if (!is_finite(a) || !is_finite(b)) {
    if (is_nan(a) || is_nan(b) || a == T{0} || b == T{0}) {
      return deliver_invalid<T>(false, c);
    }
    return deliver_infinity<T>(is_negative(a) != is_negative(b), c);
  }
  return round(product, c);
}

/// a * b + d with one rounding.
template <class T>
CARRYBIT_HD inline T fma(T a, T b, T d, const Context& c) {
  const T product = a * b;
  if constexpr (sizeof(T) == sizeof(float)) {
    if (c.rounding == Rounding::sr || needs_double(product)) {
      return static_cast<T>(fma<double>(a, b, d, c));
    }
  }
  if (!is_finite(a) || !is_finite(b) || !is_finite(d)) {
    if (is_nan(a) || is_nan(b) || is_nan(d)) {
      return deliver_invalid<T>(false, c);
    }
    if (is_finite(a) && is_finite(b)) {
      return deliver_infinity<T>(is_negative(d), c);
    }
    if (a == T{0} || b == T{0}) {
      return deliver_invalid<T>(false, c);
    }
    return special_sum(infinity<T>(is_negative(a) != is_negative(b)), d, c);
  }
  if (!is_finite(product)) {  // beyond 2^1023: no addend brings it back
    return round(product, c);
  }
  return rounded_sum(product, d, c);
}

/// Quotients with a zero, infinite or NaN operand.
template <class T>
CARRYBIT_HD inline T special_quotient(T a, T b, const Context& c) {
  const bool negative = is_negative(a) != is_negative(b);
  if (is_nan(a) || is_nan(b)) {
    return deliver_invalid<T>(false, c);
  }
  if (!is_finite(a)) {
    return is_finite(b) ? deliver_infinity<T>(negative, c) : deliver_invalid<T>(false, c);
  }
  if (!is_finite(b)) {
    return deliver_zero<T>(negative, c);
  }
  if (b == T{0}) {
    return a == T{0} ? deliver_invalid<T>(true, c) : deliver_infinity<T>(negative, c);
  }
  return deliver_zero<T>(negative, c);
}

/// A wrapped quotient needs every bit of the integers: a and b are values of the format.
template <class T>
CARRYBIT_HD inline T wrapped_quotient(T a, T b, const Context& c) {
  const int f = -c.spec.min_quantum;
  const bool negative = is_negative(a) != is_negative(b);
  const auto n = static_cast<std::uint64_t>(magnitude(a) * power_of_two<T>(f)) << f;
  const auto d = static_cast<std::uint64_t>(magnitude(b) * power_of_two<T>(f));
  // Two bits of the fraction, and 27 for the draw, with a sticky last bit; |q| < 2^52 quanta.
  constexpr int guard = 9;
  const std::uint64_t whole = n / d;
  std::uint64_t rest = n % d;
  std::uint64_t fraction = 0;
  for (int step = 0; step < 3; ++step) {
    rest <<= guard;
    fraction = fraction << guard | rest / d;
    rest %= d;
  }
  std::uint64_t kept = whole;
  const std::uint64_t tail = fraction << 1 | (rest != 0 ? 1U : 0U);
  if (tail != 0 && rounds_away<double>(kept, tail, 3 * guard + 1, negative, c)) {
    ++kept;
  }
  if (kept == 0) {
    return T{0};
  }
  const T result = static_cast<T>(kept) * power_of_two<T>(-f);
  return result > magnitude(largest<T>(negative, c)) ? wrap<T>(kept, 0, negative, c)
                                                     : with_sign(result, negative);
}

template <class T>
CARRYBIT_HD inline T div(T a, T b, const Context& c) {
  if (!is_finite(a) || !is_finite(b) || a == T{0} || b == T{0}) {
    return special_quotient(a, b, c);
  }
  if (c.spec.beyond == Beyond::wrap) {
    return wrapped_quotient(a, b, c);
  }
  const T quotient = a / b;
  if constexpr (sizeof(T) == sizeof(float)) {
    if (c.rounding == Rounding::sr || needs_double(quotient) || needs_double(a)) {
      return static_cast<T>(div<double>(a, b, c));
    }
  }
  if (!is_finite(quotient)) {
    return round(quotient, c);
  }
  // The remainder a - q*b is exact; its sign against b's says on which side of q the truth lies.
  const T remainder = std::fma(-quotient, b, a);
  const T error = is_negative(b) ? -remainder : remainder;
  if (quotient == T{0}) {  // below the carrier: any tiny value of this sign
    return round(with_sign(power_of_two<T>(-Carrier<T>::bias), is_negative(quotient)), c);
  }
  return round(to_odd(quotient, error), c);
}

template <class T>
CARRYBIT_HD inline T sqrt(T a, const Context& c) {
  if (is_nan(a)) {
    return deliver_invalid<T>(false, c);
  }
  if (a == T{0}) {
    return deliver_zero<T>(is_negative(a), c);
  }
  if (is_negative(a)) {
    return deliver_invalid<T>(is_finite(a), c);
  }
  if (!is_finite(a)) {
    return deliver_infinity<T>(false, c);
  }
  if constexpr (sizeof(T) == sizeof(float)) {
    if (c.rounding == Rounding::sr || needs_double(a)) {
      return static_cast<T>(sqrt<double>(a, c));
    }
  }
  const T root = std::sqrt(a);
  return round(to_odd(root, std::fma(-root, root, a)), c);
}

/// A value of one carried format to another.
template <class T>
CARRYBIT_HD inline T convert(T a, const Context& c) {
  if (is_nan(a)) {
    return deliver_invalid<T>(false, c);
  }
  if (!is_finite(a)) {
    return deliver_infinity<T>(is_negative(a), c);
  }
  if constexpr (sizeof(T) == sizeof(float)) {
    if (c.rounding == Rounding::sr) {
      return static_cast<T>(round<double>(a, c));
    }
  }
  return round(a, c);
}

}  // namespace carrybit::lane
