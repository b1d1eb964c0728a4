// The refutation search: it finds what brute force finds, quickly at the width below the stated one; what it
// returns is wrong indeed; planted faults are found, by the directed stage alone too.

#include "proofs_check/refute.hpp"

#include <algorithm>
#include <set>

#include "precision/error.hpp"
#include "proofs_check/sharp_inputs.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

namespace carrybit::test {

namespace {

Format below(const Construction& c, const Task& task, const Options& options = {}) {
  return one_bit_less(smallest_fixed(required(c, task, options)));
}

/// Nothing of proofs_check/: is the answer to this problem wrong at this token?
void check_is_wrong(const Construction& c, const Task& task, const Arithmetic& arithmetic,
                    const Options& options, const Failure& failure) {
  const Simulator model(build(c, task, arithmetic, options).weights, arithmetic);
  const Encoded encoded = encode(task, failure.problem.problem);
  const std::vector<std::vector<int>> prompt = {encoded.prompt};
  const auto got = model.generate(prompt, static_cast<int>(encoded.answer.size())).front();
  const auto at = static_cast<std::size_t>(failure.position);
  CHECK(std::equal(got.begin(), got.begin() + failure.position, encoded.answer.begin()));
  CHECK(got[at] == failure.got);
  CHECK(encoded.answer[at] == failure.expected);
  CHECK(failure.got != failure.expected);
}

/// Is any answer wrong, over all problems?
bool any_wrong(const Construction& c, const Task& task, const Arithmetic& arithmetic,
               const Options& options = {}) {
  return !Run{c, task, arithmetic, options}.over(ProblemSet::exhaustive(task)).all_exact();
}

}  // namespace

TEST_CASE("sharp inputs: the same every time, none twice, all families, the longest chain first") {
  for (const char* name : {"add:p2.n1", "add:p10.n9", "add:p2.n7.c3", "iter_add:p3.n4.k5",
                           "mul:p10.n3", "mul:p2.n1.l1", "majority:n6", "parity:n5"}) {
    const Task task = Task::parse(name);
    CAPTURE(name);
    const auto problems = sharp_inputs(task, 5, 16);
    CHECK(problems == sharp_inputs(task, 5, 16));
    std::set<std::vector<Digits>> seen;
    std::set<std::string> families;
    for (const NamedProblem& p : problems) {
      check_problem(task, p.problem);
      CHECK(seen.insert(p.problem.operands).second);
      families.insert(p.family);
    }
    for (const NamedProblem& p : adversarial(task, 5, 16)) CHECK(seen.contains(p.problem.operands));
  }
  const Task task = Task::add(10, 9);
  CHECK(sharp_inputs(task, 1).front().problem == make_problem(task, {999999999, 1}));
}

TEST_CASE("digits that spell their places tell any two places apart") {
  for (const auto& [p, n] : {std::pair{2, 1}, {2, 9}, {3, 27}, {10, 101}}) {
    const auto problems = places_spelt(Task::add(p, n));
    std::set<std::vector<int>> words;
    for (std::size_t j = 0; j < static_cast<std::size_t>(n); ++j) {
      std::vector<int> word;
      for (const NamedProblem& problem : problems) word.push_back(problem.problem.operands[0][j]);
      CHECK(words.insert(word).second);
    }
  }
}

TEST_CASE("one bit below the stated width: refuted by one of the first inputs") {
  const std::vector<std::tuple<const char*, Task, Options>> cases = {
      {"add_log", Task::add(2, 16), {}},
      {"add_log", Task::add(2, 126), {}},
      {"add_log", Task::add(10, 5), {}},
      {"add_log", Task::add(10, 33), {.radix = 1}},
      {"add_log", Task::add(3, 33), {.radix = 4, .code = DigitCode::onehot, .levels = 3}},
      {"iter_add_log", Task::iter_add(2, 8, 5), {}},
      {"iter_add_log", Task::iter_add(10, 4, 8), {}},
      {"mul_log", Task::mul(2, 8), {}},
      {"mul_log", Task::mul(10, 5), {.rounds = 1}},
      {"add_prefix_sum", Task::add(10, 2), {}}};
  for (const auto& [name, task, options] : cases) {
    const Construction& c = construction(name);
    const Arithmetic arithmetic = Arithmetic::uniform(below(c, task, options));
    CAPTURE(task.name());
    CAPTURE(arithmetic.label);
    const auto failure = refute(c, task, arithmetic, options);
    REQUIRE(failure);
    CHECK(failure->index < 8);
    check_is_wrong(c, task, arithmetic, options, *failure);
    CHECK(refute(c, task, arithmetic, options) == failure);
  }
}

TEST_CASE("at the stated width nothing is found") {
  for (const auto& [name, task] : {std::pair{"add_log", Task::add(2, 30)},
                                   {"add_constant", Task::add(10, 12)},
                                   {"iter_add_log", Task::iter_add(3, 4, 4)},
                                   {"mul_log", Task::mul(3, 4)}}) {
    const Construction& c = construction(name);
    const Format format = smallest_fixed(required(c, task));
    CHECK_FALSE(refute(c, task, Arithmetic::uniform(format), {}, {.problems = 60, .rounds = 2}));
  }
}

TEST_CASE("where all inputs fit, it finds one if and only if there is one") {
  int wrong = 0;
  int right = 0;
  for (const auto& [name, task] : {std::pair{"add_log", Task::add(2, 3)},
                                   {"add_log", Task::add(3, 2)},
                                   {"iter_add_log", Task::iter_add(2, 2, 2)},
                                   {"iter_add_log", Task::iter_add(2, 1, 3)},
                                   {"mul_log", Task::mul(2, 3)},
                                   {"majority_mean", Task::majority(5)}}) {
    const Construction& c = construction(name);
    for (int width = 2; width <= 6; ++width)
      for (int f = 0; f < width; ++f) {
        const Arithmetic arithmetic = Arithmetic::uniform(Format::fixed(width - 1 - f, f));
        CAPTURE(task.name());
        CAPTURE(arithmetic.label);
        bool expected = false;
        try {
          expected = any_wrong(c, task, arithmetic);
        } catch (const BadInput&) {
          CHECK_THROWS_AS(refute(c, task, arithmetic), BadInput);
          continue;
        }
        const auto failure = refute(c, task, arithmetic);
        CHECK(failure.has_value() == expected);
        if (failure) check_is_wrong(c, task, arithmetic, {}, *failure);
        (expected ? wrong : right)++;
      }
  }
  CHECK(wrong > 10);
  CHECK(right > 10);
}

namespace {

/// add_log on one-hot digits that does not know 3 + 4.
struct Faulty {
  Task task = Task::add(7, 4);
  Arithmetic arithmetic = arithmetic_of("fixed:i4.f0");
  Options options = {.radix = 2, .code = DigitCode::onehot};
  Built built = build(construction("add_log"), task, arithmetic, options);
  Weights weights = built.weights;

