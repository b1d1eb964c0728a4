// What the fast loops rest on: r = 2^k s + RN((1 - 2^k) s), k = P - p, is s rounded to p bits, ties to even,
// whenever P >= 2p + 2.

#include <doctest/doctest.h>

#include <random>

#include "precision/lane/bits.hpp"

namespace carrybit {
namespace {

template <class T>
T in_two(T s, int k) {
  const T grow = lane::power_of_two<T>(k);
  const T shrunk = s * (1 - grow);
  return s * grow + shrunk;
}

/// By the bits: the last k of the fraction go.
template <class T>
T by_bits(T s, int k) {
  const lane::Word<T> word = lane::to_word(s);
  const lane::Word<T> one = 1;
  const lane::Word<T> odd = word >> k & 1U;
  return lane::from_word<T>((word + (one << (k - 1)) - 1 + odd) & ~((one << k) - 1));
}

long wrong_in_a_binade(int p) {
  long wrong = 0;
  for (std::uint32_t fraction = 0; fraction < 1U << 23; ++fraction) {
    const auto s = lane::from_word<float>(0x3F800000U | fraction);
    wrong += in_two(s, 24 - p) != by_bits(s, 24 - p);
  }
  return wrong;
}

TEST_CASE("every float of a binade, every p up to 11") {
  for (int p = 2; p <= 11; ++p) {
    CHECK(wrong_in_a_binade(p) == 0);
  }
}

TEST_CASE("planted: 12 bits are one too many, and it is seen") { CHECK(wrong_in_a_binade(12) > 0); }

TEST_CASE("doubles beside ties and beside powers of two, every p up to 25") {
  std::mt19937_64 g(5);
  for (int p = 2; p <= 25; ++p) {
    const int k = 53 - p;
    for (int i = 0; i < 20000; ++i) {
      std::uint64_t fraction = g() & lane::fraction_mask<double>;
      const std::uint64_t near = g() >> (12 + g() % 52);
      switch (i % 4) {
        case 0: break;
        case 1:
          fraction = (fraction >> k << k) + (std::uint64_t{1} << (k - 1)) + g() % 3 - 1;
          break;
        case 2: fraction = near; break;
        case 3: fraction = lane::fraction_mask<double> - near; break;
      }
      const auto s =
          lane::from_word<double>(0x3FF0000000000000U | (fraction & lane::fraction_mask<double>));
      REQUIRE(in_two(s, k) == by_bits(s, k));
      REQUIRE(in_two(-s, k) == -by_bits(s, k));
    }
  }
}

}  // namespace
}  // namespace carrybit
