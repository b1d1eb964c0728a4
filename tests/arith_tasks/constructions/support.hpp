#pragma once
// What the tests of arith_tasks/constructions/ share: running a construction over a set of problems.

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "arith_tasks/constructions/construction.hpp"
#include "arith_tasks/generators.hpp"
#include "arith_tasks/grading.hpp"
#include "sim/simulator.hpp"

namespace carrybit::test {

using namespace constructions;  // NOLINT(google-build-using-namespace)

inline Arithmetic arithmetic_of(std::string_view format, Shift shift = Shift::max,
                                Normalise normalise = Normalise::output) {
  Arithmetic a = Arithmetic::uniform(Format::parse(format));
  a.shift = shift;
  a.normalise = normalise;
  return a;
}

/// Teacher-forced answers to every problem of a set.
inline Score answers(const Simulator& simulator, const ProblemSet& problems) {
  const Task& task = problems.task();
  Score score(task);
  constexpr std::uint64_t block = 512;
  for (std::uint64_t first = 0; first < problems.size(); first += block) {
    const std::uint64_t last = std::min(first + block, problems.size());
    std::vector<std::vector<int>> rows;
    std::vector<NamedProblem> asked;
    std::vector<std::vector<Token>> expected;
    for (std::uint64_t i = first; i < last; ++i) {
      asked.push_back(problems.at(i));
      const Encoded encoded = encode(task, asked.back().problem);
      expected.push_back(encoded.answer);
      std::vector<int> row = encoded.sequence();
      row.pop_back();
      rows.push_back(std::move(row));
    }
    const auto got = simulator.predict(rows, task.prompt_tokens() - 1);
    for (std::uint64_t i = first; i < last; ++i)
      score.add(i, asked[i - first], expected[i - first], got[i - first]);
  }
  return score;
}

struct Run {
  const Construction& construction;
  Task task;
  Arithmetic arithmetic;
  Options options = {};

  Built built() const { return build(construction, task, arithmetic, options); }
  Score over(const ProblemSet& problems) const {
    return answers(Simulator(built().weights, arithmetic), problems);
  }
};

/// "" if every answer is right, else what failed first.
inline std::string verdict(const Score& score) {
  if (score.all_exact()) return "";
  return score.task().name() + ": " + std::to_string(score.count() - score.exact()) + " of " +
         std::to_string(score.count()) + " wrong, first " +
         describe(score.task(), *score.first_failure());
}

/// The formula's format, with one bit less (fixed: an integer bit; float: a significand bit).
inline Format one_bit_less(Format format) {
  int& bits = format.is_fixed() ? format.integer_bits : format.fraction_bits;
  --bits;
  return format;
}

}  // namespace carrybit::test
