#pragma once
// The options that set an arithmetic, the same for every verb that runs a transformer.

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "arith_tasks/constructions/construction.hpp"
#include "experiments/law.hpp"
#include "sim/simulator.hpp"

namespace carrybit::app {

struct ArithmeticOptions {
  std::string precision;  // one format for every role
  std::string preset;     // a paper's or machine's arithmetic
  std::string width;      // a law, with `family`
  std::string family = "fixed";
  int exponent = 8;
  std::string rounding;
  std::string weights, activations, products, accumulator, probabilities, kv_cache;
  std::string product, sum, shift, normalise;
  std::string rounding_seed;
  std::string engine = "auto";
};

/// `with_formats`: also the options that choose formats.
void add_arithmetic_options(CLI::App& verb, ArithmeticOptions& options, bool with_formats = true);

/// Everything but the formats (those of a preset stay).
Arithmetic arithmetic_without_formats(const ArithmeticOptions& options);

/// The arithmetic that the options describe. A width law needs `variables`, and takes the fraction bits
/// of fixed point from `needs`. Without --precision, --preset or --width: `otherwise`. Throws BadInput.
Arithmetic make_arithmetic(const ArithmeticOptions& options, const LawVariables& variables,
                           int fraction_bits, const std::optional<Format>& otherwise);

EngineChoice engine_choice(const ArithmeticOptions& options);

}  // namespace carrybit::app
