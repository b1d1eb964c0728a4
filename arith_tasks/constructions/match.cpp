#include "arith_tasks/constructions/match.hpp"

#include <algorithm>

#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

std::vector<Fetch> fetch(const std::vector<Channel>& values, const std::vector<Channel>& outs) {
  std::vector<Fetch> list;
  for (std::size_t i = 0; i < values.size(); ++i) list.push_back({values[i], outs.at(i)});
  return list;
}

namespace {

/// In gaps: what a score over garbage cannot exceed, rounded sums and all (match.hpp).
double worst_garbage(const AddressCode& code) {
  return 8.0 * std::max(1, code.bound() * code.bound()) * code.digits();
}

}  // namespace

void match(Program& program, Match spec) {
  const double gap = program.setting().gap;
  Head head{spec.name, {}, spec.values};
  for (int c = 0; c < spec.code.digits(); ++c) {
    const auto i = static_cast<std::size_t>(c);
    // A constant query is its place times role.
    const double v = spec.place ? spec.code.component(*spec.place, c) : 0;
    const Form q = spec.place ? v * Form(spec.role) : Form(spec.query.components.at(i));
    const Form q2 = spec.place ? v * v * Form(spec.role) : Form(spec.query.squares.at(i));
    head.scores.push_back({gap * q, spec.key.components.at(i)});
    head.scores.push_back({-gap * q2, spec.flag});
    head.scores.push_back({gap * q, spec.key.components.at(i)});
    head.scores.push_back({-gap * Form(spec.role), spec.key.squares.at(i)});
  }
  for (const Channel mask : spec.masks) head.scores.push_back({-gap * Form(spec.role), mask});
  if (spec.strong) {
    // Twice: one weight that is clipped to M would not do.
    const double weight = std::min(gap * worst_garbage(spec.code), program.setting().largest);
    for (int twice = 0; twice < 2; ++twice)
      head.scores.push_back({-weight * Form(spec.role), *spec.strong});
  }
  program.layer().heads.push_back(std::move(head));
  spec.at = program.last_head();
  program.record(std::move(spec));
}

Needs needs(const Match& spec) {
  const double b = spec.code.bound();
  Needs all;
  all.add("match " + spec.name, 0, std::max(1.0, b * b));
  return all;
}

}  // namespace carrybit::constructions
