#include "app/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "experiments/words.hpp"
#include "precision/error.hpp"

namespace carrybit::app {

std::size_t choose(std::string_view option, std::string_view word,
                   std::span<const std::string_view> accepted) {
  const auto at = std::find(accepted.begin(), accepted.end(), word);
  if (at == accepted.end()) {
    throw BadInput(fmt::format("{}: '{}' is not one of {}{}", option, word, listed(accepted),
                               did_you_mean(word, accepted)));
  }
  return static_cast<std::size_t>(at - accepted.begin());
}

std::uint64_t parse_count(std::string_view option, std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) {
    throw BadInput(
        fmt::format("{}: '{}' is no whole number from 0 to 18446744073709551615", option, text));
  }
  return value;
}

Device parse_device(std::string_view text) {
  constexpr std::array<std::string_view, 2> accepted = {"cpu", "cuda"};
  const auto device = static_cast<Device>(choose("--device", text, accepted));
  require_device(device);
  return device;
}

Format parse_format(std::string_view text) {
  try {
    return Format::parse(text);
  } catch (const BadInput& error) {
    std::vector<std::string_view> names;
    for (const Alias& a : aliases()) {
      names.push_back(a.alias);
    }
    throw BadInput(error.what() + did_you_mean(text, names));
  }
}

}  // namespace carrybit::app
