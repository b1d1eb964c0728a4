#include "experiments/figure_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "experiments/law.hpp"
#include "experiments/words.hpp"
#include "precision/error.hpp"

namespace carrybit::figure_text {

std::string quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? "''" : c == '\n' || c == '\r' ? " " : std::string(1, c);
  }
  return out + "'";
}

std::string axis_label(const std::string& given, const std::string& column) {
  static const std::map<std::string, std::string> words = {
      {"length_digits", "length n (digits)"},
      {"width_bits", "width of the format (bits)"},
      {"integer_bits", "integer bits"},
      {"fraction_bits", "fraction bits"},
      {"required_width_bits", "required width (bits)"},
      {"refuted_width_bits", "largest refuted width (bits)"},
      {"certified_width_bits", "certified width (bits)"},
      {"stated_width_bits", "width stated by the contracts (bits)"},
      {"exact_match", "exact match (share of inputs)"},
      {"digit_accuracy", "digits right (share)"},
      {"addends", "addends k"},
      {"base", "base p"},
      {"radix", "components r of an address"},
      {"d_model", "d_model (channels)"},
      {"d_ff", "d_ff (hidden units)"}};
  if (!given.empty()) {
    return given;
  }
  const auto at = words.find(column);
  return at == words.end() ? column : at->second;
}

double number_at(const Figure& figure, const Table& cells, std::size_t row,
                 const std::string& column) {
  const std::string& text = cells.at(row, column);
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) {
    throw BadInput(fmt::format("figure {}: column {} holds '{}': an axis needs numbers",
                               figure.name, column, one_line(text)));
  }
  return value;
}

std::string number_text(double value) { return fmt::format("{:.6g}", value); }

std::string theory_value(const std::string& law, const Table& cells, std::size_t row, int n) {
  try {
    TaskSpec spec;
    spec.kind = parse_task_kind(cells.at(row, "task"));
    spec.base = std::stoi(cells.at(row, "base"));
    spec.digits_per_token = std::stoi(cells.at(row, "digits_per_token"));
    spec.digits = n;
    if (spec.kind == TaskKind::iter_add) {
      spec.addends = std::stoi(cells.at(row, "addends"));
    }
    return number_text(evaluate_law(law, law_variables(Task(spec))));
  } catch (const BadInput&) {
    return "NaN";
  }
}

std::string preamble(const Figure& figure) {
  std::string out = fmt::format(
      "# Written by carrybit. To draw it: gnuplot -e \"set terminal svg; set output '{0}.svg'\" "
      "{0}.gp\nset termoption noenhanced\nset encoding utf8\n",
      figure.name);
  if (!figure.title.empty()) {
    out += fmt::format("set title {}\n", quotes(figure.title));
  }
  return out + "set border 3\nset tics nomirror out\n";
}

}  // namespace carrybit::figure_text
