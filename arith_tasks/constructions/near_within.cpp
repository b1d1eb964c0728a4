#include "arith_tasks/constructions/near_within.hpp"

#include <algorithm>

#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

void near_within(Program& program, NearWithin spec) {
  const double gap = program.setting().gap;
  const double step = gap * (spec.ranks + 1);
  const Form role = spec.role;
  Head head{spec.name, {}, spec.values};
  for (int c = 0; c < spec.code.digits(); ++c) {
    const auto i = static_cast<std::size_t>(c);
    const Form component = spec.group.components.at(i);
    const Form square = spec.group.squares.at(i);
    head.scores.push_back({step * component, component});
    head.scores.push_back({-step * square, spec.flag});
    head.scores.push_back({step * component, component});
    head.scores.push_back({-step * role, square});
  }
  head.scores.push_back({-gap * role, spec.rank});
  head.scores.push_back({-step * role, spec.blocked});
  program.layer().heads.push_back(std::move(head));
  spec.at = program.last_head();
  program.record(std::move(spec));
}

Needs needs(const NearWithin& spec) {
  const double b = spec.code.bound();
  Needs all;
  all.add("near within " + spec.name, 0, (spec.ranks + 1) * std::max(1.0, b * b));
  return all;
}

}  // namespace carrybit::constructions
