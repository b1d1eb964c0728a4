#pragma once
// Inside the reader of studies: TOML nodes read with messages that name file and line.

#include <toml++/toml.h>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/study.hpp"
#include "precision/error.hpp"

namespace carrybit::study {

/// "FILE:LINE: WHAT".
std::string message(const toml::node& at, std::string_view what);
/// Throws BadInput with that message.
[[noreturn]] void refuse(const toml::node& at, std::string_view what);

/// Throws on the first key of the table that is not accepted, with the nearest that is.
void check_keys(const toml::table& table, std::string_view what,
                std::span<const std::string_view> accepted);

/// Calls body; a BadInput of it gains file and line.
template <class Body>
auto located(const toml::node& at, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const BadInput& error) {
    throw BadInput(message(at, error.what()));
  }
}

/// One value of a list, as text, and where it stands.
struct Item {
  std::string text;
  const toml::node* at = nullptr;
};

/// A value or a list of them. Whole numbers and, with `ranges`, "1..8", "1..64*2", "8..64+8" are
/// spelled out. Tables, times and fractions are refused.
std::vector<Item> items(const toml::node& node, std::string_view key, bool ranges);

std::string text_of(const toml::node& node, std::string_view key);
bool flag_of(const toml::node& node, std::string_view key);
std::int64_t whole(const Item& item, std::string_view key, std::int64_t least, std::int64_t most);
std::uint64_t count(const Item& item, std::string_view key);
/// The place of a word among the accepted ones.
std::size_t word(const Item& item, std::string_view key,
                 std::span<const std::string_view> accepted);
std::string text_value(const toml::table& table, std::string_view key);

/// One choice of a value for every key that is there.
using Choice = std::map<std::string, Item, std::less<>>;

/// Every combination of the table's lists; keys in the order of `keys`, the last varying fastest.
/// `numeric` are the keys whose lists may hold ranges.
std::vector<Choice> combinations(const toml::table& table, std::span<const std::string_view> keys,
                                 std::span<const std::string_view> numeric);

/// A model as a sweep names it, and where.
struct ModelEntry {
  ModelSpec model;
  const toml::node* at = nullptr;
  std::optional<Task> own_task = {};  // what saved weights say that they answer
};
std::vector<ModelEntry> read_models(const toml::node& node, const std::filesystem::path& folder);

/// An arithmetic as a sweep names it: made into one for every task.
struct ArithmeticEntry {
  Choice choice;  // keys of an arithmetic's table; "word" where only a word stands
  const toml::node* at = nullptr;
};
std::vector<ArithmeticEntry> read_arithmetics(const toml::node& node);
/// The name an arithmetic has in the table.
std::string arithmetic_name(const ArithmeticEntry& entry);
/// Sets the cell's arithmetic (accuracy) or its arithmetic without formats, family and largest width.
void set_arithmetic(const ArithmeticEntry& entry, Cell& cell);

struct InputsEntry {
  InputChoice inputs;
  const toml::node* at = nullptr;
};
std::vector<InputsEntry> read_inputs(const toml::node& node);

std::vector<Figure> read_figures(const toml::table& root);
}  // namespace carrybit::study
