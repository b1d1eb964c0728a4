#include "arith_tasks/layout.hpp"

#include <doctest/doctest.h>

#include "arith_tasks/problem.hpp"
#include "tests/arith_tasks/support.hpp"

using namespace carrybit;
using test::error_of;

namespace {

// Digit j of operand x is 7x + j + 1 (mod P): the roles can be checked against real tokens.
void check_roles(const Task& task) {
  CAPTURE(task.name());
  const Vocabulary v(task);
  Problem problem;
  for (int x = 0; x < task.operands(); ++x) {
    Digits digits;
    for (int j = 0; j < task.digits(); ++j) digits.push_back((7 * x + j + 1) % task.base());
    problem.operands.push_back(digits);
  }
  const std::vector<Token> tokens = encode(task, problem).sequence();
  REQUIRE(static_cast<int>(tokens.size()) == task.sequence_tokens());
  const Digits answer = exact_answer(task, problem);
  const auto token_of = [&](const Digits& digits, int place) {
    int value = 0;
    for (int i = task.digits_per_token(); i-- > 0;) {
      const auto at = static_cast<std::size_t>(place * task.digits_per_token() + i);
      value = value * task.base() + (at < digits.size() ? digits[at] : 0);
    }
    return value;
  };
  int answers = 0;
  for (int t = 0; t < task.sequence_tokens(); ++t) {
    const TokenPlace at = place_at(task, t);
    const Token token = tokens[static_cast<std::size_t>(t)];
    switch (at.role) {
      case TokenRole::operand:
        CHECK(token == token_of(problem.operands[static_cast<std::size_t>(at.operand)], at.place));
        CHECK(operand_position(task, at.operand, at.place) == t);
        break;
      case TokenRole::separator:
        CHECK(token == v.separator(task.kind()));
        CHECK(at.operand < task.operands() - 1);
        break;
      case TokenRole::equals:
        CHECK(token == v.equals());
        CHECK(t == task.prompt_tokens() - 1);
        break;
      case TokenRole::answer:
        CHECK(token == token_of(answer, at.place));
        CHECK(answer_position(task, at.place) == t);
        CHECK(predicted_place(task, t - 1) == at.place);
        ++answers;
        break;
    }
    if (t < task.prompt_tokens() - 1 || t == task.sequence_tokens() - 1)
      CHECK(predicted_place(task, t) == -1);
  }
  CHECK(answers == task.answer_tokens());
}

}  // namespace

TEST_CASE("roles agree with the tokens, in every order") {
  for (const char* name : {"add:p10.n4", "add:p10.n1", "add:p2.n9", "add:p10.n5.c2",
                           "iter_add:p3.n4.k5", "iter_add:p10.n5.k12.c3", "mul:p10.n4.l8",
                           "mul:p10.n4.l3", "mul:p2.n6.l6.c3", "majority:n7", "parity:n1"})
    for (const char* options : {"", ":answer_lsb", ":operands_lsb", ":answer_lsb:operands_lsb"})
      check_roles(Task::parse(std::string(name) + options));
}

TEST_CASE("the order of constructions.md") {
  // a_{1..0} '+' b_{1..0} '=' s_2 s_1 s_0
  const Task task = Task::add(10, 2);
  const Vocabulary v(task);
  CHECK(v.text(encode(task, make_problem(task, {93, 28})).sequence()) == "93+28=121");
  CHECK(place_at(task, 0) == TokenPlace{.role = TokenRole::operand, .operand = 0, .place = 1});
  CHECK(place_at(task, 2).role == TokenRole::separator);
  CHECK(predicted_place(task, 5) == 2);  // '=' is O_n
  CHECK(predicted_place(task, 6) == 1);  // s_{i+1} is O_i
  CHECK(describe(task, 0) == "digit 1 of operand 1");
  CHECK(describe(task, 2) == "sign after operand 1");
  CHECK(describe(task, 5) == "'='");
  CHECK(describe(task, 8) == "digit 0 of the answer");
}

TEST_CASE("positions and places out of range") {
  const Task task = Task::add(10, 2);
  CHECK(error_of([&] { place_at(task, 9); }) == "add:p10.n2: position 9: from 0 to 8 is accepted");
  CHECK(error_of([&] { place_at(task, -1); }) ==
        "add:p10.n2: position -1: from 0 to 8 is accepted");
  CHECK(error_of([&] { operand_position(task, 2, 0); }) ==
        "add:p10.n2: operand 2: from 0 to 1 is accepted");
  CHECK(error_of([&] { operand_position(task, 1, 2); }) ==
        "add:p10.n2: place 2: from 0 to 1 is accepted");
  CHECK(error_of([&] { answer_position(task, 3); }) ==
        "add:p10.n2: answer place 3: from 0 to 2 is accepted");
  CHECK(error_of([&] { place_at(Task::parse("add:p10.n2:unpadded"), 0); }) ==
        "add:p10.n2:unpadded: only a padded task has a fixed layout");
}
