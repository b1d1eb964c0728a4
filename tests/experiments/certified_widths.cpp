// The measured law beside the stated one: the width that is proved is the construction's formula, and one
// bit fewer is refuted by an input.

#include <bit>
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
};

void compare(Family family) {
  WidthQuestion question;
  question.family = family;
  question.exponent_bits = 8;
  question.problems = 64;
  for (const Size& size : sizes) {
    // In floats column sums take their fraction bits from phi: without, they are multiples of 2^kappa,
    // and the formula is generous by a bit.
    const Task task = Task::parse(size.task);
    question.options.phi = -1;
    if (family == Family::floating && task.kind() == TaskKind::iter_add)
      question.options.phi = std::bit_width(static_cast<unsigned>(task.operands() - 1));
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
