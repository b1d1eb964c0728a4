// Feng et al.: reductions, dimensions, answers and collapse, each with a planted fault that it must see.

#include <doctest/doctest.h>

#include "proofs_check/theorems/exhaust.hpp"
#include "proofs_check/theorems/feng_collapse.hpp"
#include "proofs_check/theorems/feng_constructions.hpp"
#include "proofs_check/theorems/feng_reductions.hpp"
#include "proofs_check/theorems/svete.hpp"

using namespace carrybit;
using namespace carrybit::proofs;
using namespace carrybit::constructions;

TEST_CASE("MAJORITY reduces to IterADD and to MUL; planted: a constant off by one does not") {
  std::uint64_t cases = 0;
  for (const bool product : {false, true}) {
    const Reducer reduce = product ? Reducer(majority_to_mul) : Reducer(majority_to_iter_add);
    for (int n = 1; n <= 7; ++n) {
      CHECK(find_wrong_reduction(reduce, n, 2, cases).empty());
      CHECK(find_wrong_reduction(reduce, n, 10, cases).empty());
    }
    const Reducer faulty = [&](const std::vector<int>& bits, int base) {
      Reduction r = reduce(bits, base);
      // K less one: in the last addend, or in the block of a's constant.
      Digits& digits = product ? r.problem.operands[0] : r.problem.operands.back();
      const auto blocks = bits.size() + 1;
      const auto length = static_cast<std::size_t>(r.digit + 1);  // blocks * (D + 1)
      const std::size_t at = product ? length / blocks * bits.size() : 0;
      for (std::size_t i = at; i < digits.size(); ++i) {
        if (digits[i] > 0) {
          --digits[i];
          break;
        }
        digits[i] = base - 1;
      }
      return r;
    };
    CHECK_FALSE(find_wrong_reduction(faulty, 5, 10, cases).empty());
  }
  CHECK(cases > 500);
}

TEST_CASE("dimensions: a formula that is off by one, one that grows, one that grows too fast") {
  const Construction& c = construction("add_log");
  const std::vector<Task> tasks = {Task::add(2, 2), Task::add(2, 9), Task::add(3, 4)};
  const DimensionFormula right = [&](const Task& t) {
    return c.dimensions(t, {}, Setting::symbolic());
  };
  CHECK(find_wrong_dimensions(c, {}, tasks, right).empty());
  CHECK(find_growth(tasks, right).empty());
  CHECK(find_beyond_square(tasks, right, 8).empty());
  CHECK_FALSE(find_beyond_square(tasks, right, 1).empty());
  const DimensionFormula wider = [&](const Task& t) {
    Dimensions d = right(t);
    d.width += t.digits() == 9 ? 1 : 0;
    return d;
  };
  CHECK(find_wrong_dimensions(c, {}, tasks, wider).substr(0, 9) == "add:p2.n9");
  CHECK_FALSE(find_growth(tasks, wider).empty());
  const DimensionFormula cubic = [&](const Task& t) {
    Dimensions d = right(t);
    d.ffn = 100 * t.digits() * t.digits() * t.digits();
    return d;
  };
  CHECK_FALSE(find_beyond_square({Task::add(2, 9)}, cubic, 8).empty());
}

TEST_CASE("answers: right at the stated width, wrong with a bit fewer") {
  std::uint64_t cases = 0;
  const std::vector<Task> tasks = {Task::add(2, 4)};
  CHECK(find_wrong_answer(construction("add_log"), {}, tasks, 0, cases).empty());
  CHECK(cases == 256);
  CHECK_FALSE(find_wrong_answer(construction("add_log"), {}, tasks, 1, cases).empty());
}

TEST_CASE("a failure is wrong again on the exact engine, and a made-up one is not") {
  const Task task = Task::add(2, 6);
  const Arithmetic arithmetic = Arithmetic::uniform(Format::fixed(2, 0));
  const Built built = build(construction("add_log"), task, arithmetic);
  const Outcome outcome =
      run_all(Simulator(built.weights, arithmetic), ProblemSet::exhaustive(task));
  REQUIRE(outcome.failure);
  CHECK(replays(built.weights, arithmetic, task, *outcome.failure));
  Failure invented = *outcome.failure;
  invented.problem.problem = make_problem(task, {0, 0});
  CHECK_FALSE(replays(built.weights, arithmetic, task, invented));
}

TEST_CASE("collapse: add_log with 3 bits, and more bits go further") {
  const CollapseCase what = collapse_cases().front();
  const CollapsePoint three = find_collapse(what, 3, 20, 256);
  CHECK(three.length == 6);
  CHECK(three.replayed);
  REQUIRE(three.failure);
  const CollapsePoint four = find_collapse(what, 4, 8, 256);
  CHECK_FALSE(four.length);
}

TEST_CASE("one-hot positions: the bits of B.5 and fewer") {
  std::uint64_t cases = 0;
  CHECK(one_hot_positions(18, 8, cases) == 8);
  CHECK(one_hot_positions(16, 8, cases) < 8);
  CHECK(one_hot_positions(5, 8, cases) < one_hot_positions(12, 8, cases));
}

TEST_CASE("the reports are as expected, however short the lengths") {
  Limits limits;
  limits.max_length = 2;
  for (const auto check : {check_feng_4_1, check_feng_4_2, check_feng_4_3, check_feng_5_1,
                           check_feng_5_2, check_feng_5_3, check_feng_collapse, check_svete_b5}) {
    CHECK(check(limits).as_expected());
  }
}
