#pragma once
// Certificates against exhaustive search.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "arith_tasks/grading.hpp"
#include "proofs_check/certificate.hpp"
#include "sim/simulator.hpp"

namespace carrybit::test {

/// The first wrong answer among all inputs of the task, teacher-forced; nothing where all are right.
inline std::optional<Failure> wrong_answer(const Weights& weights, const Arithmetic& arithmetic,
                                           const Task& task) {
  const Simulator model(weights, arithmetic);
  const ProblemSet all = ProblemSet::exhaustive(task);
  const auto from = static_cast<std::size_t>(task.prompt_tokens()) - 1;
  constexpr std::uint64_t block = 512;
  Score score(task);
  for (std::uint64_t first = 0; first < all.size(); first += block) {
    std::vector<NamedProblem> problems;
    std::vector<std::vector<int>> inputs;
    std::vector<std::vector<int>> answers;
    for (std::uint64_t i = first; i < std::min(all.size(), first + block); ++i) {
      problems.push_back(all.at(i));
      const Encoded encoded = encode(task, problems.back().problem);
      std::vector<int> tokens(encoded.prompt.begin(), encoded.prompt.end());
      tokens.insert(tokens.end(), encoded.answer.begin(), encoded.answer.end() - 1);
      inputs.push_back(std::move(tokens));
      answers.emplace_back(encoded.answer.begin(), encoded.answer.end());
    }
    const auto predicted = model.predict(inputs, static_cast<int>(from));
    for (std::size_t i = 0; i < problems.size(); ++i)
      if (!score.add(first + i, problems[i], answers[i], predicted[i]))
        return score.first_failure();
  }
  return std::nullopt;
}

/// Whether a certificate is given; `why` otherwise.
inline bool is_certified(const constructions::Construction& construction,
                         const constructions::Built& built, const Weights& weights,
                         const Arithmetic& arithmetic, const constructions::Options& options,
                         std::string* why = nullptr) {
  try {
    certificates::certify(construction, built.program, weights, arithmetic, options);
    return true;
  } catch (const certificates::NotCertified& refusal) {
    if (why != nullptr) *why = refusal.what();
    return false;
  }
}

}  // namespace carrybit::test
