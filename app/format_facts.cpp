#include "app/format_facts.hpp"

#include <fmt/format.h>

#include "precision/exact/exact.hpp"

namespace carrybit::app {

namespace {

std::string layout_of(const Format& f) {
  if (f.is_fixed()) {
    return fmt::format("s1 i{} f{}", f.integer_bits, f.fraction_bits);
  }
  if (f.layout == Layout::unnormalised) {
    return fmt::format("s1 m{} e{}", f.precision(), f.exponent_bits);
  }
  if (f.has_unbounded_exponent()) {
    return fmt::format("s1 e* m{}", f.fraction_bits);
  }
  return fmt::format("s1 e{} m{}", f.exponent_bits, f.fraction_bits);
}

/// Not so for one exponent bit in the IEEE layout, where every finite value is subnormal.
bool has_normals(const Format& f) {
  return f.is_floating() &&
         exact::compare(exact::smallest_normal(f), exact::largest(f)) != exact::Ordering::greater;
}

bool has_subnormals(const Format& f) {
  return f.is_floating() && !f.flush_subnormals &&
         exact::smallest(f).leading_exponent() < f.min_exponent();
}

bool holds_one(const Format& f) {
  if (f.has_unbounded_exponent()) {
    return true;
  }
  const Number one = Number::integer(1);
  return exact::compare(one, exact::smallest(f)) != exact::Ordering::less &&
         exact::compare(one, exact::largest(f)) != exact::Ordering::greater &&
         exact::quantum_at(0, f) <= 0;
}

std::string alias_of(const Format& f) {
  const std::string canonical = f.name();
  for (const Alias& a : aliases()) {
    if (a.name == canonical) {
      return std::string(a.alias);
    }
  }
  return "";
}

}  // namespace

FormatFacts facts_of(const Format& format) {
  FormatFacts facts;
  facts.alias = alias_of(format);
  facts.format = format;
  facts.layout = layout_of(format);
  if (!format.has_unbounded_exponent()) {
    facts.largest = exact::largest(format);
    facts.lowest = -exact::largest(format, true);
    facts.smallest = exact::smallest(format);
    if (has_normals(format)) {
      facts.smallest_normal = exact::smallest_normal(format);
    }
    if (has_subnormals(format)) {
      facts.smallest_subnormal = exact::smallest(format);
    }
  }
  if (holds_one(format)) {
    facts.ulp_at_1 = Number::finite(false, 1, exact::quantum_at(0, format));
  }
  facts.carrier = carrier_of(format);
  return facts;
}

std::string_view carrier_name(Carrier carrier) {
  switch (carrier) {
    case Carrier::float32: return "float32";
    case Carrier::float64: return "float64";
    case Carrier::int64: return "int64";
  }
  return "";
}

}  // namespace carrybit::app
