#pragma once
// The task that a saved model names in its config.json.

#include "arith_tasks/task.hpp"
#include "sim/model_file.hpp"

namespace carrybit {

/// Throws BadInput on a task that is not known.
TaskSpec spec_of(const TaskNote& note);

/// What config.json says of a task; spec_of() reads it back.
TaskNote note_of(const Task& task);

}  // namespace carrybit
