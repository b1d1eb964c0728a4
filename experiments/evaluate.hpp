#pragma once
// How right a transformer is on a set of problems.

#include <functional>

#include "arith_tasks/generators.hpp"
#include "arith_tasks/grading.hpp"
#include "sim/simulator.hpp"

namespace carrybit {

enum class Reading : std::uint8_t {
  teacher_forced,  // every answer token predicted from the right ones before it, in one pass
  generated        // every answer token predicted from the model's own
};
// An answer is exact under one reading if and only if it is under the other, and the first wrong
// token is the same: up to it both have seen the same tokens. Accuracy by digit may differ.

struct Evaluation {
  Reading reading = Reading::teacher_forced;
  bool stop_at_failure = false;        // after the block in which an answer is wrong
  std::uint64_t failures_allowed = 0;  // stop_at_failure: goes on up to so many wrong answers
  /// Called after every block with the problems graded so far and the number of all; may be empty.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;
};

/// Grades every problem of the set. Throws BadInput where the model's vocabulary or length does not fit
/// the task.
Score evaluate(const Simulator& model, const ProblemSet& problems, const Evaluation& how = {});

}  // namespace carrybit
