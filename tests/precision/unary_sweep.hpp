#pragma once
// All values of a 16-bit format through every operation of one operand.

#include "tests/precision/lane_check.hpp"

namespace carrybit::test {

struct UnaryTally {
  Tally tally;
  std::uint64_t functions = 0;  // evaluations of exp, log, tanh and erf ...
  std::uint64_t undecided = 0;  // ... that the lanes leave to the exact engine
  std::uint64_t circular = 0;   // the same for sin and cos, which leave it all large arguments
  std::uint64_t circular_undecided = 0;
};

/// `all_modes`: every function of every value in every mode; else each value in one mode, another
/// for each neighbour. sqrt is always in all modes.
inline UnaryTally sweep_unary(const Format& format, bool all_modes, std::size_t stride = 1) {
  Comparer comparer(format);
  const std::vector<Operand> values = all_values(format);
  Draw draw{0x16B175, 0};
  UnaryTally result;
  for (std::size_t i = 0; i < values.size(); i += stride) {
    for (const Rounding rounding : all_roundings) {
      ++draw.index;
      comparer.check(Operation::sqrt, rounding, draw, {&values[i]});
    }
    for (const OperationInfo& info : operations()) {
      if (info.operands != 1 || is_algebraic(info.operation)) {
        continue;
      }
      const auto turn =
          (i / stride + static_cast<std::size_t>(info.operation)) % all_roundings.size();
      for (const Rounding rounding : all_roundings) {
        if (all_modes || rounding == all_roundings[turn]) {
          ++draw.index;
          const bool circular =
              info.operation == Operation::sin || info.operation == Operation::cos;
          const bool decided = comparer.check_function(info.operation, rounding, draw, values[i]);
          ++(circular ? result.circular : result.functions);
          (circular ? result.circular_undecided : result.undecided) += decided ? 0U : 1U;
        }
      }
    }
  }
  result.tally = comparer.tally();
  return result;
}

/// All values of a 16-bit format into another format, on carriers that hold both; each in every
/// mode, or in one.
inline Tally sweep_conversion(const Format& source, const Format& target, bool all_modes,
                              std::size_t stride = 1) {
  const std::vector<Operand> values = all_values(source);
  Tally tally;
  for (const Carrier carrier : {Carrier::float32, Carrier::float64}) {
    if (!carries(carrier, source) || !carries(carrier, target)) {
      continue;
    }
    Comparer comparer(target);
    comparer.only(carrier);
    Draw draw{0xC0417, 0};
    for (std::size_t i = 0; i < values.size(); i += stride) {
      for (const Rounding rounding : all_roundings) {
        if (all_modes || rounding == all_roundings[i / stride % all_roundings.size()]) {
          ++draw.index;
          comparer.check_converted(values[i].number, rounding, draw);
        }
      }
    }
    tally += comparer.tally();
  }
  return tally;
}

}  // namespace carrybit::test
