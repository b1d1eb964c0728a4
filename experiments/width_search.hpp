#pragma once
// How many bits does this construction need at this length? The smallest width that passes every
// problem of a set, and the largest below it that fails, with the input that it fails on.

#include <functional>
#include <optional>
#include <string>

#include "arith_tasks/constructions/construction.hpp"
#include "experiments/evaluate.hpp"

namespace carrybit {

enum class Family : std::uint8_t {
  fixed,     // fixed:iI.fF, every split of the width's bits into I and F
  floating,  // float:eE.mM, one E, every M
  unbounded  // float:e*.mM; the width counted is that of the significand, M + 1
};
std::string_view name(Family family);
Family parse_family(std::string_view text);

struct WidthQuestion {
  Family family = Family::fixed;
  int exponent_bits = 8;  // Family::floating
  int max_width = 64;
  Arithmetic like;  // everything but the formats
  constructions::Options options;
  std::uint64_t problems = 2000;  // exhaustive up to so many, adversarial and uniform beyond
  std::uint64_t seed = 1;
  /// Called now and then while problems are graded, as Evaluation::progress; what it throws ends the search.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress = {};
};

/// A format that fails, and the input it fails on. A format in which the construction cannot even be
/// compiled has a reason in place of the input.
struct Refutation {
  Format format;
  std::optional<Failure> failure;
  std::string reason;
};

struct WidthAnswer {
  int length = 0;            // n
  std::optional<int> width;  // none up to max_width
  Format format;             // of that width: the split with the fewest fraction bits that passes
  std::optional<int> refuted_width;
  std::optional<Refutation> refutation;  // at refuted_width, where every split fails
  bool exhaustive = false;               // evidence: all inputs, or a sample
  std::uint64_t problems = 0;            // graded at the width that passes
  constructions::Dimensions dimensions;
};

/// The formats of a width, in the order in which they are tried. Empty where the family has none.
std::vector<Format> formats_of_width(Family family, int exponent_bits, int width);
/// The width of the narrowest formats of the family.
int narrowest(Family family, int exponent_bits);

WidthAnswer find_width(const constructions::Construction& construction, const Task& task,
                       const WidthQuestion& question);

}  // namespace carrybit
