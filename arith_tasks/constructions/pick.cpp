#include "arith_tasks/constructions/pick.hpp"

#include <algorithm>

#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

void pick(Program& program, Pick spec) {
  spec.at = program.open_units();
  // Twice G, for garbage; compile() clips it to M, which no number exceeds.
  program.unit(spec.argument - 2 * spec.range.high * Form(spec.off), spec.outputs);
  spec.at = program.close(spec.at);
  program.record(std::move(spec));
}

Needs needs(const Program& program, const Pick& spec) {
  Needs all;
  all.add("pick " + spec.name, std::max(spec.range.high, relu_magnitude(program, spec.argument)));
  return all;
}

}  // namespace carrybit::constructions
