#pragma once
// What a check found: a claim, the set it was checked over, how many cases, and a verdict in one of
// three words. "holds for all" and "refuted by" are said only where the set was gone through in full
// or a counterexample is at hand; a sample is never more than "consistent with".

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carrybit::proofs {

enum class Finding : std::uint8_t {
  holds,      // in every case of the set
  refuted,    // by the counterexample that `detail` gives
  consistent  // with every case tried; the cases are a sample
};

struct Verdict {
  std::string claim;        // what is said to be true, one line, its arithmetic named
  std::string set;          // over what it was checked, one line
  std::uint64_t cases = 0;  // how many, each evaluated
  Finding finding = Finding::holds;
  std::string detail;  // the counterexample; or exact numbers that came out
  /// What the theory, or this project's reading of it, says of the claim in this arithmetic.
  Finding expected = Finding::holds;

  bool as_expected() const { return finding == expected; }
};

/// One number of a table of exact thresholds. Cells of one `table` and `row` stand side by side.
struct Cell {
  std::string table;
  std::string row;
  std::string column;
  std::string value;
  bool operator==(const Cell&) const = default;
};

/// All that the check of one theorem found.
struct Report {
  std::vector<Verdict> verdicts;
  std::vector<Cell> cells;
  bool as_expected() const;
};

/// "holds for all", "refuted by", "consistent with (sampled)".
std::string_view words(Finding finding);

/// A verdict that holds, or is refuted by `counterexample` where there is one.
Verdict exhausted(std::string claim, std::string set, std::uint64_t cases,
                  std::string counterexample, std::string detail = "");

/// "1 234 567": thousands apart.
std::string spaced(std::uint64_t number);

}  // namespace carrybit::proofs
