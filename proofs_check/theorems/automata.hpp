#pragma once
// Whole families of automata of iterated addition: the formats of every width, one table for each
// different automaton, and the verdicts over all of them.

#include <string>
#include <vector>

#include "proofs_check/theorems/automaton.hpp"
#include "proofs_check/theorems/theorem.hpp"

namespace carrybit::proofs {

/// Every format of exactly `width` bits: fixed point in every split and both layouts, saturating and
/// wrapping; floats with every e and m, IEEE, fn and finite, saturating or not, with and without
/// subnormals; li:eE.sS.
std::vector<Format> formats_of_width(int width);

inline constexpr int most_automaton_bits = 8;
int checked_automaton_bits(const Limits& limits);

struct Choice {
  Format format;
  Rounding rounding;
};
/// The formats of 2 to `bits` bits that wrap, or those that do not, in every deterministic mode.
std::vector<Choice> choices(int bits, bool wrapping);

/// One table for each different automaton, and how many (format, mode) pairs have one of these.
struct Family {
  std::vector<AddTable> tables;
  std::uint64_t named = 0;
  /// (x, a) pairs of all tables.
  std::uint64_t pairs() const;
};
Family family(const std::vector<Choice>& choices);

struct AutomatonCheck {
  std::string name;       // "fixed:i1.f0 rne"
  std::string inversion;  // "" where every map is monotone
  int states = 0;
  MonoidCheck images;  // complete: aperiodicity is decided
  MonoidCheck monoid;  // complete: decided once more, element by element
};
/// `work` bounds each of the two enumerations: elements x letters x states.
AutomatonCheck check_automaton(const AddTable& table, std::uint64_t work);
std::vector<AutomatonCheck> check_all(const std::vector<AddTable>& tables, std::uint64_t work);
inline constexpr std::uint64_t usual_automaton_work = 4'000'000;

/// "fixed:i2.f0:twos:wrap rne: 8 states are permuted by a group of 8 elements, cyclic"
std::string not_aperiodic(const AutomatonCheck& check, const MonoidCheck& monoid);

/// Is every map of every automaton monotone?
Verdict monotone_verdict(const Family& family, std::string claim, const std::string& set);
/// Is every transition monoid aperiodic? What was decided by enumeration, what was enumerated twice, and
/// what only the lemma decides, in three verdicts.
void aperiodic_verdicts(const Family& family, const std::string& set, Report& report);

}  // namespace carrybit::proofs
