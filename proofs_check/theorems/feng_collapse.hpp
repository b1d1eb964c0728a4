#pragma once
// Feng et al. 2025: what logarithmic precision is for. A construction held at a constant width works up
// to some length and then no more; the first length at which it fails in every fixed-point format of
// that width, with an input it answers wrong, run again on the exact engine.

#include <optional>
#include <string>
#include <vector>

#include "arith_tasks/constructions/construction.hpp"
#include "arith_tasks/grading.hpp"
#include "proofs_check/theorems/theorem.hpp"

namespace carrybit::proofs {

struct CollapseCase {
  std::string_view construction;
  std::string_view options;
  std::string_view about;  // "ADD_2(n)"
  /// The task of length n; base 2 throughout.
  Task (*task)(int n);
  int widest = 5;  // widths 2..widest
  int longest = 24;
};

struct CollapsePoint {
  int width = 0;
  std::optional<int> length;  // the first at which every split fails; none up to the longest tried
  Format format;              // of the counterexample
  std::optional<Failure> failure{};
  std::string reason{};    // why it could not even be compiled, where no split has an input
  bool replayed = false;   // wrong again on the exact engine, token for token
  bool exhaustive = true;  // shorter lengths passed on all inputs; else on a sample
  std::uint64_t cases = 0;
};

/// `problems`: all inputs of a length where there are at most so many, else so many of a sample.
CollapsePoint find_collapse(const CollapseCase& what, int width, int longest,
                            std::uint64_t problems);

std::vector<CollapseCase> collapse_cases();

Report check_feng_collapse(const Limits& limits);

}  // namespace carrybit::proofs
