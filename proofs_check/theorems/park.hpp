#pragma once
// Park, Park, Hwang 2026, arXiv 2601.16450: what floating-point transformers cannot tell apart.
//
// F_(p,q) is float:eQ.mP: p stored significand bits, q exponent bits, subnormals, infinities, NaN, RNE,
// with 2 <= p <= 2^(q-1) - 3. Park's (3,4) is float:e4.m3, whose largest value is 240 and which has
// infinities; it is not the OCP E4M3 (fp8_e4m3, largest value 448, no infinity).

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "proofs_check/theorems/park_model.hpp"
#include "proofs_check/theorems/theorem.hpp"

namespace carrybit::proofs {

/// Every F_(p,q) of at most `bits` bits, narrowest first, p ascending.
std::vector<Format> park_formats(int bits);
/// "(3,4)"
std::string park_name(const Format& format);
/// "every F_(p,q) of at most 12 bits, 19 formats from (2,4) to (6,5)"
std::string formats_text(const std::vector<Format>& formats);
/// --max-bits, or the usual, within 7 to 16.
int checked_park_bits(const Limits& limits, int usual);
inline constexpr int usual_park_bits = 12;  // up to here every (x, z) pair is tried
/// 2^p
std::int64_t two_to_p(const Format& format);

/// How long repeated sums move, over every z of the format and NaN (ascending values, NaN last).
struct Stagnation {
  std::int64_t from_zero = 0;  // the most additions from +0
  double from_zero_z = 0;
  std::int64_t from_block = 0;  // ... from where another repeated sum from +0 has come to rest
  double from_block_start = 0, from_block_z = 0;
  std::int64_t from_any = 0;  // ... from any value
  double from_any_start = 0, from_any_z = 0;
  std::string endless;  // an addition that never comes to rest; "" for none
  std::uint64_t cases = 0;
};
Stagnation stagnation(const Adder& add, const std::vector<double>& values);
std::vector<Stagnation> all_stagnations(const std::vector<Format>& formats);

/// Two different finite values x, y with x + z = y + z; none where no two neighbours among the first
/// `reach` values from 0 up have equal sums.
struct Collision {
  double x = 0, y = 0;
};
std::optional<Collision> find_collision(const Adder& add, const std::vector<double>& upwards,
                                        double z);

/// The first pair with (0 + a) + b != (0 + b) + a; "" for none.
std::string find_not_commuting(const Adder& add, const std::vector<double>& values);

/// A block sum that tells alpha copies of z1 and gamma of z2 from alpha - 1 and gamma + 1, for alpha in
/// [alpha_from, alpha_to]; "" where none is found among a few z1, z2.
std::string find_telling(const Scalar& scalar, Sum order, std::int64_t alpha_from,
                         std::int64_t alpha_to, std::int64_t gamma, std::uint64_t& cases);

/// A statement about one random transformer: does it hold under these rules?
using Statement =
    std::function<bool(const Scalar& scalar, const ParkRules& rules, std::uint64_t seed)>;
/// T2 at alpha = 3*2^p, beta = 9*2^p, n = beta + 3: similar inputs give similar outputs.
bool similar_stays_similar(const Scalar& scalar, const ParkRules& rules, std::uint64_t seed);
/// The same at the last column only, which the tail ends with.
bool last_column_is_equal(const Scalar& scalar, const ParkRules& rules, std::uint64_t seed);
/// T4 with n = 6 (pairwise sums keep the first two of 5 terms together): swapping the first two columns swaps the first two outputs and nothing else.
bool swap_is_equivariant(const Scalar& scalar, const ParkRules& rules, std::uint64_t seed);
/// T5 with n = 5: columns 0 and 1 equal, and 2 and 3: so are the outputs.
bool equal_stays_equal(const Scalar& scalar, const ParkRules& rules, std::uint64_t seed);

/// One departure from the paper's model, by name.
struct Departure {
  std::string_view name;  // "pairwise sums"
  ParkRules rules;
  bool positions = false;  // with random positions, drawn for the format
};
std::span<const Departure> departures();

/// The first seed below `count` under which the statement fails; none where it never does.
std::optional<std::uint64_t> first_failing_seed(const Statement& statement, const Scalar& scalar,
                                                const Departure& departure, std::uint64_t count);

Report check_park_stagnation(const Limits& limits);
Report check_park_l6(const Limits& limits);
Report check_park_t2(const Limits& limits);
Report check_park_t4(const Limits& limits);
Report check_park_t5(const Limits& limits);

}  // namespace carrybit::proofs
