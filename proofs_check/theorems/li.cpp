#include "proofs_check/theorems/li.hpp"

#include <fmt/format.h>

#include "proofs_check/theorems/automata.hpp"
#include "sim/parallel.hpp"

namespace carrybit::proofs {

namespace {

/// Stochastic rounding is no map; each draw of it is one.
Verdict stochastic_verdict(int bits) {
  constexpr std::uint64_t draws = 8;
  std::vector<Format> formats;
  for (int width = 2; width <= std::min(bits, 6); ++width) {
    for (const Format& f : formats_of_width(width)) {
      if (f.overflow != Overflow::wrap) {
        formats.push_back(f);
      }
    }
  }
  std::vector<std::string> inversions(formats.size());
  std::vector<std::uint64_t> cases(formats.size());
  parallel_for(formats.size(), [&](std::size_t i) {
    for (std::uint64_t draw = 0; draw < draws; ++draw) {
      const AddTable t = add_table(Scalar(formats[i], Rounding::sr, Draw{1, draw}));
      cases[i] += t.sums.size();
      if (const auto found = find_inversion(t); found && inversions[i].empty()) {
        inversions[i] = fmt::format("{} sr: {}", t.format.name(), describe(t, *found));
      }
    }
  });
  Verdict v;
  v.claim = "under stochastic rounding too, each draw by itself";
  v.set = fmt::format("{} formats of 2 to {} bits, {} draws each", spaced(formats.size()),
                      std::min(bits, 6), draws);
  v.expected = v.finding = Finding::consistent;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    v.cases += cases[i];
    if (!inversions[i].empty() && v.finding != Finding::refuted) {
      v.finding = Finding::refuted;
      v.detail = inversions[i];
    }
  }
  return v;
}

constexpr std::string_view every_format =
    "every format of 2 to {} bits (fixed point in every split and layout, floats with every e and "
    "m, IEEE, fn and finite, saturating or not, with and without subnormals; li:eE.sS), the 7 "
    "deterministic rounding modes, no wrap-around";

}  // namespace

Report check_li_monotone(const Limits& limits) {
  const int bits = checked_automaton_bits(limits);
  Report report;
  report.verdicts.push_back(monotone_verdict(family(choices(bits, false)),
                                             "x -> [x + a] is monotone (where it gives a number)",
                                             fmt::format(fmt::runtime(every_format), bits)));
  report.verdicts.push_back(stochastic_verdict(bits));
  report.verdicts.push_back(
      monotone_verdict(family(choices(bits, true)), "x -> [x + a] is monotone where overflow wraps",
                       fmt::format("fixed:iI.fF:twos:wrap of 2 to {} bits", bits)));
  report.verdicts.back().expected = Finding::refuted;
  return report;
}

Report check_li_aperiodic(const Limits& limits) {
  const int bits = checked_automaton_bits(limits);
  Report report;
  aperiodic_verdicts(family(choices(bits, false)),
                     fmt::format("2 to {} bits, as li-monotone", bits), report);
  const Family wrapping = family(choices(bits, true));
  const auto checks = check_all(wrapping.tables, usual_automaton_work);
  std::string counter;
  for (const AutomatonCheck& c : checks) {
    report.cells.push_back({"groups of wrap-around addition", c.name.substr(0, c.name.find(' ')),
                            "states", std::to_string(c.states)});
    report.cells.push_back({"groups of wrap-around addition", c.name.substr(0, c.name.find(' ')),
                            "order of the group", std::to_string(c.images.group_order)});
    report.cells.push_back({"groups of wrap-around addition", c.name.substr(0, c.name.find(' ')),
                            "cyclic",
                            c.images.group_order == c.images.element_order ? "yes" : "no"});
    counter = c.images.complete && !c.images.aperiodic ? not_aperiodic(c, c.images) : counter;
  }
  Verdict v = exhausted("the transition monoid is aperiodic where overflow wraps",
                        fmt::format("the {} different automata of fixed:iI.fF:twos:wrap, 2 to {} "
                                    "bits",
                                    wrapping.tables.size(), bits),
                        wrapping.tables.size(), counter);
  v.expected = Finding::refuted;
  report.verdicts.push_back(std::move(v));
  return report;
}

}  // namespace carrybit::proofs
