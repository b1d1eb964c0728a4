#include "arith_tasks/constructions/setting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "precision/error.hpp"
#include "precision/exact/exact.hpp"

namespace carrybit::constructions {

namespace {

bool vanishes(double gap, const Role& role) {
  const exact::Context context{role.format, role.rounding, {}, nullptr};
  return exact::exp(Number::from_double(-gap), context).is_zero();
}

bool is_value(double x, const Format& format) {
  const Number exactly = Number::from_double(x);
  return identical(exact::convert(exactly, {format, Rounding::rz, {}, nullptr}), exactly);
}

[[noreturn]] void refuse(const Role& role) {
  throw BadInput(fmt::format(
      "{} {}: exp of its lowest number does not round to 0, so that attention cannot single out a "
      "token; accepted: a wider format, rounded to nearest or towards zero",
      role.format.name(), name(role.rounding)));
}

/// The least multiple of the quantum, by bisection between 0 and the largest value.
double fixed_gap(const Role& role, double largest) {
  const double quantum = std::ldexp(1.0, -std::min(role.format.fraction_bits, 16));
  double low = 0;  // does not vanish
  double high = std::floor(std::min(largest, 8192.0) / quantum);
  if (!vanishes(high * quantum, role)) refuse(role);
  while (high - low > 1) {
    const double middle = std::floor((low + high) / 2);
    (vanishes(middle * quantum, role) ? high : low) = middle;
  }
  return high * quantum;
}

double power_of_two_at_least(double x) { return std::exp2(std::ceil(std::log2(x))); }

bool rounds_to_nearest(Rounding mode) {
  return mode == Rounding::rne || mode == Rounding::rna || mode == Rounding::rnz;
}

double floating_gap(const Role& role, double largest) {
  if (role.format.has_unbounded_exponent()) {
    // Absorption needs 1 + tiny to round to 1 from either side.
    if (!rounds_to_nearest(role.rounding)) refuse(role);
    return power_of_two_at_least((role.format.fraction_bits + 512) * std::numbers::ln2);
  }
  // exp(-C) < quantum is necessary: start at half of that.
  const double least = -static_cast<double>(role.format.min_quantum()) * std::numbers::ln2;
  double gap = power_of_two_at_least(std::max(least / 2, 0.25));
  while (gap <= largest && !(is_value(gap, role.format) && vanishes(gap, role))) gap *= 2;
  if (gap > largest) refuse(role);
  return gap;
}

}  // namespace

double largest_value(const Format& format) {
  if (format.has_unbounded_exponent()) return std::numeric_limits<double>::max();
  const double value = exact::largest(format).to_double();
  // to_double() may have rounded up, even to infinity.
  if (std::isinf(value)) return std::numeric_limits<double>::max();
  return exact::compare(Number::from_double(value), exact::largest(format)) ==
                 exact::Ordering::greater
             ? std::nextafter(value, 0.0)
             : value;
}

double score_gap(const Format& format, Rounding rounding) {
  const Role role{format, rounding};
  const double largest = largest_value(format);
  return format.is_fixed() ? fixed_gap(role, largest) : floating_gap(role, largest);
}

Setting Setting::of(const Arithmetic& arithmetic) {
  Setting setting;
  setting.shift = arithmetic.shift;
  setting.normalise = arithmetic.normalise;
  setting.largest = std::numeric_limits<double>::max();
  const auto roles = arithmetic.roles();
  for (const Role* role : roles)
    setting.largest = std::min(setting.largest, largest_value(role->format));
  setting.gap = score_gap(arithmetic.probabilities.format, arithmetic.probabilities.rounding);
  setting.vanishing = !arithmetic.probabilities.format.has_unbounded_exponent();
  // A gap finer than the scores' own quantum is rounded up to it.
  for (const Role* role : roles)
    if (role->format.is_fixed()) {
      const double quantum = std::ldexp(1.0, -std::min(role->format.fraction_bits, 16));
      setting.gap = std::ceil(setting.gap / quantum) * quantum;
    } else {
      setting.gap = power_of_two_at_least(setting.gap);
    }
  for (const Role* role : roles)
    if (!is_value(setting.gap, role->format)) refuse(arithmetic.probabilities);
  return setting;
}

Setting Setting::symbolic(Shift shift, Normalise normalise) {
  Setting setting;
  setting.largest = std::numeric_limits<double>::max();
  setting.shift = shift;
  setting.normalise = normalise;
  return setting;
}

}  // namespace carrybit::constructions
