#pragma once
// What softmax and uniform attention become when they are rounded: the finite forms of statements of
// Broesamle and Eckstein 2026 (arXiv 2605.18079), Velickovic et al. 2024 (arXiv 2410.01104), Barbero et
// al. 2024 (arXiv 2406.04267), Li and Cotterell 2025 (arXiv 2505.23623), and MAJORITY by a mean, each
// with its exact threshold per format. Softmax subtracts the maximum; sums are in the named order;
// weights are divided first ("weights") unless "output" is said.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "proofs_check/theorems/sums.hpp"
#include "proofs_check/theorems/theorem.hpp"

namespace carrybit::proofs {

/// The formats of the table: fp6_e3m2, fp8_e5m2, fp8_e4m3, bf16, fp16, fixed:i8.f8.
struct NamedFormat {
  std::string name;
  Format format;
};
std::vector<NamedFormat> threshold_formats();

/// Uniform attention over n tokens of which some hold 1 and the others 0, for n = 1, 2, 3, ... ...
class UniformHead {
 public:
  UniformHead(const Scalar& scalar, Sum order, Normalise normalise);

  /// The normaliser of n equal scores.
  double normaliser(std::int64_t n) const;
  /// The weight of each.
  double weight(std::int64_t n) const;
  /// The head's output where `ones` of n tokens hold 1.
  double mean(std::int64_t ones, std::int64_t n) const;
  /// From this n on a sequential normaliser stands still; none for other orders.
  std::optional<std::int64_t> still_from() const { return still_from_; }

 private:
  Scalar scalar_;
  Sum order_;
  Normalise normalise_;
  std::optional<std::int64_t> still_from_;
  std::vector<double> sums_;  // sequential sums of ones
};

/// Barbero et al.: n ones and then one zero, or two. From `from` on the last outputs are bit-equal, for
/// every larger n (sequential: shown by the sums standing still); `first` is the least n at which they
/// are. None where nothing is shown up to `limit`.
struct Collapse {
  std::int64_t first = 0;
  std::int64_t from = 0;
  bool for_all = false;  // beyond the limit too
};
Collapse collapse(const UniformHead& head, std::int64_t limit);

/// Velickovic et al.: the least n at which a weight exceeds e^delta / n though all logits lie within
/// delta = 1 of each other: all equal; or the first at 0 and the others at -1.
std::optional<std::int64_t> dispersion_breaks(const Scalar& scalar, Sum order, bool equal,
                                              std::int64_t limit);

/// Li and Cotterell: the least n at which n equal scores have weight 0 (or, without infinities, NaN);
/// none where the weight is known never to vanish. Order sequential or exact.
struct Vanishing {
  Integer n;
  bool nan = false;
};
std::optional<Vanishing> weights_vanish(const Scalar& scalar, Sum order);

/// Broesamle and Eckstein: ||softmax - hardmax||_1 <= 2 n e^(-gap), one winner and n - 1 others at -gap
/// (a value of the format). The least n with a violation and its first gap, the winner first or last.
struct NormViolation {
  std::int64_t n = 0;
  double gap = 0;
  double norm = 0;
  double bound = 0;
  bool winner_last = false;
};
struct NormSearch {
  std::optional<NormViolation> violation;
  std::uint64_t cases = 0;
};
/// `factor` is the 2 of the bound.
NormSearch find_norm_violation(const Scalar& scalar, std::int64_t most, double factor);

/// The smallest value c of the format with [exp(-c)] = 0: from there on attention is exactly one-hot.
std::optional<double> one_hot_scale(const Scalar& scalar);

/// MAJORITY by a mean: the largest n up to which (for every smaller n too) floor(n/2) ones and
/// floor(n/2) + 1 give different outputs; and up to which all counts do.
struct Counting {
  std::int64_t majority = 0;
  std::int64_t all = 0;
};
Counting counting(const UniformHead& head, std::int64_t limit);

Report check_broesamle(const Limits& limits);
Report check_velickovic(const Limits& limits);
Report check_barbero(const Limits& limits);
Report check_li_cotterell(const Limits& limits);
Report check_majority_mean(const Limits& limits);

inline constexpr std::string_view threshold_table = "exact thresholds per format";

}  // namespace carrybit::proofs
