// Multiplication: right at its stated width, wrong one bit below, in both variants.

#include "arith_tasks/constructions/mul_log.hpp"

#include "precision/error.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

using namespace carrybit;
using namespace carrybit::test;

TEST_CASE("mul_log answers every input of small sizes at its stated width") {
  for (const auto& [base, digits] : {std::pair{2, 1}, {2, 2}, {2, 3}, {2, 4}, {3, 2}, {10, 1}}) {
    const Task task = Task::mul(base, digits);
    for (const char* variant : {"reglu", "relu"}) {
      Options options;
      options.variant = variant;
      const Format stated = smallest_fixed(required(mul_log, task, options));
      CHECK(verdict(Run{mul_log, task, Arithmetic::uniform(stated), options}.over(
                ProblemSet::exhaustive(task))) == "");
    }
  }
}

TEST_CASE("mul_log at 8 digits: right, and wrong one bit below") {
  const Task task = Task::mul(2, 8);
  const Format stated = smallest_fixed(required(mul_log, task));
  const ProblemSet problems = ProblemSet::adversarial(task, 1, 8);
  CHECK(verdict(Run{mul_log, task, Arithmetic::uniform(stated)}.over(problems)) == "");
  CHECK(verdict(Run{mul_log, task, Arithmetic::uniform(one_bit_less(stated))}.over(problems)) != "");
}

TEST_CASE("mul_log has the dimensions of its formula") {
  for (const int n : {1, 3, 6}) {
    const Task task = Task::mul(2, n);
    CHECK(build(mul_log, task, arithmetic_of("fixed:i10.f0")).dimensions ==
          mul_log.dimensions(task, {}, Setting::symbolic()));
  }
}
