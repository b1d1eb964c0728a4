#pragma once
// Running a transformer over a set of problems until it is wrong, and running the wrong one again.

#include <optional>
#include <string>

#include "arith_tasks/constructions/construction.hpp"
#include "arith_tasks/grading.hpp"
#include "sim/simulator.hpp"

namespace carrybit::proofs {

struct Outcome {
  std::uint64_t cases = 0;           // graded
  std::optional<Failure> failure{};  // of least index
};

/// Teacher-forced over every problem of the set, or until a block in which one is wrong.
Outcome run_all(const Simulator& model, const ProblemSet& problems);

/// The same problem once more, generated token by token on the exact engine: is the answer wrong again,
/// with the same wrong token?
bool replays(const Weights& weights, const Arithmetic& arithmetic, const Task& task,
             const Failure& failure);

/// "1111+0001: digit 1 is 1, not 0"; long inputs shortened.
std::string short_text(const Task& task, const Failure& failure);

}  // namespace carrybit::proofs
