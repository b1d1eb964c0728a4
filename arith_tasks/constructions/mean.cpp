#include "arith_tasks/constructions/mean.hpp"

#include <algorithm>

#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

void uniform(Program& program, Uniform spec) {
  const double gap = program.setting().gap;
  program.layer().heads.push_back({spec.name, {{-gap * Form(spec.role), spec.mask}}, spec.values});
  spec.at = program.last_head();
  program.record(std::move(spec));
}

Needs needs(const Uniform& spec) {
  Needs all;
  all.add("uniform " + spec.name, 0, 1);
  return all;
}

void exact_mean(Program& program, Mean spec) {
  spec.normalise = program.setting().normalise;
  spec.at = program.last_head();
  if (spec.normalise == Normalise::weights) {
    int kappa = 0;
    while ((1 << kappa) < spec.ties) ++kappa;
    program.need_fraction_bits(kappa);
  }
  program.record(std::move(spec));
}

Needs needs(const Mean& spec) {
  const double ties = spec.ties;
  const double steps = spec.numerator / spec.grain;
  const bool divided = spec.normalise == Normalise::weights;
  // A sum that clips by less than K/2 still divides to the right integer.
  const double slack = spec.whole && !divided ? std::max(ties / 2 - 1, 0.0) : 0;
  Needs all;
  all.add("ties " + spec.name, ties);
  all.add_floats("value " + spec.name, spec.largest_value, spec.largest_value / spec.grain);
  all.add_floats("mean " + spec.name, divided ? spec.numerator / ties : spec.numerator, steps,
                 slack);
  return all;
}

}  // namespace carrybit::constructions
