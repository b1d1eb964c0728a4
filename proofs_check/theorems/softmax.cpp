#include "proofs_check/theorems/softmax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace carrybit::proofs {

std::vector<NamedFormat> threshold_formats() {
  std::vector<NamedFormat> all;
  for (const char* name : {"fp6_e3m2", "fp8_e5m2", "fp8_e4m3", "bf16", "fp16", "fixed:i8.f8"}) {
    all.push_back({name, Format::parse(name)});
  }
  return all;
}

UniformHead::UniformHead(const Scalar& scalar, Sum order, Normalise normalise)
    : scalar_(scalar), order_(order), normalise_(normalise), sums_{0.0} {
  constexpr std::int64_t longest = 1 << 20;
  if (order == Sum::sequential) {
    while (static_cast<std::int64_t>(sums_.size()) <= longest) {
      const double next = scalar_.add(sums_.back(), 1.0);
      if (same(next, sums_.back())) {
        still_from_ = static_cast<std::int64_t>(sums_.size()) - 1;
        break;
      }
      sums_.push_back(next);
    }
  }
}

double UniformHead::normaliser(std::int64_t n) const {
  if (order_ == Sum::sequential && (still_from_ || n < static_cast<std::int64_t>(sums_.size()))) {
    return sums_[std::min(static_cast<std::size_t>(n), sums_.size() - 1)];
  }
  const Run run{1.0, n};
  return sum_of_runs(scalar_, order_, {&run, 1});
}

double UniformHead::weight(std::int64_t n) const { return scalar_.div(1.0, normaliser(n)); }

double UniformHead::mean(std::int64_t ones, std::int64_t n) const {
  // Zeros come last and add +0, or nothing where the order is sequential or exact.
  const double term = normalise_ == Normalise::output ? 1.0 : weight(n);
  const std::array runs = {Run{term, ones}, Run{0.0, n - ones}};
  const bool known = order_ == Sum::sequential && term == 1.0;
  const double sum = known ? normaliser(ones) : sum_of_runs(scalar_, order_, runs);
  return normalise_ == Normalise::output ? scalar_.div(sum, normaliser(n)) : sum;
}

Collapse collapse(const UniformHead& head, std::int64_t limit) {
  Collapse c;
  std::int64_t last_unequal = 0;
  for (std::int64_t n = 1; n <= limit; ++n) {
    const bool equal = same(head.mean(n, n + 1), head.mean(n, n + 2));
    if (equal && c.first == 0) {
      c.first = n;
    }
    last_unequal = equal ? last_unequal : n;
  }
  c.from = last_unequal + 1;
  // Where the normaliser stands still, so does the weight, and both outputs are the same sum over the
  // same normaliser.
  c.for_all = head.still_from() && *head.still_from() <= limit;
  return c;
}

std::optional<std::int64_t> dispersion_breaks(const Scalar& scalar, Sum order, bool equal,
                                              std::int64_t limit) {
  const double e = 2.718281828459045;
  const double other = equal ? 1.0 : scalar.exp(scalar.round(-1.0));
  for (std::int64_t n = 1; n <= limit; ++n) {
    const std::array runs = {Run{1.0, 1}, Run{other, n - 1}};
    const double z = sum_of_runs(scalar, order, runs);
    // The first weight is the largest. n times a weight is a dyadic number of at most 53 bits, e is not
    // dyadic: the comparison is exact.
    if (scalar.div(1.0, z) * static_cast<double>(n) > e) {
      return n;
    }
  }
  return std::nullopt;
}

std::optional<Vanishing> weights_vanish(const Scalar& scalar, Sum order) {
  const auto weight = [&](const Integer& n) {
    return scalar.div(1.0, scalar.round(Number::finite(false, n, 0)));
  };
  const auto found = [](const Integer& n, double w) { return Vanishing{n, lane::is_nan(w)}; };
  if (order == Sum::sequential) {
    double z = 1;
    for (std::int64_t n = 1;; ++n) {
      const double w = scalar.div(1.0, z);
      if (!(w > 0)) {
        return found(n, w);
      }
      const double next = scalar.add(z, 1.0);
      if (same(next, z)) {
        return std::nullopt;  // the normaliser stands still, and so does the weight
      }
      z = next;
    }
  }
  // Exact: the weight falls as n grows, up to the largest number and beyond it.
  Integer low = 1, high = Integer(4) << static_cast<unsigned>(std::log2(scalar.largest()) + 1);
  if (weight(high) > 0) {
    return std::nullopt;  // saturated, and still not 0
  }
  while (high - low > 1) {
    const Integer middle = (low + high) / 2;
    (weight(middle) > 0 ? low : high) = middle;
  }
  return found(high, weight(high));
}

namespace {

/// The normalisers of one winner and n - 1 others of exponential e, for growing n.
class Normaliser {
 public:
  Normaliser(const Scalar& scalar, double e, bool winner_last)
      : scalar_(scalar), e_(e), winner_last_(winner_last), sum_(winner_last ? 0.0 : 1.0) {}
  void grow() { sum_ = scalar_.add(sum_, e_); }
  double value() const { return winner_last_ ? scalar_.add(sum_, 1.0) : sum_; }

 private:
  const Scalar& scalar_;
  double e_;
  bool winner_last_;
  double sum_;
};

}  // namespace

NormSearch find_norm_violation(const Scalar& scalar, std::int64_t most, double factor) {
  NormSearch search;
  for (const double gap : scalar.values()) {
    if (!(gap > 0) || !lane::is_finite(gap)) {
      continue;
    }
    const double e = scalar.exp(-gap);
    if (e == 0) {
      break;  // one-hot, exactly: the norm is 0 from here on
    }
    const double unit = factor * std::exp(-gap);
    for (const bool last : {false, true}) {
      Normaliser z(scalar, e, last);
      const std::int64_t up_to = search.violation ? search.violation->n - 1 : most;
      for (std::int64_t n = 2; n <= up_to; ++n) {
        z.grow();
        ++search.cases;
        const double others = static_cast<double>(n - 1) * scalar.div(e, z.value());
        const double norm = std::abs(1 - scalar.div(1.0, z.value())) + others;
        const double bound = static_cast<double>(n) * unit;
        if (norm > bound * (1 + 1e-12)) {
          search.violation = NormViolation{n, gap, norm, bound, last};
          break;
        }
      }
    }
  }
  return search;
}

std::optional<double> one_hot_scale(const Scalar& scalar) {
  for (const double c : scalar.values()) {
    if (c > 0 && lane::is_finite(c) && scalar.exp(-c) == 0) {
      return c;
    }
  }
  return std::nullopt;
}

Counting counting(const UniformHead& head, std::int64_t limit) {
  Counting c{limit, limit};
  for (std::int64_t n = 1; n <= limit && c.majority == limit; ++n) {
    if (same(head.mean(n / 2, n), head.mean(n / 2 + 1, n))) {
      c.majority = n - 1;
    }
  }
  for (std::int64_t n = 1; n <= c.majority && c.all == limit; ++n) {
    double before = head.mean(0, n);
    for (std::int64_t ones = 1; ones <= n; ++ones) {
      const double mean = head.mean(ones, n);
      // Outputs grow with the count: it is enough to compare neighbours.
      if (same(mean, before)) {
        c.all = n - 1;
        break;
      }
      before = mean;
    }
  }
  c.all = std::min(c.all, c.majority);
  return c;
}

}  // namespace carrybit::proofs
