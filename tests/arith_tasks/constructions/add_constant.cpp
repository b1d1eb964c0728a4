// Theorem 4.1: two bits, for every length and base.

#include "arith_tasks/constructions/add_constant.hpp"

#include <random>

#include "precision/error.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

namespace carrybit::test {

namespace {

const std::vector<std::string> variants = {"abs", "rel"};

Options variant(const std::string& name) { return {.variant = name}; }

int ternary_digits(int places) {
  int r = 1;
  for (int power = 3; power < places; power *= 3) ++r;
  return r;
}

}  // namespace

TEST_CASE("two bits are needed and enough: the needs are one score gap") {
  for (const std::string& name : variants)
    for (const int p : {2, 3, 10})
      for (const int n : {1, 2, 7, 64}) {
        const Needs needs = required(add_constant, Task::add(p, n), variant(name));
        CHECK(needs.largest(1) == 1);
        CHECK(needs.largest(3.5) == 3.5);
        CHECK(smallest_fixed(needs).name() == "fixed:i1.f0");
      }
}

TEST_CASE("hidden dimension O(n^2), three layers") {
  for (const std::string& name : variants)
    for (const int p : {2, 3, 10})
      for (const int n : {1, 2, 3, 8, 25, 26}) {
        const Task task = Task::add(p, n);
        const Dimensions size =
            dimensions(make_program(add_constant, task, Setting::symbolic(), variant(name)));
        CHECK(size == add_constant.dimensions(task, variant(name), Setting::symbolic()));
        const int r = ternary_digits(n + 2);
        const bool relative = name == "rel";
        CHECK(size ==
              Dimensions{.layers = 3,
                         .width = 4 * r + 4 * p + (relative ? 2 * n + 2 * n * r + 10 : 3 * n + 9),
                         .heads = std::max(n, 2),
                         .head_dim = std::max(4 * r + 1, p),
                         .ffn = std::max(relative ? n : n * (n + 1) / 2, 2 * p * p)});
      }
}

TEST_CASE("right in two bits, exhaustively") {
  for (const std::string& name : variants)
    for (const auto& [p, longest] : {std::pair{2, 5}, {3, 3}, {10, 2}})
      for (int n = 1; n <= longest; ++n) {
        const Run run{add_constant, Task::add(p, n), arithmetic_of("fixed:i1.f0"), variant(name)};
        CHECK(verdict(run.over(ProblemSet::exhaustive(run.task))) == "");
      }
}

TEST_CASE("right in two bits at n = 40, and in many other arithmetics") {
  const Task task = Task::add(10, 40);
  for (const std::string& name : variants) {
    const Run run{add_constant, task, arithmetic_of("fixed:i1.f0"), variant(name)};
    CHECK(verdict(run.over(ProblemSet::within(task, 60, 1, 4))) == "");
  }
  for (const char* format :
       {"fixed:i1.f0", "fixed:i1.f0:twos", "fixed:i2.f1", "fixed:i3.f4", "float:e2.m0:sat",
        "fp4_e2m1", "float:e3.m1", "fp8_e4m3", "fp8_e5m2", "bf16", "float:e8.m0"})
    for (const std::string& name : variants)
      for (const Shift shift : {Shift::max, Shift::none})
        for (const Normalise normalise : {Normalise::output, Normalise::weights}) {
          const Task small = Task::add(3, 6);
          const Run run{add_constant, small, arithmetic_of(format, shift, normalise),
                        variant(name)};
          CAPTURE(format);
          CHECK(verdict(run.over(ProblemSet::within(small, 40, 1, 3))) == "");
        }
}

TEST_CASE("without underflow: absorbed, not vanished") {
  const Task task = Task::add(2, 2);
  for (const std::string& name : variants)
    for (const char* format : {"float:e*.m1", "float:e*.m4"}) {
      const Run run{add_constant, task, arithmetic_of(format), variant(name)};
      CHECK(verdict(run.over(ProblemSet::exhaustive(task))) == "");
    }
}

TEST_CASE("tokens of several digits, and any order of digits") {
  for (const char* name : {"add:p2.n7.c3", "add:p3.n3.c2", "add:p2.n4:operands_lsb",
                           "add:p2.n4:answer_lsb", "add:p2.n4:answer_lsb:operands_lsb"})
    for (const std::string& kind : variants) {
      const Task task = Task::parse(name);
      const Run run{add_constant, task, arithmetic_of("fixed:i1.f0"), variant(kind)};
      if (kind == "rel" && task.answer_order() == DigitOrder::lsb_first)
        CHECK_THROWS_AS(run.built(), BadInput);
      else
        CHECK(verdict(run.over(ProblemSet::within(task, 300, 1, 16))) == "");
    }
}

TEST_CASE("planted faults are seen") {
  const Task task = Task::add(2, 3);
  const Arithmetic arithmetic = arithmetic_of("fixed:i1.f0");
  const Built built = build(add_constant, task, arithmetic);
  const ProblemSet problems = ProblemSet::exhaustive(task);
  const auto right = [&](const Weights& w) {
    return answers(Simulator(w, arithmetic), problems).all_exact();
  };
  CHECK(right(built.weights));
  // A carry that skips a place that does not propagate.
  Weights wrong = built.weights;
  for (int u = 0; u < wrong.layers[1].up.weight.rows; ++u)
    wrong.layers[1].up.weight.at(u, built.program.find("np.1").index) = 0;
  CHECK_FALSE(right(wrong));
  // A mask left out: place 1 of a and of b are both fetched.
  wrong = built.weights;
  for (int row = 0; row < wrong.layers[0].key.weight.rows; ++row)
    wrong.layers[0].key.weight.at(row, built.program.find("not_a").index) = 0;
  CHECK_FALSE(right(wrong));
  // Any one weight of the second layer's units.
  std::mt19937 random(1);
  int seen = 0;
  for (int i = 0; i < 20; ++i) {
    wrong = built.weights;
    Matrix& up = wrong.layers[1].up.weight;
    int row = 0;
    int col = 0;
    do {
      row = static_cast<int>(random() % static_cast<unsigned>(up.rows));
      col = static_cast<int>(random() % static_cast<unsigned>(up.cols));
    } while (up.at(row, col) != 1);
    up.at(row, col) = 0;  // this generate is never noticed
    seen += right(wrong) ? 0 : 1;
  }
  CHECK(seen == 20);
}

}  // namespace carrybit::test
