#pragma once
// Attention over all inputs at once, where it can be decided key by key.
//
// A query's joint states and a key's joint states are two lists of vectors; their scores are computed by
// the engine's own dot product. In a state of the query let m be the score of a visible key that scores
// m in each of its states. If every other visible key either scores m too, always, or in each of its
// states has exp(round(S - m)) = 0, then the keys at m, and they alone, carry weight, whatever the
// input: losers' exponentials are exactly 0, and 0 times anything finite adds nothing. The keys at m
// have weight exp(0) = 1 each, and the head returns their mean as the arithmetic computes it.
//
// A query that is 0 in all components scores 0 everywhere: the mean of the whole visible prefix. Where
// neither holds, the output is bounded: weights lie in [0, 1], their sum is at least 1.

#include <map>
#include <vector>

#include "proofs_check/pass.hpp"

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

std::map<int, std::vector<Cell>> attend_plainly(Pass& pass, const HeadInputs& in,
                                                const std::vector<int>& positions);

}  // namespace carrybit::certificates
