// carrybit export: a construction's weights as files that PyTorch reads.

#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "app/lines.hpp"
#include "app/model_choice.hpp"
#include "app/verbs.hpp"
#include "precision/error.hpp"

namespace carrybit::app {

namespace {

struct Options {
  TaskOptions task;
  ArithmeticOptions arithmetic;
  std::string out;
};

int run(const Options& o) {
  if (o.task.task.empty() || o.task.construction.empty() || o.out.empty()) {
    throw BadInput("--task, --construction, --length and --out are needed");
  }
  const Task task(task_spec(o.task));
  ArithmeticOptions arithmetic = o.arithmetic;
  if (arithmetic.precision.empty() && arithmetic.width.empty() && arithmetic.preset.empty()) {
    arithmetic.precision = "fp64";  // what the weights will be run in by others
  }
  const ModelChoice choice = choose_construction(o.task, arithmetic, task);
  TaskNote note = note_of(task);
  note.construction = o.task.construction;
  note.radix = construction_options(o.task).radix;
  note.arithmetic = choice.arithmetic.weights.format.name();
  save_model(o.out, choice.weights, Dtype::f64, note);
  Output out(STDOUT_FILENO);
  out.text() += fmt::format("{}: {} for {}, {}, made for {}\n", o.out, choice.name, task.name(),
                            choice.dimensions->text(), note.arithmetic);
  out.flush();
  return 0;
}

}  // namespace

Run declare_export(CLI::App& verb) {
  const auto o = std::make_shared<Options>();
  verb.footer(
      "Writes OUT/config.json and OUT/model.safetensors. The gap between scores is chosen for the "
      "precision given (default fp64), in which attention is then exactly hard.");
  add_task_options(verb, o->task, true);
  add_arithmetic_options(verb, o->arithmetic);
  verb.add_option("--out", o->out, "the folder to write");
  return [o] { return run(*o); };
}

}  // namespace carrybit::app
