#include "arith_tasks/vocabulary.hpp"

#include <fmt/format.h>

#include "precision/error.hpp"

namespace carrybit {

Vocabulary::Vocabulary(const Task& task)
    : base_(task.base()),
      digits_per_token_(task.digits_per_token()),
      token_base_(task.token_base()),
      has_end_(!task.padded()) {}

Token Vocabulary::separator(TaskKind kind) const {
  switch (kind) {
    case TaskKind::add:
    case TaskKind::iter_add: return plus();
    case TaskKind::mul: return times();
    case TaskKind::majority:
    case TaskKind::parity: break;
  }
  return equals();
}

std::string Vocabulary::text(Token t) const {
  if (!is_token(t)) return "?";
  if (!is_digit(t)) return std::string(1, "+*=;"[t - token_base_]);
  std::string out(static_cast<std::size_t>(digits_per_token_), '0');
  for (auto c = out.rbegin(); c != out.rend(); ++c, t /= base_) *c = digit_char(t % base_);
  return out;
}

std::string Vocabulary::text(std::span<const Token> tokens) const {
  std::string out;
  for (const Token t : tokens) {
    if (digits_per_token_ > 1 && !out.empty()) out += ' ';
    out += text(t);
  }
  return out;
}

Token Vocabulary::token(std::string_view text) const {
  const std::vector<Token> all = tokens(text);
  if (all.size() != 1) throw BadInput(fmt::format("{} tokens where one is accepted", all.size()));
  return all[0];
}

std::vector<Token> Vocabulary::tokens(std::string_view text) const {
  constexpr std::string_view signs = "+*=;";
  const auto bad = [&](std::size_t at, std::string_view what) {
    throw BadInput(
        fmt::format("{} at position {}: accepted are tokens of {} digit{} {} and the signs "
                    "{}",
                    what, at + 1, digits_per_token_, digits_per_token_ == 1 ? "" : "s",
                    digit_range(base_), has_end_ ? "+ * = ;" : "+ * ="));
  };
  std::vector<Token> out;
  int value = 0;
  int length = 0;  // digits read of an unfinished token
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (const int digit = digit_value(c, base_); digit >= 0) {
      value = value * base_ + digit;
      if (++length == digits_per_token_) {
        out.push_back(value);
        value = length = 0;
      }
      continue;
    }
    if (length != 0) bad(i, "an unfinished token");
    if (c == ' ') continue;
    const std::size_t sign = signs.find(c);
    if (sign == std::string_view::npos || (c == ';' && !has_end_)) bad(i, quoted(c));
    out.push_back(token_base_ + static_cast<Token>(sign));
  }
  if (length != 0) bad(text.size(), "an unfinished token");
  return out;
}

char digit_char(int digit) { return "0123456789abcdefghijklmnopqrstuvwxyz"[digit]; }

int digit_value(char c, int base) {
  int value = -1;
  if (c >= '0' && c <= '9') value = c - '0';
  if (c >= 'a' && c <= 'z') value = c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') value = c - 'A' + 10;
  return value < base ? value : -1;
}

std::string quoted(char c) {
  if (c >= ' ' && c <= '~') return fmt::format("'{}'", c);
  return fmt::format("'\\x{:02x}'", static_cast<unsigned char>(c));
}

std::string digit_range(int base) {
  if (base <= 10) return fmt::format("0-{}", base - 1);
  return base == 11 ? "0-9a" : fmt::format("0-9a-{}", digit_char(base - 1));
}

}  // namespace carrybit
