#pragma once
// NEAR: attend to the key of smallest rank that is not blocked.
//
// N ranks, j = 0..N-1, stand in a channel as j - floor(N/2); a key that takes no part holds
// ceil(N/2). `blocked` is 0 on the keys that may win, 1 on others (>= 0 on keys that take no part).
// The score, in this order, with H = ceil(N/2):
//
//   (-C role, rank)  (-C H role, blocked)  (-C H role, blocked)
//
// Contract. On rows with role = 1 that see at least one unblocked key, that of smallest rank (which
// must be unique) has weight 1 and all others exactly 0. Needs shift = max: the winner's score is
// not known in advance.
//
// Bits: M >= C H. Proof. A winner's score is at least -C(H - 1), at most C floor(N/2) <= M: it does
// not clip. An unblocked key of larger rank scores at least C less; a key outside scores at most
// -C H, and a blocked one at most C floor(N/2) - 2 C H <= -C H (or clips there): at least C less than
// any winner. Two half masks instead of one of 2 C H save a bit. It cannot be done with less: N
// winners and one loser, C apart, take N C <= 2M.

#include <string>
#include <vector>

#include "arith_tasks/constructions/needs.hpp"
#include "arith_tasks/constructions/place.hpp"

namespace carrybit::constructions {

class Program;

/// What the rank channel holds for rank j of N, and on a key that takes no part.
constexpr int centred_rank(int rank, int ranks) { return rank - ranks / 2; }
constexpr int no_rank(int ranks) { return (ranks + 1) / 2; }

struct Near {
  std::string name = {};
  Channel role = {};  // 1 on the rows that use this head, else 0
  Channel rank = {};  // centred_rank() or no_rank()
  Channel blocked = {};
  int ranks = 1;  // N
  std::vector<Fetch> values = {};
  Place at = {};  // filled in
};

/// Adds the head to the program's current layer.
void near(Program& program, Near spec);

Needs needs(const Near& spec);

}  // namespace carrybit::constructions
