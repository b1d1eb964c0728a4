#include "arith_tasks/constructions/and_unit.hpp"

#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

void and_unit(Program& program, And spec) {
  spec.at = program.open_units();
  program.unit(Form(spec.yes) - sum(spec.no), spec.outputs);
  spec.at = program.close(spec.at);
  program.record(std::move(spec));
}

Needs needs(const And& spec) {
  Needs all;
  all.add("and " + spec.name, 1);
  return all;
}

}  // namespace carrybit::constructions
