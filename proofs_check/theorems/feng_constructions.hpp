#pragma once
// Feng et al. 2025, arXiv 2410.13857, Theorems 4.1, 5.1, 5.2, 5.3: a transformer of the stated depth,
// dimensions and precision solves the task. Each is realised by a construction; checked here: its
// dimensions against the theorem's formulas, over a range of sizes, and its answers to every input of
// small sizes at the width its formula states.

#include <functional>
#include <string>
#include <vector>

#include "arith_tasks/constructions/construction.hpp"
#include "proofs_check/theorems/theorem.hpp"

namespace carrybit::proofs {

using DimensionFormula = std::function<constructions::Dimensions(const Task&)>;

/// The first size at which the compiled transformer has other dimensions than the formula; "" for none.
std::string find_wrong_dimensions(const constructions::Construction& construction,
                                  const constructions::Options& options,
                                  const std::vector<Task>& tasks, const DimensionFormula& formula);

/// Two sizes with different dimensions; "" where the formula is constant over these tasks.
std::string find_growth(const std::vector<Task>& tasks, const DimensionFormula& formula);
/// A size at which a dimension exceeds factor * n^2, or where the number of layers changes.
std::string find_beyond_square(const std::vector<Task>& tasks, const DimensionFormula& formula,
                               int factor);

/// Every input of every task in the narrowest fixed point that the construction's own formula allows,
/// less `missing` integer bits: the first wrong answer, or "".
std::string find_wrong_answer(const constructions::Construction& construction,
                              const constructions::Options& options, const std::vector<Task>& tasks,
                              int missing, std::uint64_t& cases);

/// A certificate for every task, in that format: why one is refused, or "". A refusal is no wrong answer.
std::string find_uncertified(const constructions::Construction& construction,
                             const constructions::Options& options, const std::vector<Task>& tasks,
                             int missing, std::uint64_t& cases);

Report check_feng_4_1(const Limits& limits);
Report check_feng_5_1(const Limits& limits);
Report check_feng_5_2(const Limits& limits);
Report check_feng_5_3(const Limits& limits);

}  // namespace carrybit::proofs
