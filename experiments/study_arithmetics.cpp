// Arithmetics of a sweep: words, tables, laws of width.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "arith_tasks/constructions/construction.hpp"
#include "experiments/law.hpp"
#include "experiments/study_toml.hpp"
#include "experiments/words.hpp"

namespace carrybit::study {

namespace {

constexpr std::string_view arithmetic_keys[] = {"name",
                                                "preset",
                                                "format",
                                                "family",
                                                "exponent",
                                                "width",
                                                "integer",
                                                "fraction",
                                                "max_width",
                                                "weights_format",
                                                "activations_format",
                                                "products_format",
                                                "accumulator_format",
                                                "probabilities_format",
                                                "kv_format",
                                                "rounding",
                                                "rounding_seed",
                                                "product",
                                                "sum",
                                                "shift",
                                                "normalise",
                                                "word"};
constexpr std::span<const std::string_view> written_keys(arithmetic_keys,
                                                         std::size(arithmetic_keys) - 1);
constexpr std::array<std::string_view, 6> numeric_keys = {"exponent", "width",     "integer",
                                                          "fraction", "max_width", "rounding_seed"};

struct RoleKey {
  std::string_view key;
  Role Arithmetic::*role;
};
constexpr std::array<RoleKey, 6> role_keys = {{{"weights_format", &Arithmetic::weights},
                                               {"activations_format", &Arithmetic::activations},
                                               {"products_format", &Arithmetic::products},
                                               {"accumulator_format", &Arithmetic::accumulator},
                                               {"probabilities_format", &Arithmetic::probabilities},
                                               {"kv_format", &Arithmetic::kv_cache}}};

const Item* find(const Choice& choice, std::string_view key) {
  const auto at = choice.find(key);
  return at == choice.end() ? nullptr : &at->second;
}

bool is_preset(std::string_view text) {
  for (const Preset& p : presets()) {
    if (p.name == text) {
      return true;
    }
  }
  return false;
}

/// A preset's name, a format's, or what was probably meant.
Format format_of(const Item& item, bool or_preset) {
  try {
    return Format::parse(item.text);
  } catch (const BadInput& error) {
    std::vector<std::string_view> names;
    for (const Alias& a : aliases()) {
      names.push_back(a.alias);
    }
    if (or_preset) {
      for (const Preset& p : presets()) {
        names.push_back(p.name);
      }
    }
    const std::string meant = did_you_mean(item.text, names);
    refuse(*item.at, meant.empty() || !or_preset ? error.what() + meant
                                                 : fmt::format("'{}' is no preset and no format{}",
                                                               one_line(item.text), meant));
  }
}

void set_formats(Arithmetic& a, const Format& format) {
  for (Role* role : a.roles()) {
    role->format = format;
  }
}

template <class Value>
Value option(const Item& item, std::string_view key, std::span<const std::string_view> words,
             Value (*parse)(std::string_view)) {
  return parse(words[word(item, key, words)]);
}

/// Rounding, products, sums and softmax.
void set_options(const Choice& choice, Arithmetic& a) {
  constexpr std::array<std::string_view, 8> roundings = {"rne", "rna", "rnz", "rz",
                                                         "ru",  "rd",  "ro",  "sr"};
  constexpr std::array<std::string_view, 2> products = {"rounded", "fused"};
  constexpr std::array<std::string_view, 3> sums = {"sequential", "pairwise", "exact"};
  constexpr std::array<std::string_view, 2> shifts = {"max", "none"};
  constexpr std::array<std::string_view, 2> normalises = {"weights", "output"};
  if (const Item* item = find(choice, "rounding")) {
    for (Role* role : a.roles()) {
      role->rounding = parse_rounding(roundings.at(word(*item, "rounding", roundings)));
    }
  }
  if (const Item* item = find(choice, "product")) {
    a.product = option<Product>(*item, "product", products, parse_product);
  }
  if (const Item* item = find(choice, "sum")) {
    a.sum = option<Sum>(*item, "sum", sums, parse_sum);
  }
  if (const Item* item = find(choice, "shift")) {
    a.shift = option<Shift>(*item, "shift", shifts, parse_shift);
  }
  if (const Item* item = find(choice, "normalise")) {
    a.normalise = option<Normalise>(*item, "normalise", normalises, parse_normalise);
  }
  if (const Item* item = find(choice, "rounding_seed")) {
    a.seed = count(*item, "rounding_seed");
  }
}

void set_family(const Choice& choice, Cell& cell) {
  if (const Item* item = find(choice, "family")) {
    constexpr std::array<std::string_view, 3> words = {"fixed", "float", "float*"};
    if (!item->text.starts_with("float:e")) {
      (void)word(*item, "family", words);
    }
    located(*item->at, [&] { parse_family_text(item->text, cell.family, cell.exponent_bits); });
  }
  if (const Item* item = find(choice, "exponent")) {
    cell.exponent_bits = static_cast<int>(whole(*item, "exponent", 1, Format::max_exponent_bits));
  }
}

/// Fraction bits that the construction asks for; 0 of saved weights. A width without room for them takes as
/// many as it holds: that the construction then fails is for the cell to say.
int fraction_bits(const Cell& cell) {
  if (!cell.model.is_construction()) {
    return 0;
  }
  return constructions::required(constructions::construction(cell.model.construction), cell.task,
                                 cell.model.options, cell.arithmetic.shift,
                                 cell.arithmetic.normalise)
      .fraction_bits;
}

Format format_of_width(const Choice& choice, const Item& law, const Cell& cell) {
  const int width =
      located(*law.at, [&] { return evaluate_width_law(law.text, law_variables(cell.task)); });
  const auto few = [&](std::string_view what) {
    refuse(*law.at, fmt::format("width: {} bits at {} are too few for {} and a sign", width,
                                cell.task.name(), what));
  };
  switch (cell.family) {
    case Family::fixed: {
      const Item* fraction = find(choice, "fraction");
      const int f = fraction != nullptr
                        ? static_cast<int>(whole(*fraction, "fraction", 0, Format::max_width))
                        : std::min(fraction_bits(cell), width - 1);
      if (width < 2 || width - 1 < f) {
        few(fmt::format("{} fraction bits", f));
      }
      return Format::fixed(width - 1 - f, f);
    }
    case Family::floating:
      if (width < 1 + cell.exponent_bits) {
        few(fmt::format("{} exponent bits", cell.exponent_bits));
      }
      return Format::floating(cell.exponent_bits, width - 1 - cell.exponent_bits);
    case Family::unbounded: return Format::floating(Format::unbounded, width - 1);
  }
  return {};
}

Format fixed_split(const Choice& choice, const toml::node& at) {
  const Item* integer = find(choice, "integer");
  const Item* fraction = find(choice, "fraction");
  if (integer == nullptr || fraction == nullptr) {
    refuse(at, "arithmetic: integer and fraction go together");
  }
  const auto i = static_cast<int>(whole(*integer, "integer", 0, 4096));
  const auto f = static_cast<int>(whole(*fraction, "fraction", 0, 4096));
  if (i + f < 1) {
    refuse(*integer->at, "arithmetic: a fixed-point format has at least one bit besides its sign");
  }
  return Format::fixed(i, f);
}

/// One way of saying a format must be there, and only one.
void check_one_format(const Choice& choice, const toml::node& at) {
  const bool split = find(choice, "integer") != nullptr;
  const bool law = find(choice, "width") != nullptr;
  const bool format = find(choice, "format") != nullptr;
  const int ways = (split ? 1 : 0) + (law ? 1 : 0) + (format ? 1 : 0);
  if (ways > 1 || (ways == 0 && find(choice, "preset") == nullptr)) {
    refuse(at, "arithmetic: one of format, width, integer with fraction, and preset is accepted");
  }
  if (!law && (find(choice, "family") != nullptr || find(choice, "exponent") != nullptr)) {
    refuse(at, "arithmetic: family and exponent go with width");
  }
  if (find(choice, "max_width") != nullptr) {
    refuse(*find(choice, "max_width")->at, "arithmetic: max_width is for cells of kind width");
  }
}

void set_accuracy(const ArithmeticEntry& entry, Cell& cell) {
  const Choice& choice = entry.choice;
  check_one_format(choice, *entry.at);
  if (const Item* item = find(choice, "format")) {
    set_formats(cell.arithmetic, format_of(*item, false));
  } else if (const Item* law = find(choice, "width")) {
    set_formats(cell.arithmetic, format_of_width(choice, *law, cell));
  } else if (find(choice, "integer") != nullptr || find(choice, "fraction") != nullptr) {
    set_formats(cell.arithmetic, fixed_split(choice, *entry.at));
  }
  for (const RoleKey& r : role_keys) {
    if (const Item* item = find(choice, r.key)) {
      (cell.arithmetic.*(r.role)).format = format_of(*item, false);
    }
  }
}

void check_without_formats(const Choice& choice) {
  for (const auto& [key, item] : choice) {
    if (key == "format" || key == "width" || key == "integer" || key == "fraction" ||
        key.ends_with("_format")) {
      refuse(*item.at, fmt::format("arithmetic: {} is for cells of kind accuracy; here a family is "
                                   "accepted: fixed, float:e8, float*",
                                   key));
    }
  }
}

}  // namespace

std::vector<ArithmeticEntry> read_arithmetics(const toml::node& node) {
  std::vector<ArithmeticEntry> out;
  const auto add = [&out](const toml::node& one) {
    if (const toml::table* table = one.as_table()) {
      check_keys(*table, "an arithmetic", written_keys);
      for (Choice& choice : combinations(*table, written_keys, numeric_keys)) {
        out.push_back({std::move(choice), &one});
      }
    } else {
      out.push_back({{{"word", Item{text_of(one, "arithmetic"), &one}}}, &one});
    }
  };
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& element : *list) {
      add(element);
    }
    if (list->empty()) {
      refuse(node, "arithmetic: the list is empty");
    }
  } else {
    add(node);
  }
  return out;
}

