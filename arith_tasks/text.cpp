#include "arith_tasks/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "precision/error.hpp"

namespace carrybit {

namespace {

/// The sign between operands; 0 where there is only one.
char sign_of(TaskKind kind) {
  switch (kind) {
    case TaskKind::add:
    case TaskKind::iter_add: return '+';
    case TaskKind::mul: return '*';
    case TaskKind::majority:
    case TaskKind::parity: break;
  }
  return 0;
}

bool is_bits(TaskKind kind) { return sign_of(kind) == 0; }

/// The operands as written, least significant digit first.
std::vector<Digits> split(const TaskSpec& spec, std::string_view text) {
  const char sign = sign_of(spec.kind);
  std::string accepted = fmt::format("base {} digits {}", spec.base, digit_range(spec.base));
  if (sign != 0) accepted += fmt::format(" and '{}'", sign);
  std::string_view body = text;
  while (!body.empty() && body.back() == ' ') body.remove_suffix(1);
  if (!body.empty() && body.back() == '=') body.remove_suffix(1);

  std::vector<Digits> operands(1);
  bool closed = false;  // a blank has ended the operand
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (c == ' ') {
      closed = !operands.back().empty();
    } else if (sign != 0 && c == sign) {
      operands.emplace_back();
      closed = false;
    } else if (const int digit = digit_value(c, spec.base); digit >= 0) {
      if (closed)
        throw BadInput(fmt::format("a blank inside operand {} before position {}: accepted are {}",
                                   operands.size(), i + 1, accepted));
      operands.back().push_back(digit);
    } else {
      throw BadInput(fmt::format("{} at position {}: accepted are {}", quoted(c), i + 1, accepted));
    }
  }
  for (std::size_t x = 0; x < operands.size(); ++x) {
    if (operands[x].empty())
      throw BadInput(fmt::format("operand {} has no digits: at least 1 is accepted, as in {}",
                                 x + 1, sign == 0 ? "10110" : fmt::format("11{}10", sign)));
    std::reverse(operands[x].begin(), operands[x].end());
  }
  return operands;
}

Problem fit(const Task& task, std::vector<Digits> operands) {
  const std::string kind(name(task.kind()));
  if (operands.size() != static_cast<std::size_t>(task.operands()))
    throw BadInput(fmt::format(
        "{} operand{}: {} takes {}{}", operands.size(), operands.size() == 1 ? "" : "s", kind,
        task.operands(),
        sign_of(task.kind()) == 0 ? "" : fmt::format(", joined by '{}'", sign_of(task.kind()))));
  for (std::size_t x = 0; x < operands.size(); ++x) {
    const auto length = static_cast<std::size_t>(task.digits());
    if (is_bits(task.kind()) && operands[x].size() != length)
      throw BadInput(fmt::format("{} bits: {} takes exactly {}", operands[x].size(), kind, length));
    if (operands[x].size() > length)
      throw BadInput(fmt::format("operand {} has {} digits: at most n = {} are accepted", x + 1,
                                 operands[x].size(), length));
    operands[x].resize(length, 0);
  }
  return {.operands = std::move(operands)};
}

}  // namespace

Problem parse_problem(const Task& task, std::string_view text) {
  return fit(task, split(task.spec(), text));
}

ParsedProblem parse_problem(TaskSpec spec, std::string_view text) {
  if (is_bits(spec.kind)) spec.base = 2;
  if (spec.base < 2 || spec.base > Task::max_base) Task{spec};  // throws: before digits are judged
  std::vector<Digits> operands = split(spec, text);
  if (spec.digits == 0) {
    std::size_t longest = 0;
    for (const Digits& operand : operands) longest = std::max(longest, operand.size());
    if (longest > Task::max_digits)
      throw BadInput(fmt::format("an operand has {} digits: at most {} are accepted", longest,
                                 Task::max_digits));
    spec.digits = static_cast<int>(longest);
  }
  if (spec.kind == TaskKind::iter_add && spec.addends == 0)
    spec.addends = static_cast<int>(std::min<std::size_t>(operands.size(), Task::max_addends + 1));
  const Task task(spec);
  Problem problem = fit(task, std::move(operands));
  return {.task = task, .problem = std::move(problem)};
}

std::string to_text(const Task& task, const Problem& problem, bool trimmed) {
  check_problem(task, problem);
  std::string out;
  for (const Digits& operand : problem.operands) {
    if (!out.empty()) out += sign_of(task.kind());
    out += to_text(operand, trimmed && !is_bits(task.kind()));
  }
  return out;
}

std::string to_text(const Digits& digits, bool trimmed) {
  std::size_t count = digits.size();
  while (trimmed && count > 1 && digits[count - 1] == 0) --count;
  std::string out;
  while (count-- > 0) out += digit_char(digits[count]);
  return out;
}

std::string answer_text(const Task& task, std::span<const Token> answer) {
  const Vocabulary vocabulary(task);
  std::vector<std::string> parts;
  for (const Token t : answer) {
    if (vocabulary.has_end() && t == vocabulary.end()) break;
    parts.push_back(vocabulary.text(t));
  }
  if (task.answer_order() == DigitOrder::lsb_first) std::reverse(parts.begin(), parts.end());
  std::string out;
  for (const std::string& part : parts) out += part;
  const auto needed = static_cast<std::size_t>(task.answer_digits());
  if (out.size() > needed && task.digits_per_token() > 1) {
    const std::size_t zeros = out.find_first_not_of('0');
    out.erase(0, std::min(std::min(zeros, out.size()), out.size() - needed));
  }
  return out;
}

}  // namespace carrybit
