#pragma once
// Random numbers of the input generators: a stream of Philox words (precision/random.hpp),
// addressed by (seed, stream). The standard library's distributions are left alone: what they
// return is up to each implementation, and a seed must give the same problems everywhere.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "precision/random.hpp"

namespace carrybit {

class DrawStream {
 public:
  DrawStream(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

  /// 32 random bits.
  std::uint32_t word() {
    if (next_ == 4) {
      block_ = philox4x32(seed_, counter_++, stream_);
      next_ = 0;
    }
    return block_.word[next_++];
  }

  /// Uniform on [0, bound), without bias (Lemire, "Fast random integer generation in an interval",
  /// 2019). Needs bound >= 1.
  std::uint32_t below(std::uint32_t bound) {
    std::uint64_t product = std::uint64_t{word()} * bound;
    if (static_cast<std::uint32_t>(product) < bound) {
      const std::uint32_t threshold = (0U - bound) % bound;  // 2^32 mod bound
      while (static_cast<std::uint32_t>(product) < threshold)
        product = std::uint64_t{word()} * bound;
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

  /// Uniform on [low, high]. Needs low <= high.
  int between(int low, int high) {
    return low + static_cast<int>(below(static_cast<std::uint32_t>(high - low) + 1));
  }

  /// True with probability numerator / denominator.
  bool chance(std::uint32_t numerator, std::uint32_t denominator) {
    return below(denominator) < numerator;
  }

  /// A uniform permutation of the elements.
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i)
      std::swap(items[i - 1], items[below(static_cast<std::uint32_t>(i))]);
  }

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t counter_ = 0;
  Philox block_{};
  int next_ = 4;
};

}  // namespace carrybit
