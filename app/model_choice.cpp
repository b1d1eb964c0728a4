#include "app/model_choice.hpp"

#include "precision/error.hpp"
#include "sim/trace.hpp"

namespace carrybit::app {

namespace {

/// The narrowest fixed-point format of the contracts; none where the construction states none.
std::optional<Format> stated_format(const constructions::Construction& construction,
                                    const Task& task, const constructions::Options& options,
                                    const Arithmetic& like) {
  try {
    return constructions::smallest_fixed(
        constructions::required(construction, task, options, like.shift, like.normalise),
        like.weights.rounding);
  } catch (const BadInput&) {
    return std::nullopt;
  }
}

}  // namespace

Arithmetic construction_arithmetic(const TaskOptions& task_options,
                                   const ArithmeticOptions& arithmetic, const Task& task) {
  const auto& construction = chosen_construction(task_options);
  const constructions::Options options = construction_options(task_options);
  const Arithmetic like = arithmetic_without_formats(arithmetic);
  // Says at once where the construction does not take the task or the options.
  const auto needs =
      constructions::required(construction, task, options, like.shift, like.normalise);
  return make_arithmetic(arithmetic, law_variables(task), needs.fraction_bits,
                         stated_format(construction, task, options, like));
}

ModelChoice choose_construction(const TaskOptions& task_options,
                                const ArithmeticOptions& arithmetic, const Task& task) {
  const auto& construction = chosen_construction(task_options);
  const constructions::Options options = construction_options(task_options);
  const Arithmetic like = arithmetic_without_formats(arithmetic);
  ModelChoice choice{task, construction_arithmetic(task_options, arithmetic, task),
                     {},   task_options.construction,
                     {},   {},
                     {},   {}};
  const auto stated = stated_format(construction, task, options, like);
  auto built = constructions::build(construction, task, choice.arithmetic, options);
  choice.weights = std::move(built.weights);
  for (const auto& channel : built.program.all_channels()) {
    choice.channels.push_back(channel.name);
  }
  choice.dimensions = built.dimensions;
  choice.reference_arithmetic = like;
  for (Role* role : choice.reference_arithmetic.roles()) {
    role->format = stated.value_or(Format::floating(8, 23));
    role->rounding = Rounding::rne;
  }
  choice.reference =
      constructions::build(construction, task, choice.reference_arithmetic, options).weights;
  return choice;
}

ModelChoice choose_weights(const ModelFile& file, const std::string& folder,
                           const ArithmeticOptions& arithmetic, const Task& task) {
  std::optional<Format> otherwise = Format::parse("fp32");
  if (file.task && !file.task->arithmetic.empty()) {
    otherwise = Format::parse(file.task->arithmetic);
  }
  ModelChoice choice{task,         make_arithmetic(arithmetic, law_variables(task), 0, otherwise),
                     file.weights, folder,
                     {},           file.weights,
                     {},           {}};
  choice.reference_arithmetic = reference_arithmetic(choice.arithmetic);
  return choice;
}

}  // namespace carrybit::app
