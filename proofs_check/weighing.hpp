#pragma once
// A rule for heads whose scores are numbers, and the sums of digits that they weigh.
//
// Where neither a query nor the keys that it sees depend on the input, its attention weights are numbers:
// the engine's own exponentials, in the engine's own order. What depends on the input are the values. The
// head's sum is then
//
//   N = sum over t, in order, of w_t v_t(d_t)      d_t the digit at position t
//
// and what matters of N is how it lies where the digits' own sum S = sum of d_t p^place(t) carries
// (S >= p^i), and where it does not: four numbers, the least and the largest N in either case. Two ways
// find them:
//
//   carries        Where nothing is rounded (exact_sum.hpp), N is a sum of one term for each place, and
//                  whether S carries is told by an automaton of two states that reads the places from the
//                  lowest up. A walk through it finds the extremes of N for either final state: n p^2
//                  additions for n places.
//   all exact sums Else S itself is the state: for each value of the partial sum of d_t p^place(t), the
//                  least and the largest rounded partial sum, term after term, through the engine.
//                  Every step (+) w v is monotone in the partial sum, so from the extremes before it come
//                  the extremes after it: exact, saturation included, at 2 p^i states.

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "proofs_check/pass.hpp"

namespace carrybit::certificates {

/// What a head does at one query.
struct Weighed {
  std::vector<int> components;                // HeadInputs::used
  std::vector<std::vector<GhostTerm>> terms;  // by index of a component, in order of position
  std::vector<int> positions;                 // of the terms
  double divisor = 1;                         // of the sum (normalise = output)
};

class Weighing {
 public:
  /// The rule, for those of `queries` whose scores are numbers.
  HeadRule rule(std::vector<int> queries);
  /// Throws NotCertified where the scores at that query depend on the input.
  const Weighed& at(int query) const;

 private:
  std::map<int, std::vector<Cell>> run(Pass& pass, const HeadInputs& in,
                                       const std::vector<int>& queries);
  std::optional<Weighed> weigh(Pass& pass, const HeadInputs& in, int query);

  std::map<int, Weighed> known_;
};

/// A component's output, of a sum.
double weighed_output(Rows& rows, const Weighed& weighed, double sum);

struct Extremes {
  double low = 0, high = 0;
};

/// A digit that a term reads: the term's atom stands for digit 0..p-1 of weight p^place in S.
using PlaceOfAtom = std::function<std::optional<int>(int atom)>;

/// The extremes of the sum of `terms` where S < p^i and where S >= p^i; nothing for a case that does not
/// occur. What a term reads beside digits of places below i may be anything that it ever is. Throws
/// NotCertified where not every place below has two digits in the sum, or where neither way works.
std::array<std::optional<Extremes>, 2> extremes_by_carry(Rows& rows,
                                                         const std::vector<GhostTerm>& terms,
                                                         const PlaceOfAtom& place_of, int base,
                                                         int places);

}  // namespace carrybit::certificates
