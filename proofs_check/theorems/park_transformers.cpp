// T2, T4 and T5 of Park, Park, Hwang 2026: in full at the level of sums, and on random transformers of
// the paper's own definition; then what becomes of each when one thing about the model is changed.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "proofs_check/theorems/park.hpp"
#include "sim/parallel.hpp"

namespace carrybit::proofs {

namespace {

constexpr int width = 3;

struct Pair {
  Columns with;     // z1 alpha times, z2 (beta - alpha) times, tail
  Columns without;  // z1 (alpha - 1) times, z2 (beta - alpha + 1) times, the same tail
};

Pair similar_inputs(const Scalar& scalar, std::int64_t alpha, std::int64_t beta,
                    std::uint64_t seed) {
  const Columns drawn = random_columns(scalar, width, 5, seed);
  Pair pair;
  for (std::int64_t i = 0; i < beta; ++i) {
    pair.with.push_back(drawn[i < alpha ? 0 : 1]);
    pair.without.push_back(drawn[i < alpha - 1 ? 0 : 1]);
  }
  for (Columns* x : {&pair.with, &pair.without}) {
    x->insert(x->end(), drawn.begin() + 2, drawn.end());
  }
  return pair;
}

Pair outputs(const Scalar& scalar, const ParkRules& rules, std::uint64_t seed) {
  const std::int64_t unit = two_to_p(scalar.format());
  const Pair in = similar_inputs(scalar, 3 * unit, 9 * unit, seed);
  const ParkModel model = random_park_model(scalar, {.width = width}, seed);
  return {evaluate(model, scalar, rules, in.with), evaluate(model, scalar, rules, in.without)};
}

bool constant(const Columns& x, std::int64_t first, std::int64_t last) {
  for (std::int64_t i = first; i < last; ++i) {
    const auto& a = x[static_cast<std::size_t>(first)];
    if (!same(Columns{a}, Columns{x[static_cast<std::size_t>(i)]})) {
      return false;
    }
  }
  return true;
}

constexpr std::uint64_t models_per_format = 16;

}  // namespace

bool similar_stays_similar(const Scalar& scalar, const ParkRules& rules, std::uint64_t seed) {
  const std::int64_t unit = two_to_p(scalar.format());
  const std::int64_t alpha = 3 * unit, beta = 9 * unit;
  const Pair out = outputs(scalar, rules, seed);
  // Blocks stay blocks, of equal columns on both sides, and the tails are equal.
  const bool blocks = constant(out.with, 0, alpha) && constant(out.with, alpha, beta) &&
                      constant(out.without, 0, alpha - 1) && constant(out.without, alpha - 1, beta);
  const auto at = [](const Columns& x, std::int64_t i) {
    return Columns{x[static_cast<std::size_t>(i)]};
  };
  bool equal = same(at(out.with, 0), at(out.without, 0)) &&
               same(at(out.with, alpha), at(out.without, alpha));
  for (auto i = beta; i < static_cast<std::int64_t>(out.with.size()); ++i) {
    equal = equal && same(at(out.with, i), at(out.without, i));
  }
  return blocks && equal;
}

bool last_column_is_equal(const Scalar& scalar, const ParkRules& rules, std::uint64_t seed) {
  const Pair out = outputs(scalar, rules, seed);
  return same(Columns{out.with.back()}, Columns{out.without.back()});
}

bool swap_is_equivariant(const Scalar& scalar, const ParkRules& rules, std::uint64_t seed) {
  const ParkModel model = random_park_model(scalar, {.width = width}, seed);
  const Columns x = random_columns(scalar, width, 6, seed);
  Columns swapped = x;
  std::swap(swapped[0], swapped[1]);
  const Columns y = evaluate(model, scalar, rules, x);
  Columns z = evaluate(model, scalar, rules, swapped);
  std::swap(z[0], z[1]);
  return same(y, z);
}

bool equal_stays_equal(const Scalar& scalar, const ParkRules& rules, std::uint64_t seed) {
  const ParkModel model = random_park_model(scalar, {.width = width}, seed);
  Columns x = random_columns(scalar, width, 5, seed);
  x[1] = x[0];
  x[3] = x[2];
  const Columns y = evaluate(model, scalar, rules, x);
  return same(Columns{y[0], y[2]}, Columns{y[1], y[3]});
}

std::span<const Departure> departures() {
  static const std::array<Departure, 5> all = {{
      {"the paper's model", {}, false},
      {"pairwise sums", {.sum = Sum::pairwise}, false},
      {"exact sums", {.sum = Sum::exact}, false},
      {"a causal mask", {.causal = true}, false},
      {"positions", {}, true},
  }};
  return all;
}

std::optional<std::uint64_t> first_failing_seed(const Statement& statement, const Scalar& scalar,
                                                const Departure& departure, std::uint64_t count) {
  ParkRules rules = departure.rules;
  if (departure.positions) {
    const auto longest = static_cast<int>(9 * two_to_p(scalar.format()) + 3);
    rules.positions = random_columns(scalar, width, longest, 1U << 30);
  }
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    if (!statement(scalar, rules, seed)) {
      return seed;
    }
  }
  return std::nullopt;
}