  Faulty() {
    Matrix& up = weights.layers.back().up.weight;
    const int a = built.program.find("a.3").index;
    for (int unit = 0; unit < up.rows; ++unit)
      if (up.at(unit, a) == 1 && up.at(unit, built.program.find("b.4").index) == 0)
        up.at(unit, a) = 0;
  }
};

}  // namespace

TEST_CASE("a planted fault in one sum of digits is found") {
  const Faulty faulty;
  const auto failure = refute(faulty.weights, faulty.task, faulty.arithmetic, nullptr);
  REQUIRE(failure);
  const auto place = static_cast<std::size_t>(failure->place);
  CHECK(failure->problem.problem.operands[0].at(place) == 3);
  CHECK(failure->problem.problem.operands[1].at(place) == 4);
  CHECK_FALSE(refute(faulty.built.weights, faulty.task, faulty.arithmetic, nullptr));
}

TEST_CASE("the directed stage finds it by itself") {
  const Faulty faulty;
  const Simulator right(faulty.built.weights, faulty.arithmetic);
  const RefuteBudget budget{.problems = 1, .rounds = 200, .seed = 3};
  const auto failure = refute(faulty.weights, faulty.task, faulty.arithmetic, &right, budget);
  REQUIRE(failure);
  CHECK(failure->problem.family.starts_with("directed, from "));
  CHECK(failure == refute(faulty.weights, faulty.task, faulty.arithmetic, &right, budget));
  CHECK_FALSE(refute(faulty.weights, faulty.task, faulty.arithmetic, nullptr, budget));
}

TEST_CASE("what cannot be built is refused") {
  CHECK_THROWS_AS(refute(construction("add_log"), Task::mul(2, 2), arithmetic_of("fixed:i4.f0")),
                  BadInput);
  CHECK_THROWS_AS(refute(construction("add_log"), Task::add(2, 2), arithmetic_of("fixed:i0.f4")),
                  BadInput);
}

}  // namespace carrybit::test
