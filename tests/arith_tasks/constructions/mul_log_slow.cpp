// Multiplication at n = 16 and a little more, at the stated widths.

#include "arith_tasks/constructions/mul_log.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

namespace carrybit::test {

TEST_CASE("mul_log at n = 16, and one bit below") {
  for (const int p : {2, 3, 10})
    for (const Options& options :
         {Options{}, Options{.variant = p == 10 ? "reglu" : "relu", .rounds = 1},
          Options{.rounds = 2, .parts = 3}}) {
      const Task task = Task::mul(p, 16);
      const Format format = smallest_fixed(required(mul_log, task, options));
      const ProblemSet problems = ProblemSet::within(task, 100, 1, 8);
      CAPTURE(format.name());
      CAPTURE(text(options));
      CHECK(verdict(Run{mul_log, task, Arithmetic::uniform(format), options}.over(problems)) == "");
      if (options.parts <= 1)
        CHECK_FALSE(Run{mul_log, task, Arithmetic::uniform(one_bit_less(format)), options}
                        .over(problems)
                        .all_exact());
    }
}

TEST_CASE("slack: products of two numbers do not fill all columns at once") {
  // After a round the largest block sums to 13 and takes 3 from below: 16 is asked. The columns that it is
  // made of are never full together: 15 suffice, for every input.
  const Task task = Task::mul(2, 8);
  const Options options{.rounds = 1};
  CHECK(required(mul_log, task, options).largest(1) == 16);
  CHECK(verdict(Run{mul_log, task, arithmetic_of("fixed:i4.f0"), options}.over(
            ProblemSet::exhaustive(task))) == "");
}

TEST_CASE("mul_log at n = 24 in floats") {
  const Task task = Task::mul(2, 24);
  const Format format = smallest_floating(required(mul_log, task), 8);
  CHECK(verdict(Run{mul_log, task, Arithmetic::uniform(format)}.over(
            ProblemSet::within(task, 80, 1, 6))) == "");
}

}  // namespace carrybit::test
