#include "sim/device/runner.hpp"

#include <algorithm>
#include <mutex>

#include "sim/device/build.hpp"

namespace carrybit {

std::string device_refusal(const Arithmetic& arithmetic) { return device::refusal(arithmetic); }

namespace {

std::unique_ptr<device::Forward> make_forward(Device device, device::Model model) {
  return device == Device::cuda ? device::make_cuda_forward(std::move(model))
                                : device::make_loop_forward(std::move(model));
}

/// Columns that keep a large GPU busy, and whose activations are small beside its memory.
constexpr std::uint64_t columns_at_once = std::uint64_t{1} << 18;

/// The process reads one batch at a time: two together would not fit where each does.
std::mutex reading;

}  // namespace

Simulator::DeviceRunner::DeviceRunner(Device device, device::Model model,
                                      std::unique_ptr<Runner> cpu)
    : device_(device), cpu_(std::move(cpu)), forward_(make_forward(device, std::move(model))) {}

std::string_view Simulator::DeviceRunner::engine() const {
  return device_ == Device::cuda ? "CUDA" : "device loop";
}

bool Simulator::DeviceRunner::readable(TokenRows tokens, int longest) const {
  const ModelConfig& c = config();
  const auto known = [&](int token) { return token >= 0 && token < c.vocabulary; };
  return (c.positions != Positions::learned || longest <= c.max_length) &&
         std::ranges::all_of(
             tokens, [&](const std::vector<int>& row) { return std::ranges::all_of(row, known); });
}

std::uint64_t Simulator::DeviceRunner::session_bytes(std::uint64_t inputs, std::uint64_t length,
                                                     std::uint64_t positions) const {
  const ModelConfig& c = config();
  const auto n = [](int count) { return static_cast<std::uint64_t>(count); };
  const std::uint64_t kept = 2 * n(c.layers) * n(c.kv_heads) * n(c.head_dim) * length;
  const std::uint64_t at_hand = positions * (8 * n(c.width) + 3 * n(c.heads) * n(c.head_dim) +
                                             3 * n(c.ffn) + 2 * n(c.vocabulary) + 16);
  return sizeof(double) * inputs * (kept + at_hand);
}

template <class Body>
std::vector<std::size_t> Simulator::DeviceRunner::for_blocks(TokenRows tokens, int length,
                                                             const Body& body) {
  const std::scoped_lock lock(reading);
  const std::uint64_t bytes = forward_->free_bytes();
  const auto longest = static_cast<std::uint64_t>(length);
  std::uint64_t inputs = std::clamp<std::uint64_t>(columns_at_once / longest, 1, tokens.size());
  std::uint64_t positions = std::min(longest, columns_at_once);
  while (inputs > 1 && session_bytes(inputs, longest, positions) > bytes) {
    inputs = (inputs + 1) / 2;
  }
  while (positions > 1 && session_bytes(inputs, longest, positions) > bytes) {
    positions = (positions + 1) / 2;
  }
  std::vector<std::size_t> left;
  for (std::size_t first = 0; first < tokens.size(); first += inputs) {
    const TokenRows part = tokens.subspan(first, std::min(inputs, tokens.size() - first));
    const auto session = forward_->session(static_cast<int>(part.size()), length);
    body(*session, Block{part, first, static_cast<int>(positions)});
    const std::vector<char> open = session->undecided();
    for (std::size_t b = 0; b < part.size(); ++b) {
      if (open[b] != 0) {
        left.push_back(first + b);
      }
    }
  }
  left_to_cpu += left.size();
  return left;
}

template <class Use>
void Simulator::DeviceRunner::read(device::Session& session, const Block& block, int from,
                                   bool logits, const Use& use) {
  const int length = static_cast<int>(block.tokens.front().size());
  if (block.positions >= length) {
    use(session.advance(block.tokens, from, logits));
    return;
  }
  for (int first = 0; first < length; first += block.positions) {
    const int count = std::min(block.positions, length - first);
    std::vector<std::vector<int>> part;
    for (const auto& row : block.tokens) {
      part.emplace_back(row.begin() + first, row.begin() + first + count);
    }
    // Parts before `from` are read for what attention remembers of them.
    const device::Answer answer =
        session.advance(part, std::clamp(from - first, 0, count - 1), logits);
    if (first + count > from) {
      use(answer);
    }
  }
}

template <class Result, class Redo>
void Simulator::DeviceRunner::settle(Result& result, TokenRows tokens,
                                     const std::vector<std::size_t>& left, const Redo& redo) {
  if (left.empty()) {
    return;
  }
  std::vector<std::vector<int>> rows;
  for (const std::size_t i : left) {
    rows.push_back(tokens[i]);
  }
  Result done = redo(rows);
  for (std::size_t i = 0; i < left.size(); ++i) {
    result[left[i]] = std::move(done[i]);
  }
}

Simulator::Runner& Simulator::DeviceRunner::cpu() {
  cpu_->available = available;
  return *cpu_;
}

Simulator::Runner::Predictions Simulator::DeviceRunner::predict(TokenRows tokens, int from) {
  const int length = checked_length(tokens, from);
  if (!readable(tokens, length)) {
    return cpu().predict(tokens, from);
  }
  Predictions result(tokens.size());
  const auto left = for_blocks(tokens, length, [&](device::Session& session, const Block& block) {
    read(session, block, from, false, [&](const device::Answer& answer) {
      for (std::size_t b = 0; b < block.tokens.size(); ++b) {
        const auto* const best =
            answer.best.data() + b * static_cast<std::size_t>(answer.positions);
        auto& row = result[block.first + b];
        row.insert(row.end(), best, best + answer.positions);
      }
    });
  });
  settle(result, tokens, left, [&](TokenRows rows) { return cpu().predict(rows, from); });
  return result;
}

Simulator::Runner::Logits Simulator::DeviceRunner::logits(TokenRows tokens, int from) {
  const int length = checked_length(tokens, from);
  if (!readable(tokens, length)) {
    return cpu().logits(tokens, from);
  }
  Logits result(tokens.size());
  const auto vocabulary = static_cast<std::size_t>(config().vocabulary);
  const auto left = for_blocks(tokens, length, [&](device::Session& session, const Block& block) {
    read(session, block, from, true, [&](const device::Answer& answer) {
      const auto positions = static_cast<std::size_t>(answer.positions);
      const std::size_t columns = positions * block.tokens.size();
      for (std::size_t column = 0; column < columns; ++column) {
        auto& row = result[block.first + column / positions].emplace_back();
        for (std::size_t token = 0; token < vocabulary; ++token) {
          row.push_back(Number::from_double(answer.logits[token * columns + column]));
        }
      }
    });
  });
  settle(result, tokens, left, [&](TokenRows rows) { return cpu().logits(rows, from); });
  return result;
}

Simulator::Runner::Predictions Simulator::DeviceRunner::generate(TokenRows prompts, int count) {
  const int length = common_length(prompts);
  if (!readable(prompts, length + count - 1)) {
    return cpu().generate(prompts, count);
  }
  Predictions result(prompts.size());
  const auto left =
      for_blocks(prompts, length + count, [&](device::Session& session, const Block& block) {
        Predictions next(block.tokens.size());
        const auto take = [&](const device::Answer& answer) {
          for (std::size_t b = 0; b < next.size(); ++b) {
            const int token = answer.best[b];
            result[block.first + b].push_back(token);
            next[b] = {std::max(token, 0)};
          }
        };
        for (int step = 0; step < count; ++step) {
          if (step == 0) {
            read(session, block, length - 1, false, take);
          } else {
            take(session.advance(next, 0, false));
          }
        }
      });
  settle(result, prompts, left, [&](TokenRows rows) { return cpu().generate(rows, count); });
  return result;
}

void Simulator::DeviceRunner::trace(const std::vector<int>& tokens, Observer& observer) {
  cpu_->trace(tokens, observer);
}

}  // namespace carrybit
