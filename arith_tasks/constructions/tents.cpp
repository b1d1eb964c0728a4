#include "arith_tasks/constructions/tents.hpp"

#include <algorithm>

#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

void tents(Program& program, Tents spec) {
  const int p = static_cast<int>(spec.outputs.size());
  const int top = static_cast<int>(spec.range.high);
  spec.at = program.open_units();
  for (int v = 0; v < p; ++v) {
    const Channel out = spec.outputs[static_cast<std::size_t>(v)];
    for (int y = v; y <= top; y += p) {
      if (y == 0) {  // 1, from the position table, minus [t >= 1]
        program.unit(hinge(spec.argument, 1), {{out, -1}});
        program.unit(hinge(spec.argument, 2), {{out, 1}});
        continue;
      }
      program.unit(hinge(spec.argument, y), {{out, 1}});
      program.unit(hinge(spec.argument, y + 1), {{out, -1}});
      program.unit(hinge(spec.argument, y + 1), {{out, -1}});
      program.unit(hinge(spec.argument, y + 2), {{out, 1}});
    }
  }
  spec.at = program.close(spec.at);
  program.record(std::move(spec));
}

Needs needs(const Program& program, const Tents& spec) {
  Needs all;
  all.add("tents " + spec.name, std::max(spec.range.high, relu_magnitude(program, spec.argument)));
  return all;
}

}  // namespace carrybit::constructions
