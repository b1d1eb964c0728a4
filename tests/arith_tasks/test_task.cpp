#include "arith_tasks/task.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/arith_tasks/support.hpp"

using namespace carrybit;
using test::error_of;

TEST_CASE("lengths follow the paper's definitions") {
  const Task add = Task::add(10, 12);
  CHECK(add.answer_digits() == 13);
  CHECK(add.prompt_tokens() == 26);  // 12 + '+' + 12 + '='
  CHECK(add.sequence_tokens() == 39);
  CHECK(add.input_tokens() == 3 * 12 + 2);  // T of constructions.md

  const Task iter = Task::iter_add(2, 8, 5);  // m = ceil(log2 5) = 3
  CHECK(iter.answer_digits() == 11);
  CHECK(iter.input_tokens() == (8 + 1) * 5 + 11 - 1);
  CHECK(Task::iter_add(10, 4, 2).answer_digits() == 5);
  CHECK(Task::iter_add(10, 4, 10).answer_digits() == 5);
  CHECK(Task::iter_add(10, 4, 11).answer_digits() == 6);

  CHECK(Task::mul(10, 4).answer_digits() == 8);
  CHECK(Task::mul(10, 4, 3).answer_digits() == 3);
  CHECK(Task::mul(10, 4, 3).input_tokens() == 2 * 4 + 1 + 3);
  CHECK(Task::majority(9).prompt_tokens() == 10);
  CHECK(Task::majority(9).sequence_tokens() == 11);
  CHECK(Task::parity(9).base() == 2);
}

TEST_CASE("several digits to a token make the same task in base P") {
  Task task({.kind = TaskKind::add, .base = 10, .digits = 7, .digits_per_token = 3});
  CHECK(task.token_base() == 1000);
  CHECK(task.operand_tokens() == 3);
  CHECK(task.answer_tokens() == 4);
  CHECK(task.answer_digits() == 8);
  Task iter(
      {.kind = TaskKind::iter_add, .base = 2, .digits = 7, .addends = 17, .digits_per_token = 4});
  CHECK(iter.answer_tokens() == 2 + 2);  // ceil(log_16 17) = 2
  CHECK(iter.answer_digits() == 7 + 5);
  Task mul({.kind = TaskKind::mul, .base = 10, .digits = 5, .digits_per_token = 2});
  CHECK(mul.operand_tokens() == 3);
  CHECK(mul.answer_tokens() == 5);
}

TEST_CASE("carry_digits is the least m with base^m >= count, and at least 1") {
  for (int base = 2; base <= 36; ++base)
    for (int count = 1; count <= 2000; ++count) {
      std::int64_t power = base;
      int m = 1;
      while (power < count) power *= base, ++m;
      REQUIRE(carry_digits(base, count) == m);
    }
  CHECK(carry_digits(2, 1 << 20) == 20);
  CHECK(carry_digits(2, (1 << 20) + 1) == 21);
  CHECK(carry_digits(65536, 2147483647) == 2);
}

TEST_CASE("every answer fits, and the largest one needs all its digits of iter_add") {
  for (int p : {2, 3, 10})
    for (int k = 2; k <= 40; ++k) {
      const Task task = Task::iter_add(p, 4, k);
      const Problem max{.operands = std::vector(static_cast<std::size_t>(k), Digits(4, p - 1))};
      CHECK(exact_answer(task, max) == test::school_answer(task, max));
      CHECK(test::value_of(exact_answer(task, max), p) ==
            static_cast<test::Wide>(k) * (test::value_of(Digits(4, p - 1), p)));
    }
}

TEST_CASE("a name reads back") {
  CHECK(Task::add(10, 16).name() == "add:p10.n16");
  CHECK(Task::iter_add(2, 8, 4).name() == "iter_add:p2.n8.k4");
  CHECK(Task::mul(10, 4).name() == "mul:p10.n4.l8");
  CHECK(Task::majority(9).name() == "majority:n9");
  const Task all({.kind = TaskKind::mul,
                  .base = 3,
                  .digits = 6,
                  .answer_digits = 4,
                  .digits_per_token = 2,
                  .answer_order = DigitOrder::lsb_first,
                  .operand_order = DigitOrder::lsb_first,
                  .padded = false});
  CHECK(all.name() == "mul:p3.n6.l4.c2:answer_lsb:operands_lsb:unpadded");
  CHECK(Task::parse(all.name()) == all);
  CHECK(Task::parse("add:n3") == Task::add(10, 3));
  CHECK(Task::parse("add:n3:answer_lsb").answer_order() == DigitOrder::lsb_first);
  CHECK(parse_task_spec("add:unpadded").digits == 0);

  CHECK(rc::check("name and specification round trip", [] {
    const auto kind = *rc::gen::element(TaskKind::add, TaskKind::iter_add, TaskKind::mul,
                                        TaskKind::majority, TaskKind::parity);
    TaskSpec spec{.kind = kind, .digits = *rc::gen::inRange(1, 200)};
    spec.answer_order = *rc::gen::element(DigitOrder::msb_first, DigitOrder::lsb_first);
    spec.operand_order = *rc::gen::element(DigitOrder::msb_first, DigitOrder::lsb_first);
    if (kind == TaskKind::iter_add) spec.addends = *rc::gen::inRange(2, 50);
    if (kind == TaskKind::mul) spec.answer_digits = *rc::gen::inRange(0, 2 * spec.digits + 1);
    if (kind != TaskKind::majority && kind != TaskKind::parity) {
      spec.base = *rc::gen::inRange(2, 37);
      spec.padded = *rc::gen::arbitrary<bool>();
      if (spec.answer_digits == 0) spec.digits_per_token = *rc::gen::inRange(1, 4);
    }
    const Task task(spec);
    RC_ASSERT(Task::parse(task.name()) == task);
    RC_ASSERT(Task(task.spec()) == task);
  }));
}

