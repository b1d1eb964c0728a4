#pragma once
// TENTS: t mod p as a one-hot code, out_v = [t = v] + [t = v + p] + ..., for integers t = 0..T.
//
// One SPIKE (step.hpp) for each y = 1..T, into out_(y mod p), ordered by output; for y = 0 the position
// table puts 1 into out_0 and two units take it away where t >= 1: -relu(t) + relu(t - 1). Rows whose
// form is below 0 (switched off) get no spike and keep the constant: two tents over one set of
// outputs, of which one is off, share it.
//
// Contract: t in [low, T]; out = one-hot of t mod p if t >= 0, of 0 if t < 0. Exact if the form is and
// M >= T. Bits: M >= T. Units: 4 T + 2.

#include <string>
#include <vector>

#include "arith_tasks/constructions/needs.hpp"
#include "arith_tasks/constructions/place.hpp"

namespace carrybit::constructions {

class Program;

struct Tents {
  std::string name = {};
  Form argument = {};                 // t
  Range range = {};                   // of t, its high end T
  std::vector<Channel> outputs = {};  // out_0..out_(p-1)
  Place at = {};                      // filled in
};
void tents(Program& program, Tents spec);
Needs needs(const Program& program, const Tents& spec);

}  // namespace carrybit::constructions
