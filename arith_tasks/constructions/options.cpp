#include "arith_tasks/constructions/options.hpp"

#include <fmt/format.h>

#include <charconv>

#include "precision/error.hpp"

namespace carrybit::constructions {

namespace {

int number(std::string_view name, std::string_view value, int least) {
  int parsed = 0;
  const char* const end = value.data() + value.size();
  const auto [stopped, error] = std::from_chars(value.data(), end, parsed);
  if (error != std::errc{} || stopped != end || parsed < least || parsed > 64)
    throw BadInput(
        fmt::format("option {}={:.40}: a number from {} to 64 is accepted", name, value, least));
  return parsed;
}

void set(Options& options, std::string_view name, std::string_view value) {
  if (name == "radix") {
    options.radix = number(name, value, 1);
  } else if (name == "variant") {
    options.variant = value;
  } else if (name == "phi") {
    options.phi = number(name, value, 0);
  } else if (name == "levels") {
    options.levels = number(name, value, 1);
  } else if (name == "rounds") {
    options.rounds = number(name, value, 0);
  } else if (name == "parts") {
    options.parts = number(name, value, 1);
  } else if (name == "code") {
    if (value != "scalar" && value != "onehot")
      throw BadInput(fmt::format("option code={:.40}: scalar or onehot is accepted", value));
    options.code = value == "onehot" ? DigitCode::onehot : DigitCode::scalar;
  } else {
    throw BadInput(fmt::format(
        "unknown option '{:.40}'; accepted are radix, variant, code, levels, phi, rounds, parts",
        name));
  }
}

}  // namespace

Options parse_options(std::string_view text) {
  Options options;
  bool more = !text.empty();  // "radix=2," promises one that is not there
  while (more) {
    const std::size_t comma = text.find(',');
    more = comma != std::string_view::npos;
    const std::string_view item = text.substr(0, comma);
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos)
      throw BadInput(fmt::format("option '{:.40}': NAME=VALUE is accepted, as in radix=2", item));
    set(options, item.substr(0, equals), item.substr(equals + 1));
    if (more) text.remove_prefix(comma + 1);
  }
  return options;
}

std::string text(const Options& options) {
  std::string out;
  const auto put = [&out](std::string_view name, std::string_view value) {
    out += fmt::format("{}{}={}", out.empty() ? "" : ",", name, value);
  };
  if (options.radix != 0) put("radix", std::to_string(options.radix));
  if (!options.variant.empty()) put("variant", options.variant);
  if (options.code == DigitCode::onehot) put("code", "onehot");
  if (options.levels != 0) put("levels", std::to_string(options.levels));
  if (options.phi >= 0) put("phi", std::to_string(options.phi));
  if (options.rounds != 0) put("rounds", std::to_string(options.rounds));
  if (options.parts != 0) put("parts", std::to_string(options.parts));
  return out;
}

}  // namespace carrybit::constructions
