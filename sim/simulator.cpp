#include "sim/simulator.hpp"

#include <limits>
#include <mutex>

#include "sim/batch_split.hpp"
#include "sim/device/build.hpp"
#include "sim/device/runner.hpp"
#include "sim/double_engine.hpp"
#include "sim/exact_engine.hpp"
#include "sim/fixed_engine.hpp"
#include "sim/runner.hpp"

namespace carrybit {

namespace {

void check_device(Device device, const Arithmetic& arithmetic, EngineChoice choice) {
  if (choice == EngineChoice::exact) {
    throw BadInput(
        fmt::format("the exact engine runs on the cpu; {} takes auto or lane", name(device)));
  }
  require_device(device);
  if (const std::string refusal = device_refusal(arithmetic); !refusal.empty()) {
    throw BadInput(refusal);
  }
}

using Predictions = std::vector<std::vector<int>>;
using Logits = std::vector<std::vector<std::vector<Number>>>;

template <class Engine>
int best_token(const Engine& e, const Columns<typename Engine::Value>& logits, int b, int i) {
  int best = -1;
  for (int token = 0; token < logits.rows; ++token) {
    const auto& value = logits.at(token, b, i);
    if (!e.is_nan(value) && (best < 0 || e.less(logits.at(best, b, i), value))) {
      best = token;
    }
  }
  return best;
}

}  // namespace

template <class Engine>
class Simulator::EngineRunner final : public Simulator::Runner {
  using Value = typename Engine::Value;

 public:
  EngineRunner(const Weights& weights, const Arithmetic& arithmetic, std::string_view engine_name)
      : arithmetic_(arithmetic),
        engine_(arithmetic),
        model_(prepare(engine_, weights, arithmetic)),
        engine_name_(engine_name) {
    if (engine_.faults() != 0) {
      fault_count = engine_.faults();
      first_fault = "the weights";
    }
  }

  const ModelConfig& config() const override { return model_.config; }
  const Arithmetic& arithmetic() const override { return arithmetic_; }
  std::string_view engine() const override { return engine_name_; }
  const Engine& lanes() const { return engine_; }
  const PreparedModel<Value>& model() const { return model_; }

  Predictions predict(TokenRows tokens, int from) override {
    Predictions result(tokens.size());
    const int length = checked_length(tokens, from);
    for_blocks(tokens, length, [&](Session<Engine>& session, const Block& block) {
      read(session, block, from, [&](const Columns<Value>& logits) {
        for (int b = 0; b < logits.inputs; ++b) {
          for (int i = 0; i < logits.positions; ++i) {
            result[block.first + static_cast<std::size_t>(b)].push_back(
                best_token(engine_, logits, b, i));
          }
        }
      });
    });
    return result;
  }

  Logits logits(TokenRows tokens, int from) override {
    Logits result(tokens.size());
    const int length = checked_length(tokens, from);
    for_blocks(tokens, length, [&](Session<Engine>& session, const Block& block) {
      read(session, block, from, [&](const Columns<Value>& logits) {
        for (int b = 0; b < logits.inputs; ++b) {
          for (int i = 0; i < logits.positions; ++i) {
            auto& row = result[block.first + static_cast<std::size_t>(b)].emplace_back();
            for (int token = 0; token < logits.rows; ++token) {
              row.push_back(engine_.to_number(logits.at(token, b, i)));
            }
          }
        }
      });
    });
    return result;
  }

  Predictions generate(TokenRows prompts, int count) override {
    Predictions result(prompts.size());
    const int length = common_length(prompts);
    const int longest = length + count;
    for_blocks(prompts, longest, [&](Session<Engine>& session, const Block& block) {
      Predictions next(block.tokens.size());
      const auto take = [&](const Columns<Value>& logits) {
        for (std::size_t b = 0; b < next.size(); ++b) {
          const int token = best_token(engine_, logits, static_cast<int>(b), 0);
          result[block.first + b].push_back(token);
          next[b] = {std::max(token, 0)};
        }
      };
      for (int step = 0; step < count; ++step) {
        if (step == 0) {
          read(session, block, length - 1, take);
        } else {
          take(session.advance(next));
        }
      }
    });
    return result;
  }

  void trace(const std::vector<int>& tokens, Observer& observer) override {
    const std::vector<std::vector<int>> batch = {tokens};
    const int length = common_length(batch);
    Session<Engine> session(engine_, model_, arithmetic_, 1, length, &observer);
    session.advance(batch);
    note_faults(session.faults(), session.first_fault());
  }

 private:
  /// Sequences of one session.
  struct Block {
    TokenRows tokens;
    std::size_t first = 0;  // in the batch
    int positions = 0;      // to read at once
  };

