#include "proofs_check/theorems/li.hpp"

#include <fmt/format.h>

#include <map>

#include "precision/error.hpp"
#include "sim/parallel.hpp"

namespace carrybit::proofs {

namespace {

constexpr std::uint64_t usual_work = 4'000'000;
constexpr int most_bits = 8;

void add_floats(int width, std::vector<Format>& formats) {
  for (int e = 1; e < width; ++e) {
    for (const char* layout :
         {"", ":sat", ":ftz", ":sat:ftz", ":fn", ":fn:sat", ":fn:ftz", ":finite", ":finite:ftz"}) {
      try {
        const Format f = Format::parse(fmt::format("float:e{}.m{}{}", e, width - 1 - e, layout));
        if (std::ranges::find(formats, f) == formats.end()) {
          formats.push_back(f);
        }
      } catch (const BadInput&) {  // no such layout at these sizes
      }
    }
  }
}

int checked_bits(const Limits& limits) {
  const int bits = limits.bits(most_bits);
  if (bits < 2 || bits > most_bits) {
    throw BadInput(fmt::format("--max-bits {}: automata have 2 to {} bits", bits, most_bits));
  }
  return bits;
}

constexpr std::array deterministic = {Rounding::rne, Rounding::rna, Rounding::rnz, Rounding::rz,
                                      Rounding::ru,  Rounding::rd,  Rounding::ro};

std::string label(const AddTable& t) {
  return fmt::format("{} {}", t.format.name(), name(t.rounding));
}

/// One table for each different automaton, and how many (format, mode) pairs have one of these.
struct Family {
  std::vector<AddTable> tables;
  std::uint64_t named = 0;
  std::uint64_t pairs() const {
    std::uint64_t n = 0;
    for (const AddTable& t : tables) {
      n += t.sums.size();
    }
    return n;
  }
};

struct Choice {
  Format format;
  Rounding rounding;
};

Family family(const std::vector<Choice>& choices) {
  std::vector<AddTable> tables(choices.size());
  parallel_for(choices.size(), [&](std::size_t i) {
    tables[i] = add_table(Scalar(choices[i].format, choices[i].rounding));
  });
  Family out;
  out.named = choices.size();
  std::map<std::pair<int, std::vector<std::uint8_t>>, std::size_t> seen;
  for (AddTable& t : tables) {
    if (seen.try_emplace({t.chain, t.sums}, 0).second) {
      out.tables.push_back(std::move(t));
    }
  }
  return out;
}

std::vector<Choice> choices(int bits, bool wrapping) {
  std::vector<Choice> all;
  for (int width = 2; width <= bits; ++width) {
    for (const Format& f : formats_of_width(width)) {
      for (const Rounding r : deterministic) {
        if ((f.overflow == Overflow::wrap) == wrapping) {
          all.push_back({f, r});
        }
      }
    }
  }
  return all;
}

/// Letters from which the others follow: kept while few suffice (fixed point: one quantum up and down).
std::vector<Map> generators(const std::vector<Map>& letters) {
  constexpr std::size_t few = 6;
  std::vector<Map> kept, known;
  std::vector<Map> waiting = letters;
  // The smallest steps first: those that move the middle state least.
  const std::size_t middle = letters.front().size() / 2;
  std::ranges::stable_sort(waiting, {}, [&](const Map& m) {
    return std::abs(static_cast<int>(m[middle]) - static_cast<int>(middle));
  });
  for (const Map& letter : waiting) {
    const bool follows = std::ranges::any_of(known, [&](const Map& first) {
      return std::ranges::any_of(kept, [&](const Map& second) {
        for (std::size_t x = 0; x < letter.size(); ++x) {
          if (second[first[x]] != letter[x]) {
            return false;
          }
        }
        return true;
      });
    });
    if (!follows) {
      if (kept.size() == few) {
        return letters;
      }
      kept.push_back(letter);
    }
    known.push_back(letter);
  }
  return kept;
}

std::vector<AutomatonCheck> check_all(const std::vector<AddTable>& tables, std::uint64_t work) {
  std::vector<AutomatonCheck> checks(tables.size());
  parallel_for(tables.size(), [&](std::size_t i) { checks[i] = check_automaton(tables[i], work); });
  return checks;
}

Verdict monotone_verdict(const Family& f, std::string claim, const std::string& set) {
  std::vector<std::string> inversions(f.tables.size());
  parallel_for(f.tables.size(), [&](std::size_t i) {
    if (const auto found = find_inversion(f.tables[i])) {
      inversions[i] = fmt::format("{}: {}", label(f.tables[i]), describe(f.tables[i], *found));
    }
  });
  std::string first;
  for (const std::string& text : inversions) {
    if (first.empty()) {
      first = text;
    }
  }
  return exhausted(std::move(claim),
                   fmt::format("{}: {} of them, {} different automata, every x and a", set,
                               spaced(f.named), spaced(f.tables.size())),
                   f.pairs(), first);
}

std::string not_aperiodic(const AutomatonCheck& c, const MonoidCheck& m) {
  return fmt::format("{}: {} states are permuted by a group of {} elements{}", c.name,
                     m.moved.size(),
                     m.group_order == 0 ? "more than 10 000" : spaced(m.group_order),
                     m.group_order == m.element_order ? ", cyclic" : "");
}

/// The verdicts of a family: what was decided by enumeration, and what only by the lemma.
void aperiodic_verdicts(const Family& family, const std::string& set, std::uint64_t work,
                        Report& report) {
  const auto checks = check_all(family.tables, work);
  std::uint64_t decided = 0, images = 0, monoids = 0, elements = 0, by_lemma = 0;
  std::string counter, lemma_fails, apart;
  for (const AutomatonCheck& c : checks) {
    if (c.images.complete) {
      ++decided;
      images += c.images.size;
      if (!c.images.aperiodic && counter.empty()) {
        counter = not_aperiodic(c, c.images);
      }
    } else {
      ++by_lemma;
      lemma_fails = lemma_fails.empty() && !c.inversion.empty() ? c.inversion : lemma_fails;
    }
    if (c.monoid.complete) {
      ++monoids;
      elements += c.monoid.size;
    }
    const bool both = c.images.complete && c.monoid.complete;
    if (both && c.images.aperiodic != c.monoid.aperiodic && apart.empty()) {
      apart = fmt::format("{}: the two enumerations disagree", c.name);
    }
    // Monotone maps on a chain generate an aperiodic monoid: what was enumerated must not contradict it.
    if (c.images.complete && c.inversion.empty() && !c.images.aperiodic && apart.empty()) {
      apart = fmt::format("{}: monotone, yet not aperiodic", c.name);
    }
  }
  report.verdicts.push_back(exhausted(
      "the transition monoid of iterated rounded addition is aperiodic: every image of it was "
      "enumerated, with the permutations of every image",
      fmt::format("{}: the {} automata whose images can be enumerated", set, spaced(decided)),
      images, counter));
  report.verdicts.push_back(exhausted(
      "enumeration of all elements agrees with enumeration of images, and both with the lemma "
      "that monotone maps generate an aperiodic monoid",
      fmt::format("{}: the {} automata whose whole monoid can be enumerated", set, spaced(monoids)),
      elements, apart));
  if (by_lemma != 0) {
    report.verdicts.push_back(exhausted(
        "aperiodic because every map is monotone (the lemma; these monoids were not enumerated)",
        fmt::format("{}: the other {} automata", set, spaced(by_lemma)), by_lemma, lemma_fails));
  }
}

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
        inversions[i] = fmt::format("{}: {}", label(t), describe(t, *found));
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

std::vector<Format> formats_of_width(int width) {
  std::vector<Format> formats;
  for (int f = 0; f < width; ++f) {
    for (const char* layout : {"", ":twos", ":twos:wrap"}) {
      formats.push_back(Format::parse(fmt::format("fixed:i{}.f{}{}", width - 1 - f, f, layout)));
    }
  }
  add_floats(width, formats);
  for (int s = 1; 1 + 2 * s <= width; ++s) {
    formats.push_back(Format::parse(fmt::format("li:e{}.s{}", width - 1 - 2 * s, s)));
  }
  return formats;
}

AutomatonCheck check_automaton(const AddTable& table, std::uint64_t work) {
  AutomatonCheck c;
  c.name = label(table);
  c.states = table.states();
  if (const auto found = find_inversion(table)) {
    c.inversion = fmt::format("{}: {}", c.name, describe(table, *found));
  }
  const std::vector<Map> maps = generators(letters(table));
  // Few letters promise small monoids (a saturating counter has intervals for images): go further.
  const std::uint64_t patience = maps.size() <= 6 ? 5 * work : work;
  const std::uint64_t limit =
      std::max<std::uint64_t>(1, patience / maps.size() / static_cast<std::uint64_t>(c.states));
  c.images = enumerate_images(maps, limit);
  c.monoid = enumerate_monoid(maps, limit);
  return c;
}

Report check_li_monotone(const Limits& limits) {
  const int bits = checked_bits(limits);
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
  const int bits = checked_bits(limits);
  Report report;
  aperiodic_verdicts(family(choices(bits, false)),
                     fmt::format("2 to {} bits, as li-monotone", bits), usual_work, report);
  const Family wrapping = family(choices(bits, true));
  const auto checks = check_all(wrapping.tables, usual_work);
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

namespace {

/// x -> [x + w y], one rounding, for every w and y: the letters of a sum of fused products.
std::string find_fused_inversion(const Format& format, std::uint64_t& cases) {
  const Scalar scalar(format);
  const lane::Context context{lane_spec(format), Rounding::rne, {}, nullptr};
  const std::vector<double> values = scalar.values();
  for (const double w : values) {
    for (const double y : values) {
      double last = lane::quiet_nan<double>();
      for (const double x : values) {
        const double z = lane::fma(w, y, x, context);
        ++cases;
        if (!lane::is_nan(z) && last > z) {
          return fmt::format("{}: x = {}, w = {}, y = {}", format.name(), decimal(x), decimal(w),
                             decimal(y));
        }
        last = lane::is_nan(z) ? last : z;
      }
    }
  }
  return "";
}

}  // namespace

Report check_feng_ac0(const Limits& limits) {
  const int bits = checked_bits(limits);
  std::vector<Choice> nearest;
  for (const Choice& c : choices(bits, false)) {
    if (c.rounding == Rounding::rne && !c.format.flush_subnormals) {
      nearest.push_back(c);
    }
  }
  const std::string set = fmt::format(
      "saturating fixed point and floats of 2 to {} bits, IEEE, fn, finite or saturating, "
      "nearest even",
      bits);
  Report report;
  const Family f = family(nearest);
  report.verdicts.push_back(
      monotone_verdict(f, "one step of a sum of rounded products, x -> [x + a], is monotone", set));
  const int narrow = std::min(bits, 6);
  std::vector<Format> formats;
  for (const Choice& c : nearest) {
    if (c.format.width() <= narrow) {
      formats.push_back(c.format);
    }
  }
  std::vector<std::string> found(formats.size());
  std::vector<std::uint64_t> cases(formats.size());
  parallel_for(formats.size(),
               [&](std::size_t i) { found[i] = find_fused_inversion(formats[i], cases[i]); });
  std::string counter;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    counter = counter.empty() ? found[i] : counter;
    total += cases[i];
  }
  report.verdicts.push_back(exhausted(
      "one step of a sum of fused products, x -> [x + w y], is monotone",
      fmt::format("the {} such formats of 2 to {} bits, every x, w and y", formats.size(), narrow),
      total, counter));
  aperiodic_verdicts(f, "the same formats, rounded products", usual_work, report);
  return report;
}

}  // namespace carrybit::proofs
