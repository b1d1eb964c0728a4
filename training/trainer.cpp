#include "training/trainer.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/cuda.h>
#include <torch/utils.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <numbers>

#include "precision/error.hpp"
#include "training/checkpoint.hpp"
#include "training/data.hpp"
#include "training/network.hpp"

// OpenBLAS has threads of its own; another BLAS has no such function.
extern "C" __attribute__((weak)) void openblas_set_num_threads(int);

namespace carrybit::training {

namespace {

std::atomic<bool> stop_requested{false};

torch::Device device_of(const std::string& text) {
  if (text == "cpu") {
    return torch::kCPU;
  }
  if (text != "cuda") {
    throw BadInput(fmt::format("--device: '{}' is not one of cpu, cuda", text));
  }
  if (!torch::cuda::is_available()) {
    throw BadInput("--device cuda: this LibTorch finds no CUDA device; accepted: cpu");
  }
  return torch::kCUDA;
}

/// Rows of tokens as a model reads them.
struct Batch {
  torch::Tensor inputs;   // int64 [batch][T - 1]
  torch::Tensor answers;  // int64 [batch][answer tokens]
};

Batch batch_of(const Task& task, const std::vector<Problem>& problems, torch::Device device) {
  std::vector<std::int64_t> tokens;
  for (const Problem& p : problems) {
    const std::vector<Token> row = encode(task, p).sequence();
    tokens.insert(tokens.end(), row.begin(), row.end());
  }
  const auto rows = static_cast<std::int64_t>(problems.size());
  const torch::Tensor all = torch::tensor(tokens, torch::kInt64).view({rows, -1}).to(device);
  const std::int64_t length = all.size(1);
  return {all.narrow(1, 0, length - 1), all.narrow(1, task.prompt_tokens(), task.answer_tokens())};
}

/// One run: the network, its optimizer and its counters.
class TrainRun {
 public:
  TrainRun(const TrainSettings& settings, torch::Device device)
      : settings_(settings),
        task_(settings.task),
        device_(device),
        network_(settings.shape, {settings.positions, significance_groups(task_)},
                 settings.precision, torch::kFloat32, device),
        mean_(torch::zeros_like(network_.decays())),
        square_(torch::zeros_like(network_.decays())),
        sets_{batch_of(task_, validation_problems(settings, Sampling::lengths), device),
              batch_of(task_, validation_problems(settings, Sampling::uniform), device),
              batch_of(task_, validation_problems(settings, Sampling::carry_heavy), device)} {
    if (settings.start) {
      network_.load(*settings.start);
    } else {
      network_.initialise(settings.seed);
    }
    const bool cools = settings.schedule == Schedule::linear;
    state_.cooling_from = std::max(0, settings.steps - (cools ? settings.cooling : 0));
  }

  bool done() const { return state_.step >= last_step(); }
  int steps() const { return state_.step; }
  const RunState& state() const { return state_; }
  RunState& state() { return state_; }
  const Network& network() const { return network_; }

  void step() {
    std::vector<Problem> problems;
    for (int i = 0; i < settings_.batch; ++i) {
      problems.push_back(training_problem(settings_, state_.step, i));
    }
    const Batch batch = batch_of(task_, problems, device_);
    const torch::Tensor logits = network_.logits(batch.inputs, task_.prompt_tokens() - 1);
    const torch::Tensor loss =
        torch::cross_entropy_loss(logits.reshape({-1, logits.size(2)}), batch.answers.reshape(-1));
    const torch::Tensor gradient =
        torch::autograd::grad({loss}, {network_.parameters()})[0].detach();
    const double value = loss.item<double>();
    if (!std::isfinite(value)) {
      throw BadInput(
          fmt::format("step {}: the loss is {}; accepted: a smaller --lr, or a "
                      "--precision of more range",
                      state_.step + 1, value));
    }
    update(gradient);
    ++state_.step;
    state_.loss_sum += value;
    ++state_.loss_count;
  }

  Validation validate() {
    const Validation v{share_exact(sets_[0]), share_exact(sets_[1]), share_exact(sets_[2])};
    const bool good =
        settings_.target > 0 && std::min({v.lengths, v.full, v.carry_heavy}) >= settings_.target;
    state_.good = good ? state_.good + 1 : 0;
    if (state_.good >= 2 && state_.step < state_.cooling_from) {
      state_.cooling_from = state_.step;
    }
    state_.last_loss = state_.loss_count > 0 ? state_.loss_sum / state_.loss_count : 0;
    state_.loss_sum = 0;
    state_.loss_count = 0;
    return v;
  }

  double learning_rate() const {
    const int s = state_.step;
    double rate = settings_.learning_rate;
    if (s < settings_.warmup) {
      rate *= (s + 1.0) / settings_.warmup;
    }
    if (settings_.schedule == Schedule::cosine) {
      rate *= 0.5 *
              (1 + std::cos(std::numbers::pi * std::min(s, state_.cooling_from) / settings_.steps));
    }
    if (s >= state_.cooling_from && settings_.cooling > 0) {
      rate *= std::max(0.0, 1.0 - static_cast<double>(s - state_.cooling_from) / settings_.cooling);
    }
    return rate;
  }

