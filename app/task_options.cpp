#include "app/task_options.hpp"

#include <fmt/format.h>

#include <array>

#include "app/options.hpp"
#include "experiments/words.hpp"
#include "precision/error.hpp"

namespace carrybit::app {

namespace {

constexpr std::array<std::string_view, 2> orders = {"msb", "lsb"};

DigitOrder order_of(std::string_view option, std::string_view text) {
  return static_cast<DigitOrder>(choose(option, text, orders));
}

}  // namespace

void add_task_options(CLI::App& verb, TaskOptions& o, bool with_length) {
  const char* group = "Task";
  verb.add_option("--task", o.task, "add, iter_add, mul, majority or parity")->group(group);
  verb.add_option("--base", o.base, "2 to 36 (default 10)")->group(group);
  if (with_length) {
    verb.add_option("--length", o.length, "n, digits of an operand")->group(group);
  }
  verb.add_option("--addends", o.addends, "k of iter_add")->group(group);
  verb.add_option("--answer-digits", o.answer_digits, "l of mul (default 2n)")->group(group);
  verb.add_option("--digits-per-token", o.digits_per_token, "c digits a token (default 1)")
      ->group(group);
  verb.add_option("--answer-order", o.answer_order, "msb (default) or lsb first")->group(group);
  verb.add_option("--construction", o.construction, "a hand-made transformer (see `carrybit list`)")
      ->group("Model");
  verb.add_option("--radix", o.radix, "r, components of an address")->group("Model");
  verb.add_option("--options", o.construction_options,
                  "options of the construction, as in radix=2,code=onehot")
      ->group("Model");
}

TaskSpec task_spec(const TaskOptions& o) {
  TaskSpec spec;
  spec.kind = parse_task_kind(o.task);
  spec.base = o.base;
  spec.digits = o.length;
  spec.addends = o.addends;
  spec.answer_digits = o.answer_digits;
  spec.digits_per_token = o.digits_per_token;
  spec.answer_order = order_of("--answer-order", o.answer_order);
  return spec;
}

const constructions::Construction& chosen_construction(const TaskOptions& o) {
  std::vector<std::string_view> names;
  for (const auto& c : constructions::all_constructions()) {
    names.push_back(c.name);
  }
  return constructions::all_constructions()[choose("--construction", o.construction, names)];
}

constructions::Options construction_options(const TaskOptions& o) {
  constructions::Options options = constructions::parse_options(o.construction_options);
  if (o.radix != 0) {
    if (options.radix != 0 && options.radix != o.radix) {
      throw BadInput("--radix and --options name different radices");
    }
    if (o.radix < 0) {
      throw BadInput(fmt::format("--radix: {} is not 1 or more", o.radix));
    }
    options.radix = o.radix;
  }
  return options;
}

}  // namespace carrybit::app
