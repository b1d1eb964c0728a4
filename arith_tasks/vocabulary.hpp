#pragma once
// Tokens: the digits of base P = p^c, then the signs.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arith_tasks/task.hpp"

namespace carrybit {

using Token = std::int32_t;

/// Token numbers: 0..P-1 the digits, then '+', '*', '=' and, for an unpadded task, the end ';'.
/// Every task of one base and c shares the numbering, so that one model can serve several tasks.
class Vocabulary {
 public:
  explicit Vocabulary(const Task& task);

  int size() const { return token_base_ + (has_end_ ? 4 : 3); }
  int token_base() const { return token_base_; }

  Token plus() const { return token_base_; }
  Token times() const { return token_base_ + 1; }
  Token equals() const { return token_base_ + 2; }
  /// Only an unpadded task has an end token.
  Token end() const { return token_base_ + 3; }
  bool has_end() const { return has_end_; }

  bool is_token(Token t) const { return t >= 0 && t < size(); }
  bool is_digit(Token t) const { return t >= 0 && t < token_base_; }
  /// The sign that stands between the operands: '+' or '*'; '=' where there is one operand.
  Token separator(TaskKind kind) const;

  /// A digit token as its c base-p digits ("07" for 7 with c = 2), a sign as itself, "?" for a
  /// number that is no token.
  std::string text(Token t) const;
  /// A row of tokens; a blank stands between tokens where c > 1.
  std::string text(std::span<const Token> tokens) const;

  /// Reads one token's text. Throws BadInput.
  Token token(std::string_view text) const;
  /// Reads text(tokens) back; blanks are skipped. Throws BadInput naming the position (from 1).
  std::vector<Token> tokens(std::string_view text) const;

 private:
  int base_;
  int digits_per_token_;
  int token_base_;
  bool has_end_;
};

/// The character of a base-36 digit, '0'..'9', 'a'..'z'. Needs 0 <= digit < 36.
char digit_char(int digit);

/// The value of a digit character, upper or lower case; -1 if it is none below `base`.
int digit_value(char c, int base);

/// A character as a message shows it: 'x', or '\x0a' where it does not print.
std::string quoted(char c);

/// The digits of a base as a message names them: "0-1", "0-9", "0-9a-f".
std::string digit_range(int base);

}  // namespace carrybit
