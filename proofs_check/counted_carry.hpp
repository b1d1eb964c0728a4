#pragma once
// A rule for the head at which two counts meet (add_log without subtraction of the maximum), and the lemma
// that makes of it a carry.
//
// COUNTED CARRY. Let c(x) be the number of open places among x..n, a sum (exact_sum.hpp) of the places' own
// predicates. Let each source k = -1..n-1 hold c(k) and open(k), the query c(f), and let a source keep
// weight if and only if it is open and c(k) = c(f) + 1; its weight may be anything but 0. Lemma: exactly
// one source keeps weight, the largest open k < f, if -1 is always open.
//   Proof. c(k) - c(f) counts the open places among k..f-1 where k < f, so an open k is the only one there
//   if and only if the difference is 1. For k >= f it is at most 0.
// If further an open place generates its carry whatever comes in, and a blocked one hands on what comes in,
// then the winner's carry is the carry into place f, as in carry.hpp.
//
// What a source and a query make of their counts is read from their tables, state by state: whether means
// and their products are rounded does not matter, as long as the right source keeps weight, alone.

#include <functional>
#include <map>
#include <set>

#include "proofs_check/contest.hpp"
#include "proofs_check/pass.hpp"

namespace carrybit::certificates {

struct CountedQuestion {
  std::map<int, int> queries;      // position -> place f, 0..n
  std::map<int, int> sources;      // key position -> place, -1 (always open) to n - 1
  int places = 1;                  // n
  std::vector<Cell> open;          // by place 0..n-1: the predicate that is counted
  double modulus = 2;              // a place carries where its total reaches it
  std::function<Cell(int)> total;  // a place's exact total, carry not included
};

class CountedCarry {
 public:
  explicit CountedCarry(CountedQuestion question) : question_(std::move(question)) {}

  HeadRule rule();
  /// The atom of the carry into place f (0, 1); -1 where that carry is always 0.
  int atom(int place) const { return atoms_.at(place); }

 private:
  /// Numbers of a vector, and what is true where it has them.
  struct State {
    std::vector<double> vector;
    double count = 0;
    bool open = false;
  };

  std::map<int, std::vector<Cell>> run(Pass& pass, const HeadInputs& in);
  int count_atom(Ghosts& ghosts, const std::vector<Cell>& cells, int from);
  std::vector<double> counts(Ghosts& ghosts, int atom, int from);
  std::vector<State> query_states(Ghosts& ghosts, const std::vector<Cell>& cells, int place);
  std::vector<State> source_states(Ghosts& ghosts, const std::vector<Cell>& cells, int place);
  void contest(Pass& pass, const HeadInputs& in);
  void check_source(Pass& pass, const HeadInputs& in, int position, int place);
  void say(std::size_t component, std::size_t carry, double word);

  CountedQuestion question_;
  std::vector<std::size_t> read_;           // components that queries read
  std::set<double> weights_;                // that a winner may have
  std::vector<std::vector<double>> words_;  // what the head returns for carry 0 and 1, by component
  bool said_[2] = {false, false};
  std::map<int, int> atoms_;
};

}  // namespace carrybit::certificates
