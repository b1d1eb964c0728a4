#pragma once
// One operation on whole arrays, every result rounded into one format: the array form of the scalar lane
// operations (precision/lane/), with the same bits on every machine.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "precision/format.hpp"
#include "precision/kernels/tiles.hpp"
#include "precision/lane/spec.hpp"

namespace carrybit::kernels {

enum class ArrayOp : std::uint8_t { convert, add, sub, mul, div, sqrt, exp, erf };

/// The second operand: an array, or one number for all.
struct Second {
  const double* x = nullptr;
  bool one = false;
};

/// What the loops want to know of a format; see RounderNumbers.
struct ArrayNumbers {
  RounderNumbers rounder;
  bool plain_sums = false;  // see Arrays
  bool clamps = false;      // beyond the range lies its end
  bool one_zero = false;    // -0 is no value
};

class Arrays {
 public:
  /// Formats that float64 carries, and no stochastic rounding.
  static bool supports(const Format& format, Rounding rounding);

  Arrays() = default;
  /// `plain_sums`: no sum or difference that is asked for is hurt by a rounding to 53 bits before its own:
  /// nearest even, and operands of at most this format's precision and no finer a quantum; or fixed point.
  Arrays(const Format& format, Rounding rounding, bool plain_sums);

  /// out[i] = op(a[i], b[i]), i < n; `b` is ignored by operations of one operand, `out` may be one of the
  /// operands. What vectors do not do - NaN, infinities, overflow but into saturation, a transcendental
  /// value too near a tie - is left: the indices are appended to `undone`, and out is as it was there.
  void apply(ArrayOp op, const double* a, Second b, std::size_t n, double* out,
             std::vector<std::uint32_t>& undone) const;

 private:
  ArrayNumbers numbers_;
};

}  // namespace carrybit::kernels
