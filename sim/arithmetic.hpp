#pragma once
// What a transformer computes in: a format and a rounding mode for every role, how products enter
// sums, in which order sums run, and how softmax is put together. Every field matters to some paper.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "precision/format.hpp"
#include "precision/rounding.hpp"

namespace carrybit {

enum class Product : std::uint8_t {
  rounded,  // rounded into the product format before it is added
  fused     // added exactly: one rounding for product and sum
};
/// Every sum starts from +0 and is rounded into the accumulator's format.
enum class Sum : std::uint8_t {
  sequential,  // left to right, each partial sum rounded
  pairwise,    // halves summed separately (split at floor(n/2)), each partial sum rounded
  exact        // rounded once
};
enum class Shift : std::uint8_t {
  max,  // the row's maximum is subtracted before exp
  none
};
enum class Normalise : std::uint8_t {
  weights,  // divide, then weigh the values
  output    // weigh the values, then divide
};

/// What is stored where.
struct Role {
  Format format;
  Rounding rounding = Rounding::rne;
  bool operator==(const Role&) const = default;
};

struct Arithmetic {
  std::string label;   // the preset's or format's name, for people
  Role weights;        // parameters, tables of positions and rotations
  Role activations;    // the residual stream, queries, scores, hidden units, logits
  Role products;       // w * x before it is added (Product::rounded)
  Role accumulator;    // partial sums
  Role probabilities;  // exp of a score, and its share of the row
  Role kv_cache;       // keys and values
  Product product = Product::rounded;
  Sum sum = Sum::sequential;
  Shift shift = Shift::max;
  Normalise normalise = Normalise::output;
  std::uint64_t seed = 0;  // of stochastic rounding

  /// One format and one mode for every role.
  static Arithmetic uniform(const Format& format, Rounding rounding = Rounding::rne);

  /// All roles share one format and mode.
  bool is_uniform() const;
  std::array<const Role*, 6> roles() const {
    return {&weights, &activations, &products, &accumulator, &probabilities, &kv_cache};
  }
  std::array<Role*, 6> roles() {
    return {&weights, &activations, &products, &accumulator, &probabilities, &kv_cache};
  }

  bool operator==(const Arithmetic&) const = default;
};

struct Preset {
  std::string_view name;
  std::string_view source;   // the paper or machine whose arithmetic it is
  std::string_view summary;  // one line
};
std::span<const Preset> presets();
/// Throws BadInput naming the accepted presets.
Arithmetic preset(std::string_view name);

std::string_view name(Product product);
std::string_view name(Sum sum);
std::string_view name(Shift shift);
std::string_view name(Normalise normalise);
Product parse_product(std::string_view text);
Sum parse_sum(std::string_view text);
Shift parse_shift(std::string_view text);
Normalise parse_normalise(std::string_view text);

/// All fields on one line, e.g. for a report: "fixed:i8.f0 rne, products rounded, sums sequential, …".
std::string describe(const Arithmetic& arithmetic);

}  // namespace carrybit
