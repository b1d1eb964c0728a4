#pragma once
// What a Simulator runs on: an engine on the processor, or a device.

#include <fmt/format.h>

#include <limits>

#include "precision/error.hpp"
#include "sim/simulator.hpp"

namespace carrybit {

class Simulator::Runner {
 public:
  using Predictions = std::vector<std::vector<int>>;             // [input][position]
  using Logits = std::vector<std::vector<std::vector<Number>>>;  // [input][position][token]

  virtual ~Runner() = default;
  virtual const ModelConfig& config() const = 0;
  virtual const Arithmetic& arithmetic() const = 0;
  virtual std::string_view engine() const = 0;
  virtual Predictions predict(TokenRows tokens, int from) = 0;
  virtual Logits logits(TokenRows tokens, int from) = 0;
  virtual Predictions generate(TokenRows prompts, int count) = 0;
  virtual void trace(const std::vector<int>& tokens, Observer& observer) = 0;

  /// Bytes for sessions.
  std::uint64_t available = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t fault_count = 0;
  std::string first_fault;
  std::uint64_t left_to_cpu = 0;

 protected:
  /// Sequences of one length, at least one; throws BadInput otherwise.
  static int common_length(TokenRows tokens) {
    if (tokens.empty() || tokens.front().empty()) {
      throw BadInput("no tokens: a batch needs at least one sequence of at least one token");
    }
    for (const auto& row : tokens) {
      if (row.size() != tokens.front().size()) {
        throw BadInput("sequences of one batch must have equal length");
      }
    }
    return static_cast<int>(tokens.front().size());
  }

  static int checked_length(TokenRows tokens, int from) {
    const int length = common_length(tokens);
    if (from < 0 || from >= length) {
      throw BadInput(fmt::format("from position {}: a sequence of {} tokens has positions 0 to {}",
                                 from, length, length - 1));
    }
    return length;
  }
};

}  // namespace carrybit
