#pragma once
// MATCH: attend to the key whose address equals the query's.
//
// The score is -C |q - k|^2, minus C for every mask that is up, as a dot product in this order:
//
//   for each component c:  (C q_c, k_c)  (-C q_c^2, flag)  (C q_c, k_c)  (-C role, k_c^2)
//   for each mask m:       (-C role, m)
//   STRONG mask m:         (-8 C r b^2 role, m) twice
//
// Contract. On rows with role = 1 and an address in the query group:
//   - a key with equal address and no mask up scores exactly 0; so does a "universal dummy", an
//     unmasked key with flag 0 and address 0 (all components and squares 0);
//   - every other key scores at most -C: its weight exp(-C) rounds to exactly 0.
// Other rows (role = 0, zero query group) score 0 everywhere: a mean of what they see, never NaN.
//
// Bits: M >= C max(1, b^2). Proof that saturation is harmless. Let S <= 0 be the sum before a
// component. Inside it the exact sum is at most S + C max(qk, qk - q^2, 2qk - q^2) <= C b^2 <= M:
// nothing clips high, and a winner, 0 after every component, does not clip at all. A loser that
// clips at -M is raised by that. Where it clips in the first or third product the rest of the
// component falls; in the second, the rest adds at most C(qk - k^2) <= C floor(b^2/4). A component
// that does not clip adds -C(q - k)^2 <= 0. So a loser that clipped ends at or below
// -M + C floor(b^2/4) <= -C, and one that did not at -C |q - k|^2 <= -C.
//
// STRONG is for key groups filled at run time, where a masked token may hold garbage: components in
// [-2b, 2b] and squares >= 0 that do not belong together (means of addresses; the 2 for normalise =
// weights, whose weights can sum to almost 2). Only the products C q k are positive, two of at most
// 2 C b^2 a component: 4 C r b^2. In a float of few bits rounding adds to that: a sum to nearest grows by
// at most twice what is added to it, a product by at most a third. Such a score reaches less than
// 11 C r b^2, or M, where it clips; the two final terms, of 8 C r b^2 or, clipped, of M each, take it to at
// most -C.

#include <optional>
#include <string>
#include <vector>

#include "arith_tasks/constructions/address.hpp"
#include "arith_tasks/constructions/needs.hpp"
#include "arith_tasks/constructions/place.hpp"

namespace carrybit::constructions {

struct Match {
  std::string name = {};
  AddressCode code = {};
  Group query = {};               // empty: the query is the constant place `place`
  std::optional<int> place = {};  //   times role
  Channel role = {};              // 1 on the rows that use this head, else 0
  Group key = {};
  Channel flag = {};                   // 1 on keys with an address, 0 on universal dummies
  std::vector<Channel> masks = {};     // 0 on the keys that may win, else 1
  std::optional<Channel> strong = {};  // a STRONG mask
  std::vector<Fetch> values = {};
  /// Keys that win for every row with role = 1: 1, or 2^kappa for an exact mean (mean.hpp).
  int winners = 1;
  Place at = {};  // filled in
};

/// Adds the head to the program's current layer.
void match(Program& program, Match spec);

Needs needs(const Match& spec);

}  // namespace carrybit::constructions
