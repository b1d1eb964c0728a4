#pragma once
// What a contest between keys is decided by: their vectors, their scores, and who vanishes beside whom.

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "proofs_check/rows.hpp"

namespace carrybit::certificates {

/// Is exp(round(score - maximum)) zero? Monotone: falls with score.
class Vanishing {
 public:
  Vanishing(DoubleEngine& engine, double maximum) : engine_(engine), maximum_(maximum) {}
  bool operator()(double score);

 private:
  DoubleEngine& engine_;
  double maximum_;
  double yes_ = 0, no_ = 0;
  bool have_yes_ = false, have_no_ = false;
};

/// Different vectors of numbers, numbered.
class Vectors {
 public:
  int number(const std::vector<double>& v);
  std::size_t size() const { return list_.size(); }
  const std::vector<double>& at(int i) const { return list_[static_cast<std::size_t>(i)]; }

 private:
  std::vector<std::vector<double>> list_;
  std::map<std::vector<double>, int> numbers_;
};

/// The different vectors that several cells take together; nothing where one is an interval or there
/// are more than `most`. Cells that share no atom vary independently.
std::optional<std::vector<std::vector<double>>> joint_values(Ghosts& ghosts,
                                                             std::span<const Cell> cells,
                                                             std::size_t most = 1U << 14);

/// Scores of one query against many keys: keys[component][key].
std::vector<double> scores(Rows& rows, const std::vector<double>& query,
                           const std::vector<std::vector<double>>& keys, std::size_t count);

/// A single winner's value as the head returns it: weight 1, normaliser 1.
double returned(Rows& rows, double value);

}  // namespace carrybit::certificates
