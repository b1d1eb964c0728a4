// The verdicts and the table of exact thresholds that softmax.hpp's functions fill.

#include <fmt/format.h>

#include <cmath>

#include "precision/text.hpp"
#include "proofs_check/theorems/softmax.hpp"
#include "sim/parallel.hpp"

namespace carrybit::proofs {

namespace {

std::string in_order(Sum order) { return fmt::format("{} sums", name(order)); }

void add_cell(Report& report, const NamedFormat& f, std::string_view column, std::string value) {
  report.cells.push_back(
      {std::string(threshold_table), f.name, std::string(column), std::move(value)});
}

/// Work over the formats of the table, in parallel; results in the table's order.
template <class Result, class Work>
std::vector<Result> per_format(const std::vector<NamedFormat>& formats, const Work& work) {
  std::vector<Result> results(formats.size());
  parallel_for(formats.size(),
               [&](std::size_t i) { results[i] = work(Scalar(formats[i].format)); });
  return results;
}

std::string names(const std::vector<NamedFormat>& formats) {
  std::string text;
  for (const NamedFormat& f : formats) {
    text += (text.empty() ? "" : ", ") + f.name;
  }
  return text;
}

/// Beyond 2^53 four digits say enough.
std::string short_integer(const Integer& n) {
  if (bit_length(n) <= 53) {
    return to_decimal(Number::finite(false, n, 0));
  }
  return fmt::format("about {:.4g}", Number::finite(false, n, 0).to_double());
}

}  // namespace

Report check_velickovic(const Limits& limits) {
  const std::int64_t limit = limits.length(1 << 16, 1 << 13, 1 << 20);
  const auto formats = threshold_formats();
  Report report;
  for (const bool equal : {true, false}) {
    const auto breaks = per_format<std::optional<std::int64_t>>(formats, [&](const Scalar& s) {
      return dispersion_breaks(s, Sum::sequential, equal, limit);
    });
    Verdict v;
    v.claim = fmt::format(
        "every weight is at most e^delta / n for logits within delta = 1, sequential sums: {}",
        equal ? "all logits equal" : "one logit at 0, then n - 1 at -1");
    v.set = fmt::format("{}, n from 1 until it fails", names(formats));
    v.finding = Finding::consistent;
    v.expected = Finding::refuted;
    for (std::size_t i = 0; i < formats.size(); ++i) {
      v.cases += static_cast<std::uint64_t>(breaks[i].value_or(limit));
      add_cell(report, formats[i], equal ? "dispersion, equal" : "dispersion, one ahead",
               breaks[i] ? std::to_string(*breaks[i]) : fmt::format("> {}", limit));
      if (breaks[i]) {
        v.detail += fmt::format("{}{} at n = {}", v.finding == Finding::refuted ? ", " : "",
                                formats[i].name, *breaks[i]);
        v.finding = Finding::refuted;
      }
    }
    report.verdicts.push_back(std::move(v));
  }
  return report;
}

namespace {

Verdict collapse_verdict(const std::vector<NamedFormat>& formats, Normalise normalise,
                         std::int64_t limit, Report& report) {
  const auto found = per_format<Collapse>(formats, [&](const Scalar& s) {
    return collapse(UniformHead(s, Sum::sequential, normalise), limit);
  });
  Verdict v;
  v.claim = fmt::format(
      "under uniform attention, sequential sums, normalise {}: n ones and one zero, or two zeros, "
      "end in bit-equal outputs for every n >= n0",
      name(normalise));
  v.set = fmt::format("{}, every n (checked to {}; beyond, the sums stand still)", names(formats),
                      limit);
  for (std::size_t i = 0; i < formats.size(); ++i) {
    v.cases += static_cast<std::uint64_t>(limit);
    v.detail += fmt::format("{}{} n0 = {}", i == 0 ? "" : ", ", formats[i].name, found[i].from);
    if (!found[i].for_all && v.finding == Finding::holds) {
      v.finding = Finding::consistent;
    }
    add_cell(report, formats[i],
             normalise == Normalise::output ? "collapse, output" : "collapse, weights",
             fmt::format("{} (first {})", found[i].from, found[i].first));
  }
  return v;
}

}  // namespace

Report check_barbero(const Limits& limits) {
  const std::int64_t limit = limits.length(5000, 2100, 20'000);
  const auto formats = threshold_formats();
  Report report;
  for (const Normalise normalise : {Normalise::output, Normalise::weights}) {
    report.verdicts.push_back(collapse_verdict(formats, normalise, limit, report));
  }
  const auto exact = per_format<Collapse>(formats, [&](const Scalar& s) {
    return collapse(UniformHead(s, Sum::exact, Normalise::output), limit);
  });
  const auto sequential = per_format<Collapse>(formats, [&](const Scalar& s) {
    return collapse(UniformHead(s, Sum::sequential, Normalise::output), limit);
  });
  Verdict v;
  v.claim = "the same n0 does with exact sums, normalise output";
  v.set = fmt::format("{}, n from 1 to {}", names(formats), limit);
  v.finding = Finding::consistent;
  v.expected = Finding::refuted;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    v.cases += static_cast<std::uint64_t>(limit);
    const std::int64_t last = exact[i].from - 1;  // the last n with unequal outputs
    if (last >= sequential[i].from) {
      v.detail +=
          fmt::format("{}{} at n = {}", v.detail.empty() ? "" : ", ", formats[i].name, last);
      v.finding = Finding::refuted;
    }
    add_cell(report, formats[i], fmt::format("unequal last at n <= {}, exact sums", limit),
             std::to_string(last));
  }
  report.verdicts.push_back(std::move(v));
  return report;
}

Report check_li_cotterell(const Limits&) {
  const auto formats = threshold_formats();
  Report report;
  for (const Sum order : {Sum::sequential, Sum::exact}) {
    const auto vanish = per_format<std::optional<Vanishing>>(
        formats, [&](const Scalar& s) { return weights_vanish(s, order); });
    std::string never, at;
    for (std::size_t i = 0; i < formats.size(); ++i) {
      const auto& found = vanish[i];
      if (!found) {
        never += (never.empty() ? "" : ", ") + formats[i].name;
      } else {
        at += fmt::format("{}{} {}n = {}", at.empty() ? "" : ", ", formats[i].name,
                          found->nan ? "(NaN) " : "", short_integer(found->n));
      }
      add_cell(report, formats[i],
               order == Sum::sequential ? "weights vanish" : "weights vanish, exact sums",
               found ? short_integer(found->n) + (found->nan ? " (NaN)" : "") : "never");
    }
    Verdict v;
    v.claim = fmt::format(
        "softmax has at most N_max non-zero weights, with {}: equal scores have weight 0 from some "
        "n on",
        in_order(order));
    v.set = fmt::format("{}, every n", names(formats));
    v.cases = formats.size();
    v.finding = never.empty() ? Finding::holds : Finding::refuted;
    v.detail = never.empty()
                   ? at
                   : fmt::format("{}: n equal scores have n non-zero weights for every n{}", never,
                                 at.empty() ? "" : "; 0 from " + at);
    v.expected = Finding::refuted;  // under exact sums by the saturating format alone
    report.verdicts.push_back(std::move(v));
  }
  return report;
}

Report check_majority_mean(const Limits& limits) {
  const std::int64_t limit = limits.length(6000, 4200, 20'000);
  const auto formats = threshold_formats();
  Report report;
  for (const Sum order : {Sum::sequential, Sum::exact}) {
    const auto found = per_format<Counting>(formats, [&](const Scalar& s) {
      return counting(UniformHead(s, order, Normalise::output), limit);
    });
    Verdict v;
    v.claim = fmt::format(
        "one uniform head (normalise output, {}) separates floor(n/2) from floor(n/2) + 1 ones "
        "among n bits, for every n",
        in_order(order));
    v.set = fmt::format("{}, n from 1 to {} or until it fails", names(formats), limit);
    v.finding = Finding::consistent;
    v.expected = Finding::refuted;
    const std::string suffix = order == Sum::exact ? ", exact sums" : "";
    for (std::size_t i = 0; i < formats.size(); ++i) {
      v.cases += static_cast<std::uint64_t>(std::min(limit, found[i].majority + 1));
      const bool fails = found[i].majority < limit;
      if (fails) {
        v.detail += fmt::format("{}{} at n = {}", v.detail.empty() ? "" : ", ", formats[i].name,
                                found[i].majority + 1);
        v.finding = Finding::refuted;
      }
      add_cell(report, formats[i], "majority up to" + suffix,
               fails ? std::to_string(found[i].majority) : fmt::format(">= {}", limit));
      add_cell(report, formats[i], "all counts up to" + suffix, std::to_string(found[i].all));
    }
    report.verdicts.push_back(std::move(v));
  }
  return report;
}

}  // namespace carrybit::proofs
