#include "precision/exact/round.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "precision/error.hpp"

namespace carrybit::exact {

namespace {

/// What is cut off, as a fraction of the quantum.
enum class Tail { none, below_half, half, above_half };

/// A magnitude cut at the quantum: kept * 2^quantum + tail.
struct Cut {
  Integer kept;
  std::int64_t quantum = 0;
  Tail tail = Tail::none;
  bool beyond_draw = false;  // sr: the tail exceeds the drawn threshold
};

void record(const Context& context, std::string_view operation, std::string_view what) {
  if (context.format.overflow != Overflow::trap || context.faults == nullptr) {
    return;
  }
  if (context.faults->count++ == 0) {
    context.faults->first = fmt::format("{} {} {}", operation, what, context.format.name());
  }
}

Tail classify(const Integer& rest, unsigned drop, bool sticky) {
  if (rest == 0 && !sticky) {
    return Tail::none;
  }
  const Integer half = Integer(1) << (drop - 1);
  if (rest == half) {
    return sticky ? Tail::above_half : Tail::half;
  }
  return rest < half ? Tail::below_half : Tail::above_half;
}

/// Is (rest + sticky) / 2^drop > threshold / 2^(bits + 1)?
bool exceeds_draw(const Integer& rest, unsigned drop, bool sticky, const Draw& draw) {
  const Integer left = rest << (Draw::bits + 1);
  const Integer right = Integer(draw.threshold()) << drop;
  return left > right || (left == right && sticky);
}

Cut cut(const Real& value, const Context& context) {
  Cut result;
  const std::int64_t length = bit_length(value.magnitude);
  const std::int64_t lead = value.exponent + length - 1;
  result.quantum = quantum_at(lead, context.format);
  const std::int64_t drop = result.quantum - value.exponent;
  if (drop <= 0) {
    if (value.sticky) {
      throw std::logic_error("exact::round: a sticky value without guard bits");
    }
    result.kept = value.magnitude;
    result.quantum = value.exponent;
    return result;
  }
  if (drop > length + Draw::bits + 2) {  // far below half a quantum and every threshold
    result.tail = Tail::below_half;
    return result;
  }
  const auto d = static_cast<unsigned>(drop);
  result.kept = value.magnitude >> d;
  const Integer rest = value.magnitude - (result.kept << d);
  result.tail = classify(rest, d, value.sticky);
  if (context.rounding == Rounding::sr && result.tail != Tail::none) {
    result.beyond_draw = exceeds_draw(rest, d, value.sticky, context.draw);
  }
  return result;
}

bool rounds_away(const Cut& c, bool negative, Rounding mode) {
  if (c.tail == Tail::none) {
    return false;
  }
  const bool odd = c.kept != 0 && boost::multiprecision::bit_test(c.kept, 0);
  switch (mode) {
    case Rounding::rne: return c.tail == Tail::above_half || (c.tail == Tail::half && odd);
    case Rounding::rna: return c.tail != Tail::below_half;
    case Rounding::rnz: return c.tail == Tail::above_half;
    case Rounding::rz: return false;
    case Rounding::ru: return !negative;
    case Rounding::rd: return negative;
    case Rounding::ro: return !odd;
    case Rounding::sr: return c.beyond_draw;
  }
  return false;
}

/// Under these modes a result beyond the largest value stays finite.
bool overflow_stays_finite(bool negative, Rounding mode) {
  return mode == Rounding::rz || mode == Rounding::ro || (mode == Rounding::ru && negative) ||
         (mode == Rounding::rd && !negative);
}

Number signed_largest(const Format& format, bool negative) {
  Number n = largest(format, negative);
  n.negative = negative && !n.is_zero();
  return n;
}

/// m * 2^quantum modulo 2^width, as two's complement.
Number wrap(const Cut& c, bool negative, const Format& format) {
  const auto width = static_cast<unsigned>(format.width());
  const std::int64_t up = c.quantum + format.fraction_bits;
  if (up >= format.width()) {
    return Number::zero();
  }
  const Integer modulus = Integer(1) << width;
  Integer m = (c.kept << static_cast<unsigned>(up)) % modulus;
  if (negative && m != 0) {
    m = modulus - m;
  }
  const bool low = m >= (modulus >> 1);
  return Number::finite(low, low ? modulus - m : m, -format.fraction_bits);
}

Number deliver_overflow(const Cut& c, bool negative, const Context& context,
                        std::string_view operation) {
  switch (context.format.overflow) {
    case Overflow::wrap: return wrap(c, negative, context.format);
    case Overflow::trap:
      record(context, operation, "overflows");
      return signed_largest(context.format, negative);
    case Overflow::saturate: return signed_largest(context.format, negative);
    case Overflow::special: break;
  }
  if (overflow_stays_finite(negative, context.rounding)) {
    return signed_largest(context.format, negative);
  }
  return context.format.has_infinity() ? Number::infinity(negative) : Number::nan();
}

bool exceeds(const Cut& c, const Number& bound) {
  const std::int64_t lead = c.quantum + bit_length(c.kept) - 1;
  if (bound.is_zero() || lead != bound.leading_exponent()) {
    return bound.is_zero() || lead > bound.leading_exponent();
  }
  const std::int64_t low = std::min(c.quantum, bound.exponent);
  return (c.kept << static_cast<unsigned>(c.quantum - low)) >
         (bound.magnitude << static_cast<unsigned>(bound.exponent - low));
}

}  // namespace

std::int64_t quantum_at(std::int64_t lead, const Format& format) {
  if (format.is_fixed()) {
    return -format.fraction_bits;
  }
  return std::max(lead - (format.precision() - 1), format.min_quantum());
}

Number largest(const Format& format, bool negative) {
  if (format.is_fixed()) {
    const Integer top = Integer(1) << static_cast<unsigned>(format.precision());
    const bool lowest = negative && format.twos_complement;
    return Number::finite(false, lowest ? top : top - 1, -format.fraction_bits);
  }
  const std::int64_t quantum = quantum_at(format.max_exponent(), format);
  const std::int64_t bits = format.max_exponent() - quantum + 1;
  const int reserved = format.layout == Layout::fn && format.fraction_bits > 0 ? 2 : 1;
  return Number::finite(false, (Integer(1) << static_cast<unsigned>(bits)) - reserved, quantum);
}

Number smallest(const Format& format) {
  return format.flush_subnormals ? smallest_normal(format)
                                 : Number::finite(false, 1, format.min_quantum());
}

Number smallest_normal(const Format& format) {
  return Number::finite(false, 1, format.is_fixed() ? format.min_quantum() : format.min_exponent());
}

Number round(const Real& value, const Context& context, std::string_view operation) {
  Cut c = cut(value, context);
  if (rounds_away(c, value.negative, context.rounding)) {
    ++c.kept;
  }
  if (c.kept == 0) {
    return deliver_zero(value.negative, context);
  }
  const Format& format = context.format;
  if (format.has_unbounded_exponent()) {
    const std::int64_t lead = c.quantum + bit_length(c.kept) - 1;
    if (lead > format.max_exponent() / 2 || lead < -format.max_exponent() / 2) {
      throw BadInput(
          fmt::format("{}: the exponent of the result, {}, is beyond 2^61", operation, lead));
    }
    return Number::finite(value.negative, std::move(c.kept), c.quantum);
  }
  if (exceeds(c, largest(format, value.negative))) {
    return deliver_overflow(c, value.negative, context, operation);
  }
  if (format.flush_subnormals && c.quantum + bit_length(c.kept) - 1 < format.min_exponent()) {
    return deliver_zero(value.negative, context);
  }
  return Number::finite(value.negative, std::move(c.kept), c.quantum);
}

Number deliver_infinity(bool negative, const Context& context, std::string_view operation) {
  switch (context.format.overflow) {
    case Overflow::special:
      return context.format.has_infinity() ? Number::infinity(negative) : Number::nan();
    case Overflow::wrap: return Number::zero();  // an infinite value has no residue
    case Overflow::trap: record(context, operation, "overflows"); break;
    case Overflow::saturate: break;
  }
  return signed_largest(context.format, negative);
}

Number deliver_invalid(bool finite_operands, const Context& context, std::string_view operation) {
  record(context, operation, "is invalid in");
  const bool spared = context.format.saturates() && finite_operands;
  return context.format.has_nan() && !spared ? Number::nan() : Number::zero();
}

Number deliver_nan(const Context& context, std::string_view operation) {
  return deliver_invalid(false, context, operation);
}

Number deliver_zero(bool negative, const Context& context) {
  return Number::zero(negative && context.format.has_signed_zero());
}

}  // namespace carrybit::exact
