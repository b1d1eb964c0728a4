// Broesamle and Eckstein 2026 (arXiv 2605.18079): ||softmax - hardmax||_1 <= 2 n e^(-gap). In exact
// arithmetic a theorem; here the rounded softmax of every format of the table, and the scale from which
// on it is hard without any error.

#include <fmt/format.h>

#include "arith_tasks/constructions/setting.hpp"
#include "proofs_check/theorems/exhaust.hpp"
#include "proofs_check/theorems/softmax.hpp"
#include "sim/parallel.hpp"

namespace carrybit::proofs {

namespace {

/// add_log for 3 binary digits compiled with another score gap than its format's.
Outcome run_with_gap(const Format& format, double gap) {
  const Task task = Task::add(2, 3);
  const Arithmetic arithmetic = Arithmetic::uniform(format);
  constructions::Setting setting = constructions::Setting::of(arithmetic);
  setting.gap = gap;
  const auto program =
      constructions::make_program(constructions::construction("add_log"), task, setting);
  return run_all(Simulator(constructions::compile(program), arithmetic),
                 ProblemSet::exhaustive(task));
}

void one_hot_verdicts(const std::vector<NamedFormat>& formats, Report& report) {
  std::string soft, construction_wrong;
  std::uint64_t values = 0, inputs = 0;
  for (const NamedFormat& f : formats) {
    const Scalar scalar(f.format);
    const auto scale = one_hot_scale(scalar);
    report.cells.push_back({std::string(threshold_table), f.name, "one-hot from scale",
                            scale ? decimal(*scale) : "none"});
    for (const double c : scalar.values()) {
      if (scale && c >= *scale && lane::is_finite(c)) {
        ++values;
        if (scalar.exp(-c) != 0 && soft.empty()) {
          soft = fmt::format("{}: gap {}", f.name, decimal(c));
        }
      }
    }
    const double gap = constructions::score_gap(f.format);
    const Outcome at = run_with_gap(f.format, gap), half = run_with_gap(f.format, gap / 2);
    inputs += at.cases;
    if (at.failure && construction_wrong.empty()) {
      construction_wrong = fmt::format("{}: {}", f.name, short_text(Task::add(2, 3), *at.failure));
    }
    report.cells.push_back(
        {std::string(threshold_table), f.name, "add_log: C",
         fmt::format("{} (C/2 {})", decimal(gap), half.failure ? "fails" : "passes")});
  }
  report.verdicts.push_back(
      exhausted("from the stated scale on, softmax of two scores is exactly one-hot",
                "every format of the table, every finite value from its scale on", values, soft));
  report.verdicts.push_back(exhausted(
      "add_log on 3 binary digits is right when its scores are scaled by the gap C of the format",
      "every format of the table, all inputs", inputs, construction_wrong));
}

}  // namespace

Report check_broesamle(const Limits& limits) {
  const int most = limits.length(256, 8, 1024);
  const auto formats = threshold_formats();
  std::vector<NormSearch> found(formats.size());
  parallel_for(formats.size(), [&](std::size_t i) {
    found[i] = find_norm_violation(Scalar(formats[i].format), most, 2.0);
  });
  Report report;
  Verdict v;
  v.claim = "||softmax - hardmax||_1 <= 2 n e^(-gap) for a rounded softmax, sequential sums";
  v.set = fmt::format(
      "one score ahead by every value of the format as gap, first or last, n from 2 "
      "to {}",
      most);
  v.expected = Finding::refuted;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    v.cases += found[i].cases;
    const auto& violation = found[i].violation;
    report.cells.push_back({std::string(threshold_table), formats[i].name, "2n e^-gap fails at n",
                            violation ? std::to_string(violation->n) : fmt::format("> {}", most)});
    if (violation) {
      v.detail += fmt::format("{}{}: n = {}, gap {}, winner {}, norm {:.4g} > {:.4g}",
                              v.detail.empty() ? "" : "; ", formats[i].name, violation->n,
                              decimal(violation->gap), violation->winner_last ? "last" : "first",
                              violation->norm, violation->bound);
      v.finding = Finding::refuted;
    }
  }
  report.verdicts.push_back(std::move(v));
  one_hot_verdicts(formats, report);
  return report;
}

}  // namespace carrybit::proofs
