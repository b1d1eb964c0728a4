#include "arith_tasks/generators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "arith_tasks/draws.hpp"
#include "arith_tasks/families.hpp"
#include "precision/error.hpp"

namespace carrybit {

namespace {

using namespace families;

// The streams of one seed: random problem i takes stream i, so the adversarial ones count from the
// other end.
constexpr std::uint64_t adversarial_stream = std::numeric_limits<std::uint64_t>::max();

Problem carry_heavy(const Task& task, DrawStream& draws) {
  const int p = task.base();
  const int n = task.digits();
  Problem out;
  switch (task.kind()) {
    case TaskKind::add: {
      const std::uint32_t sixteenths = 8 + draws.below(9);
      std::vector<Column> columns(static_cast<std::size_t>(n));
      for (Column& c : columns) c = draws.chance(sixteenths, 16) ? Column::propagate : Column::any;
      if (draws.chance(1, 2))
        columns[draws.below(static_cast<std::uint32_t>(n))] = Column::generate;
      out.operands = from_columns(p, columns, draws);
      break;
    }
    case TaskKind::iter_add:
      for (int x = 0; x + 1 < task.operands(); ++x)
        out.operands.push_back(random_digits(p, n, draws));
      out.operands.push_back(completing_addend(p, out.operands, near_power(p, n, draws)));
      break;
    case TaskKind::mul:
      out.operands.push_back(random_unit(p, n, draws));
      out.operands.push_back(completing_factor(
          p, out.operands[0], near_power(p, std::min(n, task.answer_digits()), draws), draws));
      break;
    case TaskKind::majority:
      out.operands.push_back(random_bits(n, std::clamp(n / 2 + draws.between(-1, 2), 0, n), draws));
      break;
    case TaskKind::parity: out.operands.push_back(random_digits(p, n, draws)); break;
  }
  return out;
}

}  // namespace

std::optional<std::uint64_t> problem_count(const Task& task) {
  const std::int64_t digits = std::int64_t{task.digits()} * task.operands();
  std::uint64_t count = 1;
  for (std::int64_t i = 0; i < digits; ++i) {
    if (count > std::numeric_limits<std::uint64_t>::max() / static_cast<unsigned>(task.base()))
      return std::nullopt;
    count *= static_cast<std::uint64_t>(task.base());
  }
  return count;
}

std::string problem_count_text(const Task& task) {
  if (const auto count = problem_count(task)) return std::to_string(*count);
  return fmt::format("{}^{}", task.base(), std::int64_t{task.digits()} * task.operands());
}

Problem problem_at(const Task& task, std::uint64_t index) {
  if (const auto count = problem_count(task); count && index >= *count)
    throw BadInput(fmt::format("{}: problem {}: there are {}", task.name(), index, *count));
  const auto base = static_cast<std::uint64_t>(task.base());
  Problem out;
  out.operands.assign(static_cast<std::size_t>(task.operands()),
                      Digits(static_cast<std::size_t>(task.digits()), 0));
  for (auto operand = out.operands.rbegin(); operand != out.operands.rend(); ++operand)
    for (int& digit : *operand) {
      digit = static_cast<int>(index % base);
      index /= base;
    }
  return out;
}

std::string_view name(Sampling sampling) {
  switch (sampling) {
    case Sampling::uniform: return "uniform";
    case Sampling::lengths: return "lengths";
    case Sampling::carry_heavy: break;
  }
  return "carry_heavy";
}

Sampling parse_sampling(std::string_view text) {
  for (const Sampling s : {Sampling::uniform, Sampling::lengths, Sampling::carry_heavy})
    if (name(s) == text) return s;
  throw BadInput("unknown sampling; accepted are uniform, lengths, carry_heavy");
}

Problem sample(const Task& task, Sampling sampling, std::uint64_t seed, std::uint64_t index) {
  DrawStream draws(seed, index);
  if (sampling == Sampling::carry_heavy) return carry_heavy(task, draws);
  const int length =
      sampling == Sampling::lengths ? draws.between(1, task.digits()) : task.digits();
  Problem out;
  for (int x = 0; x < task.operands(); ++x) {
    out.operands.push_back(random_digits(task.base(), length, draws));
    out.operands.back().resize(static_cast<std::size_t>(task.digits()), 0);
  }
  return out;
}

std::vector<NamedProblem> adversarial(const Task& task, std::uint64_t seed, int per_family) {
  if (per_family < 1)
    throw BadInput(fmt::format("{} problems per family: at least 1 is accepted", per_family));
  // About a dozen families: keep them all together to some 2^25 digits, 128 MiB.
  const std::int64_t room = (1 << 25) / (12 * std::int64_t{task.operands()} * task.digits());
  Collector out(task, std::min(per_family, static_cast<int>(std::max<std::int64_t>(4, room))));
  const auto families = [&](const Shape& shape, std::uint64_t stream) {
    DrawStream draws(seed, stream);
    switch (task.kind()) {
      case TaskKind::add: add_families(shape, draws, out); break;
      case TaskKind::iter_add: iter_add_families(shape, draws, out); break;
      case TaskKind::mul: mul_families(shape, draws, out); break;
      case TaskKind::majority:
      case TaskKind::parity: bit_families(shape, draws, out); break;
    }
  };
  families(Shape::of_digits(task), adversarial_stream);
  if (task.digits_per_token() > 1) families(Shape::of_tokens(task), adversarial_stream - 1);
  return out.take();
}

ProblemSet ProblemSet::exhaustive(const Task& task) {
  const auto count = problem_count(task);
  if (!count)
    throw BadInput(fmt::format("{}: {} problems cannot be enumerated: fewer than 2^64 are accepted",
                               task.name(), problem_count_text(task)));
  ProblemSet out(task);
  out.indexed_ = *count;
  out.exhaustive_ = true;
  return out;
}

ProblemSet ProblemSet::random(const Task& task, Sampling sampling, std::uint64_t seed,
                              std::uint64_t count) {
  ProblemSet out(task);
  out.indexed_ = count;
  out.sampling_ = sampling;
  out.seed_ = seed;
  return out;
}

ProblemSet ProblemSet::adversarial(const Task& task, std::uint64_t seed, int per_family) {
  ProblemSet out(task);
  out.list_ = std::make_shared<const std::vector<NamedProblem>>(
      carrybit::adversarial(task, seed, per_family));
  return out;
}

ProblemSet ProblemSet::of(const Task& task, std::vector<NamedProblem> problems) {
  for (const NamedProblem& p : problems) check_problem(task, p.problem);
  ProblemSet out(task);
  out.list_ = std::make_shared<const std::vector<NamedProblem>>(std::move(problems));
  return out;
}

ProblemSet ProblemSet::within(const Task& task, std::uint64_t limit, std::uint64_t seed,
                              int per_family) {
  if (const auto count = problem_count(task); count && *count <= limit) return exhaustive(task);
  ProblemSet out = adversarial(task, seed, per_family);
  out.indexed_ = limit - std::min(limit, out.listed());
  out.seed_ = seed;
  return out;
}

NamedProblem ProblemSet::at(std::uint64_t index) const {
  if (index >= size())
    throw BadInput(fmt::format("{}: problem {} of a set of {}", task_.name(), index, size()));
  if (index < listed()) return (*list_)[static_cast<std::size_t>(index)];
  if (exhaustive_) return {.problem = problem_at(task_, index), .family = "exhaustive"};
  return {.problem = sample(task_, sampling_, seed_, index - listed()),
          .family = std::string(name(sampling_))};
}

}  // namespace carrybit
