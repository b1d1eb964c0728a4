// Theorem 5.2: O(log n + log k) bits, constant dimensions.

#include "arith_tasks/constructions/iter_add_log.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "arith_tasks/constructions/iter_add_log_floor.hpp"
#include "arith_tasks/constructions/setting.hpp"
#include "precision/error.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

namespace carrybit::test {

namespace {

const std::vector<std::string> variants = {"reglu", "relu", "reglu_halved", "relu_halved"};

std::int64_t power(std::int64_t base, int e) { return e == 0 ? 1 : base * power(base, e - 1); }

double bound_squared(int places, int r) {
  int radix = 1;
  while (std::pow(radix, r) < places) ++radix;
  return std::max(1.0, std::floor(radix / 2) * std::floor(radix / 2));
}

/// The exact formula of docs/constructions.md for normalise = output, phi = 0, written out once more.
double stated_need(int n, int k, int p, int r, double gap, bool gated) {
  int m = 1;
  while (power(p, m) < k) ++m;
  int kappa = 0;
  while (power(2, kappa) < k) ++kappa;
  int mu = 0;
  while (power(2, mu) < m) ++mu;
  const double heaviest = static_cast<double>(power(p, std::min(n, m) - 1));
  const double ties = std::ldexp(1.0, kappa);
  const double fill = std::ldexp(1.0, mu);
  const auto slack = [gap](double count) { return gap == 1 ? std::max(0.0, count / 2 - 1) : 0; };
  const double column = k * (p - 1) * heaviest;
  const double blocks = k * (heaviest * p - 1);
  const double block = static_cast<double>(power(p, m));
  const double quotients = std::floor(blocks / block);
  const int entries =
      static_cast<int>(std::max(quotients + 1, static_cast<double>(power(p, m - 1))));
  double floors = block * ((entries - 1) / 2) + std::floor(block / 2);
  floors = std::max(
      {floors, blocks, floor_magnitude(entries, {power(p, m), static_cast<std::int64_t>(blocks)})});
  const int groups = (n + m - 1) / m + 1;
  return std::max({ties * (gated ? k * (p - 1) : column) - slack(ties), fill * blocks - slack(fill),
                   fill * column, column, gap * floors, block * (quotients + 1), gap * (groups / 2),
                   gap * bound_squared(n, r), gap * bound_squared(groups, r)});
}

struct Size {
  int p, n, k;
};

/// Where one bit less is enough as well: a mean of two is clipped by 1, and the tie is rounded to the
/// even sum that was meant.
bool has_slack(const Size& size, std::string_view variant) {
  return (size.p == 2 && size.k == 2 && size.n <= 5) ||
         (size.p == 3 && size.n == 4 && size.k == 4 && variant == "reglu");
}

}  // namespace

TEST_CASE("the needs of the primitives are the stated formula") {
  for (const bool gated : {true, false})
    for (const int r : {1, 2, 3})
      for (const int p : {2, 3, 10})
        for (const int k : {2, 3, 5, 8, 9, 10, 11, 16, 32, 33, 64, 100})
          for (const int n : {1, 2, 3, 5, 8, 31, 64}) {
            const Options options{.radix = r, .variant = gated ? "reglu" : "relu"};
            const Needs needs = required(iter_add_log, Task::iter_add(p, n, k), options);
            CAPTURE(p);
            CAPTURE(k);
            CAPTURE(n);
            for (const double gap : {1.0, 6.5})
              CHECK(needs.largest(gap, gap == 1) == stated_need(n, k, p, r, gap, gated));
          }
}

TEST_CASE("dimensions depend on neither n nor k") {
  for (const std::string& variant : variants)
    for (const auto [p, n, k] : {Size{2, 1, 2}, {2, 9, 5}, {3, 4, 27}, {10, 6, 12}, {2, 20, 33}}) {
      for (const int r : {1, 2, 3}) {
        const Options options{.radix = r, .variant = variant};
        const Task task = Task::iter_add(p, n, k);
        const Dimensions size =
            dimensions(make_program(iter_add_log, task, Setting::symbolic(), options));
        const bool gated = variant.starts_with("reglu");
        CHECK(size == iter_add_log.dimensions(task, options, Setting::symbolic()));
        CHECK(size == Dimensions{.layers = gated ? 7 : 8,
                                 .width = 20 * r + 28 + (gated ? p : 2 * p),
                                 .heads = 2,
                                 .head_dim = 4 * r + 3,
                                 .ffn = 4 * p - 2,
                                 .gated = gated});
      }
    }
}

TEST_CASE("right at the stated width, exhaustively") {
  for (const std::string& variant : variants)
    for (const auto [p, n, k] : {Size{2, 1, 2},
                                 {2, 3, 2},
                                 {2, 2, 3},
                                 {2, 2, 4},
                                 {2, 1, 5},
                                 {2, 1, 9},
                                 {2, 3, 3},
                                 {3, 1, 2},
                                 {3, 2, 2},
                                 {3, 1, 4},
                                 {3, 1, 3},
                                 {10, 1, 2}}) {
      const Task task = Task::iter_add(p, n, k);
      const Options options{.variant = variant};
      const Run run{iter_add_log, task,
                    Arithmetic::uniform(smallest_fixed(required(iter_add_log, task, options))),
                    options};
      CHECK(verdict(run.over(ProblemSet::exhaustive(task))) == "");
    }
}

TEST_CASE("right at the stated width, and not one bit below") {
  for (const char* variant : {"reglu", "relu"})
    for (const Size size : {Size{2, 7, 3},
                            {2, 3, 7},
                            {2, 6, 6},
                            {2, 5, 8},
                            {3, 4, 4},
                            {3, 3, 10},
                            {10, 3, 3},
                            {10, 2, 11},
                            {2, 8, 2},
                            {2, 5, 2}}) {
      const Task task = Task::iter_add(size.p, size.n, size.k);
      const Options options{.variant = variant};
      const Format format = smallest_fixed(required(iter_add_log, task, options));
      const ProblemSet problems = ProblemSet::within(task, 60, 1, 8);
      CAPTURE(format.name());
      const Run run{iter_add_log, task, Arithmetic::uniform(format), options};
      CHECK(verdict(run.over(problems)) == "");
      const Run below{iter_add_log, task, Arithmetic::uniform(one_bit_less(format)), options};
      CHECK(below.over(problems).all_exact() == has_slack(size, variant));
    }
}

TEST_CASE("20 digits, 12 addends, base 10") {
  const Task task = Task::iter_add(10, 20, 12);
  for (const char* variant : {"reglu", "relu", "reglu_halved"}) {
    const Options options{.variant = variant};
    const Format format = smallest_fixed(required(iter_add_log, task, options));
    const ProblemSet problems = ProblemSet::within(task, 80, 1, 4);
    CAPTURE(format.name());
    const Run run{iter_add_log, task, Arithmetic::uniform(format), options};
    CHECK(verdict(run.over(problems)) == "");
    const Run below{iter_add_log, task, Arithmetic::uniform(one_bit_less(format)), options};
    CHECK_FALSE(below.over(problems).all_exact());
  }
}

TEST_CASE(
    "other arithmetics: floats, fractions, normalised weights, addresses, tokens of two digits") {
  struct Case {
    Task task;
    Options options;
    int exponent;  // 0: fixed
    Normalise normalise;
  };
  const Task two_digits(TaskSpec{
      .kind = TaskKind::iter_add, .base = 3, .digits = 5, .addends = 4, .digits_per_token = 2});
  const auto output = Normalise::output;
  const auto weights = Normalise::weights;
  for (const Case& c : {
           Case{Task::iter_add(2, 5, 6), {}, 8, output},
           Case{Task::iter_add(2, 5, 6), {.variant = "relu", .phi = 3}, 8, output},
           Case{Task::iter_add(10, 3, 12), {.variant = "reglu_halved"}, 8, output},
           Case{Task::iter_add(2, 5, 6), {.phi = 3}, 8, weights},
           Case{Task::iter_add(2, 5, 6), {.variant = "relu"}, 0, weights},
           Case{Task::iter_add(2, 5, 6), {.variant = "reglu"}, 0, weights},
           Case{Task::iter_add(3, 3, 5), {.phi = 2}, 0, output},
           Case{Task::iter_add(2, 9, 3), {.radix = 1}, 0, output},
           Case{Task::iter_add(2, 9, 3), {.radix = 3, .variant = "relu"}, 0, output},
           Case{two_digits, {}, 0, output},
           Case{two_digits, {.variant = "relu_halved"}, 0, output},
       }) {
    const Needs needs = required(iter_add_log, c.task, c.options, Shift::max, c.normalise);
    Arithmetic arithmetic = Arithmetic::uniform(
        c.exponent == 0 ? smallest_fixed(needs) : smallest_floating(needs, c.exponent));
    arithmetic.normalise = c.normalise;
    CAPTURE(text(c.options));
    const Run run{iter_add_log, c.task, arithmetic, c.options};
    CHECK(verdict(run.over(ProblemSet::within(c.task, 60, 1, 8))) == "");
  }
}

TEST_CASE("a halved square saves the bit where k is a power of two in base 2") {
  for (const int k : {16, 32, 64}) {
    const Task task = Task::iter_add(2, 64, k);
    const auto bits = [&](const char* variant) {
      return integer_bits(required(iter_add_log, task, {.variant = variant}), 0);
    };
    CHECK(bits("reglu_halved") == bits("reglu") - 1);
  }
  for (const auto& [variant, is_right] : {std::pair{"reglu_halved", true}, {"reglu", false}}) {
    const Run run{iter_add_log,
                  Task::iter_add(2, 8, 16),
                  arithmetic_of("fixed:i10.f0"),
                  {.variant = variant}};
    CHECK(run.over(ProblemSet::within(run.task, 60, 1, 4)).all_exact() == is_right);
  }
  // Every quotient, in the saturating arithmetic that the formula allows.
  for (const int entries : {2, 3, 4, 7, 8, 12, 16, 31, 32})
    for (const std::int64_t q : {2, 3, 4, 8, 9, 16, 27, 32}) {
      const std::int64_t most = q * entries - 1;
      const auto bound = static_cast<std::int64_t>(halved_floor_magnitude(entries, {q, most}));
      const auto clip = [bound](std::int64_t x) { return std::clamp(x, -bound, bound); };
      const std::int64_t h = (entries - 1) / 2;
      for (std::int64_t x = 0; x <= most; ++x) {
        const std::int64_t rho = x - q * h - q / 2;
        std::int64_t best = -1;
        std::int64_t best_score = -2 * bound;
        std::int64_t second = best_score;
        for (std::int64_t t = -h; t < entries - h; ++t) {
          std::int64_t s = clip(rho * t);
          s = clip(s - clip(q / 2 * t * t));
          s = clip(s - clip((q + 1) / 2 * t * t));
          s = clip(s + clip(rho * t));
          s = clip(s + (1 - q % 2) * t);
          if (s > best_score) {
            second = best_score;
            best_score = s;
            best = t + h;
          } else {
            second = std::max(second, s);
          }
        }
        REQUIRE(best == x / q);
        REQUIRE(best_score - second >= 1);
        REQUIRE(best_score >= 0);
      }
    }
}

TEST_CASE("a wrong weight is seen") {
  const Task task = Task::iter_add(2, 4, 5);
  const Format format = smallest_fixed(required(iter_add_log, task));
  const Arithmetic arithmetic = Arithmetic::uniform(format);
  const Built built = build(iter_add_log, task, arithmetic);
  const ProblemSet problems = ProblemSet::within(task, 60, 1, 8);
  CHECK(answers(Simulator(built.weights, arithmetic), problems).all_exact());
  // The carry is fetched from the wrong channel.
  Weights wrong = built.weights;
  const int g = built.program.find("g").index;
  const int pr = built.program.find("pr").index;
  Matrix& value = wrong.layers.at(5).value.weight;
  bool planted = false;
  for (int row = 0; row < value.rows; ++row)
    if (value.at(row, g) == 1) {
      value.at(row, g) = 0;
      value.at(row, pr) = 1;
      planted = true;
    }
  CHECK(planted);
  CHECK_FALSE(answers(Simulator(wrong, arithmetic), problems).all_exact());
  // A block's weight off by one.
  wrong = built.weights;
  wrong.position_embedding.at(operand_position(task, 4, 2), built.program.find("weight").index) +=
      1;
  CHECK_FALSE(answers(Simulator(wrong, arithmetic), problems).all_exact());
}

TEST_CASE("what it does not take") {
  const Task task = Task::iter_add(10, 3, 4);
  CHECK_THROWS_AS(required(iter_add_log, task, {}, Shift::none), BadInput);
  CHECK_THROWS_AS(required(iter_add_log, task, {.phi = 3}), BadInput);
  CHECK_THROWS_AS(required(iter_add_log, task, {.variant = "gelu"}), BadInput);
  CHECK_THROWS_AS(required(iter_add_log, task, {.code = DigitCode::onehot}), BadInput);
  CHECK_THROWS_AS(required(iter_add_log, Task::add(10, 3)), BadInput);
  for (const char* name : {"iter_add:p10.n3.k4:answer_lsb", "iter_add:p10.n3.k4:unpadded"})
    CHECK_THROWS_AS(required(iter_add_log, Task::parse(name)), BadInput);
}

}  // namespace carrybit::test
