#pragma once
// One theorem, one check. A check is finite and says so: which set it went through, and in which
// arithmetic. Asymptotic statements are never "proved" by a run.

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "proofs_check/verdict.hpp"

namespace carrybit::proofs {

/// How far checks go, where the caller wants something else than each check's own default.
struct Limits {
  std::optional<int> max_length;  // digits, bits of a majority, tokens of an experiment
  std::optional<int> max_bits;    // width of the formats that are gone through in full
  /// The caller's bound or the usual one, kept between the least with which a check still says
  /// something and the most that it can do.
  int length(int usual, int least, int most) const {
    return std::clamp(max_length.value_or(usual), least, most);
  }
  int bits(int usual, int least, int most) const {
    return std::clamp(max_bits.value_or(usual), least, most);
  }
};

struct Theorem {
  std::string_view name;       // "park-T2"
  std::string_view source;     // "Park, Park, Hwang 2026, arXiv 2601.16450, T2"
  std::string_view statement;  // the paper's, in one line
  Report (*check)(const Limits&) = nullptr;
};

/// All of them, in the order of the manual.
std::span<const Theorem> all_theorems();
/// None where there is no such name.
const Theorem* find_theorem(std::string_view name);

}  // namespace carrybit::proofs
