#pragma once
// One number at a time in one format: the lane engine's operations on doubles, with the exact engine
// where a bound cannot decide and for formats that no lane carries.

#include <vector>

#include "precision/lane_spec.hpp"
#include "precision/operation.hpp"

namespace carrybit::proofs {

/// Values are doubles; the format must be one that Carrier::float64 carries (throws BadInput).
class Scalar {
 public:
  explicit Scalar(const Format& format, Rounding rounding = Rounding::rne, Draw draw = {});

  const Format& format() const { return format_; }
  Rounding rounding() const { return context_.rounding; }

  double add(double a, double b) const { return lane::add(a, b, context_); }
  double sub(double a, double b) const { return lane::sub(a, b, context_); }
  double mul(double a, double b) const { return lane::mul(a, b, context_); }
  double div(double a, double b) const { return lane::div(a, b, context_); }
  double exp(double a) const;
  /// An exact number rounded into the format.
  double round(const Number& value) const;
  double round(double value) const { return round(Number::from_double(value)); }

  double largest() const { return context_.spec.largest; }
  /// The smallest positive value.
  double smallest() const;

  /// Every value in ascending order, -0 before +0, infinities at the ends; NaN, where the format has
  /// one, last. Formats of at most 18 bits.
  std::vector<double> values() const;

 private:
  Format format_;
  exact::Context exact_;
  lane::Context context_;
};

/// Same bits (NaN is NaN).
bool same(double a, double b);
/// "0.1875", "-inf", "nan": exact.
std::string decimal(double value);

}  // namespace carrybit::proofs
