#pragma once
// A rule for the search for the nearest open place in levels (constructions/nearest_search.hpp).
//
// Places 0..N are grouped by B, those groups by B again, and so on: size(l) places to a group of level l. On
// level l a row at place i searches the lowest places of the groups of level l - 1 inside its own group of
// level l; on the top level all of them. What it finds is told by two unknowns,
//
//   G(l-1, i)   the first open place from i on in i's own group of level l - 1, or none
//   R(l, s)     the first open place from s on in i's own group of level l, or none; s the place at which
//               the group of level l - 1 after i's begins
//
// which are about different places. A key x, the lowest place of a group, is open on level l if and only if
// G(l-1, x) is a place (on level 1: by its own place's unknowns), and what it holds is a function of G(l-1,
// x). So, by the score's contest (nearest.hpp: open keys' scores fall with the place, each vanishing beside
// the one before; blocked keys and all others vanish beside the sentinel, which takes the place of the last
// key), the head gives
//
//   the value of key i at G(l-1, i)      if i is itself such a lowest place, and G(l-1, i) is a place
//   the value of key x at R(l, s)        else, if R(l, s) is a place, of x's group of level l - 1. Proof: the
//                                        groups from s to x's have no open place, so they are closed, x is
//                                        open, and R(l, s) is the first open place from x on, G(l-1, x).
//   the sentinel's value                 else
//
// After the level's FFN a number of the row that depends on (G(l-1, i), R(l, s)) is, where it depends only on
// the first of the two that is a place, a function of G(l, i), which is just that. On the top level G(L, i) is
// the nearest open place, F(i).

#include <map>
#include <vector>

#include "proofs_check/nearest.hpp"

namespace carrybit::certificates {

struct GroupedQuestion {
  std::map<int, int> place_of;   // of the rows that search, and are keys: position -> place
  std::map<int, int> sentinels;  // place at which a group begins -> position
  std::vector<int> sizes;        // of groups of level 0 (1), 1, ..., L - 1
  int places = 1;                // N + 1
};

class GroupedSearch : public Search {
 public:
  explicit GroupedSearch(GroupedQuestion question)
      : Search(question.places), question_(std::move(question)) {
    for (const auto& [position, place] : question_.place_of) position_of_.emplace(place, position);
  }

  int levels() const { return static_cast<int>(question_.sizes.size()); }
  /// The rule for the head of a level, 1..L.
  HeadRule rule(int level);
  /// To be called after each level's FFN.
  void join(Pass& pass, int level);

 private:
  /// A query's group on a level: its places, and those that are keys.
  struct Group {
    int first = 0, end = 0;  // places
    std::vector<int> keys;   // places
  };
  /// What a group's winner hands on: [component][place found - first, or none].
  using Values = std::vector<std::vector<double>>;
  class Ranking;

  bool is_top(int level) const { return level == levels(); }
  int below(int level) const { return question_.sizes[static_cast<std::size_t>(level - 1)]; }
  Group group(int level, int place) const;
  /// Places are numbered from their group's first; none comes after the last.
  int size_of(int level, const Group& group) const;
  /// G(l, i) and R(l, s); -1 where they are always none.
  int own_atom(Pass& pass, int level, int place);
  int rest_atom(Pass& pass, int level, int place);
  int new_atom(Pass& pass, int level, int from, std::string name);

  std::map<int, std::vector<Cell>> run(Pass& pass, const HeadInputs& in, int level);
  Values decide(Pass& pass, const HeadInputs& in, int level, const Group& group,
                const std::vector<Cell>& query);
  void put_values(Pass& pass, int level, int x, const Cell& value, std::span<double> table);
  void note_open(Pass& pass, int level, int place, const Cell& open);
  std::vector<Cell> outputs(Pass& pass, int level, int place, const Values& all);
  int position_of(int place) const;
  std::vector<double> joined(Pass& pass, int level, int place, const Cell& cell);

  GroupedQuestion question_;
  std::map<int, int> position_of_;
  std::map<std::pair<int, int>, int> own_, rest_;  // (level, place) -> atom
};

}  // namespace carrybit::certificates