  void save(const std::filesystem::path& file) {
    state_.parameters = values(network_.parameters());
    state_.mean = values(mean_);
    state_.square = values(square_);
    save_checkpoint(file, settings_, state_);
  }

  void load(const std::filesystem::path& file) {
    state_ = load_checkpoint(file, settings_);
    const torch::NoGradGuard guard;
    const auto into = [&](torch::Tensor& to, const std::vector<double>& from) {
      if (static_cast<std::int64_t>(from.size()) != to.numel()) {
        throw BadInput(
            fmt::format("{}: {} parameters, this model has {}; accepted: a checkpoint "
                        "of the same command",
                        file.string(), from.size(), to.numel()));
      }
      to.copy_(torch::tensor(from, torch::kFloat64));
    };
    into(network_.parameters(), state_.parameters);
    into(mean_, state_.mean);
    into(square_, state_.square);
  }

 private:
  int last_step() const { return std::min(settings_.steps, state_.cooling_from + cooling_steps()); }
  int cooling_steps() const {
    return state_.cooling_from < settings_.steps ? settings_.cooling : 0;
  }

  static std::vector<double> values(const torch::Tensor& x) {
    const torch::Tensor t = x.detach().to(torch::kCPU, torch::kFloat64).contiguous();
    return {t.data_ptr<double>(), t.data_ptr<double>() + t.numel()};
  }

  /// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) on all parameters in one row.
  void update(torch::Tensor gradient) {
    const torch::NoGradGuard guard;
    if (settings_.clip > 0) {
      const double norm = gradient.norm().item<double>();
      if (norm > settings_.clip) {
        gradient = gradient * (settings_.clip / norm);
      }
    }
    constexpr double epsilon = 1e-8;
    const double rate = learning_rate();
    const int t = state_.step + 1;
    mean_.mul_(settings_.beta1).add_(gradient, 1 - settings_.beta1);
    square_.mul_(settings_.beta2).addcmul_(gradient, gradient, 1 - settings_.beta2);
    const double correct_mean = 1 - std::pow(settings_.beta1, t);
    const double correct_square = 1 - std::pow(settings_.beta2, t);
    torch::Tensor& p = network_.parameters();
    p.sub_(p * network_.decays(), rate * settings_.weight_decay);
    p.addcdiv_(mean_, (square_ / correct_square).sqrt_().add_(epsilon), -rate / correct_mean);
  }

  double share_exact(const Batch& set) const {
    const torch::NoGradGuard guard;
    const torch::Tensor logits = network_.logits(set.inputs, task_.prompt_tokens() - 1);
    const torch::Tensor right = logits.argmax(-1).eq(set.answers).all(1);
    return right.to(torch::kFloat64).mean().item<double>();
  }

  TrainSettings settings_;
  Task task_;
  torch::Device device_;
  Network network_;
  torch::Tensor mean_, square_;
  std::array<Batch, 3> sets_;  // lengths, full, carry-heavy
  RunState state_;
};

/// 500, 1000, 2000, 4000, ...
bool is_rung(int step) {
  int rung = 500;
  while (rung < step) {
    rung *= 2;
  }
  return rung == step;
}

void use_threads(int threads) {
  torch::set_num_threads(threads);
  if (openblas_set_num_threads != nullptr) {
    openblas_set_num_threads(threads);
  }
}

/// Every step asks for the same memory again: giving it back to the system in between cost a fifth of
/// the time.
void keep_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

}  // namespace

void request_stop() { stop_requested = true; }

Trained train(const TrainSettings& settings, const CheckpointUse& checkpoint,
              const TrainCalls& calls) {
  settings.validate();
  use_threads(settings.threads);
  keep_memory();
  TrainRun run(settings, device_of(settings.device));
  if (checkpoint.resume) {
    run.load(checkpoint.file);
  }
  const auto start = std::chrono::steady_clock::now();
  const double before = run.state().seconds;
  const auto save = [&] {
    run.state().seconds =
        before + std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!checkpoint.file.empty()) {
      run.save(checkpoint.file);
    }
  };
  bool paused = false;
  while (!run.done() && !paused) {
    const double rate = run.learning_rate();
    run.step();
    if (calls.rung && settings.ladder && is_rung(run.steps())) {
      calls.rung(run.steps(), run.network().weights());
    }
    const bool reports = run.steps() % settings.validate_every == 0 || run.done();
    if (reports) {
      const Validation exact = run.validate();
      save();
      if (calls.progress) {
        calls.progress({run.steps(), run.state().last_loss, rate, exact, run.state().seconds});
      }
    }
    paused = stop_requested || run.steps() == checkpoint.pause_at;
    if (paused && !reports) {
      save();
    }
  }
  return {run.done(),          run.network().weights(), run.steps(), run.state().last_loss,
          run.state().seconds, run.network().count()};
}

}  // namespace carrybit::training
