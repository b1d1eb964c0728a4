#pragma once
// PICK: one unit relu(x - 2 G off) = max(x, 0) where off = 0, and 0 where off = 1, for integers x <= G.
// Two of them, of x and -x, pick a signed number.
//
// Contract: x an integer up to G where off = 0; where off = 1 anything up to 2 G, which is as far as the
// garbage of a mean of numbers up to G goes (with normalise = weights its weights, each rounded up, can
// sum to almost 2). Exact if the form is and M >= G: a weight beyond M is clipped to it, and no x exceeds
// that. Bits: M >= G.

#include <string>
#include <vector>

#include "arith_tasks/constructions/needs.hpp"
#include "arith_tasks/constructions/place.hpp"

namespace carrybit::constructions {

class Program;

struct Pick {
  std::string name = {};
  Form argument = {};  // x
  Range range = {};    // of x
  Channel off = {};
  std::vector<Output> outputs = {};
  Place at = {};  // filled in
};
void pick(Program& program, Pick spec);
Needs needs(const Program& program, const Pick& spec);

}  // namespace carrybit::constructions
