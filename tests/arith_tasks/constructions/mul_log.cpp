// Theorem 5.3: O(log n) bits, constant depth, hidden dimension O(n^2).

#include "arith_tasks/constructions/mul_log.hpp"

#include <algorithm>
#include <cmath>

#include "arith_tasks/constructions/mul_plan.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

namespace carrybit::test {

namespace {

const std::vector<Options> knobs = {{},
                                    {.radix = 1, .variant = "relu"},
                                    {.rounds = 1},
                                    {.variant = "relu", .rounds = 1},
                                    {.radix = 1, .rounds = 2, .parts = 2}};

/// The formula of docs/constructions.md for rounds = 0, written out once more.
double stated_need(int n, int l, int p, int r) {
  std::vector<double> columns;
  for (int j = 0; j < l; ++j)
    columns.push_back((p - 1) * (p - 1) * std::max(0, std::min(j + 1, 2 * n - 1 - j)));
  for (int m = 1;; ++m) {
    const double block = std::pow(p, m);
    std::vector<double> sums;
    for (int j = 0; j < l; j += m) {
      sums.push_back(0);
      for (int e = 0; e < m && j + e < l; ++e)
        sums.back() += std::pow(p, e) * columns[static_cast<std::size_t>(j + e)];
    }
    if (std::floor(*std::ranges::max_element(sums) / block) > block - 1) continue;
    int radix = 1;
    while (std::pow(radix, r) < n) ++radix;
    double most = std::max({1.0, 2 * block - 1, std::pow(radix / 2, 2.0),
                            *std::ranges::max_element(columns), (p - 1.0) * (p - 1)});
    for (std::size_t t = 0; t < sums.size(); ++t) {
      most = std::max(most, sums[t]);
      // A carry into block t is looked for in every block but the last; its value in all.
      if (t > 0) most = std::max(most, sums[t] + std::floor(sums[t - 1] / block));
    }
    return most;
  }
}

Format stated(const Task& task, const Options& options) {
  return smallest_fixed(required(mul_log, task, options));
}

}  // namespace

TEST_CASE("the needs of the primitives are the stated formula") {
  for (const int p : {2, 3, 10})
    for (const int n : {1, 2, 3, 5, 8, 16})
      for (const int l : {1, n, 2 * n})
        for (const int r : {1, 2}) {
          const Needs needs = required(mul_log, Task::mul(p, n, l), {.radix = r});
          CAPTURE(p);
          CAPTURE(n);
          CAPTURE(l);
          CHECK(needs.largest(1) == stated_need(n, l, p, r));
        }
}

TEST_CASE("constant depth, hidden dimension O(n^2)") {
  for (const Options& options : knobs)
    for (const int p : {2, 3, 10})
      for (const int n : {1, 2, 3, 6})
        for (const int l : {1, n, 2 * n}) {
          const Task task = Task::mul(p, n, l);
          const Dimensions size =
              dimensions(make_program(mul_log, task, Setting::symbolic(), options));
          CAPTURE(text(options));
          CHECK(size == mul_log.dimensions(task, options, Setting::symbolic()));
          CHECK(size.layers == 5 + 2 * options.rounds);
          CHECK(size.heads == 2 * n);
        }
  // The products are what there is most of, from some n on.
  for (const int n : {32, 64})
    CHECK(mul_log.dimensions(Task::mul(2, n), {}, Setting::symbolic()).ffn == n * n);
}

TEST_CASE("right at the stated width, exhaustively") {
  for (const Options& options : knobs)
    for (const auto& [p, longest] : {std::pair{2, 4}, {3, 2}, {10, 1}})
      for (int n = 1; n <= longest; ++n)
        for (const int l : {2 * n, n, 1}) {
          const Task task = Task::mul(p, n, l);
          const Run run{mul_log, task, Arithmetic::uniform(stated(task, options)), options};
          CAPTURE(text(options));
          CHECK(verdict(run.over(ProblemSet::exhaustive(task))) == "");
        }
}

TEST_CASE("right at the stated width, wrong one bit below") {
  // Not (2, 8) with a round: its slack is one bit (mul_log_slow.cpp).
  for (const auto& [p, n] : {std::pair{2, 5}, {2, 7}, {3, 4}, {10, 3}})
    for (const Options& options : {Options{}, Options{.rounds = 1}, Options{.variant = "relu"}}) {
      const Task task = Task::mul(p, n);
      const ProblemSet problems = ProblemSet::within(task, 100, 1, 10);
      const Format format = stated(task, options);
      CAPTURE(text(options));
      CAPTURE(format.name());
      CHECK(verdict(Run{mul_log, task, Arithmetic::uniform(format), options}.over(problems)) == "");
      CHECK_FALSE(Run{mul_log, task, Arithmetic::uniform(one_bit_less(format)), options}
                      .over(problems)
                      .all_exact());
    }
}

TEST_CASE("rounds of reduction take the width from 2 log2 n to log2 n, parts below") {
  const auto width = [](int p, int n, const Options& options) {
    return stated(Task::mul(p, n), options).width();
  };
  CHECK(width(10, 16, {}) == 19);
  CHECK(width(10, 16, {.rounds = 1}) == 12);  // 1 + log2(16 * 81 + 1)
  CHECK(width(2, 64, {}) == 13);
  CHECK(width(2, 64, {.rounds = 1}) == 9);
  CHECK(width(2, 64, {.rounds = 2}) == 8);  // 1 + log2(64 + 1)
  CHECK(width(10, 16, {.rounds = 2, .parts = 6}) == 9);
  const MulPlan plan = plan_mul(Task::mul(10, 16), {.rounds = 1});
  CHECK(*std::ranges::max_element(plan.columns) <=
        2 * 36 + 2 * 9 * 9);  // about 2 sqrt(16) 9 and a digit
}

TEST_CASE("fractions, floats, both shifts and normalisations, tokens of two digits, all orders") {
  for (const Options& options : {Options{}, Options{.rounds = 1}}) {
    const Task task = Task::mul(3, 4);
    const Needs needs = required(mul_log, task, options);
    for (const Format& format : {smallest_fixed(needs), Format::fixed(integer_bits(needs, 3), 3),
                                 smallest_floating(needs, 8)})
      for (const Shift shift : {Shift::max, Shift::none})
        for (const Normalise normalise : {Normalise::output, Normalise::weights}) {
          Arithmetic arithmetic = Arithmetic::uniform(format);
          arithmetic.shift = shift;
          arithmetic.normalise = normalise;
          CAPTURE(format.name());
          CHECK(verdict(Run{mul_log, task, arithmetic, options}.over(
                    ProblemSet::within(task, 80, 1, 8))) == "");
        }
    const Run below{mul_log, task, Arithmetic::uniform(one_bit_less(smallest_floating(needs, 8))),
                    options};
    CHECK_FALSE(below.over(ProblemSet::within(task, 80, 1, 8)).all_exact());
    for (const char* name :
         {"mul:p2.n5.l10.c2", "mul:p2.n3.l4:answer_lsb", "mul:p3.n2.l4:operands_lsb"}) {
      const Task other = Task::parse(name);
      const Run run{mul_log, other, Arithmetic::uniform(stated(other, options)), options};
      CHECK(verdict(run.over(ProblemSet::within(other, 100, 1, 10))) == "");
    }
  }
}

TEST_CASE("without underflow: absorbed, not vanished") {
  const Task task = Task::mul(2, 2);
  for (const Options& options : {Options{}, Options{.variant = "relu"}}) {
    const Format format = smallest_floating(required(mul_log, task, options), Format::unbounded);
    const Run run{mul_log, task, Arithmetic::uniform(format), options};
    CHECK(verdict(run.over(ProblemSet::exhaustive(task))) == "");
  }
}

TEST_CASE("planted faults are seen") {
  const Task task = Task::mul(2, 3);
  const Arithmetic arithmetic = Arithmetic::uniform(stated(task, {}));
  const Built built = build(mul_log, task, arithmetic);
  const auto right = [&](const Weights& w) {
    return answers(Simulator(w, arithmetic), ProblemSet::exhaustive(task)).all_exact();
  };
  CHECK(right(built.weights));
  // A product, a threshold, a block that propagates, a digit's step. (A threshold one too high would be
  // no fault here: the block then holds P, and what its quotient does not carry, it generates.)
  Weights wrong = built.weights;
  wrong.layers[0].down.weight.at(built.program.find("c.2").index, 2) = 0;
  CHECK_FALSE(right(wrong));
  wrong = built.weights;
  wrong.layers[1].gate.bias[0] += 1;
  CHECK_FALSE(right(wrong));
  wrong = built.weights;
  for (int t = 0; t < wrong.position_embedding.rows; ++t)
    wrong.position_embedding.at(t, built.program.find("np.1").index) = 0;
  CHECK_FALSE(right(wrong));
  wrong = built.weights;
  wrong.layers[4].gate.bias[2] += 1;
  CHECK_FALSE(right(wrong));
}

}  // namespace carrybit::test
