// carrybit certify: a proof for all inputs of a length; carrybit verify: the same proof again, from a
// record.

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "app/lines.hpp"
#include "app/model_choice.hpp"
#include "app/verbs.hpp"
#include "precision/error.hpp"
#include "proofs_check/certificate.hpp"
#include "sim/new_file.hpp"

namespace carrybit::app {

namespace {

struct Options {
  TaskOptions task;
  ArithmeticOptions arithmetic;
  std::string out;
  bool json = false;
};

std::string report(const certificates::Certificate& c) {
  std::string text = fmt::format(
      "{} answers every input of {} right in {}\n", c.construction, c.task,
      c.arithmetic.label.empty() ? c.arithmetic.weights.format.name() : c.arithmetic.label);
  for (const certificates::Step& step : c.steps)
    text += fmt::format("  {:>12} cases  {}\n", step.cases, step.claim);
  return text + fmt::format("  {:>12} cases  in all; weights {}\n", c.cases(), c.weights);
}

int run_certify(const Options& o) {
  if (o.task.task.empty() || o.task.construction.empty())
    throw BadInput(
        "--task, --construction and --length are needed, as in `carrybit certify --task add --base "
        "2 --construction add_log --length 64 --precision fixed:i6.f0`");
  const Task task(task_spec(o.task));
  const auto& construction = chosen_construction(o.task);
  const constructions::Options options = construction_options(o.task);
  const Arithmetic arithmetic = construction_arithmetic(o.task, o.arithmetic, task);
  Output out(STDOUT_FILENO);
  try {
    const certificates::Certificate made =
        certificates::certify(construction, task, arithmetic, options);
    const std::string record = certificates::to_json(made);
    if (!o.out.empty()) {
      NewFile file(o.out);
      file.write(record);
      file.finish();
      file.commit();
    }
    out.text() += o.json ? record : report(made);
    if (!o.json && !o.out.empty()) out.text() += fmt::format("record: {}\n", o.out);
  } catch (const certificates::NotCertified& refusal) {
    throw ClaimFailed(fmt::format("not certified: {} for {} in {}: {}", construction.name,
                                  task.name(), arithmetic.weights.format.name(), refusal.what()));
  }
  out.flush();
  return 0;
}

std::string read_record(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file)
    throw BadInput(
        fmt::format("{}: cannot be read; accepted: a record of `carrybit certify`", path));
  if (size > (1U << 24))
    throw BadInput(fmt::format("{}: {} bytes; accepted: records of at most 16 MiB", path, size));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

int run_verify(const std::string& path, const std::string& folder) {
  if (path.empty()) throw BadInput("a record is needed, as in `carrybit verify add64.json`");
  const certificates::Certificate record =
      certificates::certificate_from_json(read_record(path), path);
  std::optional<ModelFile> model;
  if (!folder.empty()) model.emplace(load_model(folder));
  try {
    certificates::verify(record, model ? &model->weights : nullptr);
  } catch (const certificates::NotCertified& refusal) {
    throw ClaimFailed(fmt::format("{}: does not hold: {}", path, refusal.what()));
  }
  Output out(STDOUT_FILENO);
  out.text() += fmt::format("{}: holds, made again from {}\n", path,
                            folder.empty() ? "the construction's weights" : folder);
  out.text() += report(record);
  out.flush();
  return 0;
}

}  // namespace

Run declare_certify(CLI::App& verb) {
  const auto o = std::make_shared<Options>();
  verb.footer(
      "Proves that every input of the length is answered right, or says which step of the proof "
      "fails (status 1: that is no counterexample). The proof reads the compiled weights and runs "
      "the simulator's own operations on every value that its steps allow. Without --precision: "
      "the narrowest fixed-point format that the construction's contracts ask for.");
  add_task_options(verb, o->task, true);
  add_arithmetic_options(verb, o->arithmetic);
  verb.add_option("--out", o->out, "also write the record to this file");
  verb.add_flag("--json", o->json, "print the record");
  return [o] { return run_certify(*o); };
}

Run declare_verify(CLI::App& verb) {
  const auto record = std::make_shared<std::string>();
  const auto folder = std::make_shared<std::string>();
  verb.footer(
      "Makes the certificate of the record again, from the construction's weights or from "
      "--weights, "
      "and compares every step and number. Status 1 where anything differs.");
  verb.add_option("record", *record, "a file that `carrybit certify --out` wrote");
  verb.add_option("--weights", *folder, "a folder of `carrybit export`: certify these weights");
  return [record, folder] { return run_verify(*record, *folder); };
}

}  // namespace carrybit::app
