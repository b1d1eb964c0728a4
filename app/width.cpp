// carrybit width: the question of the project, one row a length.

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <memory>

#include "app/arithmetic_options.hpp"
#include "app/json_text.hpp"
#include "app/lines.hpp"
#include "app/options.hpp"
#include "app/progress.hpp"
#include "app/task_options.hpp"
#include "app/verbs.hpp"
#include "app/width_weights.hpp"
#include "arith_tasks/text.hpp"
#include "experiments/fit.hpp"
#include "experiments/width_search.hpp"
#include "precision/error.hpp"

namespace carrybit::app {

namespace {

struct Options {
  TaskOptions task;
  ArithmeticOptions arithmetic;
  std::string lengths;
  KeptOptions kept;
  int max_width = 0;
  std::string problems = "2000", seed = "1";
  std::string device = "cpu";
  bool json = false, csv = false, no_certificates = false;
};

/// "1,2,4" or "1..8" or both: "1..4,8,16".
std::vector<int> parse_lengths(const std::string& text) {
  std::vector<int> lengths;
  const auto number = [&](std::string_view part) {
    const std::uint64_t n = parse_count("--lengths", part);
    if (n < 1 || n > static_cast<std::uint64_t>(Task::max_digits)) {
      throw BadInput(fmt::format("--lengths: {} is not 1 to {}", part, Task::max_digits));
    }
    return static_cast<int>(n);
  };
  std::string_view rest = text;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    const std::size_t dots = part.find("..");
    if (dots == std::string_view::npos) {
      lengths.push_back(number(part));
    } else {
      const int first = number(part.substr(0, dots));
      const int last = number(part.substr(dots + 2));
      if (last < first) {
        throw BadInput(fmt::format("--lengths: {} holds no length; accepted: 1..8", part));
      }
      for (int n = first; n <= last; ++n) {
        lengths.push_back(n);
      }
    }
    if (comma == std::string_view::npos) {
      return lengths;
    }
    rest.remove_prefix(comma + 1);
  }
}

/// The failing input, shortened where it is long: the program replays it in full under --json.
std::string short_failure(const Task& task, const Refutation& refutation) {
  if (!refutation.failure) {
    return refutation.reason;
  }
  const Failure& f = *refutation.failure;
  const Vocabulary vocabulary(task);
  std::string input = to_text(task, f.problem.problem);
  if (input.size() > 44) {
    input = input.substr(0, 20) + "…" + input.substr(input.size() - 20);
  }
  return fmt::format("{}: digit {} is {}, not {}", input, f.position, vocabulary.text(f.got),
                     vocabulary.text(f.expected));
}

std::string counterexample_json(const Task& task, const std::optional<Refutation>& refutation) {
  if (!refutation || !refutation->failure) {
    return "null";
  }
  const Failure& f = *refutation->failure;
  const Vocabulary vocabulary(task);
  JsonText json;
  json.add("input", to_text(task, f.problem.problem));
  json.raw("position", std::to_string(f.position));
  json.add("expected", vocabulary.text(f.expected));
  json.add("got", vocabulary.text(f.got));
  return json.text();
}

std::string row_json(const Task& task, const WidthAnswer& a) {
  JsonText json;
  json.raw("length", std::to_string(a.length));
  json.raw("width", a.width ? std::to_string(*a.width) : "null");
  json.raw("format", a.width ? nlohmann::json(a.format.name()).dump() : "null");
  json.raw("refuted_width", a.refuted_width ? std::to_string(*a.refuted_width) : "null");
  json.raw("refuted_format",
           a.refutation ? nlohmann::json(a.refutation->format.name()).dump() : "null");
  json.raw("counterexample", counterexample_json(task, a.refutation));
  json.add("evidence", evidence(a));
  json.raw("bracket", bracket(a) ? std::to_string(*bracket(a)) : "null");
  json.raw("stated_width", a.stated_width ? std::to_string(*a.stated_width) : "null");
  json.raw("problems", std::to_string(a.problems));
  json.raw("d_model", std::to_string(a.dimensions.width));
  json.raw("layers", std::to_string(a.dimensions.layers));
  json.raw("d_ff", std::to_string(a.dimensions.ffn));
  return json.text() + "\n";
}

std::string row_csv(const Task& task, const Options& o, const WidthAnswer& a) {
  const std::string input = a.refutation && a.refutation->failure
                                ? to_text(task, a.refutation->failure->problem.problem)
                                : "";
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", o.task.construction, name(task.kind()),
                     task.base(), a.length, task.operands(), o.arithmetic.family,
                     a.width ? std::to_string(*a.width) : "", a.width ? a.format.name() : "",
                     a.refuted_width ? std::to_string(*a.refuted_width) : "", input, evidence(a));
}

