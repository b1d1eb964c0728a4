#include "arith_tasks/problem.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "arith_tasks/generators.hpp"
#include "tests/arith_tasks/support.hpp"

using namespace carrybit;
using test::error_of;
using test::value_of;
using test::Wide;

namespace {

// Every problem of the task against machine integers and against the school method.
void check_all(const Task& task) {
  CAPTURE(task.name());
  const std::uint64_t count = problem_count(task).value();
  Wide modulus = 1;
  for (int i = 0; i < task.answer_digits(); ++i) modulus *= static_cast<unsigned>(task.base());
  for (std::uint64_t i = 0; i < count; ++i) {
    const Problem problem = problem_at(task, i);
    const Digits answer = exact_answer(task, problem);
    REQUIRE(answer == test::school_answer(task, problem));
    if (task.kind() == TaskKind::majority || task.kind() == TaskKind::parity) continue;
    Wide expected = task.kind() == TaskKind::mul ? 1 : 0;
    for (const Digits& x : problem.operands) {
      if (task.kind() == TaskKind::mul) {
        expected *= value_of(x, task.base());
      } else {
        expected += value_of(x, task.base());
      }
    }
    if (task.kind() == TaskKind::mul) expected %= modulus;
    REQUIRE((expected < modulus));  // a sum never outgrows its digits
    REQUIRE((value_of(answer, task.base()) == expected));
  }
}

// The largest n with p^(n*operands) <= limit.
int longest(int base, int operands, double limit) {
  int n = 0;
  for (double count = 1; (count *= std::pow(base, operands)) <= limit;) ++n;
  return n;
}

}  // namespace

TEST_CASE("exact answers, exhaustively for small sizes") {
  for (const int p : {2, 3, 10, 36}) {
    for (int n = 1; n <= longest(p, 2, 20000); ++n) {
      check_all(Task::add(p, n));
      for (int l = 1; l <= 2 * n; ++l) check_all(Task::mul(p, n, l));
    }
    for (int k = 2; k <= 9; ++k)
      for (int n = 1; n <= longest(p, k, 20000); ++n) check_all(Task::iter_add(p, n, k));
  }
  for (int n = 1; n <= 13; ++n) {
    check_all(Task::majority(n));
    check_all(Task::parity(n));
  }
}

TEST_CASE("exact answers of long numbers agree with the school method") {
  CHECK(rc::check("GMP and school", [] {
    const int base = *rc::gen::inRange(2, 37);
    const int n = *rc::gen::inRange(1, 60);
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const Task task = *rc::gen::element(
        Task::add(base, n), Task::iter_add(base, n, *rc::gen::inRange(2, 20)),
        Task::mul(base, n, *rc::gen::inRange(1, 2 * n + 1)), Task::majority(n), Task::parity(n));
    const Problem problem = sample(task, Sampling::uniform, seed, 0);
    RC_ASSERT(exact_answer(task, problem) == test::school_answer(task, problem));
  }));
}

TEST_CASE("majority is more than half, not half") {
  const Task even = Task::majority(4);
  CHECK(exact_answer(even, make_problem(even, {0b0011})) == Digits{0});
  CHECK(exact_answer(even, make_problem(even, {0b1011})) == Digits{1});
  const Task odd = Task::majority(5);
  CHECK(exact_answer(odd, make_problem(odd, {0b10010})) == Digits{0});
  CHECK(exact_answer(odd, make_problem(odd, {0b10011})) == Digits{1});
}

TEST_CASE("encoding: worked examples") {
  const auto text = [](const char* name, std::initializer_list<std::uint64_t> operands) {
    const Task task = Task::parse(name);
    return Vocabulary(task).text(encode(task, make_problem(task, operands)).sequence());
  };
  CHECK(text("add:p10.n3", {314, 27}) == "314+027=0341");
  CHECK(text("add:p10.n3:answer_lsb", {314, 27}) == "314+027=1430");
  CHECK(text("add:p10.n3:operands_lsb", {314, 27}) == "413+720=0341");
  CHECK(text("add:p10.n3:unpadded", {314, 27}) == "314+27=341;");
  CHECK(text("add:p10.n3:unpadded:answer_lsb:operands_lsb", {310, 27}) == "013+72=733;");
  CHECK(text("add:p10.n3:unpadded", {0, 0}) == "0+0=0;");
  CHECK(text("add:p10.n3.c2", {314, 27}) == "03 14 + 00 27 = 00 03 41");
  CHECK(text("add:p10.n3.c2:answer_lsb", {314, 27}) == "03 14 + 00 27 = 41 03 00");
  CHECK(text("add:p10.n3.c2:unpadded", {314, 27}) == "03 14 + 27 = 03 41 ;");
  CHECK(text("iter_add:p10.n2.k3", {99, 99, 99}) == "99+99+99=297");
  CHECK(text("mul:p10.n2.l4", {99, 12}) == "99*12=1188");
  CHECK(text("mul:p10.n2.l2", {99, 12}) == "99*12=88");
  CHECK(text("mul:p16.n2.l4", {255, 255}) == "ff*ff=fe01");
  CHECK(text("majority:n5", {0b10110}) == "10110=1");
  CHECK(text("parity:n5", {0b10111}) == "10111=0");
}

