#pragma once
// The processor's own rounding mode, while an object lives. It belongs to the thread.

#include <cfenv>

#include "precision/rounding.hpp"

namespace carrybit::kernels {

/// Does the processor have this mode?
inline bool in_hardware(Rounding mode) {
  return mode == Rounding::rne || mode == Rounding::rz || mode == Rounding::ru ||
         mode == Rounding::rd;
}

/// The compiler does not know of the mode: arithmetic belongs in functions that are not inlined into
/// the one that sets it.
class HardwareMode {
 public:
  explicit HardwareMode(Rounding mode) : changed_(mode != Rounding::rne) {
    if (changed_) {
      before_ = std::fegetround();
      std::fesetround(mode == Rounding::rz   ? FE_TOWARDZERO
                      : mode == Rounding::ru ? FE_UPWARD
                                             : FE_DOWNWARD);
    }
  }
  ~HardwareMode() {
    if (changed_) {
      std::fesetround(before_);
    }
  }
  HardwareMode(const HardwareMode&) = delete;
  HardwareMode& operator=(const HardwareMode&) = delete;

 private:
  bool changed_;
  int before_ = FE_TONEAREST;
};

}  // namespace carrybit::kernels
