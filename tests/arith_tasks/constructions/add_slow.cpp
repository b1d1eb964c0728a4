// Addition at n = 128, at the stated widths.

#include "arith_tasks/constructions/add_constant.hpp"
#include "arith_tasks/constructions/add_log.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

namespace carrybit::test {

TEST_CASE("add_constant at n = 128 in two bits") {
  for (const int p : {2, 10})
    for (const char* variant : {"abs", "rel"}) {
      const Task task = Task::add(p, 128);
      const Run run{add_constant, task, arithmetic_of("fixed:i1.f0"), {.variant = variant}};
      CHECK(verdict(run.over(ProblemSet::within(task, 300, 1, 16))) == "");
    }
}

TEST_CASE("add_log at n = 128, one level to three, and one bit below") {
  for (const int p : {2, 10})
    for (const Options& options :
         {Options{}, Options{.radix = 4, .code = DigitCode::onehot, .levels = 2},
          Options{.radix = 5, .code = DigitCode::onehot, .levels = 3}}) {
      const Task task = Task::add(p, 128);
      const ProblemSet problems = ProblemSet::within(task, 300, 1, 16);
      const Format format = smallest_fixed(required(add_log, task, options));
      CAPTURE(format.name());
      CHECK(verdict(Run{add_log, task, Arithmetic::uniform(format), options}.over(problems)) == "");
      CHECK_FALSE(Run{add_log, task, Arithmetic::uniform(one_bit_less(format)), options}
                      .over(ProblemSet::within(task, 40, 1, 4))
                      .all_exact());
    }
}

TEST_CASE("add_log at n = 64 without shift, and in floats") {
  const Task task = Task::add(2, 64);
  const Needs counting = required(add_log, task, {}, Shift::none);
  Arithmetic arithmetic = Arithmetic::uniform(smallest_fixed(counting));
  arithmetic.shift = Shift::none;
  CHECK(verdict(Run{add_log, task, arithmetic}.over(ProblemSet::within(task, 100, 1, 8))) == "");
  const Format format = smallest_floating(required(add_log, task), 8);
  CHECK(verdict(Run{add_log, task, Arithmetic::uniform(format)}.over(
            ProblemSet::within(task, 300, 1, 16))) == "");
}

}  // namespace carrybit::test
