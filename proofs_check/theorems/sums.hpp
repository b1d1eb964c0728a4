#pragma once
// Sums of long runs of equal terms, in every order an Arithmetic knows, and how long a sequential one
// keeps moving. What theorems about repeated tokens are about.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "proofs_check/theorems/scalar.hpp"
#include "sim/arithmetic.hpp"

namespace carrybit::proofs {

/// An addition, the format's own or a faulty one.
using Adder = std::function<double(double, double)>;
inline Adder adder(const Scalar& scalar) {
  return [scalar](double a, double b) { return scalar.add(a, b); };
}

struct Run {
  double value = 0;
  std::int64_t count = 0;
};

/// The sum of the runs one after the other, from +0, in the given order; the same as the forward pass's
/// (docs/arithmetic.md, "Sums").
double sum_of_runs(const Scalar& scalar, Sum order, std::span<const Run> runs);

/// start, start + z, (start + z) + z, ...: after how many additions nothing changes any more. None where
/// that does not happen within `limit` steps.
std::optional<std::int64_t> steps_until_still(const Adder& add, double start, double z,
                                              std::int64_t limit);

/// For one z, the same from every value of a format at once (ascending values, NaN last), by following
/// each map once. -1 where a value runs in a circle.
std::vector<std::int64_t> steps_from_all(const Adder& add, const std::vector<double>& values,
                                         double z);

}  // namespace carrybit::proofs
