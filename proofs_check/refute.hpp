#pragma once
// The other end of the bracket: one input that a construction answers wrong in an arithmetic.
//
// Three stages, each cheap to stop: the sharpest inputs first (sharp_inputs.hpp), in batches that grow;
// all inputs, or random ones, as far as the budget goes; and a directed search, which changes digits of
// an input and keeps the change where the run parts in more places from the same transformer in an
// arithmetic wide enough (the construction's own needs), that is where more has gone wrong inside
// without reaching an answer.
//
// No answer here is a proof that there is none: that is what certificates are for. Only where all
// inputs fit into the budget, "none found" means "none exists".

#include <cstdint>
#include <optional>

#include "arith_tasks/constructions/construction.hpp"
#include "arith_tasks/grading.hpp"
#include "sim/simulator.hpp"

namespace carrybit {

struct RefuteBudget {
  /// Inputs asked before the directed search; 0 takes problems_asked(task).
  std::uint64_t problems = 0;
  /// Rounds of the directed search, of some ten inputs each; it is left out for sequences of more than
  /// 400 tokens.
  int rounds = 40;
  std::uint64_t seed = 1;
};

/// What fits in about a minute: 4000 short inputs, a dozen of 3000 tokens.
std::uint64_t problems_asked(const Task& task);

/// A wrong answer, or nothing. `index` of the failure is the number of inputs asked before it, its
/// problem's family says where it came from ("longest_chain", "directed, from chain"). Replayed before it
/// is returned: token by token by generation, and for up to 40 tokens by the exact engine as well; a
/// replay that disagrees is a fault of the simulator (std::logic_error). The same for every number of
/// threads. Throws BadInput where the construction cannot be built in this arithmetic.
std::optional<Failure> refute(const constructions::Construction& construction, const Task& task,
                              const Arithmetic& arithmetic,
                              const constructions::Options& options = {},
                              const RefuteBudget& budget = {});

/// The same for any weights that answer the task. `right`: the same transformer where it is right, or
/// null: then no search is directed.
std::optional<Failure> refute(const Weights& weights, const Task& task,
                              const Arithmetic& arithmetic, const Simulator* right,
                              const RefuteBudget& budget = {});

}  // namespace carrybit
