// The lane engine behind the common names of operation.hpp: exact numbers into a carrier, the lane
// operation, and back.

#include <array>
#include <stdexcept>

#include "precision/lane_spec.hpp"
#include "precision/operation.hpp"

namespace carrybit {

namespace {

/// A fault found by a lane is named by the exact engine, which faults alike.
void name_fault(Operation operation, std::span<const Number> x, const exact::Context& context) {
  if (context.faults != nullptr) {
    apply_exact(operation, x, context);
  }
}

/// Lanes take operands of carried formats only: products of longer ones would not be exact.
void require_carried(Carrier carrier, const Number& x) {
  if (x.kind != Number::Class::finite) {
    return;
  }
  const bool narrow = carrier == Carrier::float32;
  const std::int64_t lead = x.leading_exponent();
  const std::int64_t last = x.exponent + static_cast<std::int64_t>(lsb(x.magnitude));
  if (lead - last + 1 > (narrow ? 11 : 26) || last < (narrow ? -149 : -536) ||
      lead > (narrow ? 127 : 512)) {
    throw std::logic_error("apply_lane: an operand is a value of no format that the carrier holds");
  }
}

template <class T>
T to_carrier(const Number& x) {
  require_carried(sizeof(T) == sizeof(float) ? Carrier::float32 : Carrier::float64, x);
  return static_cast<T>(x.to_double());
}

lane::Decision transcendental(Operation operation, double x, const lane::Context& c) {
  switch (operation) {
    case Operation::exp: return lane::exp(x, c);
    case Operation::log: return lane::log(x, c);
    case Operation::tanh: return lane::tanh(x, c);
    case Operation::erf: return lane::erf(x, c);
    case Operation::sin: return lane::sin(x, c);
    case Operation::cos: return lane::cos(x, c);
    default: throw std::logic_error("not a transcendental function");
  }
}

template <class T>
lane::Decision algebraic(Operation operation, std::span<const Number> x, const lane::Context& c) {
  std::array<T, 3> v{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    v[i] = to_carrier<T>(x[i]);
  }
  switch (operation) {
    case Operation::add: return lane::decided(lane::add(v[0], v[1], c));
    case Operation::sub: return lane::decided(lane::sub(v[0], v[1], c));
    case Operation::mul: return lane::decided(lane::mul(v[0], v[1], c));
    case Operation::fma: return lane::decided(lane::fma(v[0], v[1], v[2], c));
    case Operation::div: return lane::decided(lane::div(v[0], v[1], c));
    case Operation::sqrt: return lane::decided(lane::sqrt(v[0], c));
    default: return transcendental(operation, to_carrier<double>(x[0]), c);
  }
}

Number apply_floating(Carrier carrier, Operation operation, std::span<const Number> x,
                      const exact::Context& context) {
  std::uint64_t faults = 0;
  const lane::Context c{lane_spec(context.format), context.rounding, context.draw, &faults};
  const lane::Decision y = carrier == Carrier::float32 ? algebraic<float>(operation, x, c)
                                                       : algebraic<double>(operation, x, c);
  if (!y.decided) {
    return apply_exact(operation, x, context);
  }
  if (faults != 0) {
    name_fault(operation, x, context);
  }
  return Number::from_double(y.value);
}

std::int64_t to_integer(const Number& x, const Format& format) {
  if (x.is_zero()) {
    return 0;
  }
  const std::int64_t up = x.exponent + format.fraction_bits;
  if (!x.is_finite() || up + static_cast<std::int64_t>(lsb(x.magnitude)) < 0 ||
      x.leading_exponent() + format.fraction_bits > 63) {
    throw std::logic_error("apply_lane: an operand is no value of " + format.name());
  }
  const Integer m = up >= 0 ? Integer(x.magnitude << static_cast<unsigned>(up))
                            : Integer(x.magnitude >> static_cast<unsigned>(-up));
  return lane::with_sign(static_cast<std::uint64_t>(m), x.negative);
}

Number from_integer(std::int64_t m, const Format& format) {
  return Number::finite(m < 0, Integer(lane::magnitude(m)), -format.fraction_bits);
}

Number apply_fixed(Operation operation, std::span<const Number> x, const exact::Context& context) {
  std::uint64_t faults = 0;
  const lane::FixedContext c{fixed_spec(context.format), context.rounding, context.draw, &faults};
  std::array<std::int64_t, 3> v{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    v[i] = to_integer(x[i], context.format);
  }
  std::int64_t result = 0;
  switch (operation) {
    case Operation::add: result = lane::add(v[0], v[1], c); break;
    case Operation::sub: result = lane::sub(v[0], v[1], c); break;
    case Operation::mul: result = lane::mul(v[0], v[1], c); break;
    case Operation::fma: result = lane::fma(v[0], v[1], v[2], c); break;
    case Operation::div: result = lane::div(v[0], v[1], c); break;
    case Operation::sqrt: result = lane::sqrt(v[0], c); break;
    default:  // 63 bits are beyond a double-double's bound often enough: always ask
      return apply_exact(operation, x, context);
  }
  if (faults != 0) {
    name_fault(operation, x, context);
  }
  return from_integer(result, context.format);
}

bool float_range_within(const Format& f, int precision, int quantum, int exponent) {
  return f.is_floating() && !f.has_unbounded_exponent() && f.precision() <= precision &&
         f.min_quantum() >= quantum && f.max_exponent() <= exponent;
}

}  // namespace

bool carries(Carrier carrier, const Format& format) {
  switch (carrier) {
    case Carrier::float32: return float_range_within(format, 11, -149, 127);
    case Carrier::float64:
      return format.is_fixed() ? format.precision() <= 26
                               : float_range_within(format, 25, -536, 512);
    case Carrier::int64: return format.is_fixed() && format.precision() <= 63;
  }
  return false;
}

std::optional<Carrier> carrier_of(const Format& format) {
  for (const Carrier carrier : {Carrier::float32, Carrier::float64, Carrier::int64}) {
    if (carries(carrier, format)) {
      return carrier;
    }
  }
  return std::nullopt;
}

Number apply_lane(Carrier carrier, Operation operation, std::span<const Number> operands,
                  const exact::Context& context) {
  if (!carries(carrier, context.format)) {
    throw std::logic_error("apply_lane: this carrier cannot hold " + context.format.name());
  }
  return carrier == Carrier::int64 ? apply_fixed(operation, operands, context)
                                   : apply_floating(carrier, operation, operands, context);
}

Number convert_lane(Carrier carrier, const Number& operand, const exact::Context& context) {
  if (carrier == Carrier::int64) {
    return exact::convert(operand, context);
  }
  std::uint64_t faults = 0;
  const lane::Context c{lane_spec(context.format), context.rounding, context.draw, &faults};
  const double y = carrier == Carrier::float32 ? lane::convert(to_carrier<float>(operand), c)
                                               : lane::convert(to_carrier<double>(operand), c);
  if (faults != 0) {
    exact::convert(operand, context);
  }
  return Number::from_double(y);
}

}  // namespace carrybit
