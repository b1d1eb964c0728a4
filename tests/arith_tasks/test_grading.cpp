#include "arith_tasks/grading.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/arith_tasks/support.hpp"

using namespace carrybit;
using test::error_of;

namespace {
using Row = std::vector<Token>;
}

TEST_CASE("one answer") {
  const Grade same = grade(Row{1, 2, 3}, Row{1, 2, 3});
  CHECK(same.exact());
  CHECK(same.right_count() == 3);
  const Grade middle = grade(Row{1, 2, 3}, Row{1, 7, 3});
  CHECK_FALSE(middle.exact());
  CHECK(middle.first_wrong == 1);
  CHECK(middle.right == std::vector<bool>{true, false, true});
  CHECK(grade(Row{1, 2, 3}, Row{1, 8, 9}).first_wrong == 1);
  const Grade shorter = grade(Row{1, 2, 3}, Row{1, 2});
  CHECK(shorter.first_wrong == 2);
  CHECK(shorter.right_count() == 2);
  const Grade longer = grade(Row{1, 2, 3}, Row{1, 2, 3, 4});
  CHECK(longer.first_wrong == 3);
  CHECK(longer.right_count() == 3);
  CHECK(grade(Row{}, Row{}).exact());
  CHECK(grade(Row{1}, Row{}).first_wrong == 0);
}

TEST_CASE("every single wrong digit of every answer is caught") {
  for (const char* name : {"add:p10.n2", "mul:p3.n2.l3", "iter_add:p2.n2.k3", "majority:n5"}) {
    const Task task = Task::parse(name);
    const Vocabulary v(task);
    const ProblemSet all = ProblemSet::exhaustive(task);
    for (std::uint64_t i = 0; i < all.size(); i += 7) {
      const NamedProblem problem = all.at(i);
      const Encoded encoded = encode(task, problem.problem);
      for (std::size_t at = 0; at < encoded.answer.size(); ++at)
        for (Token t = -1; t <= v.size(); ++t) {
          Row produced = encoded.answer;
          produced[at] = t;
          Score score(task);
          const bool right = t == encoded.answer[at];
          REQUIRE(score.add(i, problem, encoded.answer, produced) == right);
          REQUIRE(score.all_exact() == right);
          REQUIRE(score.tokens_right() == encoded.answer.size() - (right ? 0 : 1));
          if (!right) REQUIRE(score.first_failure()->position == static_cast<int>(at));
        }
    }
  }
}

TEST_CASE("a score counts, and names its first failure") {
  const Task task = Task::add(10, 2);
  Score score(task);
  CHECK(score.all_exact());
  CHECK_FALSE(score.first_failure());
  CHECK(score.token_accuracy() == 0);
  const auto take = [&](std::uint64_t index, std::uint64_t a, std::uint64_t b, const char* family,
                        const char* produced) {
    const Problem problem = make_problem(task, {a, b});
    return score.add(index, {problem, family}, encode(task, problem).answer,
                     Vocabulary(task).tokens(produced));
  };
  CHECK(take(5, 12, 34, "uniform", "046"));
  CHECK_FALSE(take(9, 99, 1, "chain", "000"));
  CHECK_FALSE(take(7, 19, 1, "chain", "010"));
  CHECK(take(8, 99, 2, "chain", "101"));
  CHECK(score.count() == 4);
  CHECK(score.exact() == 2);
  CHECK(score.exact_match().value == 0.5);
  CHECK(score.tokens() == 12);
  CHECK(score.tokens_right() == 10);
  CHECK(score.token_accuracy() == doctest::Approx(10.0 / 12));
  CHECK(score.by_position() == std::vector<Tally>{{4, 3}, {4, 3}, {4, 4}});
  CHECK(score.by_family().at("chain") == Tally{3, 1});
  CHECK(score.by_family().at("uniform") == Tally{1, 1});
  REQUIRE(score.first_failure());
  CHECK(score.first_failure()->index == 7);
  CHECK(score.first_failure()->position == 1);
  CHECK(score.first_failure()->place == 1);
  CHECK(score.first_failure()->expected == 2);
  CHECK(score.first_failure()->got == 1);
  CHECK(describe(task, *score.first_failure()) ==
        "problem 7 (chain): 19+01: answer digit 2 (place 1): expected '2', got '1'");
}

