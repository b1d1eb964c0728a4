#pragma once
// What there is to say of a number format: the row of `carrybit formats`.

#include <optional>
#include <string>

#include "precision/number.hpp"
#include "precision/operation.hpp"

namespace carrybit::app {

/// A value that does not exist in a format (subnormals of fixed point, the largest value of an
/// unbounded exponent) is none.
struct FormatFacts {
  std::string alias;  // or empty
  Format format;
  std::string layout;  // the fields of a code from the top: "s1 e5 m10"
  std::optional<Number> lowest;
  std::optional<Number> largest;
  std::optional<Number> smallest_normal;     // floating point only
  std::optional<Number> smallest_subnormal;  // floating point with subnormals only
  std::optional<Number> smallest;            // the smallest positive value
  std::optional<Number> ulp_at_1;            // where 1 is a value of the format
  std::optional<Carrier> carrier;
};

FormatFacts facts_of(const Format& format);

std::string_view carrier_name(Carrier carrier);

}  // namespace carrybit::app
