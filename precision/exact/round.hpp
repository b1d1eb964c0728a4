#pragma once
// Rounding an exact value into a format: the definition on which every result rests.

#include <string_view>

#include "precision/fault.hpp"
#include "precision/format.hpp"
#include "precision/number.hpp"
#include "precision/random.hpp"
#include "precision/rounding.hpp"

namespace carrybit::exact {

/// Where a result goes: its format, how it is rounded, and who hears of faults.
struct Context {
  Format format;
  Rounding rounding = Rounding::rne;
  Draw draw = {};            // for `sr`: the number of this operation
  Faults* faults = nullptr;  // for `:trap`
};

/// A real number, not zero. Without `sticky` it is (-1)^negative * magnitude * 2^exponent. With
/// `sticky` its absolute value lies strictly between magnitude and magnitude + 1 units of
/// 2^exponent; that unit is then at most 2^-2 quanta of the result (2^-27 under `sr`).
struct Real {
  bool negative = false;
  Integer magnitude = 0;
  std::int64_t exponent = 0;
  bool sticky = false;
};

/// Exponent of the quantum (unit in the last place) of the format at numbers whose leading bit
/// stands at `lead`.
std::int64_t quantum_at(std::int64_t lead, const Format& format);

/// The largest finite value; for two's complement and `negative`, the magnitude of the lowest.
Number largest(const Format& format, bool negative = false);
/// The smallest positive value, and the smallest normal one (floating).
Number smallest(const Format& format);
Number smallest_normal(const Format& format);

/// Rounds once. `operation` names the operation for faults.
Number round(const Real& value, const Context& context, std::string_view operation);

/// The result of an operation whose exact result is infinite (x/0, log 0) or an infinite operand.
Number deliver_infinity(bool negative, const Context& context, std::string_view operation);

/// The result of an operation that has none (0/0, sqrt(-1), inf - inf): NaN where the format has
/// one; +0 in formats without NaN, and in saturating formats when every operand is finite.
Number deliver_invalid(bool finite_operands, const Context& context, std::string_view operation);

/// NaN operands: NaN where the format has one, else as an invalid operation.
Number deliver_nan(const Context& context, std::string_view operation);

/// A zero of the given sign (+0 where zero has no sign).
Number deliver_zero(bool negative, const Context& context);

}  // namespace carrybit::exact