TEST_CASE("an encoded answer decodes to the exact digits") {
  CHECK(rc::check("decode(encode) = exact", [] {
    TaskSpec spec{.base = *rc::gen::inRange(2, 37), .digits = *rc::gen::inRange(1, 30)};
    spec.kind = *rc::gen::element(TaskKind::add, TaskKind::iter_add, TaskKind::mul);
    if (spec.kind == TaskKind::iter_add) spec.addends = *rc::gen::inRange(2, 40);
    spec.digits_per_token = *rc::gen::inRange(1, 4);
    spec.padded = *rc::gen::arbitrary<bool>();
    spec.answer_order = *rc::gen::element(DigitOrder::msb_first, DigitOrder::lsb_first);
    spec.operand_order = *rc::gen::element(DigitOrder::msb_first, DigitOrder::lsb_first);
    const Task task(spec);
    const Problem problem =
        sample(task, Sampling::lengths, *rc::gen::arbitrary<std::uint64_t>(), 0);
    const Encoded encoded = encode(task, problem);
    RC_ASSERT(encoded.prompt == encode_prompt(task, problem));
    RC_ASSERT(static_cast<int>(encoded.sequence().size()) <= task.sequence_tokens());
    if (task.padded()) {
      RC_ASSERT(static_cast<int>(encoded.prompt.size()) == task.prompt_tokens());
      RC_ASSERT(static_cast<int>(encoded.answer.size()) == task.answer_tokens());
    }
    Digits decoded = decode_answer(task, encoded.answer);
    Digits exact = exact_answer(task, problem);
    const std::size_t size = std::max(decoded.size(), exact.size());
    decoded.resize(size, 0);
    exact.resize(size, 0);
    RC_ASSERT(decoded == exact);
  }));
  const Task task = Task::parse("add:p10.n2:unpadded");
  const Vocabulary v(task);
  CHECK(decode_answer(task, std::vector<Token>{4, 2, v.end(), 9}) == Digits{2, 4});
  CHECK(error_of([&] {
          decode_answer(task, std::vector<Token>{4, v.plus()});
        }) == "answer token 2 is '+' (10), not a digit");
  CHECK(error_of([&] { decode_answer(task, std::vector<Token>{-7}); }) ==
        "answer token 1 is '?' (-7), not a digit");
}

TEST_CASE("the token answer of a task is the answer of the same task in base P") {
  // c = 3, base 2, against c = 1, base 8: the same tokens but for the signs' numbers.
  const Task fine = Task::parse("iter_add:p2.n9.k5.c3");
  const Task coarse = Task::parse("iter_add:p8.n3.k5");
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Problem problem = sample(coarse, Sampling::uniform, 1, i);
    Problem split;
    for (const Digits& x : problem.operands) {
      Digits bits;
      for (const int digit : x)
        for (int b = 0; b < 3; ++b) bits.push_back(digit >> b & 1);
      split.operands.push_back(bits);
    }
    CHECK(encode(fine, split) == encode(coarse, problem));
  }
}

TEST_CASE("carries and chains") {
  const Task task = Task::add(10, 4);
  const auto chain = [&](std::uint64_t a, std::uint64_t b) {
    return longest_carry_chain(task, make_problem(task, {a, b}));
  };
  CHECK(chain(1234, 4321) == 0);
  CHECK(chain(9999, 0) == 0);
  CHECK(chain(9999, 1) == 4);
  CHECK(chain(5, 5) == 1);
  CHECK(chain(95, 5) == 2);
  CHECK(chain(9009, 1001) == 1);
  CHECK(chain(9999, 9999) == 1);
  CHECK(chain(9909, 101) == 2);
  CHECK(carries(task, make_problem(task, {9999, 1})) == std::vector<std::int64_t>{0, 1, 1, 1, 1});
  CHECK(error_of([] {
          longest_carry_chain(Task::mul(10, 2), make_problem(Task::mul(10, 2), {1, 2}));
        }) == "longest_carry_chain: mul:p10.n2.l4: only add is accepted");
  CHECK(error_of([] {
          carries(Task::mul(10, 2), make_problem(Task::mul(10, 2), {1, 2}));
        }) == "carries: mul:p10.n2.l4: only add and iter_add are accepted");

  CHECK(rc::check("answer digit i = column sum + carry in, mod p", [] {
    const int p = *rc::gen::inRange(2, 37);
    const Task sum = Task::iter_add(p, *rc::gen::inRange(1, 20), *rc::gen::inRange(2, 30));
    const Problem problem =
        sample(sum, Sampling::carry_heavy, *rc::gen::arbitrary<std::uint64_t>(), 0);
    const Digits answer = exact_answer(sum, problem);
    const std::vector<std::int64_t> c = carries(sum, problem);
    RC_ASSERT(c.size() == answer.size());
    for (std::size_t i = 0; i < answer.size(); ++i) {
      std::int64_t column = c[i];
      if (i < static_cast<std::size_t>(sum.digits()))
        for (const Digits& x : problem.operands) column += x[i];
      RC_ASSERT(column % p == answer[i]);
    }
  }));
}

TEST_CASE("a problem that does not fit its task is refused") {
  const Task task = Task::add(10, 2);
  CHECK(error_of([&] {
          make_problem(task, {1, 100});
        }) == "operand 2: more than the 2 base 10 digits of add:p10.n2");
  CHECK(error_of([&] { make_problem(task, {1}); }) ==
        "add:p10.n2: 1 operands where 2 are accepted");
  CHECK(error_of([&] {
          exact_answer(task, {{{1, 2}, {1, 2, 3}}});
        }) == "add:p10.n2: operand 2 has 3 digits where 2 are accepted");
  CHECK(error_of([&] {
          exact_answer(task, {{{1, 2}, {10, 3}}});
        }) == "add:p10.n2: digit 0 of operand 2 is 10: from 0 to 9 are accepted");
  CHECK(error_of([&] {
          encode_prompt(task, {{{1, -1}, {1, 3}}});
        }) == "add:p10.n2: digit 1 of operand 1 is -1: from 0 to 9 are accepted");
}
