// Laws of width: values against the same expressions in C++, and one line for everything that is no
// law.

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "experiments/law.hpp"
#include "precision/error.hpp"

using namespace carrybit;

namespace {

const LawVariables variables = {{"n", 12}, {"k", 5}, {"p", 10}, {"T", 38}};

double value(std::string_view law) { return evaluate_law(law, variables); }

/// The message for what is no law; "" for what is one.
std::string refusal(std::string_view law) {
  try {
    (void)evaluate_law(law, variables);
  } catch (const BadInput& error) {
    return error.what();
  }
  return "";
}

void check_refused(std::string_view law, std::string_view why) {
  const std::string message = refusal(law);
  INFO(law, ": ", message);
  CHECK(message.find(why) != std::string::npos);
  CHECK(message.find('\n') == std::string::npos);
  CHECK(message.size() < 400);
}

}  // namespace

TEST_CASE("numbers and variables") {
  CHECK(value("8") == 8);
  CHECK(value(" 8 ") == 8);
  CHECK(value("0.5") == 0.5);
  CHECK(value(".5") == 0.5);
  CHECK(value("1e2") == 100);
  CHECK(value("n") == 12);
  CHECK(value("k+p+T") == 53);
  CHECK(evaluate_law("a", {{"a", 0.25}}) == 0.25);
}

TEST_CASE("operations bind as in mathematics") {
  CHECK(value("1+2*3") == 7);
  CHECK(value("(1+2)*3") == 9);
  CHECK(value("10-4-3") == 3);
  CHECK(value("16/4/2") == 2);
  CHECK(value("2*n+3") == 27);
  CHECK(value("2^3^2") == 512);
  CHECK(value("-2^2") == -4);
  CHECK(value("(-2)^2") == 4);
  CHECK(value("2^-1") == 0.5);
  CHECK(value("2*-3") == -6);
  CHECK(value("1--1") == 2);
  CHECK(value("-n+n") == 0);
  CHECK(value("2^3*2") == 16);
  CHECK(value("2 * log2 ( n ) + 3") == 2 * std::log2(12.0) + 3);
}

TEST_CASE("functions") {
  CHECK(value("log2(8)") == 3);
  CHECK(value("log2(n)") == std::log2(12.0));
  CHECK(value("sqrt(n)") == std::sqrt(12.0));
  CHECK(value("ceil(log2(n))") == 4);
  CHECK(value("floor(log2(n))") == 3);
  CHECK(value("min(n, k)") == 5);
  CHECK(value("max(n,k)") == 12);
  CHECK(value("ceil(log2(k)) + log2(T)") == 3 + std::log2(38.0));
  CHECK(value("max(2*log2(n)+3, min(4, ceil(k/2)))") == 2 * std::log2(12.0) + 3);
}

TEST_CASE("what is no law is refused in one line that says why") {
  check_refused("", "it ends too early");
  check_refused("   ", "it ends too early");
  check_refused("2*", "it ends too early");
  check_refused("2+*3", "'*3' was not expected");
  check_refused("2n", "'n' was not expected");
  check_refused("2 log2(n)", "'log2(n)' was not expected");
  check_refused("(2", "a ')' is missing");
  check_refused("2)", "')' was not expected");
  check_refused("m", "'m' is no variable");
  check_refused("N", "'N' is no variable");
  check_refused("log(n)", "there is no function log of 1 argument;");
  check_refused("log2(n,k)", "there is no function log2 of 2 arguments");
  check_refused("min(n)", "there is no function min of 1 argument;");
  check_refused("min()", "')' was not expected");
  check_refused("log2", "'log2' is no variable");
  check_refused("1e999", "is no number");
  check_refused(".", "is no number");
  check_refused("1..2", "'.2' was not expected");
  check_refused("n;rm", "';rm' was not expected");
  check_refused("n\nk", "'?k' was not expected");
  check_refused("\x1b[2J", "was not expected");
  check_refused(std::string(100000, 'x'), "is no variable");
  check_refused("2" + std::string(100000, ')'), "was not expected");
  check_refused(std::string("2\0n", 3), "was not expected");
  // The accepted names are those of the caller.
  CHECK(refusal("q").find("accepted: numbers, T, k, n, p, + - * / ^") != std::string::npos);
}

TEST_CASE("a law without a finite value is refused") {
  for (const char* law : {"1/0", "log2(0)", "log2(0-1)", "sqrt(0-1)", "2^n^n^n", "0/0", "1/0-1/0",
                          "min(0/0, 3)", "min(3, 0/0)", "max(sqrt(-1), 3)"}) {
    check_refused(law, "has no finite value here");
  }
}

TEST_CASE("nesting bombs are refused, not run") {
  for (const std::string& piece :
       {std::string("("), std::string("-"), std::string("2^"), std::string("ceil("),
        std::string("min(1,"), std::string("-(")}) {
    std::string bomb;
    for (int i = 0; i < 200000; ++i) {
      bomb += piece;
    }
    check_refused(bomb + "1", "it is nested too deeply");
  }
  // Length alone is no nesting.
  std::string sum = "1";
  for (int i = 0; i < 50000; ++i) {
    sum += "+1-1*1";
  }
  CHECK(value(sum) == 1);
  CHECK(value(std::string(40, '(') + "n" + std::string(40, ')')) == 12);
}

TEST_CASE("a width is the law rounded up, rounding errors forgiven") {
  const auto width = [](std::string_view law) { return evaluate_width_law(law, variables); };
  CHECK(width("8") == 8);
  CHECK(width("7.2") == 8);
  CHECK(width("log2(n)") == 4);
  CHECK(width("2*log2(n)+3") == 11);
  CHECK(evaluate_width_law("log2(n)", {{"n", 1024}}) == 10);
  CHECK(evaluate_width_law("3*(n/3)", {{"n", 7}}) == 7);
  CHECK(evaluate_width_law("log2(n)/log2(10)", {{"n", 1000}}) == 3);
  CHECK(width("8+2^-31") == 8);
  CHECK(width("8+2^-29") == 9);
  CHECK(width("8192") == 8192);
  for (const char* law : {"0", "0-5", "-1", "8193", "2^60", "1e300"}) {
    CHECK_THROWS_AS(width(law), BadInput);
  }
  CHECK_THROWS_WITH_AS(width("n-12"),
                       "the law 'n-12' gives a width of 0: accepted are 1 to 8192 bits", BadInput);
}
