// carrybit formats: what each number format holds, as a table or as JSON.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "app/decimals.hpp"
#include "app/format_facts.hpp"
#include "app/lines.hpp"
#include "app/options.hpp"
#include "app/verbs.hpp"
#include "precision/encoding.hpp"
#include "precision/text.hpp"

namespace carrybit::app {

namespace {

constexpr const char* usage =
    R"(Without names: every alias. With names: those formats. Values marked ~ are rounded to six digits;
--json has every value exactly, with its bit pattern.
  layout   the fields of a code from its top bit: s sign, e exponent, m significand, i integer, f fraction
  special  what a code can hold beside finite numbers
  lane     the machine number that carries the format under `carrybit op --engine lane`)";

struct Options {
  std::vector<std::string> names;
  bool json = false;
};

std::vector<FormatFacts> facts_of_all(const std::vector<std::string>& names) {
  std::vector<FormatFacts> all;
  if (names.empty()) {
    for (const Alias& a : aliases()) {
      all.push_back(facts_of(Format::parse(a.name)));
    }
  }
  for (const std::string& name : names) {
    all.push_back(facts_of(parse_format(name)));
  }
  return all;
}

// --- the table
// ------------------------------------------------------------------------------------

using Row = std::array<std::string, 10>;

const Row heading = {"alias",           "format",   "bits",     "layout",  "range",
                     "smallest normal", "smallest", "ulp at 1", "special", "lane"};

std::string shown(const std::optional<Number>& value) {
  return value ? short_decimal(*value) : "-";
}

std::string range_of(const FormatFacts& facts) {
  if (!facts.largest) {
    return "unbounded";
  }
  const std::string top = shown(facts.largest);
  if (facts.format.twos_complement) {
    return shown(facts.lowest) + " .. " + top;
  }
  return top.starts_with('~') ? "~+-" + top.substr(1) : "+-" + top;
}

std::string specials_of(const Format& format) {
  return format.has_infinity() ? (format.has_nan() ? "inf nan" : "inf")
                               : (format.has_nan() ? "nan" : "-");
}

Row row_of(const FormatFacts& facts) {
  return {facts.alias.empty() ? "-" : facts.alias,
          facts.format.name(),
          std::to_string(facts.format.width()),
          facts.layout,
          range_of(facts),
          shown(facts.smallest_normal),
          shown(facts.smallest),
          shown(facts.ulp_at_1),
          specials_of(facts.format),
          std::string(facts.carrier ? carrier_name(*facts.carrier) : "-")};
}

void print_table(const std::vector<FormatFacts>& all, std::string& out) {
  std::vector<Row> rows = {heading};
  for (const FormatFacts& facts : all) {
    rows.push_back(row_of(facts));
  }
  std::array<std::size_t, heading.size()> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      out += fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    out += row.back() + '\n';
  }
}

// --- JSON
// -----------------------------------------------------------------------------------------

std::string json_string(std::string_view text) { return fmt::format("\"{}\"", text); }

/// A value three times: decimal (null where too long to read), hexadecimal float, bit pattern.
std::string value_json(const std::optional<Number>& value, const Format& format,
                       bool representable = true) {
  if (!value) {
    return "null";
  }
  return fmt::format(R"({{"decimal": {}, "hexfloat": {}, "code": {}}})",
                     has_readable_decimal(*value) ? json_string(to_decimal(*value)) : "null",
                     json_string(to_hexfloat(*value)),
                     representable ? json_string(to_hex(encode(*value, format), format)) : "null");
}

/// The ulp at 1 need not be a value of the format itself.
bool is_value(const std::optional<Number>& value, const FormatFacts& facts) {
  return value && (!facts.smallest ||
                   exact::compare(value->abs(), *facts.smallest) != exact::Ordering::less);
}

std::string facts_json(const FormatFacts& facts) {
  const Format& f = facts.format;
  std::string text = fmt::format(
      R"(  {{"alias": {}, "format": {}, "bits": {}, "layout": {}, "infinity": {}, "nan": {}, "lane": {})",
      facts.alias.empty() ? "null" : json_string(facts.alias), json_string(f.name()), f.width(),
      json_string(facts.layout), f.has_infinity(), f.has_nan(),
      facts.carrier ? json_string(carrier_name(*facts.carrier)) : "null");
  const auto add = [&](std::string_view key, const std::optional<Number>& value) {
    text +=
        fmt::format(",\n   {}: {}", json_string(key), value_json(value, f, is_value(value, facts)));
  };
  add("lowest", facts.lowest);
  add("largest", facts.largest);
  add("smallest_normal", facts.smallest_normal);
  add("smallest_subnormal", facts.smallest_subnormal);
  add("smallest", facts.smallest);
  add("ulp_at_1", facts.ulp_at_1);
  return text + "}";
}

void print_json(const std::vector<FormatFacts>& all, std::string& out) {
  out += "[\n";
  for (std::size_t i = 0; i < all.size(); ++i) {
    out += facts_json(all[i]) + (i + 1 < all.size() ? ",\n" : "\n");
  }
  out += "]\n";
}

}  // namespace

Run declare_formats(CLI::App& verb) {
  const auto options = std::make_shared<Options>();
  verb.footer(usage);
  verb.add_option("names", options->names, "names or aliases of formats")->type_name("NAME");
  verb.add_flag("--json", options->json, "every value exactly, as JSON");
  return [options] {
    Output out(STDOUT_FILENO);
    (options->json ? print_json : print_table)(facts_of_all(options->names), out.text());
    out.flush();
    return 0;
  };
}

}  // namespace carrybit::app
