// Theorem 4.1: two bits, for every length and base.

#include "arith_tasks/constructions/add_constant.hpp"

#include "tests/arith_tasks/constructions/support.hpp"

namespace carrybit::test {

namespace {

const std::vector<std::string> variants = {"abs", "rel"};

Options variant(const std::string& name) { return {.variant = name}; }

}  // namespace

TEST_CASE("two bits are enough, exhaustively") {
  for (const std::string& name : variants)
    for (const auto& [p, longest] : {std::pair{2, 5}, {3, 3}, {10, 2}})
      for (int n = 1; n <= longest; ++n) {
        const Run run{add_constant, Task::add(p, n), arithmetic_of("fixed:i1.f0"), variant(name)};
        CHECK(verdict(run.over(ProblemSet::exhaustive(run.task))) == "");
      }
}

}  // namespace carrybit::test
