// Verdicts keep to their words, and every check has a name.

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "proofs_check/theorems/theorem.hpp"

using namespace carrybit::proofs;

TEST_CASE("a verdict holds, or is refuted by what is at hand") {
  const Verdict good = exhausted("c", "s", 7, "", "detail");
  CHECK(good.finding == Finding::holds);
  CHECK(good.detail == "detail");
  const Verdict bad = exhausted("c", "s", 7, "x = 3", "detail");
  CHECK(bad.finding == Finding::refuted);
  CHECK(bad.detail == "x = 3");
  CHECK(words(Finding::holds) == "holds for all");
  CHECK(words(Finding::refuted) == "refuted by");
  CHECK(words(Finding::consistent) == "consistent with (sampled)");
}

TEST_CASE("a report is as expected when every verdict is") {
  Report report;
  report.verdicts.push_back(exhausted("c", "s", 1, ""));
  CHECK(report.as_expected());
  report.verdicts.push_back(exhausted("c", "s", 1, "x = 3"));
  CHECK_FALSE(report.as_expected());
  report.verdicts.back().expected = Finding::refuted;
  CHECK(report.as_expected());
}

TEST_CASE("thousands stand apart") {
  CHECK(spaced(0) == "0");
  CHECK(spaced(999) == "999");
  CHECK(spaced(1000) == "1 000");
  CHECK(spaced(1234567) == "1 234 567");
}

TEST_CASE("names are found, and none twice") {
  std::set<std::string_view> names;
  for (const Theorem& t : all_theorems()) {
    CHECK(names.insert(t.name).second);
    const bool found = find_theorem(t.name) == &t;
    CHECK(found);
    const bool has_check = t.check != nullptr;
    CHECK(has_check);
    CHECK_FALSE(t.statement.empty());
  }
  const bool none = find_theorem("feng-4.4") == nullptr;
  CHECK(none);
}

TEST_CASE("limits stay within what a check can do") {
  Limits limits;
  CHECK(limits.length(16, 1, 20) == 16);
  limits.max_length = 1000;
  CHECK(limits.length(16, 1, 20) == 20);
  limits.max_bits = 1;
  CHECK(limits.bits(8, 2, 8) == 2);
}
