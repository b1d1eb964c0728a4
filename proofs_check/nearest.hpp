#pragma once
// A rule for heads whose winner an input decides: the search for the nearest open place.
//
// NEAREST. Keys stand for places 0..N; a key may be blocked, and that is a function of its own place's
// unknowns (its predicate, "open"). If the open keys' scores fall with the place, each so far below the
// one before that its exponential vanishes, if every blocked key's and every other key's exponential
// vanishes beside any open one, and if the last place is always open, then a query that sees the
// places f..N attends to the first open one among them, alone. That place is a new atom, F(f).

#include <functional>
#include <map>
#include <vector>

#include "proofs_check/contest.hpp"
#include "proofs_check/pass.hpp"

namespace carrybit::certificates {

/// Which keys stand for which places, and who asks.
struct NearestQuestion {
  std::vector<int> queries;     // positions
  std::map<int, int> place_of;  // key position -> place 0..places-1
  int places = 1;               // N + 1
};

/// What a search for nearest open places found, however it was made.
class Search {
 public:
  int places() const { return places_; }
  /// f of an atom F(f) of this search, or -1.
  int start(int atom) const;
  /// Is place x open? A function with values 0 and 1, or the constant 1.
  const Cell& open(int place) const { return open_.at(static_cast<std::size_t>(place)); }

 protected:
  explicit Search(int places) : places_(places) {}
  ~Search() = default;

  int places_;
  std::vector<Cell> open_;    // by place
  std::map<int, int> atoms_;  // start -> atom
};

class Nearest : public Search {
 public:
  explicit Nearest(NearestQuestion question)
      : Search(question.places), question_(std::move(question)) {}

  /// The rule for the head; may be asked once.
  HeadRule rule();

 private:
  std::map<int, std::vector<Cell>> run(Pass& pass, const HeadInputs& in);
  void rank_keys(Pass& pass, const HeadInputs& in, const std::vector<double>& query);
  int atom(Pass& pass, int start);

  NearestQuestion question_;
  std::vector<double> open_score_;  // by place
};

}  // namespace carrybit::certificates
