#include "arith_tasks/task.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <system_error>
#include <vector>

#include "precision/error.hpp"

namespace carrybit {

namespace {

constexpr std::array<std::string_view, 5> kind_names = {"add", "iter_add", "mul", "majority",
                                                        "parity"};

bool over_bits(TaskKind kind) { return kind == TaskKind::majority || kind == TaskKind::parity; }

int ceil_div(int a, int b) { return (a + b - 1) / b; }

// What was typed, fit for a one-line message.
std::string shown(std::string_view text) {
  constexpr std::size_t most = 60;
  std::string out;
  for (const char c : text.substr(0, most)) out += c >= ' ' && c <= '~' ? c : '?';
  return text.size() > most ? out + "..." : out;
}

void check_spec(const TaskSpec& s) {
  const std::string_view kind = name(s.kind);
  if (s.base < 2 || s.base > Task::max_base)
    throw BadInput(fmt::format("base {}: a base from 2 to {} is accepted", s.base, Task::max_base));
  if (s.digits < 1 || s.digits > Task::max_digits)
    throw BadInput(fmt::format("{}: length {}: a length from 1 to {} digits is accepted", kind,
                               s.digits, Task::max_digits));
  if (s.kind == TaskKind::iter_add) {
    if (s.addends < 2 || s.addends > Task::max_addends)
      throw BadInput(fmt::format("iter_add: {} addends: from 2 to {} are accepted", s.addends,
                                 Task::max_addends));
  } else if (s.addends != 0 && !(s.kind == TaskKind::add && s.addends == 2)) {
    throw BadInput(
        fmt::format("{}: {} addends: only iter_add takes a number of addends", kind, s.addends));
  }
  if (s.kind == TaskKind::mul) {
    // Compared without forming 2n from a hostile n: n <= max_digits holds by now.
    if (s.answer_digits < 0 || s.answer_digits > 2 * s.digits)
      throw BadInput(fmt::format("mul: {} answer digits: from 1 to 2n = {} are accepted",
                                 s.answer_digits, 2 * s.digits));
  } else if (s.answer_digits != 0) {
    throw BadInput(fmt::format("{}: {} answer digits: only mul takes a number of answer digits",
                               kind, s.answer_digits));
  }
  if (s.digits_per_token < 1)
    throw BadInput(fmt::format("{} digits per token: at least 1 is accepted", s.digits_per_token));
  std::int64_t tokens = 1;
  for (int i = 0; i < s.digits_per_token; ++i)
    if ((tokens *= s.base) > Task::max_token_base)
      throw BadInput(
          fmt::format("{} digits of base {} per token: at most {} different tokens are "
                      "accepted",
                      s.digits_per_token, s.base, Task::max_token_base));
  // A truncation inside a token would ask for an answer that is no truncation in base P.
  if (s.kind == TaskKind::mul && s.answer_digits != 0 && s.answer_digits != 2 * s.digits &&
      s.answer_digits % s.digits_per_token != 0)
    throw BadInput(
        fmt::format("mul: {} answer digits: with {} digits per token a multiple of {} or "
                    "2n = {} is accepted",
                    s.answer_digits, s.digits_per_token, s.digits_per_token, 2 * s.digits));
  if (over_bits(s.kind)) {
    if (s.digits_per_token != 1)
      throw BadInput(
          fmt::format("{}: {} digits per token: only 1 is accepted", kind, s.digits_per_token));
    if (!s.padded)
      throw BadInput(fmt::format("{}: unpadded: a string of bits keeps its leading zeros", kind));
  }
}

// One field of a name ("p10") into the specification.
void read_field(TaskSpec& spec, std::string_view field, std::string_view whole) {
  int value = 0;
  bool number = false;
  if (field.size() > 1) {
    const char* const end = field.data() + field.size();
    const auto [stopped, error] = std::from_chars(field.data() + 1, end, value);
    number = error == std::errc{} && stopped == end && value >= 0;
  }
  int* target = nullptr;
  if (number) {
    switch (field[0]) {
      case 'p': target = over_bits(spec.kind) ? nullptr : &spec.base; break;
      case 'n': target = &spec.digits; break;
      case 'k': target = &spec.addends; break;
      case 'l': target = &spec.answer_digits; break;
      case 'c': target = &spec.digits_per_token; break;
      default: break;
    }
  }
  if (target == nullptr)
    throw BadInput(
        fmt::format("task '{}': '{}' is no field; accepted are pBASE, nDIGITS, kADDENDS, "
                    "lANSWER_DIGITS, cDIGITS_PER_TOKEN, as in add:p10.n16",
                    shown(whole), shown(field)));
  *target = value;
}

bool is_option(std::string_view text) {
  return text == "answer_lsb" || text == "operands_lsb" || text == "unpadded";
}

void read_option(TaskSpec& spec, std::string_view option, std::string_view whole) {
  if (option == "answer_lsb") {
    spec.answer_order = DigitOrder::lsb_first;
  } else if (option == "operands_lsb") {
    spec.operand_order = DigitOrder::lsb_first;
  } else if (option == "unpadded") {
    spec.padded = false;
  } else {
    throw BadInput(
        fmt::format("task '{}': unknown option '{}'; accepted are answer_lsb, "
                    "operands_lsb, unpadded",
                    shown(whole), shown(option)));
  }
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

}  // namespace

std::string_view name(TaskKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

TaskKind parse_task_kind(std::string_view text) {
  for (std::size_t i = 0; i < kind_names.size(); ++i)
    if (kind_names[i] == text) return static_cast<TaskKind>(i);
  throw BadInput(fmt::format("unknown task '{}'; accepted are add, iter_add, mul, majority, parity",
                             shown(text)));
}

TaskSpec parse_task_spec(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, ':');
  TaskSpec spec;
  spec.kind = parse_task_kind(parts[0]);
  if (over_bits(spec.kind)) spec.base = 2;
  std::size_t next = 1;
  // The fields, if there are any, come before the options.
  if (next < parts.size() && !is_option(parts[next])) {
    std::string seen;
    for (const std::string_view field : split(parts[next++], '.')) {
      read_field(spec, field, text);
      if (seen.find(field[0]) != std::string::npos)
        throw BadInput(fmt::format("task '{}': field '{}' is given twice", shown(text), field[0]));
      seen += field[0];
    }
  }
  for (; next < parts.size(); ++next) read_option(spec, parts[next], text);
  return spec;
}

Task::Task(const TaskSpec& spec) : spec_(spec) {
  if (over_bits(spec_.kind)) spec_.base = 2;
  check_spec(spec_);
  const int n = spec_.digits;
  const int c = spec_.digits_per_token;
  token_base_ = 1;
  for (int i = 0; i < c; ++i) token_base_ *= spec_.base;
  operand_tokens_ = ceil_div(n, c);
  switch (spec_.kind) {
    case TaskKind::add:
      spec_.addends = operands_ = 2;
      answer_digits_ = n + 1;
      answer_tokens_ = operand_tokens_ + 1;
      break;
    case TaskKind::iter_add:
      operands_ = spec_.addends;
      answer_digits_ = n + carry_digits(spec_.base, operands_);
      answer_tokens_ = operand_tokens_ + carry_digits(token_base_, operands_);
      break;
    case TaskKind::mul:
      operands_ = 2;
      if (spec_.answer_digits == 0) spec_.answer_digits = 2 * n;
      answer_digits_ = spec_.answer_digits;
      answer_tokens_ = ceil_div(answer_digits_, c);
      break;
    case TaskKind::majority:
    case TaskKind::parity:
      operands_ = 1;
      answer_digits_ = answer_tokens_ = 1;
      break;
  }
  const std::int64_t total =
      std::int64_t{operands_} * (operand_tokens_ + 1) + answer_tokens_ + (spec_.padded ? 0 : 1);
  if (total > max_sequence_tokens)
    throw BadInput(fmt::format("{}: a sequence of {} tokens: at most {} are accepted",
                               carrybit::name(spec_.kind), total, max_sequence_tokens));
}

Task Task::add(int base, int digits) {
  return Task({.kind = TaskKind::add, .base = base, .digits = digits});
}
Task Task::iter_add(int base, int digits, int addends) {
  return Task({.kind = TaskKind::iter_add, .base = base, .digits = digits, .addends = addends});
}
Task Task::mul(int base, int digits, int answer_digits) {
  return Task(
      {.kind = TaskKind::mul, .base = base, .digits = digits, .answer_digits = answer_digits});
}
Task Task::majority(int bits) {
  return Task({.kind = TaskKind::majority, .base = 2, .digits = bits});
}
Task Task::parity(int bits) { return Task({.kind = TaskKind::parity, .base = 2, .digits = bits}); }
Task Task::parse(std::string_view text) { return Task(parse_task_spec(text)); }

std::string Task::name() const {
  std::string out(carrybit::name(kind()));
  out +=
      over_bits(kind()) ? fmt::format(":n{}", digits()) : fmt::format(":p{}.n{}", base(), digits());
  if (kind() == TaskKind::iter_add) out += fmt::format(".k{}", operands());
  if (kind() == TaskKind::mul) out += fmt::format(".l{}", answer_digits());
  if (digits_per_token() != 1) out += fmt::format(".c{}", digits_per_token());
  if (answer_order() == DigitOrder::lsb_first) out += ":answer_lsb";
  if (operand_order() == DigitOrder::lsb_first) out += ":operands_lsb";
  if (!padded()) out += ":unpadded";
  return out;
}

int carry_digits(int base, int count) {
  int m = 1;
  for (std::int64_t power = base; power < count; power *= base) ++m;
  return m;
}

}  // namespace carrybit
