#pragma once
// How many bits does a trained model need? The smallest width of a family of formats that keeps a share
// of the answers that the model has right in fp32, for all its numbers or for one role of them.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "experiments/evaluate.hpp"
#include "experiments/width_search.hpp"
#include "sim/engine.hpp"
#include "sim/weights.hpp"

namespace carrybit {

/// What is rounded to the format that is tried, everything or one role; everything else stays in fp32.
enum class RoundedRole : std::uint8_t {
  all,
  weights,
  activations,
  products,
  accumulator,
  probabilities,
  kv_cache
};
constexpr RoundedRole rounded_role(RoleId role) {
  return static_cast<RoundedRole>(static_cast<int>(role) + 1);
}
static_assert(rounded_role(RoleId::weights) == RoundedRole::weights &&
              rounded_role(RoleId::kv_cache) == RoundedRole::kv_cache);
/// "all", "weights", "activations", "products", "accumulator", "probabilities", "kv".
std::string_view name(RoundedRole role);
/// Throws BadInput with the accepted names.
RoundedRole parse_rounded_role(std::string_view text);

/// A share of the right answers, as the search counts: in millionths, from 1 to 1,000,000.
constexpr std::uint32_t whole_share = 1'000'000;
/// "0.99" of 990,000.
std::string keep_text(std::uint32_t millionths);
/// The millionths of 0.99. Throws BadInput where it is not above 0 and at most 1.
std::uint32_t parse_keep(double share);
/// The answers that must be right: the share of `right`, rounded up.
std::uint64_t needed_right(std::uint64_t right, std::uint32_t keep_millionths);

/// Accuracy does not always fall with the width, so there are two ends: `width`, from which on every
/// width that was tried keeps the share, and `first`, the smallest of all that does. A width keeps it
/// where some format of the width does: in fixed point every split of its bits is tried.
struct KeptWidths {
  std::optional<int> width;    // none where the widest does not keep it
  Format format;               // one of that width that keeps it
  std::optional<int> refuted;  // the widest that does not keep it, in any of its formats: width - 1
  std::optional<int> first;
  Format first_format;
};

/// Searches the widths narrowest(family) to max_width: downwards until one does not keep the share, then
/// upwards until one does. `keeps` is asked of formats. Splits of fixed point come in the order of their
/// distance from the last one that kept it, so that few are tried where one does.
KeptWidths search_kept(Family family, int exponent_bits, int max_width,
                       const std::function<bool(const Format&)>& keeps);

/// The widest format that is tried where nothing else is said: as many significand bits as fp32, 32 bits
/// of fixed point.
int default_max_width(Family family, int exponent_bits);

struct KeptQuestion {
  Family family = Family::fixed;
  int exponent_bits = 8;  // Family::floating
  int max_width = 32;
  Arithmetic like;  // everything but the formats
  RoundedRole role = RoundedRole::all;
  std::uint32_t keep_millionths = 990'000;
  /// As Evaluation::progress; what it throws ends the search.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress = {};
};

struct KeptAnswer {
  KeptWidths widths;             // without any where fp32 has nothing right
  std::uint64_t problems = 0;    // in the set
  std::uint64_t fp32_right = 0;  // answered right in fp32
  std::uint64_t needed = 0;      // and to be right at least
  bool exhaustive = false;       // the set is all problems
};

/// `like` with the role in `format` and the others in fp32.
Arithmetic rounded_in(const Arithmetic& like, RoundedRole role, const Format& format);

/// The answer on this set of problems; of others it says nothing unless the set is exhaustive. Throws
/// BadInput as evaluate() does.
KeptAnswer find_kept_width(const Weights& weights, const ProblemSet& problems,
                           const KeptQuestion& question);

}  // namespace carrybit