std::string row_text(const Task& task, const WidthAnswer& a) {
  return fmt::format("{:>6}  {:>5}  {:<16} {:>5}  {:>6}  {:<10} {}\n", a.length,
                     a.width ? std::to_string(*a.width) : "none", a.width ? a.format.name() : "-",
                     a.refuted_width ? std::to_string(*a.refuted_width) : "-",
                     a.stated_width ? std::to_string(*a.stated_width) : "-", evidence(a),
                     a.refutation ? short_failure(task, *a.refutation) : "nothing narrower exists");
}

/// width = slope * log2 n + intercept over the lengths that have one; "" for fewer than two.
std::string fit_text(const std::vector<WidthAnswer>& answers, bool json) {
  std::vector<Point> points;
  for (const WidthAnswer& a : answers) {
    if (a.width) {
      points.push_back({std::log2(a.length), static_cast<double>(*a.width)});
    }
  }
  if (points.size() < 2 || points.front().x == points.back().x) {
    return "";
  }
  const Line line = fit_line(points);
  return json
             ? fmt::format(
                   R"({{"fit": {{"law": "width = slope * log2(length) + intercept", "slope": {:.6f}, "intercept": {:.6f}, "r_squared": {:.6f}, "points": {}}}}})"
                   "\n",
                   line.slope, line.intercept, line.r_squared, line.points)
             : fmt::format(
                   "width = {:.2f} log2(n) + {:.2f}   (least squares over {} lengths, R^2 = "
                   "{:.3f})\n",
                   line.slope, line.intercept, line.points, line.r_squared);
}

/// The same question of saved weights.
int run_weights(const Options& o) {
  if (!o.task.task.empty() || !o.task.construction.empty()) {
    throw BadInput("--weights says model and task: accepted without --task and --construction");
  }
  KeptOptions kept = o.kept;
  kept.arithmetic = o.arithmetic;
  kept.digits = o.lengths.empty() ? std::vector<int>{} : parse_lengths(o.lengths);
  kept.max_width = o.max_width;
  kept.problems = parse_count("--problems", o.problems);
  kept.seed = parse_count("--seed", o.seed);
  kept.device = parse_device(o.device);
  kept.json = o.json;
  kept.csv = o.csv;
  return run_kept_width(kept);
}

