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
  bool certify = true;            // prove widths where the construction has a proof plan
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
  bool exhaustive = false;               // evidence: all inputs were run,
  bool certified = false;                // or proved right (proofs_check/certificate.hpp),
                                         // or neither: a sample
  std::optional<int> stated_width;       // by the construction's formula
  std::uint64_t problems = 0;            // graded at the width that passes
  constructions::Dimensions dimensions;
};

/// "certified", "exhaustive" or "sampled".
std::string_view evidence(const WidthAnswer& answer);
/// The width that is enough minus the widest at which every format fails on an input: 1 is closed, the
/// exact required width. Nothing where one of the two is missing, or the upper end is only sampled.
std::optional<int> bracket(const WidthAnswer& answer);

/// The formats of a width, in the order in which they are tried. Empty where the family has none.
std::vector<Format> formats_of_width(Family family, int exponent_bits, int width);
/// The width of the narrowest formats of the family.
int narrowest(Family family, int exponent_bits);

/// Where all inputs can be run, they are. Else, with question.certify, a certificate is looked for at or
/// near the stated formula and downwards from there; the lower end is the widest width below it at which
/// a sample refutes every format, and if widths between the two pass their sample the least of them with
/// a certificate is the upper end. Where no certificate is near the formula both ends are sampled, from
/// the narrowest format upwards, and the format that passes gets its certificate if there is one.
WidthAnswer find_width(const constructions::Construction& construction, const Task& task,
                       const WidthQuestion& question);

}  // namespace carrybit
