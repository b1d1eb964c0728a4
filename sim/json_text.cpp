#include "sim/json_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "precision/error.hpp"

namespace carrybit {

namespace {

using nlohmann::json;

/// Builds a document, refusing what the library would let pass.
class Builder : public nlohmann::json_sax<json> {
 public:
  Builder(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    if (stack_.back()->contains(value)) {
      throw BadInput(
          fmt::format("{}: key {} twice in one object; accepted: once", where_, shown(value)));
    }
    key_ = std::move(value);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
    const std::string_view before = text_.substr(0, position == 0 ? 0 : position - 1);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t start = before.rfind('\n');
    const std::size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1);
    throw BadInput(fmt::format("{}: not JSON at line {}, column {}; accepted: one JSON object",
                               where_, line, column + 1));
  }

 private:
  static constexpr std::size_t max_depth = 32;
  static constexpr std::size_t max_values = 4'000'000;

  json* place(json&& value) {
    if (++count_ > max_values) {
      throw BadInput(fmt::format("{}: more than {} JSON values; accepted: at most as many", where_,
                                 max_values));
    }
    if (stack_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    json& parent = *stack_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[key_] = std::move(value));
  }

  bool add(json&& value) {
    place(std::move(value));
    return true;
  }

  bool open(json&& empty) {
    if (stack_.size() == max_depth) {
      throw BadInput(fmt::format("{}: JSON nested more than {} levels; accepted: at most {}",
                                 where_, max_depth, max_depth));
    }
    stack_.push_back(place(std::move(empty)));
    return true;
  }

  bool close() {
    stack_.pop_back();
    return true;
  }

  std::string_view text_;
  const std::string& where_;
  json root_;
  std::vector<json*> stack_;
  std::string key_;
  std::size_t count_ = 0;
};

/// A value as a message shows it.
std::string described(const json& value) {
  if (value.is_object()) {
    return "an object";
  }
  if (value.is_array()) {
    return fmt::format("an array of {}", value.size());
  }
  if (value.is_string()) {
    return shown(value.get_ref<const std::string&>());
  }
  return plain(value.dump());
}

/// Levenshtein's edit distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string plain(std::string_view text) {
  constexpr std::size_t longest = 200;
  std::string out;
  std::size_t end = std::min(text.size(), longest);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;  // not inside a UTF-8 character
  }
  for (const char c : text.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return end < text.size() ? out + "..." : out;
}

std::string shown(std::string_view text) { return "'" + plain(text) + "'"; }

json parse_json_object(std::string_view text, const std::string& where) {
  Builder builder(text, where);
  json::sax_parse(text.begin(), text.end(), &builder);
  json document = builder.take();
  if (!document.is_object()) {
    throw BadInput(
        fmt::format("{}: holds {}; accepted: one JSON object", where, described(document)));
  }
  return document;
}

JsonFields::JsonFields(const json& value, std::string where)
    : object_(&value), where_(std::move(where)) {
  if (!value.is_object()) {
    throw BadInput(fmt::format("{} is {}; accepted: an object", where_, described(value)));
  }
}

bool JsonFields::has(std::string_view key) const {
  const auto found = object_->find(key);
  return found != object_->end() && !found->is_null();
}

const json& JsonFields::at(std::string_view key, std::string_view accepted) const {
  const auto found = object_->find(key);
  if (found == object_->end()) {
    throw BadInput(fmt::format("{}: no key {}; accepted: {}", where_, shown(key), accepted));
  }
  return *found;
}

void JsonFields::refuse(std::string_view key, std::string_view accepted) const {
  throw BadInput(fmt::format("{}: {} is {}; accepted: {}", where_, shown(key),
                             described(at(key, accepted)), accepted));
}

void JsonFields::refuse_choice(std::string_view key,
                               const std::vector<std::string_view>& names) const {
  refuse(key, fmt::format("{}", fmt::join(names, ", ")));
}

int JsonFields::integer(std::string_view key, int low, int high) const {
  const std::string accepted = fmt::format("an integer, {} to {}", low, high);
  const json& value = at(key, accepted);
  const bool small = value.is_number_unsigned()
                         ? value.get<std::uint64_t>() <= std::uint64_t{0x7FFFFFFF}
                         : value.is_number_integer();
  if (!small || value.get<std::int64_t>() < low || value.get<std::int64_t>() > high) {
    refuse(key, accepted);
  }
  return value.get<int>();
}

double JsonFields::number(std::string_view key) const {
  constexpr std::string_view accepted = "a number";
  const json& value = at(key, accepted);
  if (!value.is_number()) {
    refuse(key, accepted);
  }
  return value.get<double>();
}

bool JsonFields::boolean(std::string_view key) const {
  constexpr std::string_view accepted = "true, false";
  const json& value = at(key, accepted);
  if (!value.is_boolean()) {
    refuse(key, accepted);
  }
  return value.get<bool>();
}

std::string JsonFields::text(std::string_view key) const {
  constexpr std::string_view accepted = "a text";
  const json& value = at(key, accepted);
  if (!value.is_string()) {
    refuse(key, accepted);
  }
  return value.get<std::string>();
}

std::vector<std::string> JsonFields::texts(std::string_view key) const {
  constexpr std::string_view accepted = "an array of texts";
  const json& value = at(key, accepted);
  if (!value.is_array() ||
      !std::all_of(value.begin(), value.end(), [](const json& text) { return text.is_string(); })) {
    refuse(key, accepted);
  }
  return value.get<std::vector<std::string>>();
}

JsonFields JsonFields::object(std::string_view key) const {
  return {at(key, "an object"), fmt::format("{}: {}", where_, shown(key))};
}

void JsonFields::refuse_others(std::initializer_list<std::string_view> accepted) const {
  for (const auto& [key, value] : object_->items()) {
    if (std::find(accepted.begin(), accepted.end(), key) == accepted.end()) {
      throw BadInput(fmt::format("{}: unknown key {}{}; accepted: {}", where_, shown(key),
                                 nearest_hint(key, accepted), fmt::join(accepted, ", ")));
    }
  }
}

std::string nearest_hint(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t longest = 200;
  if (word.size() > longest) {
    return {};
  }
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 2) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t d = distance(word, candidate);
    if (d < best_distance && d < candidate.size()) {
      best = candidate;
      best_distance = d;
    }
  }
  return best.empty() ? std::string() : fmt::format(", did you mean {}?", shown(best));
}

}  // namespace carrybit
