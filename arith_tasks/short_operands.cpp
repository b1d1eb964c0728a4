#include "arith_tasks/short_operands.hpp"

#include <fmt/format.h>

#include "precision/error.hpp"

namespace carrybit {

Problem sample_short(const Task& task, int digits, Sampling sampling, std::uint64_t seed,
                     std::uint64_t index) {
  if (digits == task.digits()) {
    return sample(task, sampling, seed, index);
  }
  TaskSpec spec = task.spec();
  spec.digits = digits;
  spec.answer_digits = 0;
  Problem problem = sample(Task(spec), sampling, seed, index);
  for (Digits& operand : problem.operands) {
    operand.resize(static_cast<std::size_t>(task.digits()), 0);
  }
  return problem;
}

ProblemSet random_short(const Task& task, int digits, Sampling sampling, std::uint64_t seed,
                        std::uint64_t count) {
  if (digits < 1 || digits > task.digits()) {
    throw BadInput(fmt::format("{}: operands of {} digits: 1 to {} are accepted", task.name(),
                               digits, task.digits()));
  }
  std::vector<NamedProblem> problems;
  for (std::uint64_t i = 0; i < count; ++i) {
    problems.push_back(
        {sample_short(task, digits, sampling, seed, i), std::string(name(sampling))});
  }
  return ProblemSet::of(task, std::move(problems));
}

}  // namespace carrybit
