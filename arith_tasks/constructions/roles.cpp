#include "arith_tasks/constructions/roles.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "precision/error.hpp"

namespace carrybit::constructions {

std::vector<Answering> answering(const Task& task) {
  std::vector<Answering> all;
  for (int i = 0; i < task.answer_tokens(); ++i)
    all.push_back({task.prompt_tokens() - 1 + i, answer_place(task, i)});
  return all;
}

int sign_position(const Task& task, int operand) {
  return operand * (task.operand_tokens() + 1) + task.operand_tokens();
}

void put_digit_values(Program& program, Channel digit) {
  for (Token t = 0; t < program.vocabulary().token_base(); ++t) program.token(t, digit, t);
}

void put_onehot_digits(Program& program, const std::vector<Channel>& bits) {
  for (Token t = 0; t < program.vocabulary().token_base(); ++t)
    program.token(t, bits.at(static_cast<std::size_t>(t)), 1);
}

std::vector<Channel> answer_channels(Program& program) {
  auto outputs = program.channels("o", program.vocabulary().token_base(), Range::bit(),
                                  "the answer digit, one-hot");
  program.answer(outputs);
  return outputs;
}

void put_tent_constant(Program& program, const std::vector<Channel>& outputs) {
  for (const auto [position, place] : answering(program.task()))
    program.position(position, outputs.front(), 1);
}

void need_padded(std::string_view construction, const Task& task) {
  if (!task.padded())
    throw BadInput(fmt::format("{}: an unpadded task has no fixed places; accepted: padded tasks",
                               construction));
}

void need_msb_first(std::string_view construction, DigitOrder order, std::string_view whose) {
  if (order != DigitOrder::msb_first)
    throw BadInput(fmt::format("{}: {} least significant first; accepted: most significant first",
                               construction, whose));
}

void need_options(std::string_view construction, const Options& options,
                  std::initializer_list<std::string_view> accepted,
                  std::initializer_list<std::string_view> variants) {
  const auto need = [&](bool is_set, std::string_view name) {
    if (is_set && std::ranges::find(accepted, name) == accepted.end())
      throw BadInput(fmt::format(
          "{}: option '{}' is not one of its own; accepted: {}", construction, name,
          accepted.size() == 0 ? "none" : fmt::format("{}", fmt::join(accepted, ", "))));
  };
  need(options.radix != 0, "radix");
  need(!options.variant.empty(), "variant");
  need(options.code != DigitCode::scalar, "code");
  need(options.phi >= 0, "phi");
  need(options.levels != 0, "levels");
  need(options.rounds != 0, "rounds");
  need(options.parts != 0, "parts");
  if (!options.variant.empty() && std::ranges::find(variants, options.variant) == variants.end())
    throw BadInput(fmt::format("{}: variant '{:.40}'; accepted: {}", construction, options.variant,
                               fmt::join(variants, ", ")));
}

int ceil_log(int base, std::int64_t x) {
  int e = 0;
  for (std::int64_t power = 1; power < x; power *= base) ++e;
  return e;
}

int ceil_div(int a, int b) { return (a + b - 1) / b; }

}  // namespace carrybit::constructions
