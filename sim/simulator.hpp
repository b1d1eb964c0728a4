#pragma once
// A transformer ready to run in an arithmetic: weights rounded once, the engine chosen, batches run in
// parallel. No bit of any result depends on threads, on how a batch is split, on the engine, or on the device.

#include <memory>
#include <string_view>

#include "sim/arithmetic.hpp"
#include "sim/device/choice.hpp"
#include "sim/observer.hpp"
#include "sim/session.hpp"
#include "sim/weights.hpp"

namespace carrybit {

enum class EngineChoice : std::uint8_t {
  automatic,  // the fastest that carries every role's format
  exact,      // the definition
  lane        // `double` or 64-bit integer lanes; BadInput where they do not carry a format
};

class Simulator {
 public:
  /// On another device than the cpu: BadInput where there is none, or it does not carry the arithmetic
  /// (device_refusal), or `choice` is exact.
  Simulator(const Weights& weights, const Arithmetic& arithmetic,
            EngineChoice choice = EngineChoice::automatic, Device device = Device::cpu);
  ~Simulator();
  Simulator(Simulator&&) noexcept;
  Simulator& operator=(Simulator&&) noexcept;

  const ModelConfig& config() const;
  const Arithmetic& arithmetic() const;
  /// "double lanes", "integer lanes", "exact", "CUDA", or "device loop" of Device::loop.
  std::string_view engine() const;

  /// From now on the process takes at most so many bytes, by estimate: batches are split, and sequences read
  /// in parts, to fit. What it takes already (the weights, say) counts. Where one sequence alone takes
  /// more, predict, logits and generate throw BadInput, one line. No bit depends on it. A device's own memory
  /// is another matter: batches are split to fit that always.
  void limit_memory(std::uint64_t bytes);

  /// Teacher forcing: for each sequence, the token of the highest logit at every position >= `from`
  /// (the lowest token wins ties; NaN never wins; -1 where every logit is NaN). Sequences have equal
  /// length T; result [input][T - from].
  std::vector<std::vector<int>> predict(TokenRows tokens, int from = 0) const;

  /// The logits there, exactly: [input][position][token].
  std::vector<std::vector<std::vector<Number>>> logits(TokenRows tokens, int from = 0) const;

  /// Greedy generation of `count` tokens after each prompt, with cached keys and values.
  std::vector<std::vector<int>> generate(TokenRows prompts, int count) const;

  /// Runs one sequence, on the cpu, and reports every intermediate value.
  void trace(const std::vector<int>& tokens, Observer& observer) const;

  /// Faults of `:trap` formats, those of rounding the weights included, and where the first happened.
  std::uint64_t faults() const;
  std::string first_fault() const;

  /// Sequences that a device has left to the cpu so far: an error bound there could not decide a value.
  std::uint64_t left_to_cpu() const;

 private:
  class Runner;
  class DeviceRunner;
  template <class Engine>
  class EngineRunner;
  std::unique_ptr<Runner> runner_;
};

}  // namespace carrybit
