#include "experiments/law.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "precision/error.hpp"
#include "precision/format.hpp"

namespace carrybit {

namespace {

/// Text as a message quotes it: one line of bounded length.
std::string shown(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string out(text.substr(0, longest));
  for (char& c : out) {
    c = c >= ' ' && c <= '~' ? c : '?';
  }
  return text.size() > longest ? out + "..." : out;
}

/// Recursive descent over: sum := product (+|- product)*; product := unary (*|/ unary)*;
/// unary := -unary | power; power := atom (^ unary)?; so that -2^2 = -(2^2).
class Parser {
 public:
  Parser(std::string_view law, const LawVariables& variables) : law_(law), variables_(variables) {}

  double parse() {
    const double value = sum();
    if (at_ != law_.size()) {
      refuse(fmt::format("'{}' was not expected", shown(law_.substr(at_))));
    }
    return value;
  }

 private:
  double sum() {
    double value = product();
    while (true) {
      if (accept('+')) {
        value += product();
      } else if (accept('-')) {
        value -= product();
      } else {
        return value;
      }
    }
  }
  double product() {
    double value = unary();
    while (true) {
      if (accept('*')) {
        value *= unary();
      } else if (accept('/')) {
        value /= unary();
      } else {
        return value;
      }
    }
  }
  /// Every nesting, of parentheses, signs and powers, comes by here.
  double unary() {
    if (++depth_ > 100) {
      refuse("it is nested too deeply");
    }
    const double value = accept('-') ? -unary() : power();
    --depth_;
    return value;
  }
  double power() {
    const double base = atom();
    return accept('^') ? std::pow(base, unary()) : base;
  }

  double atom() {
    double value = 0;
    skip_blanks();
    if (accept('(')) {
      value = sum();
      expect(')');
    } else if (at_ < law_.size() && (is_digit(law_[at_]) || law_[at_] == '.')) {
      value = number();
    } else {
      value = name();
    }
    return value;
  }

  double number() {
    double value = 0;
    const char* first = law_.data() + at_;
    const auto [stop, error] = std::from_chars(first, law_.data() + law_.size(), value);
    if (error != std::errc{}) {
      refuse(fmt::format("'{}' is no number", shown(law_.substr(at_))));
    }
    at_ += static_cast<std::size_t>(stop - first);
    return value;
  }

  double name() {
    std::size_t end = at_;
    while (end < law_.size() && (is_letter(law_[end]) || is_digit(law_[end]))) {
      ++end;
    }
    const std::string_view word = law_.substr(at_, end - at_);
    if (word.empty()) {
      refuse(at_ == law_.size() ? "it ends too early"
                                : fmt::format("'{}' was not expected", shown(law_.substr(at_))));
    }
    at_ = end;
    if (accept('(')) {
      return call(word);
    }
    const auto variable = variables_.find(word);
    if (variable == variables_.end()) {
      refuse(fmt::format("'{}' is no variable", shown(word)));
    }
    return variable->second;
  }

  double call(std::string_view function) {
    std::vector<double> x = {sum()};
    while (accept(',')) {
      x.push_back(sum());
    }
    expect(')');
    const auto takes = [&](std::string_view name, std::size_t arguments) {
      return function == name && x.size() == arguments;
    };
    if (takes("log2", 1)) return std::log2(x[0]);
    if (takes("sqrt", 1)) return std::sqrt(x[0]);
    if (takes("ceil", 1)) return std::ceil(x[0]);
    if (takes("floor", 1)) return std::floor(x[0]);
    const bool both = x.size() == 2 && !std::isnan(x[0]) && !std::isnan(x[1]);
    if (takes("min", 2)) return both ? std::min(x[0], x[1]) : std::nan("");
    if (takes("max", 2)) return both ? std::max(x[0], x[1]) : std::nan("");
    refuse(fmt::format("there is no function {} of {} argument{}", shown(function), x.size(),
                       x.size() == 1 ? "" : "s"));
  }

  bool accept(char c) {
    skip_blanks();
    if (at_ < law_.size() && law_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }
  void expect(char c) {
    if (!accept(c)) {
      refuse(fmt::format("a '{}' is missing", c));
    }
  }
  void skip_blanks() {
    while (at_ < law_.size() && law_[at_] == ' ') {
      ++at_;
    }
  }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

  [[noreturn]] void refuse(std::string_view why) const {
    std::string names;
    for (const auto& [name, value] : variables_) {
      names += name + ", ";
    }
    throw BadInput(
        fmt::format("'{}' is no law: {}; accepted: numbers, {}+ - * / ^, log2, sqrt, ceil, "
                    "floor, min, max, as in 2*log2(n)+3",
                    shown(law_), why, names));
  }

  std::string_view law_;
  const LawVariables& variables_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

LawVariables law_variables(const Task& task) {
  return {{"n", task.digits()},
          {"k", task.operands()},
          {"p", task.base()},
          {"T", task.sequence_tokens()}};
}

double evaluate_law(std::string_view law, const LawVariables& variables) {
  const double value = Parser(law, variables).parse();
  if (!std::isfinite(value)) {
    throw BadInput(fmt::format("the law '{}' has no finite value here", shown(law)));
  }
  return value;
}

int evaluate_width_law(std::string_view law, const LawVariables& variables) {
  const double value = std::ceil(evaluate_law(law, variables) - 0x1p-30) + 0.0;  // no -0
  if (value < 1 || value > Format::max_width) {
    throw BadInput(fmt::format("the law '{}' gives a width of {:g}: accepted are 1 to {} bits",
                               shown(law), value, Format::max_width));
  }
  return static_cast<int>(value);
}

}  // namespace carrybit
