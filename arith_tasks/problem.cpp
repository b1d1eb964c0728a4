#include "arith_tasks/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "arith_tasks/integer.hpp"
#include "precision/error.hpp"

namespace carrybit {

namespace {

// The digit tokens of a number: `count` of them, missing high digits being zero.
std::vector<Token> pack(const Task& task, const Digits& digits, int count) {
  const int c = task.digits_per_token();
  std::vector<Token> out(static_cast<std::size_t>(count), 0);
  for (std::size_t i = digits.size(); i-- > 0;) {
    Token& t = out[i / static_cast<std::size_t>(c)];
    t = t * task.base() + digits[i];
  }
  return out;
}

// Appends the number in the order asked for, without leading zero tokens unless padded.
void append_number(const Task& task, std::vector<Token> number, DigitOrder order,
                   std::vector<Token>& out) {
  if (!task.padded())
    while (number.size() > 1 && number.back() == 0) number.pop_back();
  if (order == DigitOrder::msb_first) std::reverse(number.begin(), number.end());
  out.insert(out.end(), number.begin(), number.end());
}

}  // namespace

Problem make_problem(const Task& task, std::initializer_list<std::uint64_t> operands) {
  Problem problem;
  for (std::uint64_t value : operands) {
    Digits digits;
    for (int i = 0; i < task.digits(); ++i, value /= static_cast<std::uint64_t>(task.base()))
      digits.push_back(static_cast<int>(value % static_cast<std::uint64_t>(task.base())));
    if (value != 0)
      throw BadInput(fmt::format("operand {}: more than the {} base {} digits of {}",
                                 problem.operands.size() + 1, task.digits(), task.base(),
                                 task.name()));
    problem.operands.push_back(std::move(digits));
  }
  check_problem(task, problem);
  return problem;
}

void check_problem(const Task& task, const Problem& problem) {
  if (problem.operands.size() != static_cast<std::size_t>(task.operands()))
    throw BadInput(fmt::format("{}: {} operands where {} are accepted", task.name(),
                               problem.operands.size(), task.operands()));
  for (std::size_t x = 0; x < problem.operands.size(); ++x) {
    const Digits& operand = problem.operands[x];
    if (operand.size() != static_cast<std::size_t>(task.digits()))
      throw BadInput(fmt::format("{}: operand {} has {} digits where {} are accepted", task.name(),
                                 x + 1, operand.size(), task.digits()));
    for (std::size_t i = 0; i < operand.size(); ++i)
      if (operand[i] < 0 || operand[i] >= task.base())
        throw BadInput(fmt::format("{}: digit {} of operand {} is {}: from 0 to {} are accepted",
                                   task.name(), i, x + 1, operand[i], task.base() - 1));
  }
}

Digits exact_answer(const Task& task, const Problem& problem) {
  check_problem(task, problem);
  const int base = task.base();
  const auto& operands = problem.operands;
  mpz_class value = 0;
  switch (task.kind()) {
    case TaskKind::add:
    case TaskKind::iter_add:
      for (const Digits& operand : operands) value += gmp::to_integer(operand, base);
      break;
    case TaskKind::mul:
      value = gmp::to_integer(operands[0], base) * gmp::to_integer(operands[1], base);
      break;
    case TaskKind::majority:
    case TaskKind::parity: {
      const int ones = std::accumulate(operands[0].begin(), operands[0].end(), 0);
      value = task.kind() == TaskKind::majority ? int{2 * ones > task.digits()} : ones % 2;
      break;
    }
  }
  return gmp::to_digits(value, base, task.answer_digits());  // keeps the low l digits of a product
}

std::vector<Token> Encoded::sequence() const {
  std::vector<Token> all = prompt;
  all.insert(all.end(), answer.begin(), answer.end());
  return all;
}

std::vector<Token> encode_prompt(const Task& task, const Problem& problem) {
  check_problem(task, problem);
  const Vocabulary vocabulary(task);
  std::vector<Token> out;
  out.reserve(static_cast<std::size_t>(task.prompt_tokens()));
  for (const Digits& operand : problem.operands) {
    if (!out.empty()) out.push_back(vocabulary.separator(task.kind()));
    append_number(task, pack(task, operand, task.operand_tokens()), task.operand_order(), out);
  }
  out.push_back(vocabulary.equals());
  return out;
}

Encoded encode(const Task& task, const Problem& problem) {
  Encoded out{.prompt = encode_prompt(task, problem), .answer = {}};
  append_number(task, pack(task, exact_answer(task, problem), task.answer_tokens()),
                task.answer_order(), out.answer);
  if (!task.padded()) out.answer.push_back(Vocabulary(task).end());
  return out;
}

Digits decode_answer(const Task& task, std::span<const Token> answer) {
  const Vocabulary vocabulary(task);
  if (vocabulary.has_end())
    answer = answer.first(static_cast<std::size_t>(
        std::find(answer.begin(), answer.end(), vocabulary.end()) - answer.begin()));
  std::vector<Token> number(answer.begin(), answer.end());
  for (std::size_t i = 0; i < number.size(); ++i)
    if (!vocabulary.is_digit(number[i]))
      throw BadInput(fmt::format("answer token {} is '{}' ({}), not a digit", i + 1,
                                 vocabulary.text(number[i]), number[i]));
  if (task.answer_order() == DigitOrder::msb_first) std::reverse(number.begin(), number.end());
  Digits out;
  for (Token t : number)
    for (int i = 0; i < task.digits_per_token(); ++i, t /= task.base())
      out.push_back(t % task.base());
  return out;
}

std::vector<std::int64_t> carries(const Task& task, const Problem& problem) {
  if (task.kind() != TaskKind::add && task.kind() != TaskKind::iter_add)
    throw BadInput(fmt::format("carries: {}: only add and iter_add are accepted", task.name()));
  check_problem(task, problem);
  std::vector<std::int64_t> out{0};
  for (std::size_t i = 0; i + 1 < static_cast<std::size_t>(task.answer_digits()); ++i) {
    std::int64_t sum = out.back();
    if (i < static_cast<std::size_t>(task.digits()))
      for (const Digits& operand : problem.operands) sum += operand[i];
    out.push_back(sum / task.base());
  }
  return out;
}

int longest_carry_chain(const Task& task, const Problem& problem) {
  if (task.kind() != TaskKind::add)
    throw BadInput(fmt::format("longest_carry_chain: {}: only add is accepted", task.name()));
  check_problem(task, problem);
  int longest = 0;
  int chain = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(task.digits()); ++i) {
    const int sum = problem.operands[0][i] + problem.operands[1][i];
    if (sum >= task.base()) {
      chain = 1;
    } else if (sum < task.base() - 1 || chain == 0) {
      chain = 0;
    } else {
      ++chain;
    }
    longest = std::max(longest, chain);
  }
  return longest;
}

}  // namespace carrybit
