#pragma once
// Inputs that break a narrow arithmetic, the sharpest first: where one forward pass costs seconds, the first
// dozen must do.
//
// What fails first is the primitive with the largest need, at its extreme:
//
//   NEAR, and its levels      the longest run of places that propagate: the winner stands at the last rank
//   TENTS, STEP, means        all digits p-1: the largest digit sums, column sums and block sums
//   FLOOR, carries of blocks  block sums at multiples of P and one beside them (generators.hpp has them)
//   MATCH                     digits that spell their own place: two places that are taken for one differ
//
// After a handful of those come the adversarial families of arith_tasks/generators.hpp, in turn: the first
// problem of each, then the second of each, and so on.

#include <cstdint>
#include <vector>

#include "arith_tasks/generators.hpp"

namespace carrybit {

/// No problem twice. A function of its arguments alone; `per_family` bounds the problems of a family.
std::vector<NamedProblem> sharp_inputs(const Task& task, std::uint64_t seed, int per_family = 64);

/// Digits a_j of the first operand such that the e-th of them, j = 0.., is the e-th base-p digit of the
/// place; the other operands are 0. ceil(log_p n) problems tell any two places apart.
std::vector<NamedProblem> places_spelt(const Task& task);

}  // namespace carrybit
