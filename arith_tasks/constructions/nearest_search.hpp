#pragma once
// The nearest unblocked place above, searched in L levels: add_log's NEAR with fewer bits.
//
// Places 0..N-1 are grouped by B, those groups by B again, ...: place j belongs to group floor(j / B^l)
// of level l. A row at place i, which sees the places i..N-1, searches
//
//   level 1      the places of its own group of B
//   level l < L  the lowest places of the groups of level l - 1 (multiples of B^(l-1)), inside its own
//                group of level l; each of them answers for its whole group, having searched it before
//   level L      the lowest places of the groups of level L - 1, by plain NEAR
//
// and keeps the first that was found. One layer a level.
//
// Bits: M >= C (B+1) max(1, b^2) below the top (near_within.hpp) and M >= C ceil(U/2) at the top, U =
// ceil(N / B^(L-1)) ranks: with U/2 = B + 1 about C (N/2)^(1/L) 2^..., so that width falls from log2 n to
// (log2 n)/L as long as r digits keep the groups' addresses at b = 1 (3^r >= N/B).

#include <string>
#include <utility>
#include <vector>

#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

struct SearchPlan {
  int places = 1;  // N
  int levels = 1;  // L
  int digits = 1;  // r of the groups' addresses
  int base = 1;    // B
  int top = 1;     // U

  /// Groups of level l, and B^l.
  int groups(int level) const;
  int size(int level) const;
  AddressCode code(int level) const { return {groups(level), digits}; }
};

/// The B for which M is least.
SearchPlan plan_search(int places, int levels, int digits);

/// The rows that search, one for each place, in an order in which each sees all higher places.
struct Searcher {
  std::string name;
  Channel role;                             // 1 on those rows, else 0
  std::vector<std::pair<int, int>> places;  // (position, place)
  Channel blocked;                          // of a place, 0 on sentinels
  Channel off;                              // 0 on those rows, 1 on sentinels
  Group value;                              // what a found place is called, 0 on sentinels
  Group out;                                // where that goes
  int value_bound = 1;                      // b of value
};

/// Adds plan.levels layers. Sentinels: (position, place) of tokens that all searchers see, one for every
/// place at which a group begins, and that search nothing.
void search_nearest(Program& program, const SearchPlan& plan, Channel one,
                    const std::vector<std::pair<int, int>>& sentinels,
                    const std::vector<Searcher>& searchers);

/// Channels that search_nearest() declares for each searcher, beyond `out`, where values have 2r channels.
int search_channels(const SearchPlan& plan, int value_digits);
/// FFN units of its largest layer, for all searchers.
int search_units(const SearchPlan& plan, int value_digits, int searchers);

}  // namespace carrybit::constructions
