// The measured law beside the stated one: the width that is proved is the construction's formula, and one
// bit fewer is refuted by an input.

#include <doctest/doctest.h>

#include "experiments/width_search.hpp"

namespace carrybit::test {

namespace {

struct Size {
  const char* construction;
  const char* task;
};

constexpr Size sizes[] = {
    {"add_constant", "add:p2.n8"},
    {"add_constant", "add:p2.n24"},
    {"add_constant", "add:p10.n4"},
    {"add_log", "add:p2.n8"},
    {"add_log", "add:p2.n33"},
    {"add_log", "add:p2.n64"},
    {"add_log", "add:p3.n40"},
    {"add_log", "add:p10.n50"},
    {"iter_add_log", "iter_add:p2.n16.k4"},
    {"iter_add_log", "iter_add:p2.n32.k8"},
    {"iter_add_log", "iter_add:p3.n20.k3"},
    {"iter_add_log", "iter_add:p10.n12.k5"},
    {"mul_log", "mul:p2.n8"},
    {"mul_log", "mul:p2.n16"},
    {"mul_log", "mul:p3.n6"},
    {"mul_log", "mul:p10.n3"},
    {"majority_mean", "majority:n11"},
    {"majority_mean", "majority:n16"},
    {"majority_mean", "majority:n17"},
    {"majority_mean", "majority:n18"},
    {"majority_mean", "majority:n48"},
    {"majority_mean", "majority:n63"},
    {"majority_mean", "majority:n66"},
};

void compare(Family family) {
  WidthQuestion question;
  question.family = family;
  question.exponent_bits = 8;
  question.problems = 64;
  for (const Size& size : sizes) {
    const Task task = Task::parse(size.task);
    const WidthAnswer answer =
        find_width(constructions::construction(size.construction), task, question);
    CAPTURE(size.construction);
    CAPTURE(size.task);
    REQUIRE(answer.width.has_value());
    REQUIRE(answer.stated_width.has_value());
    CHECK(answer.certified);
    CHECK(*answer.width == *answer.stated_width);
    if (answer.refuted_width)
      CHECK(bracket(answer) == std::optional<int>(1));
    else
      CHECK(*answer.width == narrowest(family, 8));
  }
}

}  // namespace

TEST_CASE("fixed point: the proved width is the formula's, and the bracket is closed") {
  compare(Family::fixed);
}

TEST_CASE("floats of 8 exponent bits: the same") { compare(Family::floating); }

// Its formula adds up errors that in fact cancel: what is measured is another law, in base 2 a plain one.
TEST_CASE("add_prefix_sum in base 2: n + 1 fraction bits, m = n + 3 in floats, brackets closed") {
  const constructions::Construction& adder = constructions::construction("add_prefix_sum");
  WidthQuestion question;
  question.problems = 64;
  question.exponent_bits = 8;
  for (const int n : {8, 9, 12}) {
    CAPTURE(n);
    const int integer_bits = n < 9 ? 3 : 4;
    question.family = Family::fixed;
    const WidthAnswer fixed = find_width(adder, Task::add(2, n), question);
    CHECK(fixed.certified);
    CHECK(fixed.format == Format::fixed(integer_bits, n + 1));
    CHECK(bracket(fixed) == std::optional<int>(1));
    CHECK(*fixed.stated_width >= *fixed.width);
    question.family = Family::floating;
    const WidthAnswer floating = find_width(adder, Task::add(2, n), question);
    CHECK(floating.certified);
    CHECK(floating.format == Format::floating(8, n + 3));
    CHECK(bracket(floating) == std::optional<int>(1));
    CHECK(*floating.stated_width >= *floating.width);
  }
}

TEST_CASE(
    "where the formula is beyond the lanes, a sample finds the format and a certificate proves "
    "it") {
  WidthQuestion question;
  question.problems = 64;
  const WidthAnswer answer =
      find_width(constructions::construction("add_prefix_sum"), Task::add(2, 16), question);
  CHECK(answer.certified);
  CHECK(answer.width == std::optional<int>(22));
  CHECK(bracket(answer) == std::optional<int>(1));
}

TEST_CASE("without certificates the evidence is a sample, and there is no bracket") {
  WidthQuestion question;
  question.problems = 64;
  question.certify = false;
  const WidthAnswer answer =
      find_width(constructions::construction("add_log"), Task::add(2, 32), question);
  CHECK(answer.width == std::optional<int>(6));
  CHECK(evidence(answer) == "sampled");
  CHECK_FALSE(bracket(answer).has_value());
}

}  // namespace carrybit::test
