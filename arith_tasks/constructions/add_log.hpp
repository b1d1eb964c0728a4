#pragma once
#include "arith_tasks/constructions/construction.hpp"

namespace carrybit::constructions {

/// Feng et al. 2025, Theorem 5.1.
extern const Construction add_log;

/// The same where softmax subtracts no maximum: add_log with Shift::none builds this program.
Program add_log_without_shift(const Task& task, const Options& options, const Setting& setting);
Dimensions add_log_without_shift_dimensions(const Task& task);

}  // namespace carrybit::constructions