namespace {

/// One verdict: random transformers of every format, under one departure.
Verdict sampled(std::string claim, const Statement& statement, const std::vector<Format>& formats,
                const Departure& departure, std::uint64_t count, Finding expected) {
  std::vector<std::optional<std::uint64_t>> failing(formats.size());
  parallel_for(formats.size(), [&](std::size_t i) {
    failing[i] = first_failing_seed(statement, Scalar(formats[i]), departure, count);
  });
  Verdict v;
  v.claim = fmt::format("{}, with {}", claim, departure.name);
  v.set = fmt::format(
      "random transformers (2 layers, 2 heads, width {}), {} in each of {} formats "
      "F_(p,q), {} to {}",
      width, count, formats.size(), park_name(formats.front()), park_name(formats.back()));
  v.finding = Finding::consistent;
  v.expected = expected;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    v.cases += failing[i] ? *failing[i] + 1 : count;
    if (failing[i] && v.finding != Finding::refuted) {
      v.finding = Finding::refuted;
      v.detail = fmt::format("the transformer and input of seed {} in {}", *failing[i],
                             park_name(formats[i]));
    }
  }
  return v;
}

std::vector<Format> up_to_p(std::vector<Format> formats, int p) {
  std::erase_if(formats, [p](const Format& f) { return f.fraction_bits > p; });
  return formats;
}

constexpr std::string_view flips = "Park: what holds when the model is changed";

void add_flip(Report& report, std::string_view statement, const Departure& departure,
              const Verdict& verdict) {
  report.cells.push_back({std::string(flips), std::string(statement), std::string(departure.name),
                          verdict.finding == Finding::refuted ? "fails" : "not refuted"});
}

/// T2 in full: the block sums themselves.
void block_sum_verdicts(const std::vector<Format>& formats, Report& report) {
  const auto all = all_stagnations(formats);
  std::string wrong, alpha_loose, gamma_loose;
  std::uint64_t cases = 0;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    const Stagnation& s = all[i];
    const std::int64_t unit = two_to_p(formats[i]);
    cases += s.cases;
    const std::string name = park_name(formats[i]);
    if (wrong.empty() && !s.endless.empty()) {
      wrong = fmt::format("{}: {}", name, s.endless);
    }
    if (wrong.empty() && (s.from_zero + 1 > 3 * unit || s.from_block > 6 * unit)) {
      wrong =
          fmt::format("{}: alpha must be {}, beta - alpha {}", name, s.from_zero + 1, s.from_block);
    }
    if (alpha_loose.empty() && s.from_zero + 1 != 3 * unit) {
      alpha_loose = fmt::format("{}: alpha >= {} is enough", name, s.from_zero + 1);
    }
    if (gamma_loose.empty() && s.from_block != 6 * unit) {
      gamma_loose = fmt::format("{}: beta - alpha >= {} is enough; {} is not (start {}, z2 = {})",
                                name, s.from_block, s.from_block - 1, decimal(s.from_block_start),
                                decimal(s.from_block_z));
    }
  }
  const std::string set = formats_text(formats) + ", every pair of scalars z1, z2, every n";
  report.verdicts.push_back(exhausted(
      "sequential sums cannot tell alpha copies of z1 and beta - alpha of z2 from alpha - 1 and "
      "beta - alpha + 1, for alpha >= 3*2^p and beta - alpha >= 6*2^p",
      set, cases, wrong));
  report.verdicts.push_back(
      exhausted("3*2^p is the least such constant: at alpha = 3*2^p - 1 some sums still differ",
                set, cases, alpha_loose));
  report.verdicts.push_back(exhausted("6*2^p is the least such constant", set, cases, gamma_loose));
  report.verdicts.back().expected = Finding::refuted;
}

