#include "proofs_check/verdict.hpp"

#include <algorithm>

namespace carrybit::proofs {

bool Report::as_expected() const {
  return std::ranges::all_of(verdicts, [](const Verdict& v) { return v.as_expected(); });
}

std::string_view words(Finding finding) {
  switch (finding) {
    case Finding::holds: return "holds for all";
    case Finding::refuted: return "refuted by";
    case Finding::consistent: return "consistent with (sampled)";
  }
  return "";
}

Verdict exhausted(std::string claim, std::string set, std::uint64_t cases,
                  std::string counterexample, std::string detail) {
  Verdict v;
  v.claim = std::move(claim);
  v.set = std::move(set);
  v.cases = cases;
  v.finding = counterexample.empty() ? Finding::holds : Finding::refuted;
  v.detail = counterexample.empty() ? std::move(detail) : std::move(counterexample);
  return v;
}

std::string spaced(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ' ');
  }
  return text;
}

}  // namespace carrybit::proofs
