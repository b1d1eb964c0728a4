// Adversarial additions (two operands), and strings of bits for majority and parity.

#include <algorithm>
#include <array>
#include <utility>

#include "arith_tasks/families.hpp"

namespace carrybit::families {

namespace {

std::size_t size(int count) { return static_cast<std::size_t>(count); }

/// A chain of `length` digits from `start`: a generate, then propagating digits, then a kill.
std::vector<Column> chain(int digits, int start, int length, Column generate) {
  std::vector<Column> columns(size(digits), Column::any);
  columns[size(start)] = generate;
  std::fill_n(columns.begin() + start + 1, length - 1, Column::propagate);
  if (start + length < digits) columns[size(start + length)] = Column::kill;
  return columns;
}

void chain_families(const Shape& shape, DrawStream& draws, Collector& out) {
  const int n = shape.digits;
  const auto add = [&](int start, int length) {
    const Column kind = draws.chance(1, 2) ? Column::generate : Column::generate_max;
    std::vector<Digits> operands = from_columns(shape.base, chain(n, start, length, kind), draws);
    out.add(shape, "chain", operands);
    // The twin differs in one column, which now kills: no carry may appear above it.
    const std::vector<Digits> kill = from_columns(shape.base, {Column::kill}, draws);
    for (std::size_t x = 0; x < 2; ++x) operands[x][size(start)] = kill[x][0];
    out.add(shape, "killed_twin", operands);
  };
  // The longest first, so that a limit on the family's size costs only the middling ones.
  for (const int start : spread(n, std::max(1, out.per_family() / 4))) add(start, n - start);
  for (int length = 1; length < n; length *= 2) {
    add(0, length);
    add(draws.between(0, n - length), length);
    add(n - length, length);
  }
  for (int i = 0; i < out.per_family() && !out.full(shape, "chain"); ++i) {
    const int start = draws.between(0, n - 1);
    add(start, draws.between(1, n - start));
  }
}

}  // namespace

void add_families(const Shape& shape, DrawStream& draws, Collector& out) {
  const int n = shape.digits;
  const int p = shape.base;
  const Digits zero(size(n), 0);
  const Digits max(size(n), shape.top());
  Digits one = zero;
  one[0] = 1;
  Digits high = zero;
  high.back() = 1;

  out.add(shape, "longest_chain", {max, one});
  out.add(shape, "longest_chain", {one, max});
  for (int i = 0; i < out.per_family() / 4; ++i)
    out.add(shape, "longest_chain", from_columns(p, chain(n, 0, n, Column::generate), draws));
  const std::vector<std::vector<Digits>> extremes = {{zero, zero}, {max, max},  {max, zero},
                                                     {zero, max},  {high, max}, {max, high},
                                                     {high, high}, {one, one}};
  for (const auto& operands : extremes) out.add(shape, "extremes", operands);

  chain_families(shape, draws, out);

  // One digit that does not propagate, in a number that otherwise does: above a lone generate there
  // are carries and below none; a lone kill stops the chain that digit 0 starts.
  for (const int j : spread(n, out.per_family())) {
    std::vector<Column> columns(size(n), Column::propagate);
    columns[size(j)] = Column::generate;
    out.add(shape, "lone_generate", from_columns(p, columns, draws));
    columns[0] = Column::generate_max;
    columns[size(j)] = Column::kill;
    out.add(shape, "stopped_chain", from_columns(p, columns, draws));
  }
  out.add(shape, "all_propagate", {max, zero});
  for (int i = 0; i < out.per_family() / 4; ++i)
    out.add(shape, "all_propagate",
            from_columns(p, std::vector(size(n), Column::propagate), draws));

  using enum Column;
  const std::vector<std::pair<Column, Column>> alternations = {
      {generate, kill},          {kill, generate},          {propagate, generate},
      {generate, propagate},     {propagate, kill},         {kill, propagate},
      {generate_max, kill_zero}, {kill_zero, generate_max}, {generate_max, propagate},
      {propagate, generate_max}};
  for (const auto& [even, odd] : alternations) {
    std::vector<Column> columns(size(n), even);
    for (std::size_t j = 1; j < columns.size(); j += 2) columns[j] = odd;
    out.add(shape, "alternating", from_columns(p, columns, draws));
  }
  for (int i = 0; i < out.per_family(); ++i) {
    std::vector<Column> columns(size(n));
    // Every column within one of the threshold: sums p-2, p-1, p.
    for (Column& c : columns) c = std::array{kill, propagate, generate}[draws.below(3)];
    out.add(shape, "near_threshold", from_columns(p, columns, draws));
    const std::uint32_t sixteenths = 8 + draws.below(8);
    for (Column& c : columns) c = draws.chance(sixteenths, 16) ? propagate : any;
    out.add(shape, "mostly_propagate", from_columns(p, columns, draws));
  }
}

void bit_families(const Shape& shape, DrawStream& draws, Collector& out) {
  const int n = shape.digits;
  const auto low = [&](int ones) {
    Digits bits(size(n), 0);
    std::fill_n(bits.begin(), ones, 1);
    return bits;
  };
  const auto mirrored = [](Digits bits) {
    std::reverse(bits.begin(), bits.end());
    return bits;
  };
  out.add(shape, "extremes", {low(0)});
  out.add(shape, "extremes", {low(n)});
  // Both sides of the majority, then counts around each power of two; each at one end, at the
  // other, spread out, and at random.
  const auto count = [&](std::string_view family, int ones) {
    if (ones < 0 || ones > n) return;
    out.add(shape, family, {low(ones)});
    out.add(shape, family, {mirrored(low(ones))});
    Digits even(size(n), 0);
    for (int i = 0; i < ones; ++i) even[size(static_cast<int>(std::int64_t{i} * n / ones))] = 1;
    out.add(shape, family, {even});
    out.add(shape, family, {random_bits(n, ones, draws)});
  };
  for (int round = 0; round < std::max(1, out.per_family() / 16); ++round)
    for (int ones = n / 2 - 1; ones <= n / 2 + 2; ++ones) count("half", ones);
  for (const int ones : around_powers_of_two(n, n)) count("power_of_two", ones);
  for (const int j : spread(n, out.per_family())) {
    Digits bits = low(0);
    bits[size(j)] = 1;
    out.add(shape, "single_one", {bits});
    for (int& bit : bits) bit = 1 - bit;
    out.add(shape, "single_zero", {bits});
  }
}

}  // namespace carrybit::families
