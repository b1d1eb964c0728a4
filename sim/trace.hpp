#pragma once
// Traces: every intermediate value of one sequence by name, with its exact value beside it, and the
// answer to "where did it first go wrong?".

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "sim/observer.hpp"
#include "sim/simulator.hpp"

namespace carrybit {

struct TraceEntry {
  Site site;
  Number value;  // as the arithmetic gave it
  Number exact;  // as the reference gave it
};

/// Two runs of one sequence, value by value, in the order in which the forward pass makes them.
class Trace {
 public:
  /// `reference` is the same transformer in an arithmetic that stands for the exact one. For trained
  /// weights that is a wide float (`reference_arithmetic`); for a hand-made transformer, whose
  /// attention counts on rounding, the same program compiled for a width at which it is proved right.
  /// Both must have one shape.
  static Trace compare(const Simulator& model, const Simulator& reference,
                       const std::vector<int>& tokens);

  const std::vector<TraceEntry>& entries() const { return entries_; }

  /// The first value that differs from its exact one by more than `bound` (absolute; NaN and
  /// infinities differ from everything but themselves). Stages that a gap C scales, scores and what
  /// they are made of, are compared only where `include_scores`.
  std::optional<TraceEntry> first_difference(double bound, bool include_scores = true) const;

  /// Every entry that matches the fields given.
  struct Query {
    std::optional<Stage> stage = {};
    std::optional<int> layer = {}, head = {}, position = {}, channel = {};
  };
  std::vector<TraceEntry> find(const Query& query) const;

 private:
  std::vector<TraceEntry> entries_;
};

/// |a - b| > bound, exactly.
bool parts_by_more_than(const Number& a, const Number& b, double bound);

/// What stands for exact arithmetic: float:e20.m256, the softmax as `like` has it.
Arithmetic reference_arithmetic(const Arithmetic& like);

}  // namespace carrybit
