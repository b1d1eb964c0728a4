#include "proofs_check/theorems/automata.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <numeric>

#include "precision/error.hpp"
#include "sim/parallel.hpp"

namespace carrybit::proofs {

namespace {

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

/// "fixed:i1.f0 rne"
std::string label(const AddTable& t) {
  return fmt::format("{} {}", t.format.name(), name(t.rounding));
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
  Map identity(letters.front().size());
  std::iota(identity.begin(), identity.end(), std::uint8_t{0});
  if (waiting.size() > 1) {
    std::erase(waiting, identity);  // the empty word's own
  }
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

constexpr std::array deterministic = {Rounding::rne, Rounding::rna, Rounding::rnz, Rounding::rz,
                                      Rounding::ru,  Rounding::rd,  Rounding::ro};

}  // namespace

std::uint64_t Family::pairs() const {
  std::uint64_t n = 0;
  for (const AddTable& t : tables) {
    n += t.sums.size();
  }
  return n;
}

int checked_automaton_bits(const Limits& limits) {
  return limits.bits(most_automaton_bits, 2, most_automaton_bits);
}

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

void aperiodic_verdicts(const Family& family, const std::string& set, Report& report) {
  const auto checks = check_all(family.tables, usual_automaton_work);
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
  const std::uint64_t patience = maps.size() <= 6 ? 8 * work : work;
  const std::uint64_t limit =
      std::max<std::uint64_t>(1, patience / maps.size() / static_cast<std::uint64_t>(c.states));
  c.images = enumerate_images(maps, limit);
  c.monoid = enumerate_monoid(maps, limit);
  return c;
}

}  // namespace carrybit::proofs
