#pragma once
// Problems whose operands have fewer digits than their task, zero-padded to its full width.

#include <cstdint>

#include "arith_tasks/generators.hpp"

namespace carrybit {

/// Random problem number `index` of the same task for `digits` digits, widened with zeros. Needs
/// 1 <= digits <= task.digits(); equal to sample() at the latter.
Problem sample_short(const Task& task, int digits, Sampling sampling, std::uint64_t seed,
                     std::uint64_t index);

/// `count` of them. Throws BadInput where `digits` is out of range.
ProblemSet random_short(const Task& task, int digits, Sampling sampling, std::uint64_t seed,
                        std::uint64_t count);

}  // namespace carrybit
