#pragma once
// How right an answer is: one answer, then many.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "arith_tasks/generators.hpp"
#include "arith_tasks/problem.hpp"

namespace carrybit {

/// One answer against the exact one, both as rows of tokens in the order they are written.
struct Grade {
  int length = 0;                  // of the expected answer
  std::vector<bool> right;         // per expected token; one that was not produced is wrong
  std::optional<int> first_wrong;  // the first index where the rows part; `length` if only too long
  bool exact() const { return !first_wrong.has_value(); }
  int right_count() const;
};

/// Compares a produced row with the expected one. What was produced beyond the expected length
/// makes the answer wrong, though every expected token may be right.
Grade grade(std::span<const Token> expected, std::span<const Token> produced);

/// The first answer of a run that was not exact.
struct Failure {
  std::uint64_t index = 0;  // of the problem in its set
  NamedProblem problem;
  int position = 0;     // of the wrong answer token, as written
  int place = -1;       // the power of P it stands for; -1 if unknown (unpadded or too long)
  Token expected = -1;  // -1: the answer should have ended
  Token got = -1;       // -1: nothing was produced

  bool operator==(const Failure&) const = default;
};

/// One line: problem, digit, expected and got, in base-p text.
std::string describe(const Task& task, const Failure& failure);

/// A proportion with its 95% confidence interval.
struct Proportion {
  double value = 0;
  double low = 0;  // Wilson score interval, z = 1.959964
  double high = 1;
};

/// right of count; 0 in [0, 1] where count is 0. Needs right <= count.
Proportion wilson(std::uint64_t right, std::uint64_t count);

struct Tally {
  std::uint64_t count = 0;
  std::uint64_t exact = 0;

  bool operator==(const Tally&) const = default;
};

/// Accumulates grades. Scores of parts of a run merge to the score of the whole, whatever the split
/// and the order.
class Score {
 public:
  explicit Score(const Task& task) : task_(task) {}

  /// Takes one answer; returns whether it was exact. `expected` as encode() gives it.
  bool add(std::uint64_t index, const NamedProblem& problem, std::span<const Token> expected,
           std::span<const Token> produced);
  /// Throws BadInput where the other score is of another task.
  void merge(const Score& other);

  const Task& task() const { return task_; }
  std::uint64_t count() const { return total_.count; }
  std::uint64_t exact() const { return total_.exact; }
  bool all_exact() const { return total_.exact == total_.count; }
  Proportion exact_match() const { return wilson(total_.exact, total_.count); }

  /// Answer tokens, and those that were right, over all answers.
  std::uint64_t tokens() const;
  std::uint64_t tokens_right() const;
  /// Right tokens over all tokens: the tokens of one answer are not independent draws, so there is
  /// no interval. 0 without any.
  double token_accuracy() const;
  /// The same by index in the answer as written: count = answers with such a token, exact = right.
  const std::vector<Tally>& by_position() const { return positions_; }
  /// Whole answers by family.
  const std::map<std::string, Tally>& by_family() const { return families_; }
  /// The failure of least index.
  const std::optional<Failure>& first_failure() const { return first_failure_; }

  bool operator==(const Score&) const = default;

 private:
  Task task_;
  Tally total_;
  std::vector<Tally> positions_;
  std::map<std::string, Tally> families_;
  std::optional<Failure> first_failure_;
};

}  // namespace carrybit
