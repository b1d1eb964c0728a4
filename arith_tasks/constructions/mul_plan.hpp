#pragma once
// The sizes of mul_log: how large each column sum can get, how columns are reduced, and how they are
// gathered into blocks. All from n, l, p and the options; no program is needed.

#include <cstdint>
#include <vector>

#include "arith_tasks/constructions/options.hpp"
#include "arith_tasks/task.hpp"

namespace carrybit::constructions {

/// One round of reduction: every part x of column j is split at p^s into x mod p^s, which stays, and
/// floor(x / p^s), which goes to column j + s; column j becomes one part, their sum.
struct MulRound {
  int shift = 0;                                  // s
  std::int64_t power = 1;                         // p^s
  std::vector<std::vector<std::int64_t>> before;  // [j][part], the largest value
};

struct MulPlan {
  int n = 0;      // tokens of a factor
  int l = 0;      // tokens of the answer = columns
  int p = 0;      // base of a token
  int parts = 1;  // parts of a column before the first round
  int radix = 1;  // r
  bool gated = true;
  std::vector<MulRound> rounds;
  std::vector<std::int64_t> columns;  // [j] largest value after the rounds (one part each)
  int m = 1;                          // columns a block
  std::int64_t block = 1;             // P = p^m
  int blocks = 1;                     // G
  std::vector<std::int64_t> sums;     // [t] R*_t, the largest sum of a block

  /// Pairs (i, j) with i + j = column, and how many of them go to a part.
  int pairs(int column) const;
  int pairs(int column, int part) const;
  /// The largest value of a part of a column, before the rounds.
  std::int64_t largest(int column, int part) const;
  /// floor(R*_t / P)
  std::int64_t quotient(int t) const { return sums[static_cast<std::size_t>(t)] / block; }
};

MulPlan plan_mul(const Task& task, const Options& options);

}  // namespace carrybit::constructions
