#pragma once
// Every operation by name, on either engine: what the command line and the exhaustive tests drive.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "precision/exact/exact.hpp"

namespace carrybit {

enum class Operation : std::uint8_t {
  add,
  sub,
  mul,
  fma,
  div,
  sqrt,
  exp,
  log,
  tanh,
  erf,
  sin,
  cos
};

struct OperationInfo {
  Operation operation;
  std::string_view name;
  int operands;
};
/// All of them, in the order of the enumeration.
std::span<const OperationInfo> operations();
std::optional<OperationInfo> find_operation(std::string_view name);

/// The exact engine.
Number apply_exact(Operation operation, std::span<const Number> operands,
                   const exact::Context& context);

/// What carries the values of the lane engine.
enum class Carrier : std::uint8_t {
  float32,  // floats: p <= 11, at most 8 exponent bits
  float64,  // floats: p <= 25, at most 10 exponent bits; fixed point: I + F <= 26
  int64     // fixed point: I + F <= 63
};

/// Can the carrier hold this format, with every operation equal to the exact engine's?
bool carries(Carrier carrier, const Format& format);
/// The narrowest carrier of a format; none where only the exact engine has it.
std::optional<Carrier> carrier_of(const Format& format);

/// The lane engine, with the exact engine where an error bound of a transcendental function cannot
/// decide. Operands are values of `context.format`, which `carrier` must carry.
Number apply_lane(Carrier carrier, Operation operation, std::span<const Number> operands,
                  const exact::Context& context);

/// Conversion between two formats that the carrier carries.
Number convert_lane(Carrier carrier, const Number& operand, const exact::Context& context);

}  // namespace carrybit
