#pragma once
// Li, Liu, Zhou, Ma 2024, arXiv 2402.12875: constant precision lies in AC0, because iterated rounded
// addition is a counter-free automaton. Checked: are the maps x -> [x + a] monotone, and is the monoid
// they generate aperiodic, for every format of at most 8 bits, rounding mode and overflow rule?

#include "proofs_check/theorems/theorem.hpp"

namespace carrybit::proofs {

Report check_li_monotone(const Limits& limits);
Report check_li_aperiodic(const Limits& limits);
/// Feng et al. 2025: the step of their proofs of 4.2 and 4.3 that places constant precision in AC0.
Report check_feng_ac0(const Limits& limits);

}  // namespace carrybit::proofs
