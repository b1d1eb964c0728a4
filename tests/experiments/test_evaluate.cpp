// Grading a model over a set of problems: the two readings agree, stopping early changes nothing
// that is said, and what does not fit is refused.

#include <doctest/doctest.h>

#include <string>

#include "arith_tasks/constructions/construction.hpp"
#include "experiments/evaluate.hpp"
#include "precision/error.hpp"
#include "tests/sim/random_model.hpp"

using namespace carrybit;

namespace {

Arithmetic in(const char* format, Rounding rounding = Rounding::rne) {
  return Arithmetic::uniform(Format::parse(format), rounding);
}

Simulator construction(const char* name, const Task& task, const Arithmetic& a) {
  return {constructions::build(constructions::construction(name), task, a).weights, a};
}

Score grade(const Simulator& model, const ProblemSet& problems, Reading reading,
            bool stop = false) {
  Evaluation how;
  how.reading = reading;
  how.stop_at_failure = stop;
  return evaluate(model, problems, how);
}

/// Every problem by itself, token by token.
Score one_by_one(const Simulator& model, const ProblemSet& problems) {
  Score score(problems.task());
  for (std::uint64_t i = 0; i < problems.size(); ++i) {
    const NamedProblem p = problems.at(i);
    const Encoded encoded = encode(problems.task(), p.problem);
    const std::vector<std::vector<int>> prompt = {{encoded.prompt.begin(), encoded.prompt.end()}};
    const auto tokens = model.generate(prompt, static_cast<int>(encoded.answer.size()))[0];
    score.add(i, p, encoded.answer, std::vector<Token>(tokens.begin(), tokens.end()));
  }
  return score;
}

/// A model of random weights that knows a task's tokens.
Simulator untrained(const Task& task, const Arithmetic& a, std::uint64_t seed = 1) {
  ModelConfig c = tests::gpt2_shape();
  c.vocabulary = Vocabulary(task).size();
  c.max_length = task.input_tokens();
  c.layers = 1;
  return {tests::random_model(c, seed), a};
}

}  // namespace

TEST_CASE("teacher-forced and generated answers agree on exactness and the first wrong digit") {
  struct Case {
    const char* construction;
    Task task;
    const char* format;
  };
  for (const Case& c : {Case{"add_log", Task::add(2, 5), "fixed:i2.f0"},
                        {"add_log", Task::add(2, 5), "fixed:i3.f0"},
                        {"add_log", Task::add(3, 3), "fixed:i2.f0"},
                        {"add_log", Task::add(10, 2), "fixed:i3.f0"},
                        {"add_log", Task::add(10, 1), "fixed:i8.f0"},
                        {"add_constant", Task::add(3, 2), "fixed:i1.f0"},
                        {"add_log", Task::add(2, 4), "fixed:i1.f1"}}) {
    INFO(c.construction, " ", c.task.name(), " ", c.format);
    const Simulator model = construction(c.construction, c.task, in(c.format));
    const ProblemSet problems = ProblemSet::within(c.task, 10000, 1);
    const Score forced = grade(model, problems, Reading::teacher_forced);
    const Score generated = grade(model, problems, Reading::generated);
    CHECK(forced.count() == problems.size());
    CHECK(forced.exact() == generated.exact());
    REQUIRE(forced.first_failure().has_value() == generated.first_failure().has_value());
    CHECK(forced.by_family() == generated.by_family());
    CHECK(forced.first_failure() == generated.first_failure());
    CHECK(generated == one_by_one(model, problems));
  }
}

TEST_CASE("an untrained model is graded the same way, of padded and unpadded problems") {
  for (const char* name :
       {"add:p10.n3", "add:p10.n3:unpadded", "add:p3.n4:answer_lsb", "mul:p2.n3:unpadded",
        "iter_add:p5.n2.k3", "majority:n7", "add:p10.n4.c2"}) {
    INFO(name);
    const Task task = Task::parse(name);
    const Simulator model = untrained(task, in("fp16"));
    const ProblemSet problems = ProblemSet::random(task, Sampling::lengths, 3, 300);
    const Score forced = grade(model, problems, Reading::teacher_forced);
    const Score generated = grade(model, problems, Reading::generated);
    CHECK(forced.exact() == generated.exact());
    CHECK(forced.first_failure() == generated.first_failure());
    CHECK(generated == one_by_one(model, problems));
    CHECK(forced.count() == 300);
  }
}

