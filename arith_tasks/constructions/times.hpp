#pragma once
// TIMES: one gated unit relu(x) * y, a product of two run-time integers x >= 0 and y. A program that
// uses it compiles to a ReGLU transformer.
//
// Bits: M >= the largest |x y|, and the forms exact.

#include <string>
#include <vector>

#include "arith_tasks/constructions/needs.hpp"
#include "arith_tasks/constructions/place.hpp"

namespace carrybit::constructions {

class Program;

struct Times {
  std::string name = {};
  Form left = {};   // x, through relu
  Form right = {};  // y
  Range left_range = {};
  Range right_range = {};
  std::vector<Output> outputs = {};
  Place at = {};  // filled in
};
void times(Program& program, Times spec);
Needs needs(const Program& program, const Times& spec);

}  // namespace carrybit::constructions
