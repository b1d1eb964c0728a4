#pragma once
// AND: one unit relu(x - y_1 - y_2 - ...) = [x = 1 and every y = 0] of bits x, y.
//
// Contract: channels in {0, 1}. Bits: M >= 1, fixed:i1.f0 suffices. Proof: from 0, with +1 once and
// -1 any number of times in any order, a sum saturating at -1 and 1 ends at 1 only if no -1 came at
// all; with an unclipped +1 and some -1 it ends at 0 or below.

#include <string>
#include <vector>

#include "arith_tasks/constructions/needs.hpp"
#include "arith_tasks/constructions/place.hpp"

namespace carrybit::constructions {

class Program;

struct And {
  std::string name = {};
  Channel yes = {};              // x
  std::vector<Channel> no = {};  // y_1, y_2, ...
  std::vector<Output> outputs = {};
  Place at = {};  // filled in
};
void and_unit(Program& program, And spec);
Needs needs(const And& spec);

}  // namespace carrybit::constructions