Verdict telling_verdict(const std::vector<Format>& formats, Sum order) {
  std::vector<std::string> told(formats.size());
  std::vector<std::uint64_t> cases(formats.size());
  parallel_for(formats.size(), [&](std::size_t i) {
    const std::int64_t unit = two_to_p(formats[i]);
    told[i] = find_telling(Scalar(formats[i]), order, 3 * unit, 9 * unit, 6 * unit, cases[i]);
  });
  Verdict v;
  v.claim = fmt::format("the same of {} sums", name(order));
  v.set = fmt::format(
      "{}, z1 in {{1, 1.5}}, z2 in {{0, 1, -1, 0.5}}, alpha from 3*2^p to 9*2^p, "
      "beta - alpha = 6*2^p",
      formats_text(formats));
  v.finding = Finding::consistent;
  v.expected = Finding::refuted;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    v.cases += cases[i];
    if (!told[i].empty() && v.finding != Finding::refuted) {
      v.finding = Finding::refuted;
      v.detail = told[i];
    }
  }
  return v;
}

}  // namespace

Report check_park_t2(const Limits& limits) {
  const int bits = checked_park_bits(limits, 10);
  const std::vector<Format> formats = park_formats(bits);
  Report report;
  block_sum_verdicts(formats, report);
  for (const Sum order : {Sum::pairwise, Sum::exact}) {
    report.verdicts.push_back(telling_verdict(formats, order));
  }
  const std::vector<Format> small = up_to_p(park_formats(9), 4);
  for (const Departure& d : departures()) {
    const bool paper = &d == departures().data();
    report.verdicts.push_back(sampled(
        "similar inputs of alpha = 3*2^p, beta = 9*2^p give similar outputs", similar_stays_similar,
        small, d, models_per_format, paper ? Finding::consistent : Finding::refuted));
    add_flip(report, "T2", d, report.verdicts.back());
  }
  return report;
}

Report check_park_t4(const Limits& limits) {
  const std::vector<Format> formats = park_formats(checked_park_bits(limits, 10));
  std::vector<std::string> counters(formats.size());
  std::uint64_t cases = 0;
  parallel_for(formats.size(), [&](std::size_t i) {
    const Scalar scalar(formats[i]);
    counters[i] = find_not_commuting(adder(scalar), scalar.values());
  });
  std::string counter;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    counter = counter.empty() ? counters[i] : counter;
    const std::uint64_t n = Scalar(formats[i]).values().size();
    cases += n * n;
  }
  Report report;
  report.verdicts.push_back(
      exhausted("a sequential sum does not change when its first two terms are swapped: "
                "[[0 + a] + b] = [[0 + b] + a]",
                formats_text(formats) + ", every pair", cases, counter));
  for (const Departure& d : departures()) {
    const bool holds = d.rules.sum == Sum::exact || &d == departures().data();
    report.verdicts.push_back(sampled("swapping the first two of 6 columns swaps the outputs",
                                      swap_is_equivariant, formats, d, 64,
                                      holds ? Finding::consistent : Finding::refuted));
    add_flip(report, "T4", d, report.verdicts.back());
  }
  return report;
}

Report check_park_t5(const Limits& limits) {
  const std::vector<Format> formats = park_formats(checked_park_bits(limits, 10));
  Report report;
  for (const Departure& d : departures()) {
    const bool fails = d.rules.causal || d.positions;
    report.verdicts.push_back(sampled("equal columns, 2 pairs among 5, give equal columns",
                                      equal_stays_equal, formats, d, 64,
                                      fails ? Finding::refuted : Finding::consistent));
    add_flip(report, "T5", d, report.verdicts.back());
  }
  return report;
}

}  // namespace carrybit::proofs
