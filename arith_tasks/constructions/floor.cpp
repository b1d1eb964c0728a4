#include "arith_tasks/constructions/floor.hpp"

#include <algorithm>

#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

Form FloorTable::quotient() const { return index + Form(offset()); }

FloorTable floor_table(Program& program, int entries) {
  FloorTable table{.entries = entries, .index = {}, .square = {}, .mask = {}};
  const double h = table.offset();
  const double top = entries - 1 - h;
  table.index = program.channel("tq", Range::integers(-h, top), "quotient q of the table, minus h");
  table.square = program.channel("tq^2", Range::integers(0, top * top), "its square");
  table.mask = program.channel("not_table", Range::bit(), "0 on the table of quotients");
  program.everywhere(table.mask, 1);
  for (int q = 0; q < entries; ++q) {
    program.position(q, table.mask, 0);
    program.position(q, table.index, q - h);
    program.position(q, table.square, (q - h) * (q - h));
  }
  return table;
}

std::int64_t floor_offset(std::int64_t divisor, const FloorTable& table) {
  return -(divisor * table.offset() + divisor / 2);
}

int floor_parity(std::int64_t divisor) { return static_cast<int>(1 - divisor % 2); }

Floor constant_divisor(Floor spec, std::int64_t divisor, std::int64_t largest) {
  const auto d = static_cast<double>(divisor);
  const Form role = spec.role;
  spec.divisor = d * role;
  spec.offset = static_cast<double>(floor_offset(divisor, spec.table)) * role;
  spec.parity = static_cast<double>(floor_parity(divisor)) * role;
  spec.cases = {{divisor, largest}};
  return spec;
}

void floor_divide(Program& program, Floor spec) {
  const double gap = program.setting().gap;
  const Form rho = gap * (spec.argument + spec.offset);
  program.layer().heads.push_back({spec.name,
                                   {{rho, spec.table.index},
                                    {-gap * spec.divisor, spec.table.square},
                                    {rho, spec.table.index},
                                    {gap * spec.parity, spec.table.index},
                                    {-gap * Form(spec.role), spec.table.mask}},
                                   spec.values});
  spec.at = program.last_head();
  program.record(std::move(spec));
}

double floor_magnitude(int entries, const FloorCase& which) {
  const std::int64_t q = which.divisor;
  const std::int64_t h = (entries - 1) / 2;
  const std::int64_t top = entries - 1 - h;
  const int beta = floor_parity(q);
  std::int64_t most = q * top * top;
  // Every term is monotone in x while the quotient stays the same: its ends are enough.
  for (std::int64_t quotient = 0; quotient <= which.largest / q; ++quotient)
    for (const std::int64_t x : {quotient * q, std::min(quotient * q + q - 1, which.largest)}) {
      const std::int64_t t = quotient - h;
      const std::int64_t rho = x - q * h - q / 2;
      const std::int64_t square = q * t * t;
      most = std::max(
          {most, rho * t, rho * t - square, 2 * rho * t - square, 2 * rho * t - square + beta * t});
    }
  return static_cast<double>(most);
}

Needs needs(const Floor& spec) {
  Needs all;
  for (const FloorCase& which : spec.cases) {
    const double largest = static_cast<double>(which.largest);
    const double offset = -static_cast<double>(floor_offset(which.divisor, spec.table));
    // rho itself, computed before it meets the key: C x - C |offset| in either order.
    all.add("floor " + spec.name, 0,
            std::max({floor_magnitude(spec.table.entries, which), largest, offset}));
  }
  return all;
}

}  // namespace carrybit::constructions
