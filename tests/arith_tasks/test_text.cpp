#include "arith_tasks/text.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "arith_tasks/generators.hpp"
#include "tests/arith_tasks/support.hpp"

using namespace carrybit;
using test::error_of;

TEST_CASE("problems are read and written") {
  const Task task = Task::add(10, 6);
  CHECK(parse_problem(task, "314159+271828") == make_problem(task, {314159, 271828}));
  CHECK(parse_problem(task, " 12 + 345 = ") == make_problem(task, {12, 345}));
  CHECK(parse_problem(task, "12+345=") == make_problem(task, {12, 345}));
  CHECK(to_text(task, make_problem(task, {12, 345})) == "000012+000345");
  CHECK(to_text(task, make_problem(task, {12, 345}), true) == "12+345");
  CHECK(to_text(task, make_problem(task, {0, 345}), true) == "0+345");
  const Task hex = Task::mul(16, 2);
  CHECK(parse_problem(hex, "Ff*0a") == make_problem(hex, {255, 10}));
  CHECK(to_text(hex, make_problem(hex, {255, 10})) == "ff*0a");
  const Task bits = Task::majority(4);
  CHECK(parse_problem(bits, "0010") == make_problem(bits, {2}));
  CHECK(to_text(bits, make_problem(bits, {2}), true) == "0010");
  // Text is most significant first whatever the tokens' order.
  const Task reversed = Task::parse("add:p10.n6:answer_lsb:operands_lsb");
  CHECK(parse_problem(reversed, "12+345") == make_problem(task, {12, 345}));
}

TEST_CASE("missing lengths are taken from the text") {
  const ParsedProblem add = parse_problem(TaskSpec{.base = 10}, "314159265358+271828");
  CHECK(add.task == Task::add(10, 12));
  CHECK(add.problem == make_problem(add.task, {314159265358, 271828}));
  const ParsedProblem iter =
      parse_problem(TaskSpec{.kind = TaskKind::iter_add, .base = 2}, "101+1+11");
  CHECK(iter.task == Task::iter_add(2, 3, 3));
  const ParsedProblem mul =
      parse_problem(TaskSpec{.kind = TaskKind::mul, .base = 36, .digits = 5}, "zz*z");
  CHECK(mul.task == Task::mul(36, 5));
  const ParsedProblem bits = parse_problem(TaskSpec{.kind = TaskKind::parity}, "0110100");
  CHECK(bits.task == Task::parity(7));
  // Leading zeros count: what is written is the length.
  CHECK(parse_problem(TaskSpec{}, "007+1").task.digits() == 3);
}

TEST_CASE("what cannot be read is named") {
  const Task task = Task::add(10, 6);
  const auto of = [&](std::string_view text) {
    return error_of([&] { parse_problem(task, text); });
  };
  CHECK(of("3141592+1") == "operand 1 has 7 digits: at most n = 6 are accepted");
  CHECK(of("1+0000001") == "operand 2 has 7 digits: at most n = 6 are accepted");
  CHECK(of("12+3a4") == "'a' at position 5: accepted are base 10 digits 0-9 and '+'");
  CHECK(of("12*34") == "'*' at position 3: accepted are base 10 digits 0-9 and '+'");
  CHECK(of("12+-4") == "'-' at position 4: accepted are base 10 digits 0-9 and '+'");
  CHECK(of("12+\n4") == "'\\x0a' at position 4: accepted are base 10 digits 0-9 and '+'");
  CHECK(of("1=2+3") == "'=' at position 2: accepted are base 10 digits 0-9 and '+'");
  CHECK(of("1+2==") == "'=' at position 4: accepted are base 10 digits 0-9 and '+'");
  CHECK(of("1 2+3") ==
        "a blank inside operand 1 before position 3: accepted are base 10 digits 0-9 and '+'");
  CHECK(of("12") == "1 operand: add takes 2, joined by '+'");
  CHECK(of("1+2+3") == "3 operands: add takes 2, joined by '+'");
  CHECK(of("") == "operand 1 has no digits: at least 1 is accepted, as in 11+10");
  CHECK(of("1+") == "operand 2 has no digits: at least 1 is accepted, as in 11+10");
  CHECK(of("+1") == "operand 1 has no digits: at least 1 is accepted, as in 11+10");
  CHECK(error_of([] { parse_problem(Task::iter_add(2, 3, 4), "1+10+11"); }) ==
        "3 operands: iter_add takes 4, joined by '+'");
  CHECK(error_of([] { parse_problem(Task::mul(2, 3), "101*12"); }) ==
        "'2' at position 6: accepted are base 2 digits 0-1 and '*'");
  CHECK(error_of([] { parse_problem(Task::majority(3), "10"); }) ==
        "2 bits: majority takes exactly 3");
  CHECK(error_of([] { parse_problem(Task::majority(3), "1+0"); }) ==
        "'+' at position 2: accepted are base 2 digits 0-1");
  CHECK(error_of([] { parse_problem(TaskSpec{.base = 99}, "1+1"); }) ==
        "base 99: a base from 2 to 36 is accepted");
  CHECK(error_of([] { parse_problem(TaskSpec{.base = -1}, "1+1"); }) ==
        "base -1: a base from 2 to 36 is accepted");
  CHECK(error_of([] { parse_problem(TaskSpec{}, std::string((1 << 20) + 1, '1') + "+1"); }) ==
        "an operand has 1048577 digits: at most 1048576 are accepted");
  CHECK(error_of([] { parse_problem(TaskSpec{.kind = TaskKind::iter_add}, "5"); }) ==
        "iter_add: 1 addends: from 2 to 1048576 are accepted");
}

