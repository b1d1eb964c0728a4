#pragma once
// Problems and answers as people write them: "314159+271828", "12*34", "1+2+3", "10110"; numbers
// most significant digit first, in base p with digits 0-9a-z, whatever order the tokens are in.

#include <span>
#include <string>
#include <string_view>

#include "arith_tasks/problem.hpp"
#include "arith_tasks/task.hpp"

namespace carrybit {

/// Reads a problem of `task`. Shorter operands are zero-padded (majority and parity take exactly n
/// bits); blanks around operands, upper case and one '=' at the end are accepted. Throws BadInput
/// naming the operand, or the character and its position (from 1), and what would be accepted.
Problem parse_problem(const Task& task, std::string_view text);

struct ParsedProblem {
  Task task;
  Problem problem;
};

/// The same where lengths may be missing from the specification: digits == 0 takes the length of
/// the longest operand as written, addends == 0 the number of operands of iter_add.
ParsedProblem parse_problem(TaskSpec spec, std::string_view text);

/// "000012+000345"; with trimmed, "12+345" (bits of majority and parity are never trimmed).
std::string to_text(const Task& task, const Problem& problem, bool trimmed = false);

/// Digits, least significant first, as text, most significant first; trimmed drops leading zeros.
std::string to_text(const Digits& digits, bool trimmed = false);

/// Answer tokens of any provenance as a number, most significant first: what is no digit token
/// shows as its sign or '?', an end token and what follows it is left out. High zeros that only
/// fill the top token (c > 1) are dropped down to task.answer_digits() digits.
std::string answer_text(const Task& task, std::span<const Token> answer);

}  // namespace carrybit
