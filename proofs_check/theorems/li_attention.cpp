#include "proofs_check/theorems/li_attention.hpp"

#include <fmt/format.h>

#include <cmath>

#include "proofs_check/theorems/scalar.hpp"
#include "sim/arithmetic.hpp"
#include "sim/parallel.hpp"

namespace carrybit::proofs {

std::string find_lowest_not_vanishing(std::span<const Format> formats, const Exponential& exp) {
  std::string found;
  for (const Format& f : formats) {
    const Rounding rounding = preset("li2024").probabilities.rounding;
    const Number e = exp(-exact::largest(f), exact::Context{f, rounding, {}, nullptr});
    if (!e.is_zero()) {
      found +=
          fmt::format("{}{}: [exp(-B)] = {}", found.empty() ? "" : "; ", f.name(), to_decimal(e));
    }
  }
  return found;
}

Report check_li_exp(const Limits& limits) {
  const int bits = limits.bits(122, 4, 122);
  std::vector<Format> fixed, floats;
  for (int s = 1; 1 + 2 * s <= bits; ++s) {
    fixed.push_back(Format::fixed(s, s));
  }
  for (int e = 1; e <= 7; ++e) {
    for (int s = 1; s <= 12 && 1 + e + 2 * s <= bits; ++s) {
      floats.push_back(Format::parse(fmt::format("li:e{}.s{}", e, s)));
    }
  }
  Report report;
  report.verdicts.push_back(
      exhausted("[exp(-B_s)] = 0 in F_(0,s)",
                fmt::format("s from 1 to {}, by the exact engine", fixed.size()), fixed.size(),
                find_lowest_not_vanishing(fixed, exact::exp)));
  report.verdicts.push_back(
      exhausted("[exp(-B)] = 0 in F_(e,s) with e > 0 too, B the largest value",
                "e from 1 to 7, s from 1 to 12 (all counterexamples are given)", floats.size(),
                find_lowest_not_vanishing(floats, exact::exp)));
  report.verdicts.back().expected = Finding::refuted;
  return report;
}

UniformCount count_uniform(int s) {
  const Scalar scalar(Format::fixed(s, s), preset("li2024").activations.rounding);
  const double most = scalar.largest();
  UniformCount c;
  c.s = s;
  double z = 0, weight = 0, output = 0, before = -1;
  // The counts 0..n give the outputs 0, w, w + w, ...: the last step tells whether the last two merge,
  // and as steps never grow again once the sum saturates, whether any two do.
  for (std::int64_t n = 1;; ++n) {
    z = scalar.add(z, scalar.exp(0.0));
    const double next = scalar.div(1.0, z);
    if (n == 1 || next != weight) {
      output = before = 0;
      for (std::int64_t i = 0; i < n; ++i) {
        before = output;
        output = scalar.add(output, scalar.mul(next, 1.0));
      }
      weight = next;
    } else {
      before = output;
      output = scalar.add(output, scalar.mul(weight, 1.0));
    }
    ++c.cases;
    if (c.normaliser_wrong == 0 && z != static_cast<double>(n)) {
      c.normaliser_wrong = n;
      c.output_saturated = output;
    }
    if (c.output_wrong == 0 && output != 1) {
      c.output_wrong = n;
      c.output_there = output;
    }
    if (c.counts_merge == 0 && output == before) {
      c.counts_merge = n;
    }
    c.output_stands = output != most ? 0 : c.output_stands == 0 ? n : c.output_stands;
    const bool over = scalar.add(z, 1.0) == z && scalar.add(output, weight) == output;
    if (over && c.counts_merge != 0) {
      return c;
    }
  }
}

Report check_li_count(const Limits& limits) {
  const int bits = limits.bits(21, 3, 25);
  std::vector<UniformCount> counts(static_cast<std::size_t>((bits - 1) / 2));
  parallel_for(counts.size(),
               [&](std::size_t i) { counts[i] = count_uniform(static_cast<int>(i) + 1); });
  Report report;
  std::uint64_t cases = 0;
  std::string not_one, wrong_threshold, wrong_end;
  for (const UniformCount& c : counts) {
    const std::string row = fmt::format("s = {} (fixed:i{}.f{})", c.s, c.s, c.s);
    const auto cell = [&](const char* column, const std::string& value) {
      report.cells.push_back(
          {"Li: uniform attention over n ones, preset li2024", row, column, value});
    };
    cell("normaliser wrong from n", std::to_string(c.normaliser_wrong));
    cell("output not 1 from n", fmt::format("{} ({})", c.output_wrong, decimal(c.output_there)));
    cell("output there", decimal(c.output_saturated));
    cell("output stands at B_s from n", std::to_string(c.output_stands));
    cell("two counts merge at n", std::to_string(c.counts_merge));
    cases += c.cases;
    const std::int64_t two_s = std::int64_t{1} << c.s, four_s = two_s * two_s;
    if (not_one.empty()) {
      not_one =
          fmt::format("s = {}: {} ones give {}", c.s, c.output_wrong, decimal(c.output_there));
    }
    if (wrong_threshold.empty() && c.normaliser_wrong != two_s) {
      wrong_threshold = fmt::format("s = {}: n = {}", c.s, c.normaliser_wrong);
    }
    if (wrong_end.empty() && (c.output_stands != four_s - 1 || c.counts_merge != four_s)) {
      wrong_end = fmt::format("s = {}: n = {} and {}", c.s, c.output_stands, c.counts_merge);
    }
  }
  const std::string set =
      fmt::format("F_(0,s), s from 1 to {}, every n until nothing moves", counts.size());
  report.verdicts.push_back(
      exhausted("the normaliser of n equal scores is n exactly up to 2^s - 1 "
                "and saturates at n = 2^s",
                set, cases, wrong_threshold));
  report.verdicts.push_back(exhausted("the mean of n ones is 1 for every n", set, cases, not_one));
  report.verdicts.back().expected = Finding::refuted;
  report.verdicts.push_back(exhausted(
      "it ends at B_s, from n = 4^s - 1 on for good; up to there different counts of ones "
      "give different outputs, and at n = 4^s two are alike",
      set, cases, wrong_end));
  return report;
}

}  // namespace carrybit::proofs
