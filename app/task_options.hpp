#pragma once
// The options that name a task and a model, the same for every verb that runs a transformer.

#include <CLI/CLI.hpp>
#include <string>

#include "arith_tasks/constructions/construction.hpp"
#include "arith_tasks/task.hpp"
#include "experiments/law.hpp"
#include "experiments/task_note.hpp"
#include "sim/model_file.hpp"

namespace carrybit::app {

struct TaskOptions {
  std::string task;
  int base = 10;
  int length = 0;
  int addends = 0;
  int answer_digits = 0;
  int digits_per_token = 1;
  std::string answer_order = "msb";
  std::string construction;
  std::string construction_options;  // "radix=2,code=onehot"
  int radix = 0;
};

/// `with_length`: one --length; a verb over many lengths has its own option.
void add_task_options(CLI::App& verb, TaskOptions& options, bool with_length);

/// Throws BadInput.
TaskSpec task_spec(const TaskOptions& options);
const constructions::Construction& chosen_construction(const TaskOptions& options);
constructions::Options construction_options(const TaskOptions& options);

}  // namespace carrybit::app
