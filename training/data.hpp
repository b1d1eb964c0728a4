#pragma once
// The problems of a training run: a function of (settings, step, index) alone, so that a run that was
// stopped goes on with the problems it would have seen.

#include <cstdint>
#include <vector>

#include "arith_tasks/generators.hpp"
#include "training/settings.hpp"

namespace carrybit::training {

/// Problem `index` of the batch of `step` (both from 0): carry-heavy with the share that the settings
/// say; of the rest, half have operands of the longest length of the step, half of one length drawn
/// from shortest to longest. None is held out.
Problem training_problem(const TrainSettings& settings, int step, int index);

/// The longest operand of a step: grows from `shortest` to n over the curriculum.
int longest_operand(const TrainSettings& settings, int step);

/// Whether a problem is never trained on: decided by its digits alone, the same in every run and
/// for every seed; a share of `share` of all problems.
bool held_out(const Problem& problem, double share);

/// Problems that validation asks, the same at every validation: where something is held out, of the
/// held-out ones alone.
std::vector<Problem> validation_problems(const TrainSettings& settings, Sampling sampling);

/// For each position of the padded sequence, the shared vector it uses with coupled positions:
/// digit places get 1 + place, every sign but the last 0, '=' one of its own.
std::vector<int> significance_groups(const Task& task);
/// How many shared vectors there are.
int group_count(const Task& task);

}  // namespace carrybit::training
