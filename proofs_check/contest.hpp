#pragma once
// What a contest between keys is decided by: their vectors, their scores, and who vanishes beside whom.

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "proofs_check/rows.hpp"

namespace carrybit::certificates {

/// Is exp(round(score - maximum)) zero? Monotone: falls with score. Of a NaN it never is. Throws
/// NotCertified where the maximum is not finite: a score that may be infinite.
class Vanishing {
 public:
  Vanishing(ProofEngine& engine, double maximum)
      : engine_(engine), maximum_(need_finite(maximum)) {}
  bool operator()(double score);

 private:
  ProofEngine& engine_;
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

/// Scores of one query against many keys: keys[i][key], of component components[i] of a head of `dim`.
std::vector<double> scores(Rows& rows, const std::vector<double>& query,
                           const std::vector<std::vector<double>>& keys, std::size_t count,
                           const std::vector<int>& components, int dim);

/// A single winner's value as the head returns it: weight 1, normaliser 1.
double returned(Rows& rows, double value);
/// The same where its weight is another.
double returned(Rows& rows, double value, double weight);

}  // namespace carrybit::certificates
