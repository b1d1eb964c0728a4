// Theorem 5.1: O(log n) bits, constant dimensions.

#include "arith_tasks/constructions/add_log.hpp"

#include <algorithm>

#include "tests/arith_tasks/constructions/support.hpp"

namespace carrybit::test {

namespace {

/// The width formula as docs/constructions.md states it, written out once more.
double stated_need(int n, int p, int r, double gap, bool onehot) {
  int radix = 1;
  while (std::pow(radix, r) < n + 1) ++radix;
  const double b = radix / 2;
  return std::max({gap * (n / 2 + 1), gap * std::max(1.0, b * b), onehot ? 1.0 : 2.0 * p - 1});
}

const std::vector<Options> knobs = {{.radix = 1}, {.radix = 2}, {.radix = 3},
                                    {.radix = 2, .code = DigitCode::onehot}};

}  // namespace

TEST_CASE("the needs of the primitives are the stated formula") {
  for (const Options& options : knobs)
    for (const int p : {2, 3, 10})
      for (const int n : {1, 2, 3, 5, 8, 31, 64, 128}) {
        const Needs needs = required(add_log, Task::add(p, n), options);
        for (const double gap : {1.0, 2.25, 6.5})
          CHECK(needs.largest(gap) == stated_need(n, p, options.radix, gap,
                                                  options.code == DigitCode::onehot));
      }
}

TEST_CASE("right at the stated width, exhaustively") {
  for (const Options& options : knobs)
    for (const auto& [p, longest] : {std::pair{2, 4}, {3, 3}, {10, 2}})
      for (int n = 1; n <= longest; ++n) {
        const Task task = Task::add(p, n);
        const Format format = smallest_fixed(required(add_log, task, options));
        const Run run{add_log, task, Arithmetic::uniform(format), options};
        CAPTURE(format.name());
        CHECK(verdict(run.over(ProblemSet::exhaustive(task))) == "");
      }
}

}  // namespace carrybit::test
