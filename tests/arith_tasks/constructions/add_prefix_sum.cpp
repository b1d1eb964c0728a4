// The prefix-sum adder: right at its stated width, linear in n, and its dimensions.

#include "arith_tasks/constructions/add_prefix_sum.hpp"

#include "precision/error.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

using namespace carrybit;
using namespace carrybit::test;

namespace {

Format stated(const Task& task) { return smallest_fixed(required(add_prefix_sum, task)); }

Run at(const Task& task, const Format& format) {
  return {add_prefix_sum, task, Arithmetic::uniform(format)};
}

}  // namespace

TEST_CASE("add_prefix_sum answers every input at its stated width") {
  for (const auto& [base, digits] : {std::pair{2, 1}, {2, 3}, {2, 4}, {3, 1}, {3, 2}, {10, 1}}) {
    const Task task = Task::add(base, digits);
    CHECK(verdict(at(task, stated(task)).over(ProblemSet::exhaustive(task))) == "");
  }
}

TEST_CASE("add_prefix_sum answers long inputs, in fixed point and in floats") {
  for (const auto& [base, digits] : {std::pair{2, 16}, {10, 4}}) {
    const Task task = Task::add(base, digits);
    CHECK(verdict(at(task, stated(task)).over(ProblemSet::adversarial(task, 1, 4))) == "");
  }
  const Task task = Task::add(2, 8);
  CHECK(
      verdict(at(task, Format::parse("float:e8.m24")).over(ProblemSet::adversarial(task, 1, 8))) ==
      "");
}

TEST_CASE("with too few fraction bits the last carries are lost") {
  const Task task = Task::add(2, 12);
  CHECK(verdict(at(task, Format::fixed(6, 6)).over(ProblemSet::adversarial(task, 1, 8))) != "");
}

TEST_CASE("its fraction bits grow by log2 p a digit, its channels by two") {
  const auto bits = [](int base, int digits) {
    return required(add_prefix_sum, Task::add(base, digits)).fraction_bits;
  };
  CHECK(bits(2, 32) - bits(2, 16) == 17);   // 16 places and one more bit of n
  CHECK(bits(10, 12) - bits(10, 6) == 21);  // 6 log2(10) + 1 = 20.9
  for (const int n : {1, 4, 9}) {
    for (const int p : {2, 10}) {
      const Task task = Task::add(p, n);
      const Built built =
          build(add_prefix_sum, task, Arithmetic::uniform(Format::parse("fixed:i10.f16")));
      CHECK(built.dimensions == add_prefix_sum.dimensions(task, {}, Setting::symbolic()));
      CHECK(built.dimensions.width ==
            4 * AddressCode::balanced_ternary(n + 1).digits() + 2 * n + 3 * p + 11);
    }
  }
}

TEST_CASE("a wrong threshold is seen") {
  const Task task = Task::add(2, 3);
  const Arithmetic arithmetic = Arithmetic::uniform(stated(task));
  Built built = build(add_prefix_sum, task, arithmetic);
  const int theta = built.program.find("theta").index;
  for (int t = 0; t < built.weights.position_embedding.rows; ++t) {
    built.weights.position_embedding.at(t, theta) *= 1.2;
  }
  CHECK_FALSE(
      answers(Simulator(built.weights, arithmetic), ProblemSet::exhaustive(task)).all_exact());
}

TEST_CASE("add_prefix_sum refuses what it cannot do") {
  const Arithmetic arithmetic = Arithmetic::uniform(Format::parse("fixed:i10.f16"));
  CHECK_THROWS_AS(build(add_prefix_sum, Task::add(2, 64), arithmetic), BadInput);
  Arithmetic unshifted = arithmetic;
  unshifted.shift = Shift::none;
  CHECK_THROWS_AS(build(add_prefix_sum, Task::add(2, 4), unshifted), BadInput);
}
