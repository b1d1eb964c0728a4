#pragma once
// Two rules for heads whose winner an input decides, and the lemma that ties them to carries.
//
// NEAREST. Keys stand for places 0..N; a key may be blocked, and that is a function of its own place's
// unknowns (its predicate, "open"). If the open keys' scores fall with the place, each so far below the
// one before that its exponential vanishes, if every blocked key's and every other key's exponential
// vanishes beside any open one, and if the last place is always open, then a query that sees the
// places f..N attends to the first open one among them, alone. That place is a new atom, F(f).
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
#include <vector>

#include "proofs_check/heads.hpp"

namespace carrybit::certificates {

/// Which keys stand for which places, and who asks.
struct NearestQuestion {
  std::vector<int> queries;     // positions
  std::map<int, int> place_of;  // key position -> place 0..places-1
  int places = 1;               // N + 1
};

class Nearest {
 public:
  explicit Nearest(NearestQuestion question) : question_(std::move(question)) {}

  /// The rule for the head; may be asked once.
  HeadRule rule();

  int places() const { return question_.places; }
  /// f of an atom F(f) of this head, or -1.
  int start(int atom) const;
  /// Is place x open? A function with values 0 and 1, or the constant 1.
  const Cell& open(int place) const { return open_.at(static_cast<std::size_t>(place)); }

 private:
  std::map<int, std::vector<Cell>> run(Pass& pass, const HeadInputs& in);
  void rank_keys(Pass& pass, const HeadInputs& in, const std::vector<double>& query);
  int atom(Pass& pass, int start);

  NearestQuestion question_;
  std::vector<Cell> open_;          // by place
  std::vector<double> open_score_;  // by place
  std::map<int, int> atoms_;        // start -> atom
};

struct CarryQuestion {
  std::vector<int> queries;        // positions
  std::map<int, int> sources;      // key position -> place, -1 (always open) to the highest
  double modulus = 2;              // P: a place carries where its total reaches P
  std::function<Cell(int)> total;  // a place's exact total, carry not included
};

class Carry {
 public:
  Carry(const Nearest& ask, const Nearest& held, CarryQuestion question)
      : ask_(ask), held_(held), question_(std::move(question)) {}

  HeadRule rule();
  /// The atom of the carry into place f (0, 1); -1 where that carry is always 0.
  int atom(int place) const { return atoms_.at(place); }
  /// f of the query at a position.
  int place(int position) const { return place_of_.at(position); }

 private:
  std::map<int, std::vector<Cell>> run(Pass& pass, const HeadInputs& in);

  const Nearest& ask_;
  const Nearest& held_;
  CarryQuestion question_;
  std::map<int, int> atoms_;
  std::map<int, int> place_of_;
};

}  // namespace carrybit::certificates