TEST_CASE("stopping at a failure finds the same first failure, sooner") {
  const Task task = Task::add(2, 6);
  const Simulator model = construction("add_log", task, in("fixed:i2.f0"));
  const ProblemSet problems = ProblemSet::exhaustive(task);
  const Score all = grade(model, problems, Reading::teacher_forced);
  const Score stopped = grade(model, problems, Reading::teacher_forced, true);
  REQUIRE(all.first_failure());
  CHECK(stopped.first_failure() == all.first_failure());
  CHECK(stopped.count() < all.count());
  CHECK(stopped.count() > all.first_failure()->index);
  // Nothing fails: nothing is left out.
  const Simulator sound = construction("add_log", task, in("fixed:i8.f0"));
  CHECK(grade(sound, problems, Reading::teacher_forced, true).count() == problems.size());
}

TEST_CASE("progress goes up and ends at the end") {
  const Task task = Task::add(2, 7);
  const Simulator model = construction("add_constant", task, in("fixed:i1.f0"));
  const ProblemSet problems = ProblemSet::exhaustive(task);
  for (const bool stop : {false, true}) {
    std::vector<std::uint64_t> seen;
    Evaluation how;
    how.stop_at_failure = stop;
    how.progress = [&](std::uint64_t done, std::uint64_t all) {
      CHECK(all == problems.size());
      CHECK((seen.empty() || done > seen.back()));
      seen.push_back(done);
    };
    CHECK(evaluate(model, problems, how).all_exact());
    CHECK(seen.size() > 1);
    CHECK(seen.back() == problems.size());
  }
}

TEST_CASE("under stochastic rounding an answer does not depend on what else is asked") {
  Arithmetic a = in("float:e5.m4", Rounding::sr);
  a.seed = 5;
  const Task task = Task::add(10, 3);
  const Simulator model = untrained(task, a, 2);
  const ProblemSet problems = ProblemSet::random(task, Sampling::uniform, 3, 200);
  const Score together = grade(model, problems, Reading::generated);
  CHECK(together == one_by_one(model, problems));
  CHECK(grade(model, problems, Reading::teacher_forced, true).first_failure() ==
        together.first_failure());
}

TEST_CASE("a model that does not fit the task is refused in one line") {
  const Task task = Task::add(2, 3);
  const Simulator model = construction("add_log", task, in("fixed:i8.f0"));
  CHECK_THROWS_WITH_AS(
      (void)grade(model, ProblemSet::random(Task::add(10, 3), Sampling::uniform, 1, 1),
                  Reading::generated),
      "add:p10.n3 needs a vocabulary of 13 tokens; this model has 5", BadInput);
  CHECK_THROWS_WITH_AS(
      (void)grade(model, ProblemSet::random(Task::add(2, 4), Sampling::uniform, 1, 1),
                  Reading::generated),
      "add:p2.n4 needs sequences of 14 tokens; this model takes at most 11", BadInput);
  // The end token of an unpadded task counts.
  CHECK_THROWS_AS(
      (void)grade(model,
                  ProblemSet::random(Task::parse("add:p2.n3:unpadded"), Sampling::uniform, 1, 1),
                  Reading::generated),
      BadInput);
}

TEST_CASE("an empty set has no failure") {
  const Task task = Task::add(2, 3);
  const Simulator model = construction("add_log", task, in("fixed:i8.f0"));
  const Score score =
      grade(model, ProblemSet::random(task, Sampling::uniform, 1, 0), Reading::generated);
  CHECK(score.count() == 0);
  CHECK(score.all_exact());
}
