#include "proofs_check/theorems/exhaust.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "arith_tasks/text.hpp"
#include "arith_tasks/vocabulary.hpp"

namespace carrybit::proofs {

Outcome run_all(const Simulator& model, const ProblemSet& problems) {
  const Task& task = problems.task();
  Score score(task);
  const auto length = static_cast<std::uint64_t>(task.sequence_tokens());
  const std::uint64_t largest = std::max<std::uint64_t>(2, (std::uint64_t{1} << 15) / length);
  std::uint64_t block = std::min<std::uint64_t>(16, largest);
  for (std::uint64_t first = 0; first < problems.size() && score.all_exact();) {
    const std::uint64_t last = std::min(first + block, problems.size());
    std::vector<NamedProblem> asked;
    std::vector<std::vector<Token>> expected, rows;
    for (std::uint64_t i = first; i < last; ++i) {
      asked.push_back(problems.at(i));
      const Encoded encoded = encode(task, asked.back().problem);
      expected.push_back(encoded.answer);
      rows.push_back(encoded.sequence());
      rows.back().pop_back();
    }
    const auto got = model.predict(rows, task.prompt_tokens() - 1);
    for (std::uint64_t i = first; i < last; ++i) {
      score.add(i, asked[i - first], expected[i - first], got[i - first]);
    }
    first = last;
    block = std::min(largest, 4 * block);
  }
  return {score.count(), score.first_failure()};
}

bool replays(const Weights& weights, const Arithmetic& arithmetic, const Task& task,
             const Failure& failure) {
  const Encoded encoded = encode(task, failure.problem.problem);
  const Simulator model(weights, arithmetic, EngineChoice::exact);
  const std::vector<std::vector<Token>> prompts = {encoded.prompt};
  const auto answer = model.generate(prompts, static_cast<int>(encoded.answer.size())).front();
  const Grade again = grade(encoded.answer, answer);
  return again.first_wrong == failure.position &&
         answer[static_cast<std::size_t>(failure.position)] == failure.got;
}

std::string short_text(const Task& task, const Failure& failure) {
  const Vocabulary vocabulary(task);
  std::string input = to_text(task, failure.problem.problem);
  if (input.size() > 60) {
    input = input.substr(0, 28) + "..." + input.substr(input.size() - 28);
  }
  return fmt::format("{}: digit {} is {}, not {}", input, failure.position,
                     vocabulary.text(failure.got), vocabulary.text(failure.expected));
}

}  // namespace carrybit::proofs
