#include "arith_tasks/layout.hpp"

#include <fmt/format.h>

#include "precision/error.hpp"

namespace carrybit {

namespace {

void check_range(const Task& task, std::string_view what, int value, int count) {
  if (value < 0 || value >= count)
    throw BadInput(
        fmt::format("{}: {} {}: from 0 to {} is accepted", task.name(), what, value, count - 1));
}

// Without padding, a position's role depends on the problem.
void need_padded(const Task& task) {
  if (!task.padded())
    throw BadInput(fmt::format("{}: only a padded task has a fixed layout", task.name()));
}

// A place to an offset in a number of `tokens` tokens, and back: the map is its own inverse.
int offset(DigitOrder order, int tokens, int place) {
  return order == DigitOrder::msb_first ? tokens - 1 - place : place;
}

}  // namespace

TokenPlace place_at(const Task& task, int position) {
  need_padded(task);
  check_range(task, "position", position, task.sequence_tokens());
  if (position >= task.prompt_tokens())
    return {.role = TokenRole::answer,
            .place = answer_place(task, position - task.prompt_tokens())};
  const int n = task.operand_tokens();
  const int operand = position / (n + 1);
  const int within = position % (n + 1);
  if (within < n)
    return {.role = TokenRole::operand,
            .operand = operand,
            .place = offset(task.operand_order(), n, within)};
  if (operand == task.operands() - 1) return {.role = TokenRole::equals};
  return {.role = TokenRole::separator, .operand = operand};
}

int operand_position(const Task& task, int operand, int place) {
  need_padded(task);
  check_range(task, "operand", operand, task.operands());
  check_range(task, "place", place, task.operand_tokens());
  return operand * (task.operand_tokens() + 1) +
         offset(task.operand_order(), task.operand_tokens(), place);
}

int answer_position(const Task& task, int place) {
  need_padded(task);
  check_range(task, "answer place", place, task.answer_tokens());
  return task.prompt_tokens() + offset(task.answer_order(), task.answer_tokens(), place);
}

int answer_place(const Task& task, int index) {
  need_padded(task);
  check_range(task, "answer token", index, task.answer_tokens());
  return offset(task.answer_order(), task.answer_tokens(), index);
}

int predicted_place(const Task& task, int position) {
  need_padded(task);
  check_range(task, "position", position, task.sequence_tokens());
  const int index = position + 1 - task.prompt_tokens();
  return index < 0 || index >= task.answer_tokens() ? -1 : answer_place(task, index);
}

std::string describe(const Task& task, int position) {
  const TokenPlace at = place_at(task, position);
  const char* const unit = task.digits_per_token() == 1 ? "digit" : "token";
  switch (at.role) {
    case TokenRole::operand:
      return fmt::format("{} {} of operand {}", unit, at.place, at.operand + 1);
    case TokenRole::separator: return fmt::format("sign after operand {}", at.operand + 1);
    case TokenRole::equals: return "'='";
    case TokenRole::answer: break;
  }
  return fmt::format("{} {} of the answer", unit, at.place);
}

}  // namespace carrybit
