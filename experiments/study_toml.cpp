#include "experiments/study_toml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "experiments/words.hpp"

namespace carrybit::study {

std::string message(const toml::node& at, std::string_view what) {
  const toml::source_region& source = at.source();
  const std::string file = source.path ? *source.path : std::string("study");
  return fmt::format("{}:{}: {}", file, source.begin.line, what);
}

void refuse(const toml::node& at, std::string_view what) { throw BadInput(message(at, what)); }

void check_keys(const toml::table& table, std::string_view what,
                std::span<const std::string_view> accepted) {
  // The table is sorted by key; the message is about the first line that is wrong.
  const toml::node* first = nullptr;
  std::string_view wrong;
  for (const auto& [key, node] : table) {
    const bool known = std::find(accepted.begin(), accepted.end(), key.str()) != accepted.end();
    if (!known && (first == nullptr || node.source().begin < first->source().begin)) {
      first = &node;
      wrong = key.str();
    }
  }
  if (first != nullptr) {
    const std::string meant = did_you_mean(wrong, accepted);
    refuse(*first, fmt::format("'{}' is no key of {}{}", one_line(wrong), what,
                               meant.empty() ? "; accepted: " + listed(accepted) : meant));
  }
}

namespace {

constexpr std::size_t longest_list = 100000;

bool whole_number(std::string_view text, std::int64_t& value) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end;
}

/// "1..8", "1..64*2" (times 2), "8..64+8" (plus 8); nothing where the text is no range.
std::vector<std::int64_t> range(const toml::node& at, std::string_view key, std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = text.substr(dots + 2);
  const std::size_t sign = rest.find_first_of("*+");
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t step = 1;
  const bool read = whole_number(text.substr(0, dots), first) &&
                    whole_number(rest.substr(0, sign), last) &&
                    (sign == std::string_view::npos || whole_number(rest.substr(sign + 1), step));
  const bool times = sign != std::string_view::npos && rest[sign] == '*';
  constexpr std::int64_t large = std::int64_t{1} << 40;
  if (!read || first > last || first < 0 || last > large || step < 1 || step > large ||
      (times && (step < 2 || first < 1))) {
    refuse(at, fmt::format("{}: '{}' is no range; accepted: \"1..8\", \"1..64*2\" (each twice the "
                           "one before), \"8..64+8\"",
                           key, one_line(text)));
  }
  std::vector<std::int64_t> numbers;
  for (std::int64_t n = first; n <= last; n = times ? n * step : n + step) {
    numbers.push_back(n);
    if (numbers.size() > longest_list) {
      refuse(at,
             fmt::format("{}: '{}' holds more than {} numbers", key, one_line(text), longest_list));
    }
  }
  return numbers;
}

void add_items(const toml::node& node, std::string_view key, bool ranges, std::vector<Item>& out) {
  if (const auto number = node.value_exact<std::int64_t>()) {
    out.push_back({std::to_string(*number), &node});
  } else if (const auto text = node.value_exact<std::string>()) {
    const auto numbers = ranges ? range(node, key, *text) : std::vector<std::int64_t>{};
    for (const std::int64_t n : numbers) {
      out.push_back({std::to_string(n), &node});
    }
    if (numbers.empty()) {
      out.push_back({*text, &node});
    }
  } else {
    refuse(node, fmt::format("{}: accepted are whole numbers and texts, alone or in a list", key));
  }
}

}  // namespace

std::vector<Item> items(const toml::node& node, std::string_view key, bool ranges) {
  std::vector<Item> out;
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& element : *list) {
      add_items(element, key, ranges, out);
    }
    if (out.empty()) {
      refuse(node, fmt::format("{}: the list is empty", key));
    }
  } else {
    add_items(node, key, ranges, out);
  }
  return out;
}

std::string text_of(const toml::node& node, std::string_view key) {
  const auto text = node.value_exact<std::string>();
  if (!text) {
    refuse(node, fmt::format("{}: a text in quotation marks is accepted", key));
  }
  return *text;
}

bool flag_of(const toml::node& node, std::string_view key) {
  const auto flag = node.value_exact<bool>();
  if (!flag) {
    refuse(node, fmt::format("{}: true or false is accepted", key));
  }
  return *flag;
}

std::string text_value(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  return node == nullptr ? "" : text_of(*node, key);
}

std::int64_t whole(const Item& item, std::string_view key, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  if (!whole_number(item.text, value) || value < least || value > most) {
    refuse(*item.at, fmt::format("{}: '{}' is no whole number from {} to {}", key,
                                 one_line(item.text), least, most));
  }
  return value;
}

std::uint64_t count(const Item& item, std::string_view key) {
  return static_cast<std::uint64_t>(whole(item, key, 0, INT64_MAX));
}

std::size_t word(const Item& item, std::string_view key,
                 std::span<const std::string_view> accepted) {
  const auto at = std::find(accepted.begin(), accepted.end(), item.text);
  if (at == accepted.end()) {
    const std::string meant = did_you_mean(item.text, accepted);
    refuse(*item.at, fmt::format("{}: '{}' is not one of {}{}", key, one_line(item.text),
                                 listed(accepted), meant));
  }
  return static_cast<std::size_t>(at - accepted.begin());
}

std::vector<Choice> combinations(const toml::table& table, std::span<const std::string_view> keys,
                                 std::span<const std::string_view> numeric) {
  std::vector<Choice> choices(1);
  for (const std::string_view key : keys) {
    const toml::node* node = table.get(key);
    if (node == nullptr) {
      continue;
    }
    const bool ranges = std::find(numeric.begin(), numeric.end(), key) != numeric.end();
    const auto values = items(*node, key, ranges);
    if (choices.size() * values.size() > longest_list) {
      refuse(*node, fmt::format("{}: more than {} combinations", key, longest_list));
    }
    std::vector<Choice> longer;
    for (const Choice& choice : choices) {
      for (const Item& value : values) {
        longer.push_back(choice);
        longer.back()[std::string(key)] = value;
      }
    }
    choices = std::move(longer);
  }
  return choices;
}

}  // namespace carrybit::study