TEST_CASE("an answer that is too short, too long or open-ended") {
  const Task task = Task::parse("add:p10.n2:unpadded");
  const Vocabulary v(task);
  const NamedProblem problem{make_problem(task, {5, 6}), "uniform"};
  const Encoded encoded = encode(task, problem.problem);
  CHECK(v.text(encoded.answer) == "11;");
  Score open(task);
  open.add(0, problem, encoded.answer, v.tokens("11"));
  CHECK(describe(task, open.first_failure().value()) ==
        "problem 0 (uniform): 05+06: answer digit 3: expected ';', got nothing");
  Score longer(Task::add(10, 2));
  longer.add(0, problem, Row{0, 1, 1}, Row{0, 1, 1, 7});
  CHECK(describe(Task::add(10, 2), longer.first_failure().value()) ==
        "problem 0 (uniform): 05+06: answer digit 4: expected nothing, got '7'");
  CHECK(longer.tokens_right() == 3);
  CHECK(longer.exact() == 0);
}

TEST_CASE("scores merge to the same score, whatever the split and the order") {
  const Task task = Task::mul(10, 2);
  const ProblemSet set = ProblemSet::within(task, 500, 3);
  const auto run = [&](std::uint64_t from, std::uint64_t to) {
    Score score(task);
    for (std::uint64_t i = from; i < to; ++i) {
      const NamedProblem problem = set.at(i);
      const Encoded encoded = encode(task, problem.problem);
      Row produced = encoded.answer;
      if (i % 5 == 3) produced[i % 4] = (produced[i % 4] + 1) % 10;
      score.add(i, problem, encoded.answer, produced);
    }
    return score;
  };
  const Score whole = run(0, set.size());
  CHECK(whole.exact() == set.size() - set.size() / 5);
  CHECK(whole.first_failure()->index == 3);
  for (const std::uint64_t cut :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{4}, std::uint64_t{250}, set.size()}) {
    Score forward = run(0, cut);
    forward.merge(run(cut, set.size()));
    CHECK(forward == whole);
    Score backward = run(cut, set.size());
    backward.merge(run(0, cut));
    CHECK(backward == whole);
  }
  Score other(Task::add(10, 2));
  CHECK(error_of([&] { other.merge(whole); }) ==
        "a score of mul:p10.n2.l4 does not merge with one of add:p10.n2");
}

TEST_CASE("Wilson's interval") {
  // Worked by hand from the formula with z = 1.959964.
  const Proportion p = wilson(8, 10);
  CHECK(p.value == 0.8);
  CHECK(p.low == doctest::Approx(0.490162).epsilon(1e-5));
  CHECK(p.high == doctest::Approx(0.943318).epsilon(1e-5));
  CHECK(wilson(0, 0).value == 0);
  CHECK(wilson(0, 0).low == 0);
  CHECK(wilson(0, 0).high == 1);
  CHECK(wilson(0, 7).low == 0);
  CHECK(wilson(7, 7).high == 1);
  // 10,000 right answers leave an error rate of up to 0.04%.
  CHECK(wilson(10000, 10000).low == doctest::Approx(0.999616).epsilon(1e-6));
  for (std::uint64_t n = 1; n < 60; ++n)
    for (std::uint64_t x = 0; x <= n; ++x) {
      const Proportion q = wilson(x, n);
      CHECK(q.low <= q.value);
      CHECK(q.value <= q.high);
      CHECK(q.low == doctest::Approx(1 - wilson(n - x, n).high));
    }
}
