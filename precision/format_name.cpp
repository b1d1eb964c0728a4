// Names of formats: parsing, printing, aliases.

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <vector>

#include "precision/error.hpp"
#include "precision/format.hpp"

namespace carrybit {

namespace {

constexpr std::array<Alias, 17> alias_table = {{
    {"fp128", "float:e15.m112"},
    {"fp64", "float:e11.m52"},
    {"fp32", "float:e8.m23"},
    {"tf32", "float:e8.m10"},
    {"bf16", "float:e8.m7"},
    {"fp16", "float:e5.m10"},
    {"fp8_e4m3", "float:e4.m3:fn"},
    {"fp8_e5m2", "float:e5.m2"},
    {"fp6_e3m2", "float:e3.m2:finite"},
    {"fp6_e2m3", "float:e2.m3:finite"},
    {"fp4_e2m1", "float:e2.m1:finite"},
    {"int64", "fixed:i63.f0:twos"},
    {"int32", "fixed:i31.f0:twos"},
    {"int16", "fixed:i15.f0:twos"},
    {"int8", "fixed:i7.f0:twos"},
    {"int4", "fixed:i3.f0:twos"},
    {"int2", "fixed:i1.f0:twos"},
}};

constexpr std::string_view accepted =
    "accepted: fixed:iI.fF[:twos][:sat|:wrap|:trap], float:eE.mM[:fn|:finite][:sat|:trap][:ftz], "
    "float:e*.mM, li:eE.sS, or an alias (see `carrybit formats`)";

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(at + 1);
  }
}

constexpr int no_field = -2;

/// "i12" with letter 'i' gives 12; `no_field` where the text is anything else.
int parse_field(std::string_view text, char letter) {
  if (text.size() < 2 || text.size() > 6 || text[0] != letter) {
    return no_field;
  }
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, end, value);
  const bool canonical = text[1] != '0' || text.size() == 2;
  if (error != std::errc{} || stop != end || value < 0 || !canonical) {
    return no_field;
  }
  return value;
}

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw BadInput(fmt::format("'{}' is no number format: {}; {}", text, why, accepted));
}

void check_width(std::string_view text, const Format& f) {
  if (f.width() < 2 || f.width() > Format::max_width) {
    refuse(text, fmt::format("its width is {} bits, not 2 to {}", f.width(), Format::max_width));
  }
}

Format parse_fixed(std::string_view text, const std::vector<std::string_view>& parts) {
  const auto fields = split(parts[1], '.');
  const int i = parse_field(fields[0], 'i');
  const int f = fields.size() == 2 ? parse_field(fields[1], 'f') : no_field;
  if (i == no_field || f == no_field) {
    refuse(text, fmt::format("'{}' is not of the form iI.fF", parts[1]));
  }
  Format format = Format::fixed(i, f);
  bool overflow_named = false;
  for (std::size_t k = 2; k < parts.size(); ++k) {
    if (parts[k] == "twos" && !format.twos_complement && !overflow_named) {
      format.twos_complement = true;
      continue;
    }
    if (overflow_named) {
      refuse(text, fmt::format("suffix ':{}' is one too many", parts[k]));
    }
    overflow_named = true;
    if (parts[k] == "wrap") {
      if (!format.twos_complement) {
        refuse(text, "':wrap' needs ':twos' before it");
      }
      format.overflow = Overflow::wrap;
    } else if (parts[k] == "trap") {
      format.overflow = Overflow::trap;
    } else if (parts[k] != "sat") {
      refuse(text, fmt::format("unknown suffix ':{}'", parts[k]));
    }
  }
  check_width(text, format);
  return format;
}

void apply_float_suffix(std::string_view text, std::string_view suffix, Format& format) {
  const bool layout_free = format.layout == Layout::ieee && format.overflow == Overflow::special &&
                           !format.flush_subnormals;
  const bool overflow_free = format.overflow == Overflow::special ||
                             (format.layout == Layout::finite && !format.flush_subnormals);
  if (suffix == "fn" && layout_free) {
    format.layout = Layout::fn;
  } else if (suffix == "finite" && layout_free) {
    format.layout = Layout::finite;
    format.overflow = Overflow::saturate;
  } else if (suffix == "sat" && overflow_free && !format.flush_subnormals) {
    format.overflow = Overflow::saturate;
  } else if (suffix == "trap" && overflow_free && !format.flush_subnormals) {
    format.overflow = Overflow::trap;
  } else if (suffix == "ftz" && !format.flush_subnormals) {
    format.flush_subnormals = true;
  } else {
    refuse(text, fmt::format("suffix ':{}' is unknown, repeated or out of order", suffix));
  }
}

