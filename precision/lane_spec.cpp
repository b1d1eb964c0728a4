#include "precision/lane_spec.hpp"

#include "precision/exact/round.hpp"

namespace carrybit {

lane::Spec lane_spec(const Format& format) {
  lane::Spec s;
  s.fixed = format.is_fixed();
  s.has_infinity = format.has_infinity();
  s.has_nan = format.has_nan();
  s.signed_zero = format.has_signed_zero();
  s.flush_subnormals = format.flush_subnormals;
  s.traps = format.overflow == Overflow::trap;
  s.beyond = format.overflow == Overflow::wrap ? lane::Beyond::wrap
             : format.saturates()              ? lane::Beyond::saturate
             : format.has_infinity()           ? lane::Beyond::infinity
                                               : lane::Beyond::nan;
  s.precision = format.precision();
  s.min_quantum = static_cast<int>(format.min_quantum());
  s.width = format.width();
  s.largest = exact::largest(format).to_double();
  s.lowest = -exact::largest(format, true).to_double();
  s.smallest_normal = exact::smallest_normal(format).to_double();
  return s;
}

lane::FixedSpec fixed_spec(const Format& format) {
  lane::FixedSpec s;
  s.fraction_bits = format.fraction_bits;
  s.width = format.width();
  const std::uint64_t top = std::uint64_t{1} << format.precision();
  s.largest = static_cast<std::int64_t>(top - 1);
  s.lowest = format.twos_complement ? static_cast<std::int64_t>(~top + 1) : -s.largest;
  s.wraps = format.overflow == Overflow::wrap;
  s.traps = format.overflow == Overflow::trap;
  return s;
}

}  // namespace carrybit
