#pragma once
// One problem of a task, its exact answer, and both as tokens.

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "arith_tasks/task.hpp"
#include "arith_tasks/vocabulary.hpp"

namespace carrybit {

/// Digits of a number, LEAST SIGNIFICANT FIRST, whatever order its tokens are written in.
using Digits = std::vector<int>;

/// Operands of a task as base-p digits: task.operands() of them, each of exactly task.digits()
/// digits. For majority and parity the one operand is the string of bits, its last bit at index 0.
struct Problem {
  std::vector<Digits> operands;

  bool operator==(const Problem&) const = default;
};

/// A problem from numbers. Throws BadInput where their count is wrong or one does not fit.
Problem make_problem(const Task& task, std::initializer_list<std::uint64_t> operands);

/// Throws BadInput, one line, unless the problem has the task's shape and every digit its base.
void check_problem(const Task& task, const Problem& problem);

/// The exact answer, task.answer_digits() base-p digits, least significant first, computed by GMP.
/// Throws BadInput where check_problem() does.
Digits exact_answer(const Task& task, const Problem& problem);

/// A problem as a transformer reads and writes it.
struct Encoded {
  std::vector<Token> prompt;  // operands and signs, '=' last: task.prompt_tokens() when padded
  std::vector<Token> answer;  // task.answer_tokens() when padded; unpadded: the end token closes it

  bool operator==(const Encoded&) const = default;
  /// Prompt and answer in one row.
  std::vector<Token> sequence() const;
};

/// Tokens of the prompt alone.
std::vector<Token> encode_prompt(const Task& task, const Problem& problem);
/// Tokens of the prompt and of the exact answer.
Encoded encode(const Task& task, const Problem& problem);

/// Base-p digits of a row of answer tokens, least significant first, c for each token; an end token
/// and what follows it are dropped. Throws BadInput naming a token that is no digit.
Digits decode_answer(const Task& task, std::span<const Token> answer);

/// Carries of add and iter_add by the school method: element i is the carry into base-p digit i of
/// the answer (element 0 is 0), task.answer_digits() of them. Throws BadInput for other tasks.
std::vector<std::int64_t> carries(const Task& task, const Problem& problem);

/// Length of the longest carry chain of an add problem: the digit that generates a carry and all
/// the propagating digits directly above it. 0 without any carry, n for (p^n - 1) + 1. Throws
/// BadInput for other tasks.
int longest_carry_chain(const Task& task, const Problem& problem);

}  // namespace carrybit
