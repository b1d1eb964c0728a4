#pragma once
// Faults: what a `:trap` format records when an operation has no result in it.

#include <cstdint>
#include <string>

namespace carrybit {

struct Faults {
  std::uint64_t count = 0;
  std::string first;  // the operation that faulted first, e.g. "add overflows fixed:i2.f0:trap"

  bool any() const { return count != 0; }
};

}  // namespace carrybit
