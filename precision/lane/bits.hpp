#pragma once
// The bit pattern of a carrier: what the lane operations take apart and put together.

#include <cstdint>

#include "precision/random.hpp"  // CARRYBIT_HD

namespace carrybit::lane {

template <class T>
struct Carrier;

template <>
struct Carrier<double> {
  using Word = std::uint64_t;
  static constexpr int fraction_bits = 52;
  static constexpr int bias = 1023;
};

template <>
struct Carrier<float> {
  using Word = std::uint32_t;
  static constexpr int fraction_bits = 23;
  static constexpr int bias = 127;
};

template <class T>
using Word = typename Carrier<T>::Word;

template <class T>
CARRYBIT_HD inline Word<T> to_word(T x) {
  union {
    T value;
    Word<T> word;
  } u;
  u.value = x;
  return u.word;
}

template <class T>
CARRYBIT_HD inline T from_word(Word<T> w) {
  union {
    Word<T> word;
    T value;
  } u;
  u.word = w;
  return u.value;
}

template <class T>
constexpr Word<T> sign_bit = Word<T>{1} << (8 * sizeof(T) - 1);
template <class T>
constexpr Word<T> fraction_mask = (Word<T>{1} << Carrier<T>::fraction_bits) - 1;
template <class T>
constexpr Word<T> infinity_word = static_cast<Word<T>>(~sign_bit<T>) & ~fraction_mask<T>;
template <class T>
constexpr Word<T> quiet_nan_word = infinity_word<T> |
                                   (Word<T>{1} << (Carrier<T>::fraction_bits - 1));

template <class T>
CARRYBIT_HD inline bool is_negative(T x) {
  return (to_word(x) & sign_bit<T>) != 0;
}
template <class T>
CARRYBIT_HD inline T magnitude(T x) {
  return from_word<T>(to_word(x) & static_cast<Word<T>>(~sign_bit<T>));
}
template <class T>
CARRYBIT_HD inline T with_sign(T positive, bool negative) {
  return from_word<T>(to_word(positive) | (negative ? sign_bit<T> : Word<T>{0}));
}
template <class T>
CARRYBIT_HD inline bool is_finite(T x) {
  return (to_word(x) & infinity_word<T>) != infinity_word<T>;
}
template <class T>
CARRYBIT_HD inline bool is_nan(T x) {
  return (to_word(x) & static_cast<Word<T>>(~sign_bit<T>)) > infinity_word<T>;
}
template <class T>
CARRYBIT_HD inline T infinity(bool negative) {
  return from_word<T>(infinity_word<T> | (negative ? sign_bit<T> : Word<T>{0}));
}
template <class T>
CARRYBIT_HD inline T quiet_nan() {
  return from_word<T>(quiet_nan_word<T>);
}

/// 2^exponent, subnormal powers included.
template <class T>
CARRYBIT_HD inline T power_of_two(int exponent) {
  constexpr int bias = Carrier<T>::bias;
  constexpr int fraction = Carrier<T>::fraction_bits;
  if (exponent > -bias) {
    return from_word<T>(static_cast<Word<T>>(exponent + bias) << fraction);
  }
  return from_word<T>(Word<T>{1} << (exponent + bias - 1 + fraction));
}

/// A finite, non-zero magnitude as significand * 2^exponent with an integer significand.
template <class T>
struct Parts {
  Word<T> significand;
  int exponent;
};
template <class T>
CARRYBIT_HD inline Parts<T> parts(T x) {
  constexpr int fraction = Carrier<T>::fraction_bits;
  const Word<T> word = to_word(x) & static_cast<Word<T>>(~sign_bit<T>);
  const int field = static_cast<int>(word >> fraction);
  const Word<T> low = word & fraction_mask<T>;
  if (field == 0) {
    return {low, 1 - Carrier<T>::bias - fraction};
  }
  return {low | (Word<T>{1} << fraction), field - Carrier<T>::bias - fraction};
}

/// Exponent of the leading bit of a finite, non-zero value.
template <class T>
CARRYBIT_HD inline int leading_exponent(T x) {
  const Parts<T> p = parts(x);
  int exponent = p.exponent + Carrier<T>::fraction_bits;
  for (Word<T> s = p.significand; (s >> Carrier<T>::fraction_bits) == 0; s <<= 1) {
    --exponent;
  }
  return exponent;
}

}  // namespace carrybit::lane
