#pragma once
// The transformer that a command line means: a construction compiled for an arithmetic, or weights from
// a folder.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/arithmetic_options.hpp"
#include "app/task_options.hpp"

namespace carrybit::app {

/// A model, the task it is asked, and the arithmetic it runs in.
struct ModelChoice {
  Task task;
  Arithmetic arithmetic;
  Weights weights;
  std::string name;                                     // "add_log" or the folder
  std::optional<constructions::Dimensions> dimensions;  // of a construction
  /// The same transformer where it is right, and its arithmetic: a construction compiled for the width
  /// that its contracts ask for; trained weights in a wide float.
  Weights reference;
  Arithmetic reference_arithmetic;
  std::vector<std::string> channels = {};  // names of the residual stream's, of a construction
};

/// The arithmetic that the options describe for a construction; without any, uniform in the narrowest
/// fixed-point format that its contracts ask for. Throws BadInput.
Arithmetic construction_arithmetic(const TaskOptions& task_options,
                                   const ArithmeticOptions& arithmetic, const Task& task);

/// A construction for a task, in the arithmetic that the options describe; without any, in the narrowest
/// fixed-point format that its contracts ask for. Throws BadInput.
ModelChoice choose_construction(const TaskOptions& task_options,
                                const ArithmeticOptions& arithmetic, const Task& task);

/// Weights from a folder. `task_options` replaces what the folder's note says where --task is given.
ModelChoice choose_weights(const ModelFile& file, const std::string& folder,
                           const ArithmeticOptions& arithmetic, const Task& task);

}  // namespace carrybit::app