TEST_CASE("text round trip") {
  CHECK(rc::check("parse(to_text) = problem", [] {
    const int p = *rc::gen::inRange(2, 37);
    const int n = *rc::gen::inRange(1, 40);
    const Task task = *rc::gen::element(Task::add(p, n), Task::mul(p, n),
                                        Task::iter_add(p, n, *rc::gen::inRange(2, 12)),
                                        Task::majority(n), Task::parity(n));
    const Problem problem =
        sample(task, Sampling::lengths, *rc::gen::arbitrary<std::uint64_t>(), 3);
    RC_ASSERT(parse_problem(task, to_text(task, problem)) == problem);
    RC_ASSERT(parse_problem(task, to_text(task, problem, true)) == problem);
    TaskSpec open = task.spec();
    open.digits = open.addends = open.answer_digits = 0;
    const ParsedProblem parsed = parse_problem(open, to_text(task, problem));
    RC_ASSERT(parsed.task == task);
    RC_ASSERT(parsed.problem == problem);
  }));
  CHECK(rc::check("any text is read or refused in one line", [] {
    const auto text = *rc::gen::container<std::string>(rc::gen::oneOf(
        rc::gen::element('0', '1', '9', 'z', '+', '*', '=', ' '), rc::gen::arbitrary<char>()));
    TaskSpec spec;
    spec.kind = *rc::gen::element(TaskKind::add, TaskKind::iter_add, TaskKind::mul,
                                  TaskKind::majority, TaskKind::parity);
    spec.base = *rc::gen::inRange(2, 37);
    const std::string error = error_of([&] { parse_problem(spec, text); });
    RC_ASSERT(error.find('\n') == std::string::npos);
    RC_ASSERT(error.size() < 160U);
  }));
}

TEST_CASE("answers are shown, right or wrong") {
  const auto shown = [](const char* name, std::vector<Token> tokens) {
    return answer_text(Task::parse(name), tokens);
  };
  CHECK(shown("add:p10.n3", {0, 3, 4, 1}) == "0341");
  CHECK(shown("add:p10.n3:answer_lsb", {1, 4, 3, 0}) == "0341");
  CHECK(shown("add:p10.n3", {0, 3, 10, 99}) == "03+?");
  CHECK(shown("add:p10.n3", {}).empty());
  CHECK(shown("add:p10.n3:unpadded", {3, 4, 13, 1}) == "34");
  CHECK(shown("add:p10.n3.c2", {0, 3, 41}) == "0341");   // "000341" has two zeros to fill
  CHECK(shown("add:p10.n3.c2", {1, 3, 41}) == "10341");  // a wrong digit is not dropped
  CHECK(shown("add:p10.n3.c2", {0, 0, 0}) == "0000");
  CHECK(to_text(Digits{1, 4, 3, 0}) == "0341");
  CHECK(to_text(Digits{1, 4, 3, 0}, true) == "341");
  CHECK(to_text(Digits{0, 0}, true) == "0");
}
