#pragma once
// A forward pass on a device, as the simulator asks for it.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/device/model.hpp"

namespace carrybit::device {

/// The logits of one reading.
struct Answer {
  int positions = 0;           // of every sequence
  std::vector<int> best;       // [input][position]
  std::vector<double> logits;  // [token][input][position]; empty unless wanted
};

/// A batch of sequences of equal length and what attention remembers of them.
class Session {
 public:
  virtual ~Session() = default;
  /// Reads the next tokens of every sequence: the logits at the new positions from `from` on. Tokens must be of
  /// the vocabulary, and all of them fit the session.
  virtual Answer advance(std::span<const std::vector<int>> tokens, int from, bool logits) = 0;
  /// Which sequences met a transcendental value that the error bound could not decide: nothing that was said
  /// of them counts.
  virtual std::vector<char> undecided() = 0;
};

/// A model on a device.
class Forward {
 public:
  virtual ~Forward() = default;
  virtual std::unique_ptr<Session> session(int inputs, int capacity) = 0;
  /// Bytes that a session may take, scores of attention aside.
  virtual std::uint64_t free_bytes() = 0;
};

/// The device's kernels in plain loops on the cpu.
std::unique_ptr<Forward> make_loop_forward(Model model);
/// Throws BadInput where the program was built without CUDA, or CUDA reports an error.
std::unique_ptr<Forward> make_cuda_forward(Model model);

}  // namespace carrybit::device