std::string arithmetic_name(const ArithmeticEntry& entry) {
  if (const Item* item = find(entry.choice, "name")) {
    return item->text;
  }
  if (const Item* item = find(entry.choice, "word")) {
    return item->text;
  }
  std::string out;
  for (const std::string_view key : arithmetic_keys) {
    const Item* item = find(entry.choice, key);
    if (item != nullptr && key != "max_width") {  // where to stop searching is no arithmetic
      const bool speaks = key == "preset" || key == "format" || key == "family";
      out +=
          (out.empty() ? "" : " ") + (speaks ? item->text : fmt::format("{}={}", key, item->text));
    }
  }
  return out;
}

void set_arithmetic(const ArithmeticEntry& entry, Cell& cell) {
  Choice choice = entry.choice;
  if (const Item* item = find(choice, "word")) {
    const Item written = *item;
    const bool accuracy = cell.kind == CellKind::accuracy;
    choice = {{is_preset(written.text) ? "preset" : accuracy ? "format" : "family", written}};
    if (accuracy && choice.contains("format")) {
      (void)format_of(written, true);  // the message knows of presets
    }
  }
  if (const Item* item = find(choice, "preset")) {
    std::vector<std::string_view> names;
    for (const Preset& p : presets()) {
      names.push_back(p.name);
    }
    cell.arithmetic = preset(names[word(*item, "preset", names)]);
  }
  set_options(choice, cell.arithmetic);
  set_family(choice, cell);
  if (cell.kind == CellKind::accuracy) {
    set_accuracy({choice, entry.at}, cell);
    return;
  }
  check_without_formats(choice);
  if (cell.kind == CellKind::kept_width) {
    cell.max_width = default_max_width(cell.family, cell.exponent_bits);
  }
  if (const Item* item = find(choice, "max_width")) {
    cell.max_width = static_cast<int>(whole(*item, "max_width", 2, 512));
  }
}

}  // namespace carrybit::study
