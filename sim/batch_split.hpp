#pragma once
// How a batch is cut so that it fits in memory: how many sequences at once, and how many of their positions.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/config.hpp"

namespace carrybit {

struct BatchSplit {
  std::size_t inputs = 1;   // sequences of a session
  std::size_t workers = 1;  // sessions at once
  int positions = 0;        // tokens of a sequence that are read at once
};

/// What one number of an engine takes, and how many threads may run.
struct BatchCosts {
  std::size_t value_bytes = 8;
  std::size_t threads = 1;
  std::string_view engine;  // for people
};

/// An upper estimate, in bytes, of a session of `inputs` sequences of `length` tokens, `positions` of which
/// are read at once: keys, values and their shared sums, activations, and the scores of every thread.
std::uint64_t session_bytes(const ModelConfig& config, const BatchCosts& costs, std::size_t inputs,
                            int length, int positions);

/// Sequences enough for the caches at once, on all threads; fewer, and in parts, where `available` bytes do
/// not hold that. Throws BadInput where they do not hold one sequence.
BatchSplit split_batch(const ModelConfig& config, const BatchCosts& costs, std::size_t inputs,
                       int length, std::uint64_t available);

/// What that split takes, by the same estimate, where nothing limits it.
std::uint64_t unlimited_bytes(const ModelConfig& config, const BatchCosts& costs,
                              std::size_t inputs, int length);

/// The bytes that this process holds; 0 where the system does not say.
std::uint64_t process_bytes();

}  // namespace carrybit
