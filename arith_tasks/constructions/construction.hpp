#pragma once
// The hand-made transformers by name: what each claims, which tasks it takes, and how to build it.
//
//   const Construction& c = construction("add_log");
//   const Built model = build(c, Task::add(10, 16), Arithmetic::uniform(Format::parse("fixed:i5.f0")));
//   Simulator(model.weights, arithmetic).predict(...)

#include <span>
#include <string>
#include <string_view>

#include "arith_tasks/constructions/compile.hpp"
#include "arith_tasks/constructions/options.hpp"
#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

struct Construction {
  std::string_view name;
  std::string_view statement;  // the theorem it realises
  std::string_view summary;    // one line: the idea
  std::string_view width;      // its needs as a formula in the task's sizes
  std::string_view options;    // the knobs it has: "radix, code"
  TaskKind task = TaskKind::add;
  /// Throws BadInput where it cannot do a task (of the right kind) with these options.
  void (*check)(const Task&, const Options&, const Setting&) = nullptr;
  /// The program; sizes are those of the base-P problem (P = p^c, N = ceil(n/c) tokens).
  Program (*program)(const Task&, const Options&, const Setting&) = nullptr;
  /// The dimensions by the theorem's formulas, without building anything; tests compare.
  Dimensions (*dimensions)(const Task&, const Options&, const Setting&) = nullptr;
};

std::span<const Construction> all_constructions();

/// Throws BadInput with the accepted names.
const Construction& construction(std::string_view name);

struct Built {
  Program program;
  Weights weights;
  Dimensions dimensions;
  Needs needs;
};

/// Compiles for an arithmetic: its gap C, softmax shift and normalisation. It need not be one in
/// which the construction is right. Throws BadInput, one line, where the construction does not take
/// the task, an option is not its own, or the arithmetic has no score gap or no largest value.
Built build(const Construction& construction, const Task& task, const Arithmetic& arithmetic,
            const Options& options = {});
Program make_program(const Construction& construction, const Task& task, const Setting& setting,
                     const Options& options = {});

/// What the construction asks of a format, from its primitives' formulas; smallest_fixed() and
/// smallest_floating() (needs.hpp) turn it into one.
Needs required(const Construction& construction, const Task& task, const Options& options = {},
               Shift shift = Shift::max, Normalise normalise = Normalise::output);

}  // namespace carrybit::constructions
