// Theorem 5.1: O(log n) bits, constant dimensions.

#include "arith_tasks/constructions/add_log.hpp"

#include <algorithm>
#include <cmath>

#include "arith_tasks/constructions/nearest_search.hpp"
#include "arith_tasks/constructions/roles.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

namespace carrybit::test {

namespace {

double bound_squared(int places, int r) {
  int radix = 1;
  while (std::pow(radix, r) < places) ++radix;
  return std::max(1.0, std::floor(radix / 2) * std::floor(radix / 2));
}

/// The width formula as docs/constructions.md states it, written out once more.
double stated_need(int n, int p, int r, double gap, bool onehot) {
  return std::max({gap * (n / 2 + 1), gap * bound_squared(n + 1, r), onehot ? 1.0 : 2.0 * p - 1});
}

const std::vector<Options> knobs = {
    {.radix = 1}, {.radix = 2}, {.radix = 3}, {.radix = 2, .code = DigitCode::onehot}};
const std::vector<Options> levelled = {{.levels = 2},
                                       {.radix = 1, .levels = 2},
                                       {.radix = 4, .levels = 3},
                                       {.radix = 3, .code = DigitCode::onehot, .levels = 2},
                                       {.radix = 4, .code = DigitCode::onehot, .levels = 4}};

Format stated(const Task& task, const Options& options) {
  return smallest_fixed(required(add_log, task, options));
}

}  // namespace

TEST_CASE("the needs of the primitives are the stated formula") {
  for (const Options& options : knobs)
    for (const int p : {2, 3, 10})
      for (const int n : {1, 2, 3, 5, 8, 31, 64, 128}) {
        const Needs needs = required(add_log, Task::add(p, n), options);
        for (const double gap : {1.0, 2.25, 6.5})
          CHECK(needs.largest(gap) ==
                stated_need(n, p, options.radix, gap, options.code == DigitCode::onehot));
      }
}

TEST_CASE("constant dimensions: a formula of r, p and the levels alone") {
  for (const std::vector<Options>& list : {knobs, levelled})
    for (const Options& options : list)
      for (const int p : {2, 10}) {
        Dimensions first;
        for (const int n : {1, 2, 5, 40}) {
          const Task task = Task::add(p, n);
          const Dimensions size =
              dimensions(make_program(add_log, task, Setting::symbolic(), options));
          CHECK(size == add_log.dimensions(task, options, Setting::symbolic()));
          if (n == 1) first = size;
          CHECK(size == first);
        }
        if (options.levels == 0 && options.code == DigitCode::scalar)
          CHECK(first == Dimensions{.layers = 3,
                                    .width = 10 * options.radix + 18 + p,
                                    .heads = 4,
                                    .head_dim = 4 * options.radix + 3,
                                    .ffn = std::max(10, 8 * p - 2)});
      }
}

TEST_CASE("right at the stated width, exhaustively") {
  for (const std::vector<Options>& list : {knobs, levelled})
    for (const Options& options : list)
      for (const auto& [p, longest] : {std::pair{2, 4}, {3, 3}, {10, 1}})
        for (int n = 1; n <= longest; ++n) {
          const Task task = Task::add(p, n);
          const Run run{add_log, task, Arithmetic::uniform(stated(task, options)), options};
          CAPTURE(text(options));
          CHECK(verdict(run.over(ProblemSet::exhaustive(task))) == "");
        }
}

TEST_CASE("right at the stated width, wrong one bit below") {
  for (const auto& [p, n] : {std::pair{2, 3}, {2, 6}, {2, 14}, {3, 8}, {10, 12}, {2, 31}, {10, 30}})
    for (const Options& options :
         {Options{.radix = 1}, Options{.radix = 2}, Options{.radix = 4, .levels = 2},
          Options{.radix = 4, .code = DigitCode::onehot, .levels = 3}}) {
      const Task task = Task::add(p, n);
      const ProblemSet problems = ProblemSet::within(task, 120, 1, 12);
      const Format format = stated(task, options);
      CAPTURE(text(options));
      CAPTURE(format.name());
      CHECK(verdict(Run{add_log, task, Arithmetic::uniform(format), options}.over(problems)) == "");
      CHECK_FALSE(Run{add_log, task, Arithmetic::uniform(one_bit_less(format)), options}
                      .over(problems)
                      .all_exact());
    }
}

TEST_CASE("levels: width 1 + (log2 n) / L and a little, at the same dimensions") {
  const auto width = [](int n, int levels) {
    const Options options{.radix = 5, .code = DigitCode::onehot, .levels = levels};
    return stated(Task::add(2, n), options).width();
  };
  CHECK(width(126, 1) == 8);
  CHECK(width(126, 2) == 5);
  CHECK(width(126, 3) == 4);
  CHECK(width(1000, 1) == 10);
  CHECK(width(1000, 2) == 6);
  CHECK(width(1000, 3) == 5);
  CHECK(width(8000, 1) == 13);
  CHECK(width(8000, 2) == 8);
  // Every place belongs to one group of every level, and to at most one key of the next.
  const SearchPlan plan = plan_search(127, 2, 4);
  CHECK(plan.groups(0) == 127);
  CHECK(plan.groups(1) == plan.top);
  CHECK(plan.size(1) == plan.base);
}

TEST_CASE("fractions, floats, normalised weights, tokens of several digits") {
  for (const Options& options : {Options{}, Options{.radix = 3, .levels = 2}}) {
    const Task task = Task::add(3, 9);
    const Needs needs = required(add_log, task, options);
    for (const Format& format :
         {Format::fixed(integer_bits(needs, 1), 1), Format::fixed(integer_bits(needs, 5), 5),
          smallest_floating(needs, 8), smallest_floating(needs, 5), smallest_fixed(needs)})
      for (const Normalise normalise : {Normalise::output, Normalise::weights}) {
        Arithmetic arithmetic = Arithmetic::uniform(format);
        arithmetic.normalise = normalise;
        CAPTURE(format.name());
        CHECK(verdict(Run{add_log, task, arithmetic, options}.over(
                  ProblemSet::within(task, 150, 1, 16))) == "");
      }
    // The significand's bits are needed: one less fails.
    const Run below{add_log, task, Arithmetic::uniform(one_bit_less(smallest_floating(needs, 8))),
                    options};
    CHECK_FALSE(below.over(ProblemSet::within(task, 150, 1, 16)).all_exact());
    for (const char* name : {"add:p2.n7.c3", "add:p10.n3.c2"}) {
      const Task tokens = Task::parse(name);
      const Run run{add_log, tokens, Arithmetic::uniform(stated(tokens, options)), options};
      CHECK(verdict(run.over(ProblemSet::within(tokens, 150, 1, 16))) == "");
    }
  }
}

TEST_CASE("garbage of a mean does not block the sentinels of a search") {
  // Three weights of round(1/3) = 1/2 sum to 3/2: the mean of the digits 2, 2, 2 is 3 in this format, and a
  // mask of 2p - 2 = 4 would leave 3 + 3 - 4 = p - 1: "propagates", on a token that must stop the search.
  const Options options{.radix = 3, .levels = 2};
  const Task task = Task::add(3, 9);
  Arithmetic arithmetic = arithmetic_of("fixed:i3.f1", Shift::max, Normalise::weights);
  const Built built = build(add_log, task, arithmetic, options);
  const ProblemSet problems = ProblemSet::within(task, 150, 1, 16);
  CHECK(verdict(answers(Simulator(built.weights, arithmetic), problems)) == "");
  Weights weaker = built.weights;
  Matrix& up = weaker.layers[0].up.weight;
  int changed = 0;
  for (int unit = 0; unit < up.rows; ++unit) {
    double& mask = up.at(unit, built.program.find("not_own").index);
    changed += mask != 0;
    mask = std::max(mask, -4.0);
  }
  CHECK(changed == 4);
  CHECK_FALSE(answers(Simulator(weaker, arithmetic), problems).all_exact());
}

TEST_CASE("without underflow: absorbed, not vanished") {
  for (const Options& options :
       {Options{}, Options{.code = DigitCode::onehot}, Options{.levels = 2}}) {
    const Task task = Task::add(2, 3);
    const Format format = smallest_floating(required(add_log, task, options), Format::unbounded);
    const Run run{add_log, task, Arithmetic::uniform(format), options};
    CAPTURE(format.name());
    CHECK(verdict(run.over(ProblemSet::exhaustive(task))) == "");
  }
}

TEST_CASE("softmax without maximum: counts in place of ranks") {
  for (const auto& [p, longest] : {std::pair{2, 5}, {3, 2}, {10, 1}})
    for (int n = 1; n <= longest; ++n)
      for (const Normalise normalise : {Normalise::output, Normalise::weights}) {
        const Task task = Task::add(p, n);
        const Needs needs = required(add_log, task, {}, Shift::none, normalise);
        const int k = static_cast<int>(std::ceil(std::log2(n + 2))) + 2;
        CHECK(needs.fraction_bits == (normalise == Normalise::output ? k : 2 * k - 1));
        CHECK(needs.largest(8) == 16 * (n + 2) * (n + 2));
        Arithmetic arithmetic = Arithmetic::uniform(smallest_fixed(needs));
        arithmetic.shift = Shift::none;
        arithmetic.normalise = normalise;
        CAPTURE(arithmetic.label);
        CHECK(verdict(Run{add_log, task, arithmetic}.over(ProblemSet::exhaustive(task))) == "");
      }
  const Task task = Task::add(10, 14);
  const Needs needs = required(add_log, task, {}, Shift::none);
  Arithmetic arithmetic = Arithmetic::uniform(smallest_fixed(needs));
  arithmetic.shift = Shift::none;
  const ProblemSet problems = ProblemSet::within(task, 100, 1, 12);
  CHECK(verdict(Run{add_log, task, arithmetic}.over(problems)) == "");
  const Built built = build(add_log, task, arithmetic);
  CHECK(built.dimensions == add_log.dimensions(task, {}, Setting::symbolic(Shift::none)));
  CHECK(built.dimensions ==
        Dimensions{
            .layers = 4, .width = 27 + 10, .heads = 2, .head_dim = 6, .ffn = 78, .gated = true});
  // Two integer bits less: the scores clip. Half the fraction bits: the counts blur.
  Arithmetic narrow = Arithmetic::uniform(one_bit_less(one_bit_less(smallest_fixed(needs))));
  narrow.shift = Shift::none;
  CHECK_FALSE(Run{add_log, task, narrow}.over(problems).all_exact());
  Arithmetic coarse = Arithmetic::uniform(Format::fixed(12, needs.fraction_bits / 2 - 1));
  coarse.shift = Shift::none;
  CHECK_FALSE(Run{add_log, task, coarse}.over(problems).all_exact());
}

TEST_CASE("planted faults are seen") {
  const Task task = Task::add(2, 4);
  for (const Options& options : {Options{}, Options{.levels = 2}}) {
    const Arithmetic arithmetic = Arithmetic::uniform(stated(task, options));
    const Built built = build(add_log, task, arithmetic, options);
    const auto right = [&](const Weights& w) {
      return answers(Simulator(w, arithmetic), ProblemSet::exhaustive(task)).all_exact();
    };
    CHECK(right(built.weights));
    const auto channel = [&](const char* name) { return built.program.find(name).index; };
    // '=' no longer ends the search downwards.
    Weights wrong = built.weights;
    wrong.position_embedding.at(equals_position(task), channel("not_key")) = 1;
    CHECK_FALSE(right(wrong));
    // The STRONG mask is left out.
    wrong = built.weights;
    for (int row = 0; row < wrong.layers.back().key.weight.rows; ++row)
      wrong.layers.back().key.weight.at(row, channel("not_key")) = 0;
    CHECK_FALSE(right(wrong));
    // A place that does not propagate is passed over.
    wrong = built.weights;
    for (int row = 0; row < wrong.layers[1].key.weight.rows; ++row)
      wrong.layers[1].key.weight.at(row, channel("pr_next")) = 0;
    CHECK_FALSE(right(wrong));
    // One address off by one.
    wrong = built.weights;
    wrong.position_embedding.at(operand_position(task, 1, 2), channel("next.0")) -= 1;
    CHECK_FALSE(right(wrong));
  }
}

}  // namespace carrybit::test
