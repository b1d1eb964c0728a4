#include "arith_tasks/constructions/iter_add_log_floor.hpp"

#include <algorithm>

#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

double halved_floor_magnitude(int entries, const FloorCase& which) {
  const std::int64_t q = which.divisor;
  const std::int64_t h = (entries - 1) / 2;
  const std::int64_t top = entries - 1 - h;
  const int beta = floor_parity(q);
  std::int64_t winner = 0;
  std::int64_t raised = 0;
  // For one quotient and one t everything is linear in x, and for one x in t: the ends are enough.
  for (std::int64_t quotient = 0; quotient <= which.largest / q; ++quotient)
    for (const std::int64_t x : {quotient * q, std::min(quotient * q + q - 1, which.largest)}) {
      const std::int64_t t = quotient - h;
      const std::int64_t rho = x - q * h - q / 2;
      const std::int64_t square = q * t * t;
      const std::int64_t score = 2 * rho * t - square + beta * t;
      winner = std::max({winner, rho * t, rho * t - (q / 2) * t * t, rho * t - square,
                         square - rho * t, 2 * rho * t - square, score});
      raised = std::max({raised, (rho + beta) * top - score + 1, -(rho + beta) * h - score + 1});
    }
  const std::int64_t clipping = std::max((q + 1) / 2 * top * top, raised);
  return static_cast<double>(std::max(winner, std::min(q * top * top, clipping)));
}

void floor_divide_halved(Program& program, Floor spec, const Form& half) {
  const double gap = program.setting().gap;
  const Form rho = gap * (spec.argument + spec.offset);
  program.layer().heads.push_back({spec.name,
                                   {{rho, spec.table.index},
                                    {-gap * half, spec.table.square},
                                    {-gap * (spec.divisor - half), spec.table.square},
                                    {rho, spec.table.index},
                                    {gap * spec.parity, spec.table.index},
                                    {-gap * Form(spec.role), spec.table.mask}},
                                   spec.values});
  Needs asks;
  for (const FloorCase& which : spec.cases)
    // rho itself, as in FLOOR.
    asks.add("halved floor " + spec.name, 0,
             std::max({halved_floor_magnitude(spec.table.entries, which),
                       static_cast<double>(which.largest),
                       -static_cast<double>(floor_offset(which.divisor, spec.table))}));
  program.record(
      ByHand{.name = "halved floor " + spec.name, .asks = asks, .at = program.last_head()});
}

}  // namespace carrybit::constructions
