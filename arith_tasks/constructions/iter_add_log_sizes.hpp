#pragma once
// The sizes in iter_add_log's proof, and its options.

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "arith_tasks/constructions/construction.hpp"
#include "arith_tasks/constructions/roles.hpp"

namespace carrybit::constructions {

inline std::int64_t power(int base, int exponent) {
  std::int64_t value = 1;
  for (int i = 0; i < exponent; ++i) value *= base;
  return value;
}

inline int radix_of(const Options& options) { return options.radix == 0 ? 2 : options.radix; }
inline bool is_gated(const Options& options) { return !options.variant.starts_with("relu"); }
inline bool is_halved(const Options& options) { return options.variant.ends_with("_halved"); }

/// The sizes of the proof.
struct IterAddSizes {
  explicit IterAddSizes(const Task& task)
      : p(task.token_base()),
        n(task.operand_tokens()),
        k(task.operands()),
        m(carry_digits(p, k)),
        block(power(p, m)),
        kappa(ceil_log(2, k)),
        mu(ceil_log(2, m)),
        groups(ceil_div(n, m) + 1) {}

  std::int64_t high_digit() const { return power(p, std::min(n, m) - 1); }
  /// The largest p^(j mod m) c_j.
  std::int64_t column_top() const { return k * (p - 1) * high_digit(); }
  std::int64_t sum_top() const { return k * (high_digit() * p - 1); }  // of R_t
  std::int64_t quotient_top() const { return sum_top() / block; }      // of hi_t
  /// Entries of the quotient table: for hi_t, and for floor(z / p^e), e >= 1.
  int entries() const { return static_cast<int>(std::max(quotient_top() + 1, power(p, m - 1))); }
  std::int64_t carried_top() const { return block + quotient_top(); }  // of v_t + carry
  // Ties beyond the digits themselves: m columns or 2^mu, k digits or 2^kappa.
  int column_dummies() const { return (1 << kappa) - k; }
  int block_dummies() const { return (1 << mu) - m; }
  int missing_columns() const { return m * (groups - 1) - n; }

  int p, n, k;
  int m;
  std::int64_t block;  // P
  int kappa, mu;
  int groups;  // G
};

}  // namespace carrybit::constructions
