#pragma once
// The task that a saved model names in its config.json.

#include "arith_tasks/task.hpp"
#include "sim/model_file.hpp"

namespace carrybit {

/// Throws BadInput on a task that is not known.
TaskSpec spec_of(const TaskNote& note);

}  // namespace carrybit
