// carrybit run: one problem, or many, through a transformer in a chosen arithmetic.

#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "app/explain.hpp"
#include "app/json_text.hpp"
#include "app/lines.hpp"
#include "app/options.hpp"
#include "app/progress.hpp"
#include "app/verbs.hpp"
#include "arith_tasks/text.hpp"
#include "experiments/evaluate.hpp"
#include "precision/error.hpp"

namespace carrybit::app {

namespace {

struct Options {
  TaskOptions task;
  ArithmeticOptions arithmetic;
  std::string weights;
  std::string input;
  std::string count, seed = "1";
  std::string memory;
  std::string device = "cpu";
  std::string sampling = "uniform";
  int operand_digits = 0;
  bool exhaustive = false, adversarial = false;
  bool generate = false, trace = false, json = false, expect_correct = false;
};

/// The task, its lengths taken from the input where they are not said.
struct Asked {
  Task task;
  std::optional<Problem> problem;
};

Asked asked(const Options& o, TaskSpec spec) {
  if (!o.input.empty()) {
    ParsedProblem parsed = parse_problem(spec, o.input);
    return {parsed.task, parsed.problem};
  }
  return {Task(spec), std::nullopt};
}

TaskSpec spec_for_weights(const Options& o, const ModelFile& file) {
  if (!o.task.task.empty()) {
    return task_spec(o.task);
  }
  if (!file.task) {
    throw BadInput(fmt::format("{} does not say which task it answers: give --task", o.weights));
  }
  TaskSpec spec = spec_of(*file.task);
  if (o.task.length != 0 && !(spec.padded && o.task.length != spec.digits)) {
    spec.digits = o.task.length;
  } else if (o.task.length != 0) {
    throw BadInput(fmt::format("--length {}: {} reads operands padded to {} digits", o.task.length,
                               o.weights, spec.digits));
  }
  return spec;
}

ProblemSet problems_of(const Options& o, const Task& task, const std::optional<Problem>& problem) {
  const int ways = (problem ? 1 : 0) + (o.exhaustive ? 1 : 0) + (o.adversarial ? 1 : 0) +
                   (o.count.empty() ? 0 : 1);
  if (ways > 1) {
    throw BadInput("give one of --input, --exhaustive, --adversarial and --count");
  }
  if (o.operand_digits != 0 && (problem || o.adversarial)) {
    throw BadInput("--operand-digits goes with --count or --exhaustive");
  }
  if (problem) {
    return ProblemSet::of(task, {{*problem, "input"}});
  }
  const std::uint64_t seed = parse_count("--seed", o.seed);
  if (o.exhaustive) {
    return ProblemSet::exhaustive(task, o.operand_digits);
  }
  if (o.adversarial) {
    return ProblemSet::adversarial(task, seed);
  }
  const std::uint64_t count = o.count.empty() ? 100 : parse_count("--count", o.count);
  if (count == 0) {
    throw BadInput("--count: 0 problems answer nothing; accepted: 1 or more");
  }
  return ProblemSet::random(task, parse_sampling(o.sampling), seed, count, o.operand_digits);
}

std::string kind_of(const Options& o, const ProblemSet& problems) {
  std::string kind = problems.is_exhaustive() ? "exhaustive"
                     : o.adversarial          ? "adversarial"
                                              : fmt::format("random, {}", o.sampling);
  if (const int m = problems.operand_digits(); m != 0) {
    kind += fmt::format(", operands of exactly {} digit{}", m, m == 1 ? "" : "s");
  }
  return kind;
}

// --- one problem ------------------------------------------------------------------------------------

struct SingleAnswer {
  Encoded encoded;
  std::vector<Token> produced;
  Grade grade;
};

SingleAnswer answer_one(const Simulator& model, const Task& task, const Problem& problem) {
  SingleAnswer a;
  a.encoded = encode(task, problem);
  const std::vector<std::vector<int>> prompt = {{a.encoded.prompt.begin(), a.encoded.prompt.end()}};
  const auto tokens = model.generate(prompt, static_cast<int>(a.encoded.answer.size()))[0];
  a.produced.assign(tokens.begin(), tokens.end());
  a.grade = grade(a.encoded.answer, a.produced);
  return a;
}

/// The prompt and right answer up to the first wrong token.
std::vector<int> until_wrong(const SingleAnswer& a) {
  std::vector<int> tokens(a.encoded.prompt.begin(), a.encoded.prompt.end());
  const auto wrong = a.grade.first_wrong.value_or(a.grade.length - 1);
  tokens.insert(tokens.end(), a.encoded.answer.begin(), a.encoded.answer.begin() + wrong);
  return tokens;
}

void print_single(std::string& out, const ModelChoice& choice, const Simulator& model,
                  const Problem& problem, const SingleAnswer& a, const std::string& explanation) {
  const Vocabulary vocabulary(choice.task);
  std::string given;
  std::string right;
  std::string marks;
  for (std::size_t i = 0; i < a.encoded.answer.size(); ++i) {
    const std::string g = vocabulary.text(a.produced[i]);
    const std::string r = vocabulary.text(a.encoded.answer[i]);
    const std::size_t cell =
        std::max(g.size(), r.size()) + (choice.task.digits_per_token() > 1 ? 1 : 0);
    given += fmt::format("{:<{}}", g, cell);
    right += fmt::format("{:<{}}", r, cell);
    marks += fmt::format("{:<{}}", a.grade.right[i] ? "." : "^", cell);
  }
  out += fmt::format("{} =\n  answer    {}\n  expected  {}\n            {}\n",
                     to_text(choice.task, problem), given, right, marks);
  out += fmt::format("{}: {} of {} digits right\n", a.grade.exact() ? "right" : "wrong",
                     a.grade.right_count(), a.grade.length);
  out += fmt::format("{}{} in {} ({})\n", choice.name,
                     choice.dimensions ? " (" + choice.dimensions->text() + ")" : "",
                     describe(choice.arithmetic), model.engine());
  out += explanation;
}

std::string single_json(const ModelChoice& choice, const Simulator& model, const Problem& problem,
                        const SingleAnswer& a, const std::string& explanation) {
  JsonText json;
  json.add("task", choice.task.name());
  json.add("model", choice.name);
  json.add("arithmetic", describe(choice.arithmetic));
  json.add("engine", model.engine());
  json.add("input", to_text(choice.task, problem));
  json.add("answer", answer_text(choice.task, a.produced));
  json.add("expected", answer_text(choice.task, a.encoded.answer));
  json.add("exact", a.grade.exact());
  std::string right;
  for (const bool r : a.grade.right) {
    right += fmt::format("{}{}", right.empty() ? "" : ", ", r);
  }
  json.raw("right", "[" + right + "]");
  json.raw("first_wrong", a.grade.first_wrong ? std::to_string(*a.grade.first_wrong) : "null");
  if (!explanation.empty()) {
    json.add("trace", explanation);
  }
  return json.text() + "\n";
}

int run_single(const Options& o, const ModelChoice& choice, const Simulator& model,
               const Problem& problem) {
  const SingleAnswer a = answer_one(model, choice.task, problem);
  std::string explanation;
  if (o.trace) {
    explanation = a.grade.exact() ? "nothing to explain: the answer is right\n"
                                  : explain(choice, until_wrong(a));
  }
  Output out(STDOUT_FILENO);
  if (o.json) {
    out.text() += single_json(choice, model, problem, a, explanation);
  } else {
    print_single(out.text(), choice, model, problem, a, explanation);
  }
  out.flush();
  return o.expect_correct && !a.grade.exact() ? 1 : 0;
}

// --- many problems ----------------------------------------------------------------------------------

std::string digits_line(const Score& score) {
  std::string text;
  for (const Tally& t : score.by_position()) {
    const Proportion p = wilson(t.exact, t.count);
    text += fmt::format(" {:.4g}", 100 * p.value);
  }
  return text;
}

void print_many(std::string& out, const Options& o, const ModelChoice& choice,
                const Simulator& model, const ProblemSet& problems, const Score& score,
                const std::string& explanation) {
  const Proportion p = score.exact_match();
  out += fmt::format("{}, {} problems ({})\n", choice.task.name(), score.count(),
                     kind_of(o, problems));
  out += fmt::format("{}{} in {} ({})\n", choice.name,
                     choice.dimensions ? " (" + choice.dimensions->text() + ")" : "",
                     describe(choice.arithmetic), model.engine());
  out +=
      fmt::format("exact match  {} of {} = {:.4f}%", score.exact(), score.count(), 100 * p.value);
  out += problems.is_exhaustive() ? "\n"
                                  : fmt::format(" (95% Wilson interval {:.4f}% to {:.4f}%)\n",
                                                100 * p.low, 100 * p.high);
  out += fmt::format(
      "digits       {} of {} = {:.4f}% ({})\n", score.tokens_right(), score.tokens(),
      100 * score.token_accuracy(),
      o.generate ? "generated" : "teacher-forced: each from the right digits before it");
  out += fmt::format("by position, as written, %:{}\n", digits_line(score));
  if (score.first_failure()) {
    out += "first failure: " + describe(choice.task, *score.first_failure()) + "\n";
  } else {
    out += !problems.is_exhaustive()        ? "no failure in this sample\n"
           : problems.operand_digits() != 0 ? "every such input is answered right\n"
                                            : "every input of this size is answered right\n";
  }
  out += explanation;
}

std::string failure_json(const Task& task, const Failure& f) {
  const Vocabulary vocabulary(task);
  JsonText json;
  json.add("input", to_text(task, f.problem.problem));
  json.add("family", f.problem.family);
  json.raw("position", std::to_string(f.position));
  json.add("expected", vocabulary.text(f.expected));
  json.add("got", vocabulary.text(f.got));
  return json.text();
}

std::string many_json(const Options& o, const ModelChoice& choice, const Simulator& model,
                      const ProblemSet& problems, const Score& score) {
  JsonText json;
  json.add("task", choice.task.name());
  json.add("model", choice.name);
  json.add("arithmetic", describe(choice.arithmetic));
  json.add("engine", model.engine());
  json.add("evidence", problems.is_exhaustive() ? "exhaustive" : "sampled");
  json.add("inputs", kind_of(o, problems));
  json.raw("count", std::to_string(score.count()));
  json.raw("exact", std::to_string(score.exact()));
  json.raw("exact_match", fmt::format("{:.17g}", score.exact_match().value));
  json.raw("exact_match_low", fmt::format("{:.17g}", score.exact_match().low));
  json.raw("exact_match_high", fmt::format("{:.17g}", score.exact_match().high));
  json.raw("digit_accuracy", fmt::format("{:.17g}", score.token_accuracy()));
  json.add("reading", o.generate ? "generated" : "teacher_forced");
  std::string positions;
  for (const Tally& t : score.by_position()) {
    positions +=
        fmt::format("{}{:.17g}", positions.empty() ? "" : ", ", wilson(t.exact, t.count).value);
  }
  json.raw("by_position", "[" + positions + "]");
  json.raw("first_failure",
           score.first_failure() ? failure_json(choice.task, *score.first_failure()) : "null");
  return json.text() + "\n";
}

int run_many(const Options& o, const ModelChoice& choice, const Simulator& model,
             const ProblemSet& problems) {
  Progress progress("graded");
  Evaluation how;
  how.reading = o.generate ? Reading::generated : Reading::teacher_forced;
  how.progress = [&](std::uint64_t done, std::uint64_t all) { progress.show(done, all); };
  const Score score = evaluate(model, problems, how);
  progress.clear();
  std::string explanation;
  if (o.trace && score.first_failure()) {
    const SingleAnswer a = answer_one(model, choice.task, score.first_failure()->problem.problem);
    explanation = explain(choice, until_wrong(a));
  }
  Output out(STDOUT_FILENO);
  if (o.json) {
    out.text() += many_json(o, choice, model, problems, score);
  } else {
    print_many(out.text(), o, choice, model, problems, score, explanation);
  }
  out.flush();
  return o.expect_correct && !score.all_exact() ? 1 : 0;
}

/// In bytes.
std::uint64_t megabytes(const std::string& text) {
  const std::uint64_t count = parse_count("--memory", text);
  if (count == 0 || count > 1'000'000'000) {
    throw BadInput(fmt::format("--memory {}: accepted are megabytes, 1 to 1000000000", text));
  }
  return count * 1'000'000;
}

int run(const Options& o) {
  const Device device = parse_device(o.device);
  if (o.weights.empty() == o.task.construction.empty()) {
    throw BadInput("give --construction NAME (see `carrybit list`) or --weights FOLDER");
  }
  std::optional<ModelFile> file;
  if (!o.weights.empty()) {
    file = load_model(o.weights);
  } else if (o.task.task.empty()) {
    throw BadInput("--task is missing: add, iter_add, mul, majority or parity");
  }
  const Asked question = asked(o, file ? spec_for_weights(o, *file) : task_spec(o.task));
  const ProblemSet problems = problems_of(o, question.task, question.problem);
  const ModelChoice choice = file ? choose_weights(*file, o.weights, o.arithmetic, question.task)
                                  : choose_construction(o.task, o.arithmetic, question.task);
  Simulator model(choice.weights, choice.arithmetic, engine_choice(o.arithmetic), device);
  if (!o.memory.empty()) {
    model.limit_memory(megabytes(o.memory));
  }
  const int status = question.problem ? run_single(o, choice, model, *question.problem)
                                      : run_many(o, choice, model, problems);
  if (model.faults() != 0) {
    throw ClaimFailed(fmt::format("{} operations faulted in a :trap format, the first in {}",
                                  model.faults(), model.first_fault()));
  }
  return status;
}

}  // namespace

Run declare_run(CLI::App& verb) {
  const auto o = std::make_shared<Options>();
  add_task_options(verb, o->task, true);
  verb.add_option("--weights", o->weights, "a saved model in place of a construction")
      ->group("Model");
  const char* group = "Inputs";
  verb.add_option("--input", o->input, "one problem, as in 314159+271828")->group(group);
  verb.add_option("--count", o->count, "so many random problems (default 100)")->group(group);
  verb.add_option("--seed", o->seed, "of random and adversarial problems (default 1)")
      ->group(group);
  verb.add_option("--sampling", o->sampling, "uniform, lengths or carry_heavy")->group(group);
  verb.add_option("--operand-digits", o->operand_digits,
                  "only operands of exactly so many digits, padded to the task's width")
      ->check(CLI::Range(1, Task::max_digits))
      ->group(group);
  verb.add_flag("--exhaustive", o->exhaustive, "every problem of the length")->group(group);
  verb.add_flag("--adversarial", o->adversarial, "problems made to break carries")->group(group);
  add_arithmetic_options(verb, o->arithmetic);
  verb.add_option("--memory", o->memory, "megabytes to use, by estimate (default no limit)");
  verb.add_option("--device", o->device, device_help);
  verb.add_flag("--generate", o->generate, "grade what the model writes from its own digits");
  verb.add_flag("--trace", o->trace, "explain the first wrong digit");
  verb.add_flag("--expect-correct", o->expect_correct, "exit status 1 on any wrong answer");
  verb.add_flag("--json", o->json, "one JSON object");
  return [o] { return run(*o); };
}

}  // namespace carrybit::app
