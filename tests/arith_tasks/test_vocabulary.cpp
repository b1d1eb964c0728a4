#include "arith_tasks/vocabulary.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "tests/arith_tasks/support.hpp"

using namespace carrybit;
using test::error_of;

TEST_CASE("digits come first, then + * = and the end") {
  const Vocabulary v(Task::add(10, 3));
  CHECK(v.size() == 13);
  CHECK(v.plus() == 10);
  CHECK(v.times() == 11);
  CHECK(v.equals() == 12);
  CHECK_FALSE(v.has_end());
  CHECK_FALSE(v.is_token(13));
  CHECK_FALSE(v.is_token(-1));
  CHECK(v.is_digit(9));
  CHECK_FALSE(v.is_digit(10));
  CHECK(v.text(7) == "7");
  CHECK(v.text(v.equals()) == "=");
  CHECK(v.text(13) == "?");
  CHECK(v.text(-1) == "?");
  CHECK(Vocabulary(Task::mul(10, 3)).separator(TaskKind::mul) == 11);

  const Vocabulary open(Task::parse("add:p10.n3:unpadded"));
  CHECK(open.size() == 14);
  CHECK(open.text(open.end()) == ";");
}

TEST_CASE("every token's text reads back, alone and in a row") {
  for (const char* name : {"add:p2.n3", "add:p10.n3", "add:p36.n3", "add:p10.n4.c2", "add:p2.n9.c5",
                           "add:p36.n3.c3:unpadded", "add:p16.n9.c4"}) {
    const Vocabulary v(Task::parse(name));
    std::vector<Token> all(static_cast<std::size_t>(v.size()));
    std::iota(all.begin(), all.end(), 0);
    for (const Token t : all) REQUIRE(v.token(v.text(t)) == t);
    CHECK(v.tokens(v.text(all)) == all);
  }
  const Vocabulary v(Task::parse("add:p10.n4.c2"));
  CHECK(v.text(7) == "07");
  CHECK(v.text(std::vector<Token>{12, 7, v.plus(), 0}) == "12 07 + 00");
  CHECK(v.tokens("1207+00") == std::vector<Token>{12, 7, 100, 0});
}

TEST_CASE("text that is no token names the position") {
  const Vocabulary v(Task::parse("add:p2.n4.c2"));
  CHECK(error_of([&] { v.tokens("01 2"); }) ==
        "'2' at position 4: accepted are tokens of 2 digits 0-1 and the signs + * =");
  CHECK(
      error_of([&] { v.tokens("01 1"); }) ==
      "an unfinished token at position 5: accepted are tokens of 2 digits 0-1 and the signs + * =");
  CHECK(error_of([&] { v.tokens("1+1"); }).starts_with("an unfinished token at position 2:"));
  CHECK(error_of([&] { v.tokens("01;"); }).starts_with("';' at position 3:"));
  CHECK(error_of([&] { v.tokens("01\n"); }).starts_with("'\\x0a' at position 3:"));
  CHECK(error_of([&] { v.token("0111"); }) == "2 tokens where one is accepted");
  CHECK(error_of([&] { v.token(""); }) == "0 tokens where one is accepted");
}

TEST_CASE("characters and digits") {
  CHECK(digit_value('z', 36) == 35);
  CHECK(digit_value('Z', 36) == 35);
  CHECK(digit_value('z', 35) == -1);
  CHECK(digit_value('2', 2) == -1);
  CHECK(digit_value('+', 36) == -1);
  for (int d = 0; d < 36; ++d) CHECK(digit_value(digit_char(d), 36) == d);
  CHECK(digit_range(2) == "0-1");
  CHECK(digit_range(10) == "0-9");
  CHECK(digit_range(11) == "0-9a");
  CHECK(digit_range(16) == "0-9a-f");
  CHECK(quoted('\xff') == "'\\xff'");
}