int run(const Options& o) {
  if (!o.kept.folder.empty()) {
    return run_weights(o);
  }
  if (o.kept.roles != "all" || o.kept.keep != 0.99 || o.kept.sampling != "uniform") {
    throw BadInput(
        "--role, --keep and --sampling are asked of saved weights: give --weights FOLDER");
  }
  if (parse_device(o.device) != Device::cpu) {
    throw BadInput("--device is asked of saved weights: give --weights FOLDER");
  }
  if (o.task.task.empty() || o.task.construction.empty() || o.lengths.empty()) {
    throw BadInput(
        "--task, --construction and --lengths are needed, as in `carrybit width --task add "
        "--construction add_log --lengths 1,2,4,8`");
  }
  const auto& construction = chosen_construction(o.task);
  WidthQuestion question;
  question.family = parse_family(o.arithmetic.family);
  question.exponent_bits = o.arithmetic.exponent;
  question.max_width = o.max_width == 0 ? 64 : o.max_width;
  question.like = arithmetic_without_formats(o.arithmetic);
  question.options = construction_options(o.task);
  question.problems = parse_count("--problems", o.problems);
  question.seed = parse_count("--seed", o.seed);
  question.certify = !o.no_certificates;

  std::vector<Task> tasks;
  for (const int length : parse_lengths(o.lengths)) {
    TaskSpec spec = task_spec(o.task);
    spec.digits = length;
    tasks.emplace_back(spec);
    construction.check(
        tasks.back(), question.options,
        constructions::Setting::symbolic(question.like.shift, question.like.normalise));
  }
  // Says, before a line is written, where it is another kind of task.
  (void)constructions::required(construction, tasks.front(), question.options, question.like.shift,
                                question.like.normalise);

  Output out(STDOUT_FILENO);
  if (o.csv) {
    out.text() +=
        "construction,task,base,length,operands,family,width,format,refuted_width,"
        "counterexample,evidence\n";
  } else if (!o.json) {
    out.text() += fmt::format("{} on {} in base {}: {}\n", o.task.construction, o.task.task,
                              o.task.base, construction.statement);
    out.text() += "     n  width  format           fails  stated  evidence   one bit fewer\n";
  }
  Progress progress("width");
  std::vector<WidthAnswer> answers;
  for (const Task& task : tasks) {
    out.flush();
    progress.say(
        fmt::format("n = {} ({} of {} lengths)", task.digits(), answers.size() + 1, tasks.size()));
    answers.push_back(find_width(construction, task, question));
    progress.clear();
    out.text() += o.json  ? row_json(task, answers.back())
                  : o.csv ? row_csv(task, o, answers.back())
                          : row_text(task, answers.back());
  }
  out.text() += o.csv ? "" : fit_text(answers, o.json);
  out.flush();
  return 0;
}

}  // namespace

Run declare_width(CLI::App& verb) {
  const auto o = std::make_shared<Options>();
  verb.footer(
      "For every length: the smallest width of the family at which every problem is answered right "
      "in some format of that width, and the largest width below it at which every format fails, "
      "with an input that fails. Evidence is `certified` where a proof covers every input of the "
      "length, `exhaustive` where all of them were run, else `sampled`: adversarial and uniform "
      "problems. `stated` is the width by the construction's formula. With --weights: the smallest "
      "width from which on every width keeps the share --keep of the answers that the model has "
      "right in fp32, and the first of all that does.");
  add_task_options(verb, o->task, false);
  verb.add_option("--lengths", o->lengths,
                  "as in 1,2,4,8 or 1..8; with --weights operands of exactly so many digits "
                  "(default the model's width)")
      ->group("Task");
  verb.add_option("--weights", o->kept.folder, "a saved model in place of a construction")
      ->group("Model");
  verb.add_option("--role", o->kept.roles,
                  "what is rounded, the rest staying in fp32: all, weights, activations, products, "
                  "accumulator, probabilities, kv, several with commas, or each (with --weights)")
      ->group("Model");
  verb.add_option("--keep", o->kept.keep,
                  "share of fp32's right answers (default 0.99; with --weights)")
      ->group("Model");
  verb.add_option("--sampling", o->kept.sampling, "uniform or carry_heavy (with --weights)")
      ->group("Model");
  add_arithmetic_options(verb, o->arithmetic, false);
  verb.add_option("--max-width", o->max_width,
                  "give up beyond (default 64; with --weights fp32's significand, or 32 bits of "
                  "fixed point)")
      ->check(CLI::Range(2, 4096));
  verb.add_option(
      "--problems", o->problems,
      "all problems of a length where there are at most so many, else a sample of so many "
      "(default 2000)");
  verb.add_option("--seed", o->seed, "of the sample (default 1)");
  verb.add_option("--device", o->device, std::string(device_help) + " (with --weights)");
  verb.add_flag("--no-certificates", o->no_certificates, "sample only, and look upwards");
  verb.add_flag("--json", o->json, "one JSON object a line");
  verb.add_flag("--csv", o->csv, "comma-separated rows with a header");
  return [o] { return run(*o); };
}

}  // namespace carrybit::app
