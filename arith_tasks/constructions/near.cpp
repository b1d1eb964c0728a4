#include "arith_tasks/constructions/near.hpp"

#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

void near(Program& program, Near spec) {
  const double gap = program.setting().gap;
  const Form rank = -gap * Form(spec.role);
  const Form half_mask = -gap * no_rank(spec.ranks) * Form(spec.role);
  program.layer().heads.push_back(
      {spec.name,
       {{rank, spec.rank}, {half_mask, spec.blocked}, {half_mask, spec.blocked}},
       spec.values});
  spec.at = program.last_head();
  program.record(std::move(spec));
}

Needs needs(const Near& spec) {
  Needs all;
  all.add("near " + spec.name, 0, no_rank(spec.ranks));
  return all;
}

}  // namespace carrybit::constructions
