#pragma once
// Where everything stands in a padded sequence: what each position holds, and which answer token it
// predicts. Positions count from 0 at the first prompt token; places are powers of P, 0 the least.

#include <cstdint>
#include <string>

#include "arith_tasks/task.hpp"

namespace carrybit {

enum class TokenRole : std::uint8_t { operand, separator, equals, answer };

/// What the token at one position is.
struct TokenPlace {
  TokenRole role = TokenRole::operand;
  int operand = -1;  // operand: which one; separator: the operand it follows; else -1
  int place = -1;    // operand, answer: the power of P the token stands for; else -1

  bool operator==(const TokenPlace&) const = default;
};

/// The role of a position, 0 <= position < task.sequence_tokens(). Throws BadInput beyond that, and
/// for an unpadded task, where roles depend on the problem.
TokenPlace place_at(const Task& task, int position);

/// The position of digit `place` of operand `operand`. Throws BadInput out of range or unpadded.
int operand_position(const Task& task, int operand, int place);

/// The position of the token of answer place `place`. The position before it predicts it.
/// Throws BadInput out of range or unpadded.
int answer_position(const Task& task, int place);

/// The power of P of the index-th answer token as it is written (0 the first). Throws BadInput.
int answer_place(const Task& task, int index);

/// The answer place that the token at `position` predicts; -1 if it predicts none (inside the
/// prompt). Throws BadInput out of range or unpadded.
int predicted_place(const Task& task, int position);

/// "digit 3 of operand 1", "sign after operand 1", "'='", "digit 0 of the answer"; "digit" is
/// "token" where c > 1. Operands count from 1 in words.
std::string describe(const Task& task, int position);

}  // namespace carrybit
