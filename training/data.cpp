#include "training/data.hpp"

#include <algorithm>

#include "arith_tasks/draws.hpp"
#include "arith_tasks/layout.hpp"
#include "precision/error.hpp"

namespace carrybit::training {

namespace {

// Streams of draws that share a seed; what validation asks has nothing to do with what is trained on.
constexpr std::uint64_t training_stream = 0x7472'6169'6e00'0000U;
constexpr std::uint64_t validation_stream = 0x7661'6c69'6400'0000U;
constexpr std::uint32_t shares = 1U << 30;
constexpr int most_tries = 10'000;

/// A problem of the same task for operands of at most `digits` digits, zeros above them.
Problem sample_short(const Task& task, int digits, Sampling sampling, std::uint64_t seed,
                     std::uint64_t index) {
  TaskSpec spec = task.spec();
  spec.answer_digits = digits == spec.digits ? spec.answer_digits : 0;
  spec.digits = digits;
  Problem problem = sample(Task(spec), sampling, seed, index);
  for (Digits& operand : problem.operands) {
    operand.resize(static_cast<std::size_t>(task.digits()), 0);
  }
  return problem;
}

Problem draw_problem(const TrainSettings& settings, const Task& task, int longest,
                     std::uint64_t seed, std::uint64_t number) {
  DrawStream draws(seed, number);
  const bool carry_heavy =
      draws.below(shares) < static_cast<std::uint32_t>(settings.carry_heavy * shares);
  const bool full = draws.chance(1, 2);
  const int length = full ? longest : draws.between(settings.shortest, longest);
  const std::uint64_t inner = (std::uint64_t{draws.word()} << 32) | draws.word();
  return sample_short(task, length, carry_heavy ? Sampling::carry_heavy : Sampling::uniform,
                      seed ^ 1U, inner);
}

}  // namespace

int longest_operand(const TrainSettings& settings, int step) {
  const int n = settings.task.digits;
  if (step >= settings.curriculum) {
    return n;
  }
  const auto grown = static_cast<std::int64_t>(n - settings.shortest) * step / settings.curriculum;
  return settings.shortest + static_cast<int>(grown);
}

bool held_out(const Problem& problem, double share) {
  std::uint64_t hash = 0x686f'6c64'206f'7574U;
  for (const Digits& operand : problem.operands) {
    for (const int digit : operand) {
      const Philox p = philox4x32(hash, static_cast<std::uint64_t>(digit));
      hash = (std::uint64_t{p.word[0]} << 32) | p.word[1];
    }
  }
  return static_cast<double>(hash >> 11) * 0x1p-53 < share;
}

Problem training_problem(const TrainSettings& settings, int step, int index) {
  const Task task(settings.task);
  const int longest = longest_operand(settings, step);
  const std::uint64_t number =
      static_cast<std::uint64_t>(step) * static_cast<std::uint64_t>(settings.batch) +
      static_cast<std::uint64_t>(index);
  for (std::uint64_t attempt = 0; attempt < most_tries; ++attempt) {
    Problem p = draw_problem(settings, task, longest,
                             settings.seed ^ (training_stream + 2 * attempt), number);
    if (settings.hold_out == 0 || !held_out(p, settings.hold_out)) {
      return p;
    }
  }
  throw BadInput("--hold-out: leaves no problem to train on; accepted: a smaller share");
}

std::vector<Problem> validation_problems(const TrainSettings& settings, Sampling sampling) {
  const Task task(settings.task);
  std::vector<Problem> problems;
  const auto wanted = static_cast<std::size_t>(settings.validate_count);
  const auto most = static_cast<std::uint64_t>(settings.validate_count) * 1000;
  for (std::uint64_t i = 0; problems.size() < wanted && i < most; ++i) {
    Problem p = sample(task, sampling, settings.seed ^ validation_stream, i);
    if (settings.hold_out == 0 || held_out(p, settings.hold_out)) {
      problems.push_back(std::move(p));
    }
  }
  if (problems.empty()) {
    throw BadInput("--hold-out: holds no problem out; accepted: a greater share");
  }
  return problems;
}

std::vector<int> significance_groups(const Task& task) {
  std::vector<int> groups;
  for (int i = 0; i < task.sequence_tokens(); ++i) {
    const TokenPlace place = place_at(task, i);
    groups.push_back(place.role == TokenRole::separator ? 0
                     : place.role == TokenRole::equals  ? group_count(task) - 1
                                                        : 1 + place.place);
  }
  return groups;
}

int group_count(const Task& task) {
  return 2 + std::max(task.operand_tokens(), task.answer_tokens());
}

}  // namespace carrybit::training