Format parse_float(std::string_view text, const std::vector<std::string_view>& parts) {
  const auto fields = split(parts[1], '.');
  const bool unbounded = fields[0] == "e*";
  const int e = unbounded ? Format::unbounded : parse_field(fields[0], 'e');
  const int m = fields.size() == 2 ? parse_field(fields[1], 'm') : no_field;
  if (e == no_field || m == no_field) {
    refuse(text, fmt::format("'{}' is not of the form eE.mM", parts[1]));
  }
  if (!unbounded && (e < 1 || e > Format::max_exponent_bits)) {
    refuse(text, fmt::format("it has {} exponent bits, not 1 to {} (or '*')", e,
                             Format::max_exponent_bits));
  }
  Format format = Format::floating(e, m);
  for (std::size_t k = 2; k < parts.size(); ++k) {
    if (unbounded) {
      refuse(text, fmt::format("an unbounded exponent takes no suffix ':{}'", parts[k]));
    }
    apply_float_suffix(text, parts[k], format);
  }
  check_width(text, format);
  // One exponent bit leaves `ieee` nothing but subnormals.
  const bool no_normals =
      e == 1 && (format.layout == Layout::ieee || (format.layout == Layout::fn && m == 0));
  if (no_normals && (m == 0 || format.flush_subnormals)) {
    refuse(text, "it would hold no finite number but zero");
  }
  return format;
}

Format parse_li(std::string_view text, const std::vector<std::string_view>& parts) {
  const auto fields = split(parts[1], '.');
  const int e = parse_field(fields[0], 'e');
  const int s = fields.size() == 2 ? parse_field(fields[1], 's') : no_field;
  if (e == no_field || s < 1 || e > Format::max_exponent_bits) {
    refuse(text, fmt::format("'{}' is not of the form eE.sS with E up to {} and S at least 1",
                             parts[1], Format::max_exponent_bits));
  }
  if (parts.size() > 2) {
    refuse(text, fmt::format("li formats take no suffix ':{}'", parts[2]));
  }
  Format format = Format::floating(e, s);
  format.layout = Layout::unnormalised;
  format.overflow = Overflow::saturate;
  check_width(text, format);
  return format;
}

}  // namespace

std::span<const Alias> aliases() { return alias_table; }

Format Format::parse(std::string_view text) {
  for (const Alias& a : alias_table) {
    if (a.alias == text) {
      return parse(a.name);
    }
  }
  const auto parts = split(text, ':');
  if (parts.size() < 2) {
    refuse(text, "it is neither an alias nor of the form fixed:… or float:…");
  }
  if (parts[0] == "fixed") {
    return parse_fixed(text, parts);
  }
  if (parts[0] == "float") {
    return parse_float(text, parts);
  }
  if (parts[0] == "li") {
    return parse_li(text, parts);
  }
  refuse(text, fmt::format("'{}' is no kind of format", parts[0]));
}

std::string Format::name() const {
  if (is_fixed()) {
    std::string s = fmt::format("fixed:i{}.f{}", integer_bits, fraction_bits);
    s += twos_complement ? ":twos" : "";
    s += overflow == Overflow::wrap ? ":wrap" : overflow == Overflow::trap ? ":trap" : "";
    return s;
  }
  if (layout == Layout::unnormalised) {
    return fmt::format("li:e{}.s{}", exponent_bits, fraction_bits);
  }
  if (has_unbounded_exponent()) {
    return fmt::format("float:e*.m{}", fraction_bits);
  }
  std::string s = fmt::format("float:e{}.m{}", exponent_bits, fraction_bits);
  s += layout == Layout::fn ? ":fn" : layout == Layout::finite ? ":finite" : "";
  if (overflow == Overflow::trap) {
    s += ":trap";
  } else if (overflow == Overflow::saturate && layout != Layout::finite) {
    s += ":sat";
  }
  s += flush_subnormals ? ":ftz" : "";
  return s;
}

}  // namespace carrybit