TEST_CASE("an impossible specification says what would be accepted") {
  const auto of = [](const TaskSpec& spec) { return error_of([&] { Task{spec}; }); };
  CHECK(of({.base = 1, .digits = 3}) == "base 1: a base from 2 to 36 is accepted");
  CHECK(of({.base = 37, .digits = 3}) == "base 37: a base from 2 to 36 is accepted");
  CHECK(of({.digits = 0}) == "add: length 0: a length from 1 to 1048576 digits is accepted");
  CHECK(of({.digits = -4}) == "add: length -4: a length from 1 to 1048576 digits is accepted");
  CHECK(of({.digits = 2147483647}) ==
        "add: length 2147483647: a length from 1 to 1048576 digits is accepted");
  CHECK(of({.digits = 3, .addends = 3}) ==
        "add: 3 addends: only iter_add takes a number of addends");
  CHECK(of({.kind = TaskKind::iter_add, .digits = 3}) ==
        "iter_add: 0 addends: from 2 to 1048576 are accepted");
  CHECK(of({.kind = TaskKind::iter_add, .digits = 3, .addends = 1}) ==
        "iter_add: 1 addends: from 2 to 1048576 are accepted");
  CHECK(of({.kind = TaskKind::mul, .digits = 3, .answer_digits = 7}) ==
        "mul: 7 answer digits: from 1 to 2n = 6 are accepted");
  CHECK(of({.kind = TaskKind::mul, .digits = 3, .answer_digits = -1}) ==
        "mul: -1 answer digits: from 1 to 2n = 6 are accepted");
  CHECK(of({.digits = 3, .answer_digits = 4}) ==
        "add: 4 answer digits: only mul takes a number of answer digits");
  CHECK(of({.digits = 3, .digits_per_token = 0}) == "0 digits per token: at least 1 is accepted");
  CHECK(of({.digits = 3, .digits_per_token = 5}) ==
        "5 digits of base 10 per token: at most 65536 different tokens are accepted");
  CHECK(of({.base = 2, .digits = 3, .digits_per_token = 16}) == "no error");
  CHECK(of({.base = 2, .digits = 3, .digits_per_token = 2000000000}) ==
        "2000000000 digits of base 2 per token: at most 65536 different tokens are accepted");
  CHECK(of({.kind = TaskKind::mul, .digits = 4, .answer_digits = 5, .digits_per_token = 2}) ==
        "mul: 5 answer digits: with 2 digits per token a multiple of 2 or 2n = 8 is accepted");
  CHECK(of({.kind = TaskKind::majority, .digits = 4, .digits_per_token = 2}) ==
        "majority: 2 digits per token: only 1 is accepted");
  CHECK(of({.kind = TaskKind::parity, .digits = 4, .padded = false}) ==
        "parity: unpadded: a string of bits keeps its leading zeros");
  CHECK(of({.kind = TaskKind::iter_add, .digits = 1000000, .addends = 1000000}) ==
        "iter_add: a sequence of 1000002000006 tokens: at most 67108864 are accepted");
}

TEST_CASE("an unreadable name says what would be accepted") {
  const auto of = [](std::string_view text) { return error_of([&] { Task::parse(text); }); };
  CHECK(of("sub:p10.n3") ==
        "unknown task 'sub'; accepted are add, iter_add, mul, majority, parity");
  CHECK(of("add:p10") == "add: length 0: a length from 1 to 1048576 digits is accepted");
  CHECK(of("add:p10.q3") ==
        "task 'add:p10.q3': 'q3' is no field; accepted are pBASE, nDIGITS, kADDENDS, "
        "lANSWER_DIGITS, cDIGITS_PER_TOKEN, as in add:p10.n16");
  for (const std::string text :
       {"add:", "add:p10.", "add:.n3", "add:p", "add:p1x", "add:p99999999999", "add:n-3",
        "majority:p2.n3", "add:n3:", "add:n3:lsb", "add:n3:p10", "add:answer_lsb:n3"}) {
    CAPTURE(text);
    CHECK(of(text).starts_with("task '"));
  }
  CHECK(of("add:n3.n4") == "task 'add:n3.n4': field 'n' is given twice");
  const std::string hostile = of("\x1b[31m\n" + std::string(100000, 'x'));
  CHECK(hostile.size() < 200);
  CHECK(hostile.find('\n') == std::string::npos);
  CHECK(hostile.find('\x1b') == std::string::npos);
}
