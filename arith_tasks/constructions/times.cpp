#include "arith_tasks/constructions/times.hpp"

#include <algorithm>

#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

void times(Program& program, Times spec) {
  spec.at = program.open_units();
  program.unit(spec.left, spec.right, spec.outputs);
  spec.at = program.close(spec.at);
  program.record(std::move(spec));
}

Needs needs(const Program& program, const Times& spec) {
  Needs all;
  all.add("times " + spec.name,
          std::max({spec.left_range.high * spec.right_range.magnitude(),
                    relu_magnitude(program, spec.left), exact_magnitude(program, spec.right)}));
  return all;
}

}  // namespace carrybit::constructions
