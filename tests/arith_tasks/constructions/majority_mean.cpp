// Majority by one uniform head: right at its stated width, and the count at which a float stands still.

#include "arith_tasks/constructions/majority_mean.hpp"

#include "precision/error.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

using namespace carrybit;
using namespace carrybit::test;

TEST_CASE("majority_mean answers every input at its stated width") {
  for (int n = 1; n <= 10; ++n) {
    const Task task = Task::majority(n);
    for (const Normalise normalise : {Normalise::output, Normalise::weights}) {
      Arithmetic a = Arithmetic::uniform(
          smallest_fixed(required(majority_mean, task, {}, Shift::max, normalise)));
      a.normalise = normalise;
      CHECK(verdict(Run{majority_mean, task, a}.over(ProblemSet::exhaustive(task))) == "");
      a.shift = Shift::none;
      CHECK(verdict(Run{majority_mean, task, a}.over(ProblemSet::exhaustive(task))) == "");
    }
  }
}

TEST_CASE("majority_mean answers long inputs, and fails with half the fraction bits") {
  const Task task = Task::majority(254);
  const Format stated = smallest_fixed(required(majority_mean, task));
  CHECK(verdict(Run{majority_mean, task, Arithmetic::uniform(stated)}.over(
            ProblemSet::adversarial(task, 1))) == "");
  const Format coarse = Format::fixed(stated.integer_bits, stated.fraction_bits / 2);
  CHECK(verdict(Run{majority_mean, task, Arithmetic::uniform(coarse)}.over(
            ProblemSet::adversarial(task, 1))) != "");
}

TEST_CASE(
    "of an odd number of bits the mean itself rounds to the majority, but not with one fraction "
    "bit") {
  const Task task = Task::majority(11);
  CHECK(smallest_fixed(required(majority_mean, task)) == Format::fixed(4, 0));
  CHECK(verdict(Run{majority_mean, task, arithmetic_of("fixed:i4.f0")}.over(
            ProblemSet::exhaustive(task))) == "");
  CHECK(verdict(Run{majority_mean, task, arithmetic_of("fixed:i4.f1")}.over(
            ProblemSet::exhaustive(task))) != "");
  CHECK_THROWS_AS(integer_bits(required(majority_mean, task), 1), BadInput);
}

TEST_CASE("in a float of m stored bits counting stops at 2^(m+1)") {
  // m = 3: 16 ones are the most that a sequential sum can tell from more.
  const Arithmetic a = arithmetic_of("float:e5.m3");
  CHECK(verdict(Run{majority_mean, Task::majority(7), a}.over(
            ProblemSet::exhaustive(Task::majority(7)))) == "");
  CHECK(verdict(Run{majority_mean, Task::majority(63), a}.over(
            ProblemSet::adversarial(Task::majority(63), 1))) != "");
}

TEST_CASE("majority_mean has constant dimensions") {
  for (const int n : {1, 8, 100}) {
    const Task task = Task::majority(n);
    const Built built = build(majority_mean, task, arithmetic_of("fixed:i8.f8"));
    CHECK(built.dimensions ==
          Dimensions{.layers = 1, .width = 8, .heads = 1, .head_dim = 1, .ffn = 2});
  }
}
