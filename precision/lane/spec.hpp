#pragma once
// A format as the lanes see it: plain numbers, known at run time, broadcast to every lane.

#include <cstdint>

#include "precision/lane/bits.hpp"
#include "precision/random.hpp"
#include "precision/rounding.hpp"

namespace carrybit::lane {

/// What a result beyond the largest value becomes (`trap` saturates here and counts a fault).
enum class Beyond : std::uint8_t { infinity, nan, saturate, wrap };

/// A floating-point format (p <= 25, at most 10 exponent bits) or a fixed-point one (I + F <= 26).
struct Spec {
  bool fixed = false;
  bool has_infinity = false;
  bool has_nan = false;
  bool signed_zero = false;
  bool flush_subnormals = false;
  bool traps = false;
  Beyond beyond = Beyond::saturate;
  int precision = 0;    // significand bits p; unused by fixed point
  int min_quantum = 0;  // every value is a multiple of 2^min_quantum
  int width = 0;
  double largest = 0;
  double lowest = 0;           // the most negative finite value
  double smallest_normal = 0;  // floating point
};

/// How the operations round, where their random bits come from, and who counts faults.
struct Context {
  Spec spec;
  Rounding rounding = Rounding::rne;
  Draw draw = {};
  std::uint64_t* faults = nullptr;
};

CARRYBIT_HD inline void count_fault(const Context& c) {
  if (c.spec.traps && c.faults != nullptr) {
    ++*c.faults;
  }
}

template <class T>
CARRYBIT_HD inline T deliver_zero(bool negative, const Context& c) {
  return with_sign(T{0}, negative && c.spec.signed_zero);
}

template <class T>
CARRYBIT_HD inline T largest(bool negative, const Context& c) {
  return static_cast<T>(negative ? c.spec.lowest : c.spec.largest);
}

/// As exact::deliver_infinity.
template <class T>
CARRYBIT_HD inline T deliver_infinity(bool negative, const Context& c) {
  switch (c.spec.beyond) {
    case Beyond::infinity: return infinity<T>(negative);
    case Beyond::nan: return quiet_nan<T>();
    case Beyond::wrap: return T{0};
    case Beyond::saturate: break;
  }
  count_fault(c);
  return largest<T>(negative, c);
}

/// As exact::deliver_invalid.
template <class T>
CARRYBIT_HD inline T deliver_invalid(bool finite_operands, const Context& c) {
  count_fault(c);
  const bool spared = c.spec.beyond == Beyond::saturate && finite_operands;
  return c.spec.has_nan && !spared ? quiet_nan<T>() : T{0};
}

/// A finite result beyond the largest value. Wrapping is done where the integer is known.
template <class T>
CARRYBIT_HD inline T deliver_overflow(bool negative, const Context& c) {
  if (c.spec.beyond == Beyond::saturate) {
    count_fault(c);
    return largest<T>(negative, c);
  }
  const Rounding r = c.rounding;
  if (r == Rounding::rz || r == Rounding::ro || (r == Rounding::ru && negative) ||
      (r == Rounding::rd && !negative)) {
    return largest<T>(negative, c);
  }
  return c.spec.beyond == Beyond::infinity ? infinity<T>(negative) : quiet_nan<T>();
}

}  // namespace carrybit::lane
