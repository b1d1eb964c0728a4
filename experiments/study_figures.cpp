// The figures of a study.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "experiments/law.hpp"
#include "experiments/study_toml.hpp"
#include "experiments/table.hpp"
#include "experiments/words.hpp"

namespace carrybit::study {

namespace {

constexpr std::string_view figure_keys[] = {
    "name",   "title",   "shape",   "x",           "y",     "value", "series", "each",  "where",
    "legend", "x_label", "y_label", "value_label", "log_x", "log_y", "stated", "theory"};
constexpr std::string_view theory_keys[] = {"law", "title"};

std::string column(const Item& item, std::string_view key) {
  return std::string(cell_columns()[word(item, key, cell_columns())]);
}

std::string column_value(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  return node == nullptr ? "" : column({text_of(*node, key), node}, key);
}

const toml::table& as_table(const toml::node& node, std::string_view key) {
  if (node.as_table() == nullptr) {
    refuse(node, fmt::format("{}: a table is accepted", key));
  }
  return *node.as_table();
}

void check_file_name(const toml::node& at, const std::string& name) {
  const bool good = !name.empty() && name.size() <= 64 &&
                    name.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789_-") == std::string::npos;
  if (!good) {
    refuse(at, "name: letters, digits, - and _ are accepted, it names files");
  }
}

std::vector<TheoryLine> read_theory(const toml::node& node) {
  std::vector<TheoryLine> lines;
  const auto add = [&lines](const toml::node& one) {
    if (one.is_string()) {
      lines.push_back({text_of(one, "theory"), text_of(one, "theory")});
      return;
    }
    const toml::table& table = as_table(one, "theory");
    check_keys(table, "a line of theory", theory_keys);
    lines.push_back({text_value(table, "law"), text_value(table, "title")});
    if (lines.back().title.empty()) {
      lines.back().title = lines.back().law;
    }
  };
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& one : *list) {
      add(one);
    }
  } else {
    add(node);
  }
  for (const TheoryLine& line : lines) {
    const LawVariables sizes = {{"n", 2}, {"k", 2}, {"p", 2}, {"T", 8}};
    located(node, [&] { (void)evaluate_law(line.law, sizes); });
  }
  return lines;
}

void read_choices(const toml::table& table, Figure& figure) {
  if (const toml::node* node = table.get("series")) {
    for (const Item& item : items(*node, "series", false)) {
      figure.series.push_back(column(item, "series"));
    }
  }
  if (const toml::node* node = table.get("where")) {
    for (const auto& [key, value] : as_table(*node, "where")) {
      const std::string name = column({std::string(key.str()), &value}, "where");
      for (const Item& item : items(value, "where", true)) {
        figure.where[name].push_back(item.text);
      }
    }
  }
  if (const toml::node* node = table.get("legend")) {
    for (const auto& [key, value] : as_table(*node, "legend")) {
      figure.legend[std::string(key.str())] = text_of(value, "legend");
    }
  }
}

void check_axes(const toml::table& table, const Figure& figure) {
  const auto need = [&](const std::string& value, std::string_view key) {
    if (value.empty()) {
      refuse(table, fmt::format("this [[figure]] has no {}", key));
    }
  };
  need(figure.name, "name");
  need(figure.x, "x");
  need(figure.y, "y");
  if (figure.shape == FigureShape::heatmap) {
    need(figure.value, "value");
  } else if (!figure.value.empty()) {
    refuse(*table.get("value"), "value: only a heatmap has one");
  }
}

Figure read_figure(const toml::table& table) {
  check_keys(table, "a [[figure]]", figure_keys);
  Figure f;
  f.name = text_value(table, "name");
  if (!f.name.empty()) {
    check_file_name(*table.get("name"), f.name);
  }
  f.title = text_value(table, "title");
  if (const toml::node* node = table.get("shape")) {
    constexpr std::array<std::string_view, 2> shapes = {"lines", "heatmap"};
    f.shape = static_cast<FigureShape>(word({text_of(*node, "shape"), node}, "shape", shapes));
  }
  f.x = column_value(table, "x");
  f.y = column_value(table, "y");
  f.value = column_value(table, "value");
  f.each = column_value(table, "each");
  f.x_label = text_value(table, "x_label");
  f.y_label = text_value(table, "y_label");
  f.value_label = text_value(table, "value_label");
  const auto flag = [&table](std::string_view key) {
    const toml::node* node = table.get(key);
    return node != nullptr && flag_of(*node, key);
  };
  f.log_x = flag("log_x");
  f.log_y = flag("log_y");
  f.stated = flag("stated");
  if (const toml::node* node = table.get("theory")) {
    f.theory = read_theory(*node);
  }
  read_choices(table, f);
  check_axes(table, f);
  return f;
}

}  // namespace

std::vector<Figure> read_figures(const toml::table& root) {
  std::vector<Figure> figures;
  const toml::node* node = root.get("figure");
  if (node == nullptr) {
    return figures;
  }
  if (node->as_array() == nullptr) {
    refuse(*node, "figure: tables [[figure]] are accepted");
  }
  std::set<std::string> names;
  for (const toml::node& one : *node->as_array()) {
    figures.push_back(read_figure(as_table(one, "figure")));
    if (!names.insert(figures.back().name).second) {
      refuse(one, fmt::format("two figures have the name {}", figures.back().name));
    }
  }
  return figures;
}

}  // namespace carrybit::study
