#include "precision/exact/big_fixed.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "precision/exact/round.hpp"
#include "precision/random.hpp"

namespace carrybit::exact {

Integer shifted(const Integer& n, std::int64_t by) {
  if (by >= 0) {
    return n << static_cast<unsigned>(by);
  }
  return n == 0 || by < -bit_length(n) ? Integer(0) : Integer(n >> static_cast<unsigned>(-by));
}

Integer to_fixed(const Number& x, std::int64_t bits) {
  return x.is_zero() ? Integer(0) : shifted(x.magnitude, x.exponent + bits);
}

Integer product(const Integer& a, const Integer& b, std::int64_t bits) {
  return (a * b) >> static_cast<unsigned>(bits);
}

namespace {

/// How a series is summed: so many terms, in columns, with guard bits below the unit asked for.
struct Plan {
  std::int64_t terms = 0;
  std::int64_t columns = 0;
  std::int64_t guard = 0;
};

std::int64_t guard_bits(std::int64_t terms) {
  return 2 * std::bit_width(static_cast<std::uint64_t>(terms + 2)) + 4;
}

/// Enough terms for the first one left out to be below 2^-2 of a unit of the finest precision, and
/// for the ratio of what follows to be at most 1/2: what is left out is then below 1 unit.
Plan make_plan(const PowerSeries& series, const Integer& t, std::int64_t bits) {
  const double t_bits = static_cast<double>(t == 0 ? bits : bits - bit_length(t));  // t < 2^-t_bits
  const double scale_bits = std::log2(static_cast<double>(series.scale));
  double term_bits = 0;  // the term of index `terms` is below 2^-term_bits
  double ratio_bits = 0;
  Plan plan;
  while (ratio_bits < 1.01 ||
         term_bits < static_cast<double>(bits + guard_bits(plan.terms)) + 2.5) {
    ++plan.terms;
    const auto n = static_cast<std::uint64_t>(plan.terms);
    ratio_bits = t_bits - scale_bits + std::log2(static_cast<double>(series.factor(n)));
    term_bits += ratio_bits;
  }
  // Full-size products: columns for the powers of t, as many for the final Horner scheme, and one
  // for each row of terms. An even number lets the signs of an alternating series follow columns.
  plan.columns = std::lround(std::sqrt(static_cast<double>(plan.terms) / 2.0));
  plan.columns = std::max<std::int64_t>(2, (plan.columns + 1) / 2 * 2);
  plan.guard = guard_bits(plan.terms);
  return plan;
}

}  // namespace

// Smith's method (D. M. Smith, "Efficient multiple-precision evaluation of elementary functions",
// Math. Comp. 52, 1989). With J columns, n = J*i + j and the coefficients g_n,
//
//   sum g_n t^n = sum over j of t^j * (sum over i of g_n u^i),   u = t^J.
//
// One running value T_n = g_n u^i goes from term to term by a multiplication and a division by
// machine integers; only once a row is it multiplied by u.
//
// Error, in finest units (2^-wide), with G = max g_n; g rises to G and then falls, as the factors
// do not decrease; every rounding is downwards.
// - Powers: t^j loses less than 1 unit per multiplication and t <= 1, so u is at most J units low.
// - T_n: let d_n be its error divided by g_n. A division step adds at most 1/g_n to d, the step of a
//   row multiplies it by u <= 1 and adds at most J + 1/g_n. Thus T_n is low by at most
//     g_n * (sum over i <= n of 2/g_i + (n/J + 1) * J) <= 2(n+1) G + (n + J) G,
//   since g_n/g_i <= G where g rises (g_i >= 1) and <= 1 where it falls.
// - Column sums weighed with t^j <= 1: N terms, at most N (3N + J + 2) G. Horner: J roundings.
// - Left out terms: 1 unit.
// With J <= N + 1, all together stay below 4 (N+2)^2 G <= 2^(guard-2) G: below G/4 units of the
// precision asked for, and the last shift adds less than 1.
Integer evaluate(const PowerSeries& series, const Integer& t, std::int64_t bits) {
  const Plan plan = make_plan(series, t, bits);
  const std::int64_t wide = bits + plan.guard;
  const Integer x = t << static_cast<unsigned>(plan.guard);

  Integer row_step = x;  // u = t^J
  for (std::int64_t j = 1; j < plan.columns; ++j) {
    row_step = product(row_step, x, wide);
  }

  const auto columns = static_cast<std::size_t>(plan.columns);
  std::vector<Integer> column(columns);
  Integer term = Integer(1) << static_cast<unsigned>(wide);
  column[0] = term;
  for (std::size_t n = 1; n < static_cast<std::size_t>(plan.terms); ++n) {
    if (n % columns == 0) {
      term = product(term, row_step, wide);
    }
    if (series.scale != 1) {
      term *= series.scale;
    }
    term /= series.factor(n);
    column[n % columns] += term;
  }

  // Within a row the terms of an alternating series do not increase, so that no difference below
  // is negative.
  Integer sum = column.back();
  for (std::size_t j = columns - 1; j-- > 0;) {
    sum = product(sum, x, wide);
    sum = series.alternating ? Integer(column[j] - sum) : Integer(column[j] + sum);
  }
  return sum >> static_cast<unsigned>(plan.guard);
}

bool lies_beside(const Number& value, std::int64_t log2_distance, const Format& format) {
  // The quantum just below a power of two is the finer one; a threshold is an odd multiple of
  // 2^-(bits + 1) quanta.
  const std::int64_t threshold =
      quantum_at(value.leading_exponent() - 1, format) - (Draw::bits + 1);
  const std::int64_t last_bit =
      value.exponent + static_cast<std::int64_t>(boost::multiprecision::lsb(value.magnitude));
  return log2_distance <= std::min(threshold, last_bit);
}

}  // namespace carrybit::exact
