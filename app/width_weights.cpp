#include "app/width_weights.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "app/json_text.hpp"
#include "app/lines.hpp"
#include "app/progress.hpp"
#include "experiments/kept_width.hpp"
#include "experiments/task_note.hpp"
#include "precision/error.hpp"
#include "sim/model_file.hpp"

namespace carrybit::app {

namespace {

std::vector<RoundedRole> parse_roles(const std::string& text) {
  using enum RoundedRole;
  if (text == "each") {
    return {weights, activations, products, accumulator, probabilities, kv_cache, all};
  }
  std::vector<RoundedRole> roles;
  std::string_view rest = text;
  while (true) {
    const std::size_t comma = rest.find(',');
    try {
      roles.push_back(parse_rounded_role(rest.substr(0, comma)));
    } catch (const BadInput& error) {
      throw BadInput(fmt::format("--role: {}, or each", error.what()));
    }
    if (comma == std::string_view::npos) {
      return roles;
    }
    rest.remove_prefix(comma + 1);
  }
}

/// All problems with operands of exactly m digits where there are at most so many, else a draw.
ProblemSet problems_of(const KeptOptions& o, const Task& task, int m) {
  const auto all = problem_count(task, m);
  return all && *all <= o.problems
             ? ProblemSet::exhaustive(task, m)
             : ProblemSet::random(task, parse_sampling(o.sampling), o.seed, o.problems, m);
}

/// One row of the answer.
struct Row {
  int digits = 0;
  RoundedRole role = RoundedRole::all;
  KeptAnswer answer;
};

std::string evidence_of(const Row& row) { return row.answer.exhaustive ? "exhaustive" : "sampled"; }

std::string or_none(const std::optional<int>& width, const char* none) {
  return width ? std::to_string(*width) : none;
}

std::string row_text(const Row& row) {
  const KeptWidths& w = row.answer.widths;
  if (row.answer.fp32_right == 0) {
    return fmt::format("{:>6}  {:<13}  fp32 has none of {} right: there is nothing to keep\n",
                       row.digits, name(row.role), row.answer.problems);
  }
  return fmt::format("{:>6}  {:<13}  {:>5}  {:<16} {:>5}  {:>5}  {:>6} of {:<6} {}\n", row.digits,
                     name(row.role), or_none(w.width, "none"), w.width ? w.format.name() : "-",
                     or_none(w.refuted, "-"), or_none(w.first, "-"), row.answer.fp32_right,
                     row.answer.problems, evidence_of(row));
}

std::string row_json(const Row& row) {
  const KeptWidths& w = row.answer.widths;
  const auto format = [](const std::optional<int>& width, const Format& f) {
    return width ? nlohmann::json(f.name()).dump() : "null";
  };
  JsonText json;
  json.raw("digits", std::to_string(row.digits));
  json.add("role", std::string(name(row.role)));
  json.raw("width", or_none(w.width, "null"));
  json.raw("format", format(w.width, w.format));
  json.raw("refuted_width", or_none(w.refuted, "null"));
  json.raw("first_width", or_none(w.first, "null"));
  json.raw("first_format", format(w.first, w.first_format));
  json.raw("fp32_right", std::to_string(row.answer.fp32_right));
  json.raw("needed", std::to_string(row.answer.needed));
  json.raw("problems", std::to_string(row.answer.problems));
  json.add("evidence", evidence_of(row));
  return json.text() + "\n";
}

std::string row_csv(const Row& row) {
  const KeptWidths& w = row.answer.widths;
  return fmt::format("{},{},{},{},{},{},{},{},{},{}\n", row.digits, name(row.role),
                     or_none(w.width, ""), w.width ? w.format.name() : "", or_none(w.refuted, ""),
                     or_none(w.first, ""), w.first ? w.first_format.name() : "",
                     row.answer.fp32_right, row.answer.problems, evidence_of(row));
}

std::string header(const KeptOptions& o, const Task& task, const KeptQuestion& question) {
  if (o.json) {
    return "";
  }
  if (o.csv) {
    return "digits,role,width,format,refuted_width,first_width,first_format,fp32_right,problems,"
           "evidence\n";
  }
  return fmt::format(
      "{} on {}: the fewest bits that keep {} of the answers right in fp32\n"
      "digits  rounded        width  format           fails  first    right in fp32  evidence\n",
      o.folder, task.name(), keep_text(question.keep_millionths));
}

}  // namespace

int run_kept_width(const KeptOptions& o) {
  const ModelFile file = load_model(o.folder);
  if (!file.task) {
    throw BadInput(fmt::format(
        "{} does not say which task it answers: its config.json needs a task", o.folder));
  }
  const Task task(spec_of(*file.task));
  KeptQuestion question;
  question.family = parse_family(o.arithmetic.family);
  question.exponent_bits = o.arithmetic.exponent;
  question.max_width =
      o.max_width != 0 ? o.max_width : default_max_width(question.family, question.exponent_bits);
  question.like = arithmetic_without_formats(o.arithmetic);
  question.keep_millionths = parse_keep(o.keep);
  question.device = o.device;
  if (question.max_width < narrowest(question.family, question.exponent_bits)) {
    throw BadInput(fmt::format("--max-width {}: the narrowest format of this family has {} bits",
                               question.max_width,
                               narrowest(question.family, question.exponent_bits)));
  }
  const std::vector<RoundedRole> roles = parse_roles(o.roles);
  const std::vector<int> digits = o.digits.empty() ? std::vector{task.digits()} : o.digits;
  for (const int m : digits) {
    (void)problems_of(o, task, m);  // says before a line is written where there is no such length
  }
  Output out(STDOUT_FILENO);
  out.text() += header(o, task, question);
  Progress progress("width");
  for (const int m : digits) {
    for (const RoundedRole role : roles) {
      out.flush();
      progress.say(fmt::format("{} digits, {}", m, name(role)));
      question.role = role;
      const Row row{m, role, find_kept_width(file.weights, problems_of(o, task, m), question)};
      progress.clear();
      out.text() += o.json ? row_json(row) : o.csv ? row_csv(row) : row_text(row);
    }
  }
  out.flush();
  return 0;
}

}  // namespace carrybit::app
