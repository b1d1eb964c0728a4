// Theorem 5.2 at length: the sizes.

#include "arith_tasks/constructions/iter_add_log.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

namespace carrybit::test {

namespace {

void check_long(const Task& task, const std::string& variant, std::uint64_t count) {
  const Options options{.variant = variant};
  const Format format = smallest_fixed(required(iter_add_log, task, options));
  CAPTURE(variant);
  CAPTURE(format.name());
  // Two of each adversarial family, then random ones.
  const ProblemSet problems = ProblemSet::within(task, count, 1, 2);
  const Run run{iter_add_log, task, Arithmetic::uniform(format), options};
  CHECK(verdict(run.over(problems)) == "");
}

}  // namespace

TEST_CASE("64 digits, 32 addends, base 2") {
  for (const char* variant : {"reglu", "reglu_halved", "relu"})
    check_long(Task::iter_add(2, 64, 32), variant, 12);
}

TEST_CASE("20 digits, 12 addends, base 10") {
  for (const char* variant : {"reglu", "reglu_halved", "relu"})
    check_long(Task::iter_add(10, 20, 12), variant, 40);
}

}  // namespace carrybit::test
