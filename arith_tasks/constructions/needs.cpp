#include "arith_tasks/constructions/needs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "arith_tasks/constructions/setting.hpp"
#include "precision/error.hpp"

namespace carrybit::constructions {

namespace {

double right_hand_side(const Need& need, double gap, bool integers) {
  return need.plain + need.gaps * gap - (integers ? need.slack : 0);
}

}  // namespace

void Needs::add(std::string what, double plain, double gaps, double slack) {
  list.push_back({std::move(what), plain, gaps, slack});
}

void Needs::add_floats(std::string what, double plain, double in_floats, double slack) {
  list.push_back({std::move(what), plain, 0, slack, in_floats});
}

void Needs::add(const Needs& others) {
  list.insert(list.end(), others.list.begin(), others.list.end());
  fraction_bits = std::max(fraction_bits, others.fraction_bits);
  or_integers = or_integers || others.or_integers;
}

const Need& Needs::decisive(double gap, bool integers) const {
  return *std::ranges::max_element(
      list, {}, [gap, integers](const Need& need) { return right_hand_side(need, gap, integers); });
}

double Needs::largest(double gap, bool integers) const {
  if (list.empty()) return 1;
  return std::max(1.0, right_hand_side(decisive(gap, integers), gap, integers));
}

bool Needs::speaks_of_floats() const {
  return fraction_bits == 0 ||
         std::ranges::any_of(list, [](const Need& need) { return need.in_floats.has_value(); });
}

int integer_bits(const Needs& needs, int fraction_bits, Rounding rounding) {
  if (fraction_bits < needs.fraction_bits && !(fraction_bits == 0 && needs.or_integers))
    throw BadInput(fmt::format("{} fraction bits: this construction needs at least {}",
                               fraction_bits, needs.fraction_bits));
  // C does not depend on the integer bits; a format with room for it tells.
  const double gap = score_gap(Format::fixed(16, fraction_bits), rounding);
  const double bound = std::max(needs.largest(gap, fraction_bits == 0), gap);
  int bits = 0;
  while (std::ldexp(1.0, bits) - std::ldexp(1.0, -fraction_bits) < bound) ++bits;
  return bits;
}

Format smallest_fixed(const Needs& needs, Rounding rounding) {
  const int fraction_bits = needs.or_integers ? 0 : needs.fraction_bits;
  return Format::fixed(integer_bits(needs, fraction_bits, rounding), fraction_bits);
}

int significand_bits(const Needs& needs) {
  double largest = 1;
  for (const Need& need : needs.list)
    largest = std::max(largest, need.in_floats.value_or(need.plain) + need.gaps);
  return std::max(0, static_cast<int>(std::ceil(std::log2(largest))) - 1);
}

Format smallest_floating(const Needs& needs, int exponent_bits) {
  Format format = Format::floating(2, significand_bits(needs));
  format.exponent_bits = exponent_bits;
  if (exponent_bits != Format::unbounded) {
    const double gap = score_gap(format);
    if (needs.largest(gap) > largest_value(format))
      throw BadInput(
          fmt::format("float:e{}: '{}' needs numbers up to {}; accepted: more exponent bits",
                      exponent_bits, needs.decisive(gap).what, needs.largest(gap)));
  }
  return format;
}

}  // namespace carrybit::constructions
