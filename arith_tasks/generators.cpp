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

/// Numbers of n digits, of which the low `low_digits` of the answer, at most, are aimed at.
Problem carry_heavy(const Task& task, int n, int low_digits, DrawStream& draws) {
  const int p = task.base();
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
          p, out.operands[0], near_power(p, std::min(low_digits, task.answer_digits()), draws),
          draws));
      break;
    case TaskKind::majority:
      out.operands.push_back(random_bits(n, std::clamp(n / 2 + draws.between(-1, 2), 0, n), draws));
      break;
    case TaskKind::parity: out.operands.push_back(random_digits(p, n, draws)); break;
  }
  return out;
}

/// A leading digit of a number of exactly m digits.
int leading_digit(int base, int m, DrawStream& draws) {
  return draws.between(m == 1 ? 0 : 1, base - 1);
}

/// Operands of exactly m digits: the leading ones uniform, those below uniform or carry-heavy.
Problem of_exactly(const Task& task, Sampling sampling, int m, DrawStream& draws) {
  Problem out;
  if (sampling == Sampling::carry_heavy && m > 1) {
    // A product's low digits depend on the factors' low digits alone: below the leading one they are
    // what was aimed at.
    out = carry_heavy(task, m - 1, m - 1, draws);
  } else {
    for (int x = 0; x < task.operands(); ++x)
      out.operands.push_back(random_digits(task.base(), m - 1, draws));
  }
  for (Digits& operand : out.operands) {
    operand.resize(static_cast<std::size_t>(m - 1), 0);
    operand.push_back(leading_digit(task.base(), m, draws));
    operand.resize(static_cast<std::size_t>(task.digits()), 0);
  }
  return out;
}

/// base^exponent * factor; nothing beyond 2^64 - 1.
std::optional<std::uint64_t> times_power(std::uint64_t factor, std::uint64_t base,
                                         std::int64_t exponent) {
  for (std::int64_t i = 0; i < exponent; ++i) {
    if (base != 0 && factor > std::numeric_limits<std::uint64_t>::max() / base) return std::nullopt;
    factor *= base;
  }
  return factor;
}

/// The numbers of exactly m digits; nothing beyond 2^64 - 1.
std::optional<std::uint64_t> number_count(const Task& task, int m) {
  const auto base = static_cast<std::uint64_t>(task.base());
  return m == 1 ? base : times_power(base - 1, base, m - 1);
}

/// Problem number index of those with operands of exactly m digits, in counting order.
Problem problem_of_exactly(const Task& task, int m, std::uint64_t index) {
  const auto base = static_cast<std::uint64_t>(task.base());
  const std::uint64_t numbers = number_count(task, m).value();
  const std::uint64_t least = m == 1 ? 0 : times_power(1, base, m - 1).value();
  Problem out;
  out.operands.assign(static_cast<std::size_t>(task.operands()),
                      Digits(static_cast<std::size_t>(task.digits()), 0));
  for (auto operand = out.operands.rbegin(); operand != out.operands.rend(); ++operand) {
    std::uint64_t value = least + index % numbers;
    index /= numbers;
    for (int& digit : *operand) {
      digit = static_cast<int>(value % base);
      value /= base;
    }
  }
  return out;
}

}  // namespace

std::optional<std::uint64_t> problem_count(const Task& task) {
  return times_power(1, static_cast<std::uint64_t>(task.base()),
                     std::int64_t{task.digits()} * task.operands());
}

void check_operand_digits(const Task& task, int m) {
  if (m == 0) return;
  if (task.kind() == TaskKind::majority || task.kind() == TaskKind::parity)
    throw BadInput(
        fmt::format("{}: operands of {} digits: {} reads bits, not numbers; accepted are "
                    "add, iter_add and mul",
                    task.name(), m, carrybit::name(task.kind())));
  if (m < 0 || m > task.digits())
    throw BadInput(fmt::format("{}: operands of {} digits: from 1 to {} are accepted", task.name(),
                               m, task.digits()));
}

std::optional<std::uint64_t> problem_count(const Task& task, int operand_digits) {
  check_operand_digits(task, operand_digits);
  if (operand_digits == 0) return problem_count(task);
  const auto numbers = number_count(task, operand_digits);
  return numbers ? times_power(1, *numbers, task.operands()) : std::nullopt;
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

namespace {

void check_draw(const Task& task, Sampling sampling, int operand_digits) {
  check_operand_digits(task, operand_digits);
  if (operand_digits != 0 && sampling == Sampling::lengths)
    throw BadInput(
        "sampling lengths draws the operands' length itself: with operands of so many digits, "
        "uniform and carry_heavy are accepted");
}

}  // namespace

Problem sample(const Task& task, Sampling sampling, std::uint64_t seed, std::uint64_t index,
               int operand_digits) {
  DrawStream draws(seed, index);
  if (operand_digits != 0) {
    check_draw(task, sampling, operand_digits);
    return of_exactly(task, sampling, operand_digits, draws);
  }
  if (sampling == Sampling::carry_heavy)
    return carry_heavy(task, task.digits(), task.digits(), draws);
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

ProblemSet ProblemSet::exhaustive(const Task& task, int operand_digits) {
  const auto count = problem_count(task, operand_digits);
  if (!count)
    throw BadInput(fmt::format("{}: {} problems cannot be enumerated: fewer than 2^64 are accepted",
                               task.name(),
                               operand_digits == 0 ? problem_count_text(task) : "these"));
  ProblemSet out(task);
  out.indexed_ = *count;
  out.exhaustive_ = true;
  out.operand_digits_ = operand_digits;
  return out;
}

ProblemSet ProblemSet::random(const Task& task, Sampling sampling, std::uint64_t seed,
                              std::uint64_t count, int operand_digits) {
  check_draw(task, sampling, operand_digits);
  ProblemSet out(task);
  out.indexed_ = count;
  out.sampling_ = sampling;
  out.seed_ = seed;
  out.operand_digits_ = operand_digits;
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
  if (exhaustive_)
    return {.problem = operand_digits_ == 0 ? problem_at(task_, index)
                                            : problem_of_exactly(task_, operand_digits_, index),
            .family = "exhaustive"};
  return {.problem = sample(task_, sampling_, seed_, index - listed(), operand_digits_),
          .family = std::string(name(sampling_))};
}

}  // namespace carrybit
