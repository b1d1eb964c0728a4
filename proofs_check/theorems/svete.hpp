#pragma once
// Svete, Merrill, Cotterell, Sabharwal 2026, arXiv 2605.30523, B.5: with b >= 6 log N bits, softmax over
// N positions is exactly one-hot.
//
// What is modelled, from notes on the paper: positions are told apart by unit vectors (the hash of
// Merrill and Sabharwal, phi(j) = (j, 1) / sqrt(j^2 + 1)), whose inner products are 1 at j = i and fall
// short of it by 1/(2N^4) and more elsewhere; b counts integer and fraction bits alike, fixed:iB.fB
// (with b for both together the scaled gap would not fit); ties away from zero, saturating. The query is
// 2^(b-1) phi(i) rounded, the key phi(j) rounded, every product and sum rounded; then the maximum is
// subtracted, and the softmax is one-hot where every other exponential is 0.

#include <string>

#include "precision/exact/exact.hpp"
#include "proofs_check/theorems/theorem.hpp"

namespace carrybit::proofs {

/// For one b: the largest N <= most such that for every query i < N the softmax over the keys j < N is
/// exactly one-hot at j = i. `cases` grows by the pairs looked at.
int one_hot_positions(int b, int most, std::uint64_t& cases);

Report check_svete_b5(const Limits& limits);

}  // namespace carrybit::proofs
