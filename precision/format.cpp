#include "precision/format.hpp"

#include "precision/error.hpp"

namespace carrybit {

Format Format::fixed(int integer_bits, int fraction_bits) {
  Format f;
  f.kind = Kind::fixed;
  f.layout = Layout::finite;
  f.overflow = Overflow::saturate;
  f.exponent_bits = 0;
  f.integer_bits = integer_bits;
  f.fraction_bits = fraction_bits;
  return f;
}

Format Format::floating(int exponent_bits, int significand_bits) {
  Format f;
  f.exponent_bits = exponent_bits;
  f.fraction_bits = significand_bits;
  return f;
}

bool Format::has_nan() const {
  if (is_fixed()) {
    return false;
  }
  switch (layout) {
    case Layout::ieee: return fraction_bits > 0;
    case Layout::fn: return true;
    case Layout::finite:
    case Layout::unnormalised: return false;
  }
  return false;
}

int Format::width() const {
  if (is_fixed()) {
    return 1 + integer_bits + fraction_bits;
  }
  if (layout == Layout::unnormalised) {
    return 1 + exponent_bits + 2 * fraction_bits;
  }
  return 1 + (has_unbounded_exponent() ? 64 : exponent_bits) + fraction_bits;
}

int Format::precision() const {
  if (is_fixed()) {
    return integer_bits + fraction_bits;
  }
  return layout == Layout::unnormalised ? 2 * fraction_bits : fraction_bits + 1;
}

namespace {

std::int64_t power_of_two(int exponent) { return std::int64_t{1} << exponent; }

}  // namespace

std::int64_t Format::min_quantum() const {
  if (is_fixed()) {
    return -fraction_bits;
  }
  if (has_unbounded_exponent()) {
    return -power_of_two(62);
  }
  if (layout == Layout::unnormalised) {
    return -fraction_bits - (exponent_bits == 0 ? 0 : power_of_two(exponent_bits - 1));
  }
  return 2 - power_of_two(exponent_bits - 1) - fraction_bits;
}

std::int64_t Format::max_exponent() const {
  if (has_unbounded_exponent()) {
    return power_of_two(62);
  }
  switch (layout) {
    case Layout::ieee: return power_of_two(exponent_bits - 1) - 1;
    case Layout::fn:
      // The top binade belongs to numbers, but for its last code; without fraction bits that code
      // is the whole binade.
      return power_of_two(exponent_bits - 1) - (fraction_bits == 0 ? 1 : 0);
    case Layout::finite: return power_of_two(exponent_bits - 1);
    case Layout::unnormalised:
      return fraction_bits - 1 + (exponent_bits == 0 ? 0 : power_of_two(exponent_bits - 1) - 1);
  }
  return 0;
}

}  // namespace carrybit
