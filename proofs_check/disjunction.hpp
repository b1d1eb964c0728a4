#pragma once
// A rule for carries that an FFN finds as a disjunction of ANDs (add_constant, mul_log).
//
// At a query for place f let the units of a row be, one for each j = 0..f-1, and nothing else but units
// that are always 0,
//
//   u_j = h [generates_j = 1 and stops_x = 1 for no... x in j+1..f-1],   read as relu(g_j - sum s_x)
//
// with bits g_j, s_x of place x's own unknowns. If a place with s_x = 1 carries g_x whatever comes in, and
// one with s_x = 0 hands on what comes in and has g_x = 0, then the carry into f is 1 if and only if some
// u_j fires, and no two fire: of j < j' both firing, s_j' = 0 and g_j' = 1. So the row's sum has one term
// h or none, and its value needs no order.

#include <functional>
#include <map>
#include <utility>

#include "proofs_check/pass.hpp"

namespace carrybit::certificates {

/// What a channel holds at some position: whether place x generates, or whether it stops a carry.
struct PlaceBit {
  bool generates = false;
  int place = 0;
};

struct DisjunctionQuestion {
  int layer = 0;
  std::map<int, int> place_of;  // position -> f
  std::function<std::optional<PlaceBit>(int position, int channel)> meaning;
  double modulus = 2;
  std::function<Cell(int)> total;  // of a place, carry not included
};

class Disjunction {
 public:
  explicit Disjunction(DisjunctionQuestion question) : question_(std::move(question)) {}

  /// For the channel that holds the carry, or its negation.
  RowRule rule();
  /// The atom of the carry into place f; -1 where it is always 0.
  int atom(Ghosts& ghosts, int place);

 private:
  struct Unit {
    double value = 0;  // h
    int place = 0;     // j
  };
  std::optional<Cell> run(Pass& pass, int position, int channel);
  std::optional<Unit> read(Pass& pass, int position, int unit, int f,
                           std::map<int, Cell>& generates, std::map<int, Cell>& stops);
  void check_places(Pass& pass, int f, const std::map<int, Cell>& generates,
                    const std::map<int, Cell>& stops);

  DisjunctionQuestion question_;
  std::map<int, int> atoms_;
};

}  // namespace carrybit::certificates
