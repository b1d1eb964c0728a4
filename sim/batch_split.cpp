#include "sim/batch_split.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>

#include "precision/error.hpp"

namespace carrybit {

namespace {

std::uint64_t count(int n) { return static_cast<std::uint64_t>(n); }

}  // namespace

std::uint64_t session_bytes(const ModelConfig& c, const BatchCosts& costs, std::size_t inputs,
                            int length, int positions) {
  const std::uint64_t heads = count(c.heads) * count(c.head_dim);
  const std::uint64_t kv = count(c.kv_heads) * count(c.head_dim);
  const std::uint64_t kept = 3 * count(c.layers) * kv * count(length);
  // Of a position: the residual stream, its norm and two copies, queries and head outputs, keys and
  // values, hidden units and gates, logits.
  const std::uint64_t row =
      4 * count(c.width) + 2 * heads + 2 * kv + 2 * count(c.ffn) + count(c.vocabulary);
  constexpr std::uint64_t window = 128;  // BatchedAttention's
  const std::uint64_t scores = count(length) * (window + 8 * count(c.head_dim));
  return costs.value_bytes * (inputs * (kept + row * count(positions)) + costs.threads * scores);
}

namespace {

/// Sessions at once, and the scores of every thread.
std::uint64_t split_bytes(const ModelConfig& config, const BatchCosts& costs,
                          const BatchSplit& split, int length) {
  BatchCosts one = costs;
  one.threads = 0;
  return split.workers * session_bytes(config, one, split.inputs, length, split.positions) +
         session_bytes(config, costs, 0, length, split.positions);
}

}  // namespace

BatchSplit split_batch(const ModelConfig& config, const BatchCosts& costs, std::size_t inputs,
                       int length, std::uint64_t available) {
  constexpr int columns_a_block = 1024;
  constexpr int least = 256;
  const auto block = static_cast<std::size_t>(std::max(1, columns_a_block / std::max(1, length)));
  for (int positions = length;; positions = std::max(least, positions / 4)) {
    for (std::size_t n = std::min(block, inputs);; n /= 2) {
      const std::size_t blocks = (inputs + n - 1) / n;
      for (std::size_t workers = std::min(blocks, costs.threads); workers >= 1; --workers) {
        const BatchSplit split{n, workers, positions};
        if (split_bytes(config, costs, split, length) <= available) {
          return split;
        }
      }
      if (n == 1) {
        break;
      }
    }
    if (positions <= least) {
      break;
    }
  }
  BatchCosts one = costs;
  const std::uint64_t needed = session_bytes(config, one, 1, length, std::min(length, least));
  throw BadInput(fmt::format(
      "not enough memory: a sequence of {} tokens needs {} MB in {}, {} MB are left of the limit",
      length, needed / 1'000'000 + 1, costs.engine, available / 1'000'000));
}

std::uint64_t unlimited_bytes(const ModelConfig& config, const BatchCosts& costs,
                              std::size_t inputs, int length) {
  constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();
  return split_bytes(config, costs, split_batch(config, costs, inputs, length, no_limit), length);
}

std::uint64_t process_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  statm >> all >> resident;
  return statm ? resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace carrybit
