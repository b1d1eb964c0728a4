#pragma once
// A Simulator on a device: batches cut to its memory, and sequences that its error bounds could not decide done
// again on the cpu.

#include "sim/device/device.hpp"
#include "sim/runner.hpp"

namespace carrybit {

class Simulator::DeviceRunner final : public Simulator::Runner {
 public:
  /// `cpu`: the same model in lanes.
  DeviceRunner(Device device, device::Model model, std::unique_ptr<Runner> cpu);

  const ModelConfig& config() const override { return cpu_->config(); }
  const Arithmetic& arithmetic() const override { return cpu_->arithmetic(); }
  std::string_view engine() const override;
  Predictions predict(TokenRows tokens, int from) override;
  Logits logits(TokenRows tokens, int from) override;
  Predictions generate(TokenRows prompts, int count) override;
  void trace(const std::vector<int>& tokens, Observer& observer) override;

 private:
  /// Sequences of one session, and how many of their positions are read at once.
  struct Block {
    TokenRows tokens;
    std::size_t first = 0;  // in the batch
    int positions = 0;
  };

  /// May a device read these? The cpu says what is wrong where not.
  bool readable(TokenRows tokens, int longest) const;
  /// An upper estimate: what a session keeps of `length` positions, and needs to read `positions`.
  std::uint64_t session_bytes(std::uint64_t inputs, std::uint64_t length,
                              std::uint64_t positions) const;
  /// Runs body(session, block) over the batch, alone on the device; gives the sequences left to the cpu.
  template <class Body>
  std::vector<std::size_t> for_blocks(TokenRows tokens, int length, const Body& body);
  /// Reads the sequences, in parts where they are long; use(answer) at the positions from `from` on.
  template <class Use>
  void read(device::Session& session, const Block& block, int from, bool logits, const Use& use);
  /// Replaces what the device said of some sequences: redo(sequences) is the cpu's answer.
  template <class Result, class Redo>
  void settle(Result& result, TokenRows tokens, const std::vector<std::size_t>& left,
              const Redo& redo);
  Runner& cpu();

  Device device_;
  std::unique_ptr<Runner> cpu_;
  std::unique_ptr<device::Forward> forward_;
};

}  // namespace carrybit
