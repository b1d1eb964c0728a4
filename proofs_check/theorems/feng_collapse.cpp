#include "proofs_check/theorems/feng_collapse.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "precision/error.hpp"
#include "proofs_check/theorems/exhaust.hpp"

namespace carrybit::proofs {

namespace {

/// What a format does with a task.
struct Trial {
  bool passes = false;
  std::uint64_t cases = 0;
  std::optional<Failure> failure{};
  std::string reason{};
};

Trial try_format(const constructions::Construction& c, const constructions::Options& options,
                 const Task& task, const Format& format, const ProblemSet& problems) {
  const Arithmetic arithmetic = Arithmetic::uniform(format);
  std::optional<constructions::Built> built;
  try {
    built = constructions::build(c, task, arithmetic, options);
  } catch (const BadInput& error) {
    Trial t;
    t.reason = error.what();
    return t;
  }
  const Outcome outcome = run_all(Simulator(built->weights, arithmetic), problems);
  Trial t;
  t.passes = !outcome.failure;
  t.cases = outcome.cases;
  t.failure = outcome.failure;
  return t;
}

bool fails_again(const constructions::Construction& c, const constructions::Options& options,
                 const Task& task, const Format& format, const Failure& failure) {
  const Arithmetic arithmetic = Arithmetic::uniform(format);
  return replays(constructions::build(c, task, arithmetic, options).weights, arithmetic, task,
                 failure);
}

}  // namespace

CollapsePoint find_collapse(const CollapseCase& what, int width, int longest,
                            std::uint64_t problems) {
  const auto& c = constructions::construction(what.construction);
  const auto options = constructions::parse_options(what.options);
  CollapsePoint point;
  point.width = width;
  int good_split = 0;  // fraction bits that passed last: likely to pass again
  for (int n = 1; n <= longest; ++n) {
    const Task task = what.task(n);
    const ProblemSet set = ProblemSet::within(task, problems, 1, 4);
    bool passed = false;
    std::optional<Trial> kept;
    for (int k = 0; k < width && !passed; ++k) {
      const int fraction = k == 0 ? good_split : k <= good_split ? k - 1 : k;
      const Format format = Format::fixed(width - 1 - fraction, fraction);
      Trial t = try_format(c, options, task, format, set);
      point.cases += t.cases;
      if (t.passes) {
        passed = true;
        good_split = fraction;
      } else if (!kept || (!kept->failure && t.failure)) {
        point.format = format;
        kept = std::move(t);
      }
    }
    if (!passed) {
      point.length = n;
      point.failure = kept->failure;
      point.reason = kept->reason;
      point.replayed = kept->failure && fails_again(c, options, task, point.format, *kept->failure);
      return point;
    }
    point.exhaustive = point.exhaustive && set.is_exhaustive();
  }
  return point;
}

std::vector<CollapseCase> collapse_cases() {
  return {
      {"add_log", "", "ADD_2(n)", [](int n) { return Task::add(2, n); }, 5, 32},
      {"iter_add_log", "", "IterADD_2(n, n)",
       [](int n) { return Task::iter_add(2, n, std::max(2, n)); }, 8, 12},
      {"mul_log", "", "MUL_2(n, 2n)", [](int n) { return Task::mul(2, n); }, 7, 12},
      {"majority_mean", "", "MAJORITY of n bits", [](int n) { return Task::majority(n); }, 7, 64},
      {"add_prefix_sum", "", "ADD_2(n)", [](int n) { return Task::add(2, n); }, 6, 6},
  };
}

namespace {

Verdict collapse_verdict(const CollapseCase& what, const std::vector<CollapsePoint>& points,
                         bool in_full, Report& report) {
  Verdict v;
  v.claim = fmt::format("{} solves {} at every length n with some constant width of 2 to {} bits",
                        what.construction, what.about, points.back().width);
  v.set = "every split into integer and fraction bits, lengths from 1 until every split fails";
  const std::string table = "constant width: the first length at which every split fails";
  bool all_replayed = true, all_fail = true;
  for (const CollapsePoint& p : points) {
    v.cases += p.cases;
    const std::string row = fmt::format("{}, {} bits", what.construction, p.width);
    const auto cell = [&](const char* column, std::string value) {
      report.cells.push_back({table, row, column, std::move(value)});
    };
    cell("fails at n", p.length ? std::to_string(*p.length) : "passes all tried");
    cell("shorter ones", p.length == 1 ? "-" : p.exhaustive ? "all inputs" : "sampled");
    const Task task = what.task(p.length.value_or(1));
    cell("format", p.length ? p.format.name() : "-");
    cell("counterexample", p.failure  ? short_text(task, *p.failure)
                           : p.length ? "cannot be compiled"
                                      : "-");
    all_replayed = all_replayed && (!p.failure || p.replayed);
    all_fail = all_fail && p.length;
    v.detail += p.length ? fmt::format("{}{} bits at n = {}", v.detail.empty() ? "" : ", ", p.width,
                                       *p.length)
                         : "";
  }
  v.finding = all_fail ? Finding::refuted : Finding::consistent;
  v.expected = in_full ? Finding::refuted : v.finding;  // cut short, widths may go unrefuted
  if (!all_replayed) {
    v.detail += " (NOT wrong again on the exact engine)";
    v.expected = Finding::holds;  // an internal contradiction: nothing may pass as expected
  }
  return v;
}

}  // namespace

Report check_feng_collapse(const Limits& limits) {
  const int cap = limits.length(64, 2, 256);
  Report report;
  for (const CollapseCase& what : collapse_cases()) {
    std::vector<CollapsePoint> points;
    for (int width = 2; width <= what.widest; ++width) {
      points.push_back(find_collapse(what, width, std::min(cap, what.longest), 256));
    }
    report.verdicts.push_back(collapse_verdict(what, points, cap >= what.longest, report));
  }
  return report;
}

}  // namespace carrybit::proofs
