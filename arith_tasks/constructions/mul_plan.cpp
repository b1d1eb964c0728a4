#include "arith_tasks/constructions/mul_plan.hpp"

#include <algorithm>

#include "arith_tasks/constructions/roles.hpp"

namespace carrybit::constructions {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// What the columns hold at most after a round with this shift.
std::vector<std::int64_t> reduce(const std::vector<std::vector<std::int64_t>>& columns, int shift,
                                 std::int64_t power) {
  std::vector<std::int64_t> after(columns.size(), 0);
  for (std::size_t j = 0; j < columns.size(); ++j)
    for (const std::int64_t largest : columns[j]) {
      after[j] += std::min(largest, power - 1);
      if (j + at(shift) < columns.size()) after[j + at(shift)] += largest / power;
    }
  return after;
}

/// The round whose largest result is least; the smallest shift wins ties.
MulRound best_round(const std::vector<std::vector<std::int64_t>>& columns, int p) {
  MulRound best;
  std::int64_t least = 0;
  std::int64_t power = 1;
  for (int shift = 1; shift < 40; ++shift) {
    power *= p;
    const auto after = reduce(columns, shift, power);
    const std::int64_t largest = *std::ranges::max_element(after);
    if (best.shift == 0 || largest < least) {
      best = {shift, power, columns};
      least = largest;
    }
    if (power > std::int64_t{1} << 40) break;
  }
  return best;
}

/// R*_t for blocks of m columns.
std::vector<std::int64_t> block_sums(const std::vector<std::int64_t>& columns, int m, int p) {
  std::vector<std::int64_t> sums;
  for (std::size_t j = 0; j < columns.size(); j += at(m)) {
    std::int64_t sum = 0;
    std::int64_t power = 1;
    for (std::size_t e = j; e < std::min(j + at(m), columns.size()); ++e, power *= p)
      sum += power * columns[e];
    sums.push_back(sum);
  }
  return sums;
}

}  // namespace

int MulPlan::pairs(int column) const {
  return std::max(0, std::min({column + 1, 2 * n - 1 - column, n}));
}

int MulPlan::pairs(int column, int part) const { return ceil_div(pairs(column) - part, parts); }

std::int64_t MulPlan::largest(int column, int part) const {
  return std::int64_t{pairs(column, part)} * (p - 1) * (p - 1);
}

MulPlan plan_mul(const Task& task, const Options& options) {
  MulPlan plan;
  plan.n = task.operand_tokens();
  plan.l = task.answer_tokens();
  plan.p = task.token_base();
  plan.parts = options.parts == 0 ? 1 : options.parts;
  plan.radix = options.radix == 0 ? 2 : options.radix;
  plan.gated = options.variant != "relu";
  std::vector<std::vector<std::int64_t>> columns(at(plan.l));
  for (int j = 0; j < plan.l; ++j)
    for (int part = 0; part < plan.parts; ++part) columns[at(j)].push_back(plan.largest(j, part));
  for (int i = 0; i < options.rounds; ++i) {
    plan.rounds.push_back(best_round(columns, plan.p));
    const auto after = reduce(columns, plan.rounds.back().shift, plan.rounds.back().power);
    for (std::size_t j = 0; j < columns.size(); ++j) columns[j] = {after[j]};
  }
  for (const auto& column : columns) plan.columns.push_back(column.front());
  // A carry between blocks is 0 or 1 if floor(R*_t / P) <= P - 1.
  for (plan.m = 1;; ++plan.m) {
    plan.block *= plan.p;
    plan.sums = block_sums(plan.columns, plan.m, plan.p);
    if (*std::ranges::max_element(plan.sums) / plan.block <= plan.block - 1) break;
  }
  plan.blocks = static_cast<int>(plan.sums.size());
  return plan;
}

}  // namespace carrybit::constructions
