#pragma once
// NEAR WITHIN: attend to the unblocked key of smallest rank among the keys of the query's own group.
// NEAR (near.hpp) over n keys needs n/2 score gaps; searched group by group it needs as many as a group
// has members.
//
// Keys hold the address of their group and a rank 0..B-1 in it; a key that takes no part has rank B+1.
// Every group has one sentinel of rank B that is never blocked, so that no search is empty: who wins
// tells whether anything was found. The score, in this order:
//
//   (B+1) times MATCH's terms for the groups      0, or at most -C(B+1)
//   (-C role, rank)  (-C (B+1) role, blocked)
//
// Contract. On rows with role = 1 the unblocked key of smallest rank in the row's own group (ranks
// unique in a group; the sentinel visible) has weight 1 and all others exactly 0. Needs shift = max.
//
// Bits: M >= C (B+1) max(1, b^2), b the bound of the groups' addresses. Proof. After MATCH's terms own
// keys score 0 and others at most -C(B+1) (match.hpp, with C(B+1) for C); the rest only subtracts. A
// winner scores -C rank >= -C B, unclipped. Another unblocked key of the group scores at least C less,
// everything else at most -C(B+1).

#include <string>
#include <vector>

#include "arith_tasks/constructions/address.hpp"
#include "arith_tasks/constructions/needs.hpp"
#include "arith_tasks/constructions/place.hpp"

namespace carrybit::constructions {

struct NearWithin {
  std::string name = {};
  AddressCode code = {};  // of groups
  Group group = {};       // on queries and on keys
  Channel role = {};      // 1 on the rows that use this head, else 0
  Channel flag = {};      // 1
  Channel rank = {};
  Channel blocked = {};  // 0 on sentinels
  int ranks = 1;         // B
  std::vector<Fetch> values = {};
  Place at = {};  // filled in
};

/// Adds the head to the program's current layer.
void near_within(Program& program, NearWithin spec);

Needs needs(const NearWithin& spec);

}  // namespace carrybit::constructions
