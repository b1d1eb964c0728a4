#include <fmt/format.h>

#include <array>

#include "arith_tasks/constructions/add_constant.hpp"
#include "arith_tasks/constructions/add_log.hpp"
#include "arith_tasks/constructions/add_prefix_sum.hpp"
#include "arith_tasks/constructions/construction.hpp"
#include "arith_tasks/constructions/iter_add_log.hpp"
#include "arith_tasks/constructions/majority_mean.hpp"
#include "arith_tasks/constructions/mul_log.hpp"
#include "arith_tasks/constructions/room.hpp"
#include "precision/error.hpp"

namespace carrybit::constructions {

namespace {

const std::array registry = {add_constant, add_log,        iter_add_log,
                             mul_log,      add_prefix_sum, majority_mean};

}  // namespace

std::span<const Construction> all_constructions() { return registry; }

const Construction& construction(std::string_view name) {
  std::string accepted;
  for (const Construction& known : registry) {
    if (known.name == name) return known;
    accepted += fmt::format("{}{}", accepted.empty() ? "" : ", ", known.name);
  }
  throw BadInput(fmt::format("unknown construction '{:.40}'; accepted: {}", name, accepted));
}

Program make_program(const Construction& construction, const Task& task, const Setting& setting,
                     const Options& options) {
  if (task.kind() != construction.task)
    throw BadInput(fmt::format("{} does '{}', not '{}'", construction.name, name(construction.task),
                               name(task.kind())));
  construction.check(task, options, setting);
  need_room(construction.name, task, construction.dimensions(task, options, setting));
  return construction.program(task, options, setting);
}

Built build(const Construction& construction, const Task& task, const Arithmetic& arithmetic,
            const Options& options) {
  Program program = make_program(construction, task, Setting::of(arithmetic), options);
  Weights weights = compile(program);
  const Dimensions size = dimensions(program);
  Needs needs = program.needs();
  return {std::move(program), std::move(weights), size, std::move(needs)};
}

Needs required(const Construction& construction, const Task& task, const Options& options,
               Shift shift, Normalise normalise) {
  return make_program(construction, task, Setting::symbolic(shift, normalise), options).needs();
}

}  // namespace carrybit::constructions
