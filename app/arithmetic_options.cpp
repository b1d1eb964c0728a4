#include "app/arithmetic_options.hpp"

#include <fmt/format.h>

#include <array>

#include "app/options.hpp"
#include "experiments/width_search.hpp"
#include "precision/error.hpp"

namespace carrybit::app {

namespace {

struct RoleOption {
  const char* name;
  std::string ArithmeticOptions::*text;
  Role Arithmetic::*role;
};
constexpr std::array<RoleOption, 6> role_options = {{
    {"--weights-format", &ArithmeticOptions::weights, &Arithmetic::weights},
    {"--activations-format", &ArithmeticOptions::activations, &Arithmetic::activations},
    {"--products-format", &ArithmeticOptions::products, &Arithmetic::products},
    {"--accumulator-format", &ArithmeticOptions::accumulator, &Arithmetic::accumulator},
    {"--probabilities-format", &ArithmeticOptions::probabilities, &Arithmetic::probabilities},
    {"--kv-format", &ArithmeticOptions::kv_cache, &Arithmetic::kv_cache},
}};

Format format_of_width(const ArithmeticOptions& options, const LawVariables& variables,
                       int fraction_bits) {
  const int width = evaluate_width_law(options.width, variables);
  switch (parse_family(options.family)) {
    case Family::fixed:
      if (width < 2 || width - 1 < fraction_bits) {
        throw BadInput(
            fmt::format("--width {}: {} bits are too few for {} fraction bits and a sign",
                        options.width, width, fraction_bits));
      }
      return Format::fixed(width - 1 - fraction_bits, fraction_bits);
    case Family::floating:
      if (width < 1 + options.exponent) {
        throw BadInput(
            fmt::format("--width {}: {} bits are too few for {} exponent bits and a sign",
                        options.width, width, options.exponent));
      }
      return Format::parse(
          fmt::format("float:e{}.m{}", options.exponent, width - 1 - options.exponent));
    case Family::unbounded: return Format::floating(Format::unbounded, width - 1);
  }
  throw BadInput("--family: accepted are fixed, float, float*");
}

void set_formats(Arithmetic& a, const Format& format) {
  for (Role* role : a.roles()) {
    role->format = format;
  }
  a.label = format.name();
}

}  // namespace

void add_arithmetic_options(CLI::App& verb, ArithmeticOptions& o, bool with_formats) {
  const char* group = "Arithmetic";
  if (with_formats) {
    verb.add_option("--precision", o.precision, "one number format for every role")->group(group);
    verb.add_option(
            "--width", o.width,
            "total bits in place of --precision: a number or a law, as in 2*log2(n)+3 (n digits, "
            "k operands, p base, T tokens)")
        ->group(group);
    for (const RoleOption& r : role_options) {
      verb.add_option(r.name, o.*(r.text), "this role's format")->group(group);
    }
  }
  verb.add_option("--family", o.family, "fixed, float or float* (unbounded exponent)")
      ->group(group);
  verb.add_option("--exponent", o.exponent, "exponent bits of family float")
      ->check(CLI::Range(1, 32))
      ->group(group);
  verb.add_option("--preset", o.preset, "a paper's or machine's arithmetic (see `carrybit list`)")
      ->group(group);
  verb.add_option("--rounding", o.rounding, "rne, rna, rnz, rz, ru, rd, ro or sr")->group(group);
  verb.add_option("--rounding-seed", o.rounding_seed, "seed of sr")->group(group);
  verb.add_option("--product", o.product, "rounded or fused")->group(group);
  verb.add_option("--sum", o.sum, "sequential, pairwise or exact")->group(group);
  verb.add_option("--shift", o.shift, "softmax shift: max or none")->group(group);
  verb.add_option("--normalise", o.normalise, "softmax normalisation: output or weights")
      ->group(group);
  verb.add_option("--engine", o.engine, "auto, exact or lane")->group(group);
}

Arithmetic arithmetic_without_formats(const ArithmeticOptions& o) {
  Arithmetic a = o.preset.empty() ? Arithmetic{} : preset(o.preset);
  if (!o.rounding.empty()) {
    for (Role* role : a.roles()) {
      role->rounding = parse_rounding(o.rounding);
    }
  }
  if (!o.product.empty()) {
    a.product = parse_product(o.product);
  }
  if (!o.sum.empty()) {
    a.sum = parse_sum(o.sum);
  }
  if (!o.shift.empty()) {
    a.shift = parse_shift(o.shift);
  }
  if (!o.normalise.empty()) {
    a.normalise = parse_normalise(o.normalise);
  }
  if (!o.rounding_seed.empty()) {
    a.seed = parse_count("--rounding-seed", o.rounding_seed);
  }
  return a;
}

Arithmetic make_arithmetic(const ArithmeticOptions& o, const LawVariables& variables,
                           int fraction_bits, const std::optional<Format>& otherwise) {
  if (!o.precision.empty() && !o.width.empty()) {
    throw BadInput("--precision and --width say the same thing: give one");
  }
  Arithmetic a = arithmetic_without_formats(o);
  if (!o.precision.empty()) {
    set_formats(a, parse_format(o.precision));
  } else if (!o.width.empty()) {
    set_formats(a, format_of_width(o, variables, fraction_bits));
  } else if (o.preset.empty()) {
    if (!otherwise) {
      throw BadInput("--precision is missing: a format such as fixed:i8.f0, bf16 or fp64");
    }
    set_formats(a, *otherwise);
  }
  for (const RoleOption& r : role_options) {
    if (!(o.*(r.text)).empty()) {
      (a.*(r.role)).format = parse_format(o.*(r.text));
      a.label = "mixed";
    }
  }
  return a;
}

EngineChoice engine_choice(const ArithmeticOptions& o) {
  constexpr std::array<std::string_view, 3> accepted = {"auto", "exact", "lane"};
  return static_cast<EngineChoice>(choose("--engine", o.engine, accepted));
}

}  // namespace carrybit::app
