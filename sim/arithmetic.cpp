#include "sim/arithmetic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "precision/error.hpp"

namespace carrybit {

namespace {

template <class Enum, std::size_t N>
Enum parse_choice(std::string_view text, const std::array<Enum, N>& choices,
                  std::string_view what) {
  std::string accepted;
  for (const Enum choice : choices) {
    if (name(choice) == text) {
      return choice;
    }
    accepted += accepted.empty() ? "" : ", ";
    accepted += name(choice);
  }
  throw BadInput(fmt::format("'{}' is no {}; accepted: {}", text, what, accepted));
}

constexpr std::array<std::string_view, 6> role_names = {"weights",     "activations",   "products",
                                                        "accumulator", "probabilities", "kv-cache"};

}  // namespace

Arithmetic Arithmetic::uniform(const Format& format, Rounding rounding) {
  const Role role{format, rounding};
  Arithmetic a;
  a.label = format.name();
  a.weights = a.activations = a.products = a.accumulator = a.probabilities = a.kv_cache = role;
  return a;
}

bool Arithmetic::is_uniform() const {
  return std::ranges::all_of(roles(), [this](const Role* r) { return *r == weights; });
}

std::string_view name(Product product) { return product == Product::rounded ? "rounded" : "fused"; }
std::string_view name(Sum sum) {
  return sum == Sum::sequential ? "sequential" : sum == Sum::pairwise ? "pairwise" : "exact";
}
std::string_view name(Shift shift) { return shift == Shift::max ? "max" : "none"; }
std::string_view name(Normalise normalise) {
  return normalise == Normalise::weights ? "weights" : "output";
}

Product parse_product(std::string_view text) {
  return parse_choice(text, std::array{Product::rounded, Product::fused}, "product rule");
}
Sum parse_sum(std::string_view text) {
  return parse_choice(text, std::array{Sum::sequential, Sum::pairwise, Sum::exact}, "sum order");
}
Shift parse_shift(std::string_view text) {
  return parse_choice(text, std::array{Shift::max, Shift::none}, "softmax shift");
}
Normalise parse_normalise(std::string_view text) {
  return parse_choice(text, std::array{Normalise::weights, Normalise::output},
                      "softmax normalisation");
}

std::string describe(const Arithmetic& a) {
  std::string text;
  if (a.is_uniform()) {
    text = fmt::format("{} {}", a.weights.format.name(), name(a.weights.rounding));
  } else {
    for (std::size_t i = 0; i < role_names.size(); ++i) {
      const Role& role = *a.roles()[i];
      text += fmt::format("{}{} {} {}", i == 0 ? "" : ", ", role_names[i], role.format.name(),
                          name(role.rounding));
    }
  }
  return fmt::format("{}; products {}, sums {}; softmax shift {}, normalise {}", text,
                     name(a.product), name(a.sum), name(a.shift), name(a.normalise));
}

}  // namespace carrybit
