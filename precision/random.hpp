#pragma once
// The counter-based generator of stochastic rounding: Philox4x32-10 (Salmon, Moraes, Dror, Shaw:
// "Parallel random numbers: as easy as 1, 2, 3", SC 2011). A draw is a pure function of
// (seed, operation index), so no result depends on threads, batches or the order of evaluation.
//
// Part of the lane header: g++, nvcc and the WebAssembly compiler all compile this file.

#include <cstdint>

#if defined(__CUDACC__)
#define CARRYBIT_HD __host__ __device__
#else
#define CARRYBIT_HD
#endif

namespace carrybit {

struct Philox {
  std::uint32_t word[4];
};

/// Ten rounds of Philox4x32 on a 128-bit counter (here: index, 0) under a 64-bit key.
CARRYBIT_HD inline Philox philox4x32(std::uint64_t seed, std::uint64_t index_low,
                                     std::uint64_t index_high = 0) {
  std::uint32_t c0 = static_cast<std::uint32_t>(index_low);
  std::uint32_t c1 = static_cast<std::uint32_t>(index_low >> 32);
  std::uint32_t c2 = static_cast<std::uint32_t>(index_high);
  std::uint32_t c3 = static_cast<std::uint32_t>(index_high >> 32);
  std::uint32_t k0 = static_cast<std::uint32_t>(seed);
  std::uint32_t k1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53U} * c0;
    const std::uint64_t b = std::uint64_t{0xCD9E8D57U} * c2;
    c0 = static_cast<std::uint32_t>(b >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(b);
    c2 = static_cast<std::uint32_t>(a >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(a);
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
  return {{c0, c1, c2, c3}};
}

/// Where a stochastic rounding takes its random bits from.
struct Draw {
  static constexpr int bits = 24;
  std::uint64_t seed = 0;
  std::uint64_t index = 0;  // the number of the operation

  /// An odd integer t in [1, 2^25): a result is rounded away from zero when the discarded fraction
  /// exceeds t * 2^-25. The expected result is thus within 2^-25 units in the last place of the
  /// exact value, and an exact result is never moved.
  CARRYBIT_HD std::uint32_t threshold() const {
    return ((philox4x32(seed, index).word[0] >> (32 - bits)) << 1) | 1U;
  }
};

}  // namespace carrybit
