#include "experiments/cell_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "arith_tasks/text.hpp"
#include "arith_tasks/vocabulary.hpp"
#include "experiments/evaluate.hpp"
#include "precision/error.hpp"
#include "proofs_check/certificate.hpp"
#include "sim/batch_split.hpp"
#include "sim/model_file.hpp"
#include "sim/parallel.hpp"

namespace carrybit {

namespace {

using Row = nlohmann::ordered_json;
using constructions::Construction;

ProblemSet problems_of(const Cell& cell) {
  switch (cell.inputs.kind) {
    case InputKind::exhaustive:
      return ProblemSet::exhaustive(cell.task, cell.inputs.operand_digits);
    case InputKind::sampled:
      return ProblemSet::random(cell.task, cell.inputs.sampling, cell.seed, cell.inputs.count,
                                cell.inputs.operand_digits);
    case InputKind::adversarial: return ProblemSet::adversarial(cell.task, cell.seed);
    case InputKind::up_to:
    case InputKind::certified: break;
  }
  return ProblemSet::within(cell.task, cell.inputs.count, cell.seed);
}

void put_dimensions(Row& row, const constructions::Dimensions& d) {
  row["layers"] = d.layers;
  row["d_model"] = d.width;
  row["heads"] = d.heads;
  row["d_head"] = d.head_dim;
  row["d_ff"] = d.ffn;
}

void put_failure(Row& row, const Task& task, const Failure& failure) {
  const Vocabulary vocabulary(task);
  row["failing_input"] = to_text(task, failure.problem.problem);
  row["failing_digit"] = failure.position;
  row["expected"] = vocabulary.text(failure.expected);
  row["got"] = vocabulary.text(failure.got);
}

/// The width that a construction's contracts state for a family; nothing where they fit no format.
std::optional<Format> stated_format(const Cell& cell) {
  const Construction& c = constructions::construction(cell.model.construction);
  try {
    const auto needs = constructions::required(c, cell.task, cell.model.options,
                                               cell.arithmetic.shift, cell.arithmetic.normalise);
    if (cell.family == Family::fixed) {
      return constructions::smallest_fixed(needs, cell.arithmetic.weights.rounding);
    }
    if (needs.fraction_bits != 0) {
      return std::nullopt;  // the contracts speak of a float's integers only, not of its fractions
    }
    return constructions::smallest_floating(
        needs, cell.family == Family::floating ? cell.exponent_bits : Format::unbounded);
  } catch (const BadInput&) {
    return std::nullopt;
  }
}

int width_in(Family family, const Format& format) {
  return family == Family::unbounded ? format.precision() : format.width();
}

void put_stated(Row& row, const Cell& cell) {
  if (const auto stated = stated_format(cell)) {
    row["stated_width_bits"] = width_in(cell.family, *stated);
    row["stated_format"] = stated->name();
  }
}

// --- accuracy ---------------------------------------------------------------------------------------

void put_score(Row& row, const ProblemSet& problems, const Score& score) {
  row["outcome"] = score.all_exact() ? "right" : "wrong";
  row["evidence"] = problems.is_exhaustive() ? "exhaustive" : "sampled";
  row["problems"] = score.count();
  row["right"] = score.exact();
  row["digits"] = score.tokens();
  row["digits_right"] = score.tokens_right();
  Row positions = Row::array();
  for (const Tally& t : score.by_position()) {
    positions.push_back({t.count, t.exact});
  }
  row["by_position"] = positions;
}

/// `check`, asked at every report of progress.
std::function<void(std::uint64_t, std::uint64_t)> asking(const std::function<void()>& check) {
  return [check](std::uint64_t, std::uint64_t) {
    if (check) {
      check();
    }
  };
}

Row certified_accuracy(const Cell& cell) {
  Row row;
  const Construction& c = constructions::construction(cell.model.construction);
  try {
    certificates::certify(c, cell.task, cell.arithmetic, cell.model.options);
    row["outcome"] = "right";
    row["evidence"] = "certified";
  } catch (const certificates::NotCertified& refusal) {
    row["outcome"] = "not certified";
    row["evidence"] = "none";
    row["reason"] = refusal.what();
  }
  return row;
}

Row measure_accuracy(const Cell& cell, const Weights& weights, const std::function<void()>& check) {
  Row row;
  const ProblemSet problems = problems_of(cell);
  const Simulator model(weights, cell.arithmetic);  // the study was refused if these do not fit
  Evaluation how;
  how.progress = asking(check);
  const Score score = evaluate(model, problems, how);
  put_score(row, problems, score);
  if (score.first_failure()) {
    put_failure(row, cell.task, *score.first_failure());
  }
  if (model.faults() != 0) {
    row["reason"] =
        fmt::format("{} operations faulted, the first in {}", model.faults(), model.first_fault());
  }
  return row;
}

Row accuracy(const Cell& cell, const std::function<void()>& check) {
  if (!cell.model.is_construction()) {
    return measure_accuracy(cell, load_model(cell.model.folder).weights, check);
  }
  const Construction& c = constructions::construction(cell.model.construction);
  std::optional<constructions::Built> built;
  try {
    built = constructions::build(c, cell.task, cell.arithmetic, cell.model.options);
  } catch (const BadInput& error) {  // the task was accepted before: it is the arithmetic
    Row row;
    row["outcome"] = "impossible";
    row["reason"] = error.what();
    return row;
  }
  Row row = cell.inputs.kind == InputKind::certified
                ? certified_accuracy(cell)
                : measure_accuracy(cell, built->weights, check);
  put_dimensions(row, built->dimensions);
  return row;
}

// --- width ------------------------------------------------------------------------------------------

WidthQuestion question_of(const Cell& cell, const std::function<void()>& check) {
  WidthQuestion q;
  q.family = cell.family;
  q.exponent_bits = cell.exponent_bits;
  q.max_width = cell.max_width;
  q.like = cell.arithmetic;
  q.options = cell.model.options;
  q.problems = cell.inputs.kind == InputKind::exhaustive ? problem_count(cell.task).value()
                                                         : cell.inputs.count;
  q.certify = cell.inputs.kind == InputKind::certified;
  q.seed = cell.seed;
  q.progress = asking(check);
  return q;
}

Row width(const Cell& cell, const std::function<void()>& check) {
  const Construction& c = constructions::construction(cell.model.construction);
  const WidthQuestion question = question_of(cell, check);
  const WidthAnswer a = find_width(c, cell.task, question);
  Row row;
  row["outcome"] = a.width ? "found" : "none";
  row["evidence"] = evidence(a);
  row["problems"] = a.problems;
  if (a.width) {
    row["required_width_bits"] = *a.width;
    row["required_format"] = a.format.name();
  }
  if (a.refuted_width) {
    row["refuted_width_bits"] = *a.refuted_width;
    row["refuted_format"] = a.refutation->format.name();
    if (a.refutation->failure) {
      put_failure(row, cell.task, *a.refutation->failure);
    } else {
      row["reason"] = a.refutation->reason;
    }
  }
  if (a.width && (a.certified || a.exhaustive)) {
    row["certified_width_bits"] = *a.width;
    row["certified_format"] = a.format.name();
  }
  put_stated(row, cell);
  put_dimensions(row, a.dimensions);
  return row;
}

// --- kept width -------------------------------------------------------------------------------------

Row kept_width(const Cell& cell, const std::function<void()>& check) {
  KeptQuestion question;
  question.family = cell.family;
  question.exponent_bits = cell.exponent_bits;
  question.max_width = cell.max_width;
  question.like = cell.arithmetic;
  question.role = cell.role;
  question.keep_millionths = cell.keep_millionths;
  question.progress = asking(check);
  const KeptAnswer a =
      find_kept_width(load_model(cell.model.folder).weights, problems_of(cell), question);
  Row row;
  row["outcome"] = a.widths.width ? "found" : "none";
  row["evidence"] = a.exhaustive ? "exhaustive" : "sampled";
  row["problems"] = a.problems;
  row["fp32_right"] = a.fp32_right;
  if (a.fp32_right == 0) {
    row["reason"] = "fp32 answers none of these problems right: there is nothing to keep";
    return row;
  }
  if (a.widths.width) {
    row["required_width_bits"] = *a.widths.width;
    row["required_format"] = a.widths.format.name();
  }
  if (a.widths.refuted) {
    row["refuted_width_bits"] = *a.widths.refuted;
  }
  if (a.widths.first) {
    row["first_width_bits"] = *a.widths.first;
    row["first_format"] = a.widths.first_format.name();
  }
  return row;
}

Row dimensions(const Cell& cell) {
  const Construction& c = constructions::construction(cell.model.construction);
  const auto setting =
      constructions::Setting::symbolic(cell.arithmetic.shift, cell.arithmetic.normalise);
  Row row;
  put_stated(row, cell);
  row["outcome"] = row.contains("stated_width_bits") ? "stated" : "no format";
  put_dimensions(row, c.dimensions(cell.task, cell.model.options, setting));
  return row;
}

}  // namespace

nlohmann::ordered_json answer(const Cell& cell, const std::function<void()>& check) {
  switch (cell.kind) {
    case CellKind::accuracy: return accuracy(cell, check);
    case CellKind::width: return width(cell, check);
    case CellKind::dimensions: return dimensions(cell);
    case CellKind::kept_width: return kept_width(cell, check);
  }
  return {};
}

// --- cost -------------------------------------------------------------------------------------------

namespace {

struct Shape {
  double layers = 2, width = 64, heads = 2, head_dim = 32, ffn = 256;
  bool dense = true;
};

Shape shape_of(const Cell& cell) {
  if (!cell.model.is_construction()) {
    const ModelConfig c = load_model(cell.model.folder).weights.config;
    return {double(c.layers),   double(c.width), double(c.heads),
            double(c.head_dim), double(c.ffn),   true};
  }
  const auto d = constructions::construction(cell.model.construction)
                     .dimensions(cell.task, cell.model.options,
                                 constructions::Setting::symbolic(cell.arithmetic.shift,
                                                                  cell.arithmetic.normalise));
  return {double(d.layers),   double(d.width), double(d.heads),
          double(d.head_dim), double(d.ffn),   false};
}

/// Operations of one problem. A construction's matrices are mostly zero, and zeros are skipped.
double operations(const Shape& s, const Task& task) {
  const double tokens = task.sequence_tokens();
  const double scores = tokens * tokens * s.heads * (s.head_dim + 4);
  const double fill = s.dense ? 1 : 0.05;
  const double matrices = tokens * s.width * (4 * s.heads * s.head_dim + 2 * s.ffn) * fill;
  return s.layers * (scores + matrices);
}

double problems_estimated(const Cell& cell) {
  const auto all = problem_count(cell.task, cell.inputs.operand_digits);
  switch (cell.inputs.kind) {
    case InputKind::exhaustive: return all ? double(*all) : 1e18;
    case InputKind::sampled: return double(cell.inputs.count);
    case InputKind::adversarial: return 600;
    case InputKind::up_to:
    case InputKind::certified: break;
  }
  return all && *all <= cell.inputs.count ? double(*all) : double(cell.inputs.count);
}

/// Does it need the exact engine?
bool exactly(const Cell& cell) {
  if (cell.kind != CellKind::accuracy) {
    return false;
  }
  const auto roles = cell.arithmetic.roles();
  return std::any_of(roles.begin(), roles.end(), [](const Role* role) {
    return role->format.precision() > (role->format.is_fixed() ? 60 : 25);
  });
}

/// Some 2^30 rounded operations a second in machine numbers, far fewer in the exact engine.
double rate(const Cell& cell) { return exactly(cell) ? 0x1p23 : 0x1p30; }

std::size_t value_bytes(const Cell& cell) { return exactly(cell) ? sizeof(Number) : 8; }

/// As much of a configuration as memory depends on.
ModelConfig config_of(const Shape& s, const Task& task) {
  ModelConfig c;
  c.vocabulary = Vocabulary(task).size();
  c.layers = static_cast<int>(s.layers);
  c.width = static_cast<int>(s.width);
  c.heads = c.kv_heads = static_cast<int>(s.heads);
  c.head_dim = static_cast<int>(s.head_dim);
  c.ffn = static_cast<int>(s.ffn);
  return c;
}

}  // namespace

Cost cost(const Cell& cell) {
  if (cell.kind == CellKind::dimensions) {
    return {1e-3, 1};
  }
  const Shape s = shape_of(cell);
  const double one = operations(s, cell.task);
  double problems = problems_estimated(cell);
  if (cell.kind == CellKind::width) {
    const auto stated = stated_format(cell);
    const int least = narrowest(cell.family, cell.exponent_bits);
    const int width = stated ? width_in(cell.family, *stated) : cell.max_width;
    const double formats =
        cell.family == Family::fixed ? width * (width + 1) / 2.0 : std::max(1, width - least + 1);
    problems += 8 * formats;  // most fail in the first block
  } else if (cell.kind == CellKind::kept_width) {
    // Half of the widths keep the share and see every problem; the rest fail in the first block.
    problems *= 1 + (cell.max_width - narrowest(cell.family, cell.exponent_bits)) / 2.0;
  }
  const double weights = s.layers * s.width * (4 * s.heads * s.head_dim + 2 * s.ffn);
  const double batch = double(unlimited_bytes(
      config_of(s, cell.task), {value_bytes(cell), thread_count(), {}},
      static_cast<std::size_t>(std::clamp(problems, 1.0, 65536.0)), cell.task.sequence_tokens()));
  const double held = problems * cell.task.operands() * cell.task.digits() * 4;
  return {1e-3 + problems * one / rate(cell),
          (8 * 3 * weights + batch + std::min(held, 0x1p27)) / 0x1p20};
}

}  // namespace carrybit
