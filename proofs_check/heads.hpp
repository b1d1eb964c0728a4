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

#include "proofs_check/contest.hpp"
#include "proofs_check/pass.hpp"

namespace carrybit::certificates {

std::map<int, std::vector<Cell>> attend_plainly(Pass& pass, const HeadInputs& in,
                                                const std::vector<int>& positions);

}  // namespace carrybit::certificates
