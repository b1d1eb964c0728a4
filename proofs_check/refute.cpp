#include "proofs_check/refute.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "arith_tasks/draws.hpp"
#include "arith_tasks/generators.hpp"
#include "arith_tasks/problem.hpp"
#include "precision/error.hpp"
#include "proofs_check/sharp_inputs.hpp"

namespace carrybit {

namespace {

constexpr int longest_exact_replay = 40;  // tokens
constexpr int longest_directed = 400;     // tokens
constexpr std::uint64_t changed_at_once = 8;

/// Asks problems in batches, and counts them.
class Examiner {
 public:
  Examiner(const Simulator& model, const Task& task) : model_(model), task_(task) {}

  std::uint64_t asked() const { return asked_; }

  /// The first wrong answer, teacher-forced.
  std::optional<Failure> ask(const std::vector<NamedProblem>& problems) {
    std::vector<std::vector<int>> rows;
    std::vector<std::vector<Token>> answers;
    for (const NamedProblem& p : problems) {
      const Encoded encoded = encode(task_, p.problem);
      rows.push_back(encoded.sequence());
      rows.back().pop_back();
      answers.push_back(encoded.answer);
    }
    if (rows.empty()) return std::nullopt;
    const auto got = model_.predict(rows, task_.prompt_tokens() - 1);
    Score score(task_);
    for (std::size_t i = 0; i < problems.size(); ++i)
      score.add(asked_ + i, problems[i], answers[i], got[i]);
    asked_ += problems.size();
    return score.first_failure();
  }

 private:
  const Simulator& model_;
  Task task_;
  std::uint64_t asked_ = 0;
};

/// What generation gives from the prompt alone must part from the answer at the same token.
void replay(const Simulator& model, const Task& task, const Failure& failure) {
  const Encoded encoded = encode(task, failure.problem.problem);
  const std::vector<std::vector<int>> prompt = {encoded.prompt};
  const auto got = model.generate(prompt, static_cast<int>(encoded.answer.size())).front();
  const auto at = static_cast<std::size_t>(failure.position);
  if (!std::equal(got.begin(), got.begin() + failure.position, encoded.answer.begin()) ||
      got.at(at) != failure.got || encoded.answer.at(at) != failure.expected)
    throw std::logic_error(fmt::format("a refutation does not replay in the {} engine: {}",
                                       model.engine(), describe(task, failure)));
}

/// The residual stream after every layer, as it goes by.
class Residuals : public Observer {
 public:
  void record(const Site& site, const Number& value) override {
    if (site.stage == Stage::ffn_sum) values.push_back(value.to_double());
  }
  std::vector<double> values;
};

class Directed {
 public:
  Directed(Examiner& examiner, const Simulator& model, const Simulator& right, const Task& task,
           std::uint64_t seed)
      : examiner_(examiner), model_(model), right_(right), task_(task), draws_(seed, 0) {}

  /// Asks these inputs and climbs from the best of them.
  std::optional<Failure> search(const std::vector<NamedProblem>& from, int rounds) {
    if (auto failure = examiner_.ask(from)) return failure;
    std::vector<std::pair<std::size_t, NamedProblem>> starts;
    for (const NamedProblem& p : from) starts.emplace_back(parts(p.problem), p);
    std::ranges::stable_sort(starts, std::ranges::greater{},
                             [](const auto& start) { return start.first; });
    starts.resize(std::min<std::size_t>(starts.size(), 4));
    for (const auto& [score, start] : starts)
      if (auto failure = climb(start, score, rounds / static_cast<int>(starts.size())))
        return failure;
    return std::nullopt;
  }

 private:
  /// Values in which the run differs from one that is right.
  std::size_t parts(const Problem& problem) const {
    std::vector<int> tokens = encode(task_, problem).sequence();
    tokens.pop_back();
    Residuals ours;
    Residuals theirs;
    model_.trace(tokens, ours);
    right_.trace(tokens, theirs);
    std::size_t count = 0;
    for (std::size_t i = 0; i < std::min(ours.values.size(), theirs.values.size()); ++i)
      count += ours.values[i] != theirs.values[i];
    return count;
  }

  std::optional<Failure> climb(NamedProblem best, std::size_t score, int rounds) {
    const std::string family = "directed, from " + best.family;
    for (int round = 0; round < rounds; ++round) {
      std::vector<NamedProblem> changed;
      for (std::uint64_t i = 0; i < changed_at_once; ++i)
        changed.push_back({change(best.problem), family});
      if (auto failure = examiner_.ask(changed)) return failure;
      for (NamedProblem& candidate : changed)
        if (const std::size_t found = parts(candidate.problem); found >= score) {
          score = found;
          best = std::move(candidate);
        }
    }
    return std::nullopt;
  }

  int place() { return draws_.between(0, task_.digits() - 1); }
  /// An extreme as often as anything.
  int digit() {
    const int top = task_.base() - 1;
    return draws_.chance(1, 2) ? draws_.between(0, top) : top * draws_.between(0, 1);
  }

