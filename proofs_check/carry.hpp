#pragma once
// A rule for the head at which two nearest searches (nearest.hpp) meet, and the lemma that makes of it a
// carry.
//
// CARRY. Let each source k = -1..highest hold F(k + 1) and the predicate open(k), the query F(f), and
// let scores be such that a source wins if and only if it is open and its atom's value equals the
// query's. Lemma: exactly one source wins, the largest open k < f, if -1 is always open.
//   Proof. An open k >= f has F(f) <= k < F(k + 1): it loses. For an open k < f with nothing open in
//   k+1..f-1, F(k + 1) = F(f): it wins. Any smaller open k' has F(k' + 1) <= k < F(f): it loses.
// If further an open place generates its carry whatever comes in, and a blocked one hands on what comes
// in, then the winner's carry is the carry into place f, by induction over the places.

#include <functional>
#include <map>

#include "proofs_check/nearest.hpp"

namespace carrybit::certificates {

struct CarryQuestion {
  std::vector<int> queries;        // positions
  std::map<int, int> sources;      // key position -> place, -1 (always open) to the highest
  double modulus = 2;              // P: a place carries where its total reaches P
  std::function<Cell(int)> total;  // a place's exact total, carry not included
};

class Carry {
 public:
  Carry(const Search& ask, const Search& held, CarryQuestion question)
      : ask_(ask), held_(held), question_(std::move(question)) {}

  HeadRule rule();
  /// The atom of the carry into place f (0, 1); -1 where that carry is always 0.
  int atom(int place) const { return atoms_.at(place); }

 private:
  std::map<int, std::vector<Cell>> run(Pass& pass, const HeadInputs& in);

  const Search& ask_;
  const Search& held_;
  CarryQuestion question_;
  std::map<int, int> atoms_;
};

}  // namespace carrybit::certificates
