#include "app/calculator.hpp"

#include <fmt/format.h>

#include <array>

#include "app/options.hpp"
#include "experiments/words.hpp"
#include "precision/encoding.hpp"
#include "precision/error.hpp"
#include "precision/text.hpp"

namespace carrybit::app {

namespace {

constexpr std::string_view lanes_carry =
    "lanes carry floats of up to 25 significand and 10 exponent bits and fixed point of up to 63 "
    "bits beside the sign; --engine exact takes every format";

constexpr std::array<std::string_view, 8> other_verbs = {"cvt", "value", "hexfloat", "encode",
                                                         "eq",  "lt",    "le",       "cmp"};

constexpr std::array carriers = {Carrier::float32, Carrier::float64, Carrier::int64};

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// The words of a line; one more place than any line may use.
struct Split {
  std::array<std::string_view, 5> words;
  std::size_t count = 0;

  explicit Split(std::string_view line) {
    std::size_t at = 0;
    while (count < words.size()) {
      while (at < line.size() && is_blank(line[at])) {
        ++at;
      }
      if (at == line.size()) {
        return;
      }
      const std::size_t start = at;
      while (at < line.size() && !is_blank(line[at])) {
        ++at;
      }
      words[count++] = line.substr(start, at - start);
    }
  }
};

std::vector<std::string_view> verb_names() {
  std::vector<std::string_view> names;
  for (const OperationInfo& info : operations()) {
    names.push_back(info.name);
  }
  names.insert(names.end(), other_verbs.begin(), other_verbs.end());
  return names;
}

void expect(std::string_view verb, std::size_t wanted, std::size_t given, std::string_view form) {
  if (wanted != given) {
    throw BadInput(fmt::format("{} takes {} operand{}, not {}: {} {}", verb, wanted,
                               wanted == 1 ? "" : "s", given >= 4 ? "more" : std::to_string(given),
                               verb, form));
  }
}

std::string_view ordering_name(exact::Ordering ordering) {
  switch (ordering) {
    case exact::Ordering::less: return "less";
    case exact::Ordering::equal: return "equal";
    case exact::Ordering::greater: return "greater";
    case exact::Ordering::unordered: return "unordered";
  }
  return "";
}

}  // namespace

Calculator::Calculator(const Settings& settings) : settings_(settings) {
  if (settings_.lane) {
    carrier_for(settings_.format, settings_.format);
  }
}

void Calculator::answer(std::string_view line, std::string& out) {
  if (line.find('\0') != std::string_view::npos) {
    throw BadInput("a zero byte is no text");  // and would end every message that quoted it
  }
  const Split split(line);
  const std::string_view verb = split.words[0];
  const Words operands(split.words.data() + 1, split.count == 0 ? 0 : split.count - 1);
  if (const auto info = find_operation(verb)) {
    apply(*info, operands, out);
  } else if (verb == "cvt") {
    expect(verb, 2, operands.size(), "FORMAT A");
    convert(operands, out);
  } else if (verb == "value") {
    expect(verb, 1, operands.size(), "A");
    out += to_decimal(operand(operands[0])) + '\n';
  } else if (verb == "hexfloat") {
    expect(verb, 1, operands.size(), "A");
    out += to_hexfloat(operand(operands[0])) + '\n';
  } else if (verb == "encode") {
    expect(verb, 1, operands.size(), "TEXT");
    print(exact::convert(parse_number(operands[0]), context(settings_.format)), settings_.format,
          out);
  } else if (verb == "eq" || verb == "lt" || verb == "le" || verb == "cmp") {
    compare(verb, operands, out);
  } else {
    const auto names = verb_names();
    const std::string meant = did_you_mean(verb, names);
    throw BadInput(fmt::format("'{}' is no operation{}", verb,
                               meant.empty() ? "; accepted: " + listed(names) : meant));
  }
  ++operations_;
}

void Calculator::apply(const OperationInfo& info, Words operands, std::string& out) {
  constexpr std::array<std::string_view, 4> forms = {"", "A", "A B", "A B C"};
  const auto wanted = static_cast<std::size_t>(info.operands);
  expect(info.name, wanted, operands.size(), forms[wanted]);
  std::array<Number, 3> x;
  for (std::size_t i = 0; i < wanted; ++i) {
    x[i] = operand(operands[i]);
  }
  const std::span<const Number> values(x.data(), wanted);
  const exact::Context where = context(settings_.format);
  const Number result = settings_.lane ? apply_lane(carrier_for(settings_.format, settings_.format),
                                                    info.operation, values, where)
                                       : apply_exact(info.operation, values, where);
  print(result, settings_.format, out);
}

void Calculator::convert(Words operands, std::string& out) {
  const Format& target = target_format(operands[0]);
  const Number value = operand(operands[1]);
  const exact::Context where = context(target);
  print(settings_.lane ? convert_lane(carrier_for(settings_.format, target), value, where)
                       : exact::convert(value, where),
        target, out);
}

void Calculator::compare(std::string_view verb, Words operands, std::string& out) {
  expect(verb, 2, operands.size(), "A B");
  const auto ordering = exact::compare(operand(operands[0]), operand(operands[1]));
  if (verb == "cmp") {
    out += ordering_name(ordering);
  } else {
    const bool equal = ordering == exact::Ordering::equal;
    const bool less = ordering == exact::Ordering::less;
    out += (verb != "lt" && equal) || (verb != "eq" && less) ? '1' : '0';
  }
  out += '\n';
}

Number Calculator::operand(std::string_view code) const {
  return decode(parse_hex(code, settings_.format), settings_.format);
}

exact::Context Calculator::context(const Format& target) {
  return {target, settings_.rounding, Draw{settings_.seed, operations_}, &faults_};
}

void Calculator::print(const Number& value, const Format& format, std::string& out) {
  out += to_hex(encode(value, format), format);
  out += '\n';
}

const Format& Calculator::target_format(std::string_view name) {
  for (const auto& [known, format] : targets_) {
    if (known == name) {
      return format;
    }
  }
  const Format format = parse_format(name);
  constexpr std::size_t most = 64;
  if (targets_.size() == most) {
    targets_.clear();
  }
  return targets_.emplace_back(name, format).second;
}

Carrier Calculator::carrier_for(const Format& format, const Format& target) const {
  for (const Carrier carrier : carriers) {
    if ((!settings_.carrier || carrier == *settings_.carrier) && carries(carrier, format) &&
        carries(carrier, target)) {
      return carrier;
    }
  }
  const std::string what = format == target
                               ? format.name()
                               : fmt::format("both {} and {}", format.name(), target.name());
  throw BadInput(fmt::format("no lane{} carries {}: {}",
                             settings_.carrier ? " of the chosen carrier" : "", what, lanes_carry));
}

}  // namespace carrybit::app
