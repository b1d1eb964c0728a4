#pragma once
// Li, Liu, Zhou, Ma 2024, arXiv 2402.12875: constant precision lies in AC0, because iterated rounded
// addition is a counter-free automaton. Checked: are the maps x -> [x + a] monotone, and is the monoid
// they generate aperiodic, for every format of at most 8 bits, rounding mode and overflow rule?

#include <string>
#include <vector>

#include "proofs_check/theorems/automaton.hpp"
#include "proofs_check/theorems/theorem.hpp"

namespace carrybit::proofs {

/// Every format of exactly `width` bits: fixed point in every split and both layouts, saturating and
/// wrapping; floats with every e and m, IEEE, fn and finite, saturating or not, with and without
/// subnormals; li:eE.sS.
std::vector<Format> formats_of_width(int width);

struct AutomatonCheck {
  std::string name;       // "fixed:i1.f0 rne"
  std::string inversion;  // "" where every map is monotone
  int states = 0;
  MonoidCheck images;  // complete: aperiodicity is decided
  MonoidCheck monoid;  // complete: decided once more, element by element
};

/// `work` bounds each of the two enumerations: elements x letters x states.
AutomatonCheck check_automaton(const AddTable& table, std::uint64_t work);

Report check_li_monotone(const Limits& limits);
Report check_li_aperiodic(const Limits& limits);
/// Feng et al. 2025: the step of their proofs of 4.2 and 4.3 that places constant precision in AC0.
Report check_feng_ac0(const Limits& limits);

}  // namespace carrybit::proofs