  Problem change(Problem problem) {
    const int first = place();
    const int last = draws_.chance(1, 2) ? first + 1 : draws_.between(first + 1, task_.digits());
    const auto x = draws_.below(static_cast<std::uint32_t>(task_.operands()));
    switch (draws_.below(4)) {
      case 0:  // one digit
        problem.operands[x][static_cast<std::size_t>(first)] = digit();
        break;
      case 1:  // a run in one operand
        std::fill(problem.operands[x].begin() + first, problem.operands[x].begin() + last, digit());
        break;
      case 2: {  // a column or more in all operands
        const int d = digit();
        for (Digits& operand : problem.operands)
          std::fill(operand.begin() + first, operand.begin() + last, d);
        break;
      }
      default:  // columns whose sums are p-1 modulo p: they pass carries on
        for (int j = first; j < last; ++j) propagate(problem, x, static_cast<std::size_t>(j));
    }
    return problem;
  }

  void propagate(Problem& problem, std::size_t x, std::size_t j) const {
    std::int64_t others = 0;
    for (std::size_t y = 0; y < problem.operands.size(); ++y)
      if (y != x) others += problem.operands[y][j];
    const std::int64_t p = task_.base();
    problem.operands[x][j] = static_cast<int>(((p - 1 - others) % p + p) % p);
  }

  Examiner& examiner_;
  const Simulator& model_;
  const Simulator& right_;
  Task task_;
  DrawStream draws_;
};

/// The stages but the directed one.
std::optional<Failure> ask_listed(Examiner& examiner, const Task& task,
                                  const std::vector<NamedProblem>& sharp, std::uint64_t problems,
                                  std::uint64_t seed) {
  const auto count = problem_count(task);
  const ProblemSet rest = count && *count <= problems
                              ? ProblemSet::exhaustive(task)
                              : ProblemSet::random(task, Sampling::carry_heavy, seed, problems);
  const std::uint64_t all = rest.is_exhaustive() ? sharp.size() + rest.size() : problems;
  std::uint64_t size = 1;
  for (std::uint64_t first = 0; first < all;) {
    std::vector<NamedProblem> batch;
    for (; batch.size() < size && first < all; ++first)
      batch.push_back(first < sharp.size() ? sharp[static_cast<std::size_t>(first)]
                                           : rest.at(first - sharp.size()));
    if (auto failure = examiner.ask(batch)) return failure;
    // Batches of a few thousand tokens keep both cores and memory happy.
    size = std::min<std::uint64_t>(
        2 * size, 1 + (1U << 14) / static_cast<std::uint64_t>(task.sequence_tokens()));
  }
  return std::nullopt;
}

/// The arithmetic in which the construction is right by its needs, as close to this one as possible.
std::optional<Arithmetic> wide_enough(const constructions::Needs& needs,
                                      const Arithmetic& arithmetic) {
  Arithmetic wide = arithmetic;
  for (Role* role : wide.roles()) {
    const Format& format = role->format;
    try {
      if (format.is_fixed()) {
        const int f = std::max(format.fraction_bits, needs.fraction_bits);
        role->format = Format::fixed(constructions::integer_bits(needs, f), f);
      } else {
        role->format = constructions::smallest_floating(needs, format.exponent_bits);
      }
    } catch (const BadInput&) {
      return std::nullopt;
    }
  }
  return wide;
}

}  // namespace

std::uint64_t problems_asked(const Task& task) {
  const auto tokens = static_cast<std::uint64_t>(task.sequence_tokens());
  return std::clamp<std::uint64_t>((std::uint64_t{1} << 26) / (tokens * tokens), 12, 4000);
}

std::optional<Failure> refute(const Weights& weights, const Task& task,
                              const Arithmetic& arithmetic, const Simulator* right,
                              const RefuteBudget& budget) {
  const Simulator model(weights, arithmetic);
  Examiner examiner(model, task);
  const std::uint64_t problems = budget.problems == 0 ? problems_asked(task) : budget.problems;
  const int per_family = static_cast<int>(std::clamp<std::uint64_t>(problems / 8, 4, 64));
  std::vector<NamedProblem> sharp = sharp_inputs(task, budget.seed, per_family);
  auto failure = ask_listed(examiner, task, sharp, problems, budget.seed);
  const auto count = problem_count(task);
  const bool all_asked = count && *count <= problems;
  if (!failure && !all_asked && right != nullptr && task.sequence_tokens() <= longest_directed) {
    sharp.resize(std::min<std::size_t>(sharp.size(), 24));
    Directed directed(examiner, model, *right, task, budget.seed);
    failure = directed.search(sharp, budget.rounds);
  }
  if (!failure) return std::nullopt;
  replay(model, task, *failure);
  if (task.sequence_tokens() <= longest_exact_replay && model.engine() != "exact")
    replay(Simulator(weights, arithmetic, EngineChoice::exact), task, *failure);
  return failure;
}

std::optional<Failure> refute(const constructions::Construction& construction, const Task& task,
                              const Arithmetic& arithmetic, const constructions::Options& options,
                              const RefuteBudget& budget) {
  const auto built = constructions::build(construction, task, arithmetic, options);
  std::optional<Simulator> right;
  if (const auto wide = wide_enough(built.needs, arithmetic))
    right.emplace(constructions::build(construction, task, *wide, options).weights, *wide);
  return refute(built.weights, task, arithmetic, right ? &*right : nullptr, budget);
}

}  // namespace carrybit
