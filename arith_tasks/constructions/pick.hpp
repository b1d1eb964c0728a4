#pragma once
// PICK: one unit relu(x - G off) = max(x, 0) where off = 0, and 0 where off = 1, for integers x <= G.
// Two of them, of x and -x, pick a signed number.
//
// Contract: x an integer up to G, off a bit. Exact if the form is and M >= G. Bits: M >= G.

#include <string>
#include <vector>

#include "arith_tasks/constructions/needs.hpp"
#include "arith_tasks/constructions/place.hpp"

namespace carrybit::constructions {

class Program;

struct Pick {
  std::string name = {};
  Form argument = {};            // x
  Range range = {};              // of x
  Channel off = {};
  std::vector<Output> outputs = {};
  Place at = {};            // filled in
};
void pick(Program& program, Pick spec);
Needs needs(const Program& program, const Pick& spec);

}  // namespace carrybit::constructions