  /// Reads the sequences, in parts where they are long; use(logits) at the positions from `from` on.
  template <class Use>
  void read(Session<Engine>& session, const Block& block, int from, const Use& use) {
    const int length = static_cast<int>(block.tokens.front().size());
    if (block.positions >= length) {
      use(session.advance(block.tokens, from));
      return;
    }
    for (int first = 0; first < length; first += block.positions) {
      const int count = std::min(block.positions, length - first);
      Predictions part;
      for (const auto& row : block.tokens) {
        part.emplace_back(row.begin() + first, row.begin() + first + count);
      }
      // Parts before `from` are read for what attention remembers of them.
      const Columns<Value> logits = session.advance(part, std::clamp(from - first, 0, count - 1));
      if (first + count > from) {
        use(logits);
      }
    }
  }

  /// Blocks of sequences small enough for the caches and for memory, in parallel.
  template <class Body>
  void for_blocks(TokenRows tokens, int length, const Body& body) {
    const BatchSplit split =
        split_batch(model_.config, {sizeof(Value), thread_count(), engine_name_}, tokens.size(),
                    length, available);
    const std::size_t blocks = (tokens.size() + split.inputs - 1) / split.inputs;
    std::vector<std::pair<std::uint64_t, std::string>> faults(blocks);
    const auto work = [&](std::size_t i) {
      const std::size_t first = i * split.inputs;
      const TokenRows part = tokens.subspan(first, std::min(split.inputs, tokens.size() - first));
      Session<Engine> session(engine_, model_, arithmetic_, static_cast<int>(part.size()), length);
      body(session, {part, first, split.positions});
      faults[i] = {session.faults(), session.first_fault()};
    };
    if (split.workers >= std::min(blocks, thread_count())) {
      parallel_for(blocks, work);
    } else {
      parallel_for(split.workers, [&](std::size_t worker) {
        for (std::size_t i = worker; i < blocks; i += split.workers) {
          work(i);
        }
      });
    }
    for (const auto& [count, where] : faults) {  // in the order of the batch, whoever was first
      note_faults(count, where);
    }
  }

  void note_faults(std::uint64_t count, const std::string& where) {
    if (count != 0) {
      const std::scoped_lock lock(mutex_);
      fault_count += count;
      if (first_fault.empty()) {
        first_fault = where;
      }
    }
  }

  Arithmetic arithmetic_;
  Engine engine_;
  PreparedModel<Value> model_;
  std::string_view engine_name_;
  std::mutex mutex_;
};

Simulator::Simulator(const Weights& weights, const Arithmetic& arithmetic, EngineChoice choice,
                     Device device) {
  weights.validate();
  if (device != Device::cpu) {
    check_device(device, arithmetic, choice);
    auto cpu = std::make_unique<EngineRunner<DoubleEngine>>(weights, arithmetic, "double lanes");
    auto model = device::build(cpu->lanes(), cpu->model(), arithmetic);
    runner_ = std::make_unique<DeviceRunner>(device, std::move(model), std::move(cpu));
  } else if (choice != EngineChoice::exact && DoubleEngine::supports(arithmetic)) {
    runner_ = std::make_unique<EngineRunner<DoubleEngine>>(weights, arithmetic, "double lanes");
  } else if (choice != EngineChoice::exact && FixedEngine::supports(arithmetic)) {
    runner_ = std::make_unique<EngineRunner<FixedEngine>>(weights, arithmetic, "integer lanes");
  } else if (choice == EngineChoice::lane) {
    throw BadInput(fmt::format(
        "no lanes carry {}: lanes hold floats of up to 25 significand and 10 exponent bits, fixed "
        "point of up to 26 bits, or one fixed-point format of up to 63 bits for every role",
        describe(arithmetic)));
  } else {
    runner_ = std::make_unique<EngineRunner<ExactEngine>>(weights, arithmetic, "exact");
  }
}

Simulator::~Simulator() = default;
Simulator::Simulator(Simulator&&) noexcept = default;
Simulator& Simulator::operator=(Simulator&&) noexcept = default;

const ModelConfig& Simulator::config() const { return runner_->config(); }
const Arithmetic& Simulator::arithmetic() const { return runner_->arithmetic(); }
std::string_view Simulator::engine() const { return runner_->engine(); }
void Simulator::limit_memory(std::uint64_t bytes) {
  runner_->available = bytes - std::min(bytes, process_bytes());
}
Predictions Simulator::predict(TokenRows tokens, int from) const {
  return runner_->predict(tokens, from);
}
Logits Simulator::logits(TokenRows tokens, int from) const { return runner_->logits(tokens, from); }
Predictions Simulator::generate(TokenRows prompts, int count) const {
  return runner_->generate(prompts, count);
}
void Simulator::trace(const std::vector<int>& tokens, Observer& observer) const {
  runner_->trace(tokens, observer);
}
std::uint64_t Simulator::faults() const { return runner_->fault_count; }
std::string Simulator::first_fault() const { return runner_->first_fault; }
std::uint64_t Simulator::left_to_cpu() const { return runner_->left_to_cpu; }

}  // namespace carrybit
