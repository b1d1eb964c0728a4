#include "proofs_check/theorems/svete.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "sim/parallel.hpp"

namespace carrybit::proofs {

namespace {

struct Vector {
  Number x, y;
};

/// scale * (j, 1) / sqrt(j^2 + 1), from 400 bits rounded once.
Vector hash(std::int64_t j, int scale_exponent, const exact::Context& context) {
  const exact::Context wide{Format::floating(20, 400), Rounding::rne, {}, nullptr};
  const Number root = exact::sqrt(Number::integer(j * j + 1), wide);
  const auto component = [&](std::int64_t value) {
    Number n = exact::div(Number::integer(value), root, wide);
    n.exponent += n.is_zero() ? 0 : scale_exponent;
    return exact::convert(n, context);
  };
  return {component(j), component(1)};
}

/// Scores rounded term by term, and the exponentials of their distances to the maximum.
class Positions {
 public:
  Positions(int b, int most) : context_{Format::fixed(b, b), Rounding::rna, {}, nullptr} {
    for (int j = 0; j < most; ++j) {
      keys_.push_back(hash(j, 0, context_));
      queries_.push_back(hash(j, b - 1, context_));
    }
  }
  Number score(int i, int j) const {
    const Vector& q = queries_[static_cast<std::size_t>(i)];
    const Vector& k = keys_[static_cast<std::size_t>(j)];
    return exact::add(exact::mul(q.x, k.x, context_), exact::mul(q.y, k.y, context_), context_);
  }
  /// Does the key at j leave the softmax of query i one-hot? The winner must be the maximum, or there
  /// is no one-hot at all.
  bool vanishes(int i, int j) const {
    const Number own = score(i, i), other = score(i, j);
    return exact::compare(other, own) == exact::Ordering::less &&
           exact::exp(exact::sub(other, own, context_), context_).is_zero();
  }

 private:
  exact::Context context_;
  std::vector<Vector> keys_, queries_;
};

}  // namespace

int one_hot_positions(int b, int most, std::uint64_t& cases) {
  const Positions positions(b, most);
  // N positions are told apart when N - 1 are, and the last from each of them both ways. Neighbours are
  // closest: look at them first.
  for (int last = 1; last < most; ++last) {
    for (int other = last - 1; other >= 0; --other) {
      cases += 2;
      if (!positions.vanishes(last, other) || !positions.vanishes(other, last)) {
        return last;
      }
    }
  }
  return most;
}

Report check_svete_b5(const Limits& limits) {
  const int most = limits.length(256, 2, 1024);
  // 6 log2 N rounded up is a whole number of bits; in integers: 2^b >= N^6.
  const auto stated = [](int n) { return static_cast<int>(std::ceil(6 * std::log2(n) - 1e-9)); };
  const int top = stated(most);
  std::vector<int> reach(static_cast<std::size_t>(top) + 1, 1);
  std::vector<std::uint64_t> cases(reach.size(), 0);
  parallel_for(reach.size(), [&](std::size_t b) {
    if (b >= 2) {
      reach[b] = one_hot_positions(static_cast<int>(b), most, cases[b]);
    }
  });
  Report report;
  std::uint64_t total = 0;
  for (const std::uint64_t c : cases) {
    total += c;
  }
  std::string refuted, not_monotone;
  for (int n = 2; n <= most; ++n) {
    int least = top;
    for (int b = 2; b <= top; ++b) {
      if (reach[static_cast<std::size_t>(b)] >= n) {
        least = b;
        break;
      }
    }
    for (int b = stated(n); b <= top; ++b) {
      if (reach[static_cast<std::size_t>(b)] < n && refuted.empty()) {
        refuted = fmt::format("N = {}, b = {}", n, b);
      }
    }
    for (int b = least; b <= top; ++b) {
      if (reach[static_cast<std::size_t>(b)] < n && not_monotone.empty()) {
        not_monotone = fmt::format("N = {}, b = {} but not {}", n, least, b);
      }
    }
    if ((n & (n - 1)) == 0) {
      const std::string row = fmt::format("N = {}", n);
      report.cells.push_back({"Svete: bits for an exactly one-hot softmax over N positions", row,
                              "least b", std::to_string(least)});
      report.cells.push_back({"Svete: bits for an exactly one-hot softmax over N positions", row,
                              "6 log2 N", std::to_string(stated(n))});
    }
  }
  report.verdicts.push_back(exhausted(
      "softmax over N hashed positions is exactly one-hot for every query, in fixed:iB.fB with "
      "every "
      "whole b >= 6 log2 N",
      fmt::format(
          "every N from 2 to {}, every b from 6 log2 N to {}, all pairs of positions, exact "
          "engine",
          most, top),
      total, refuted));
  report.verdicts.push_back(exhausted("a softmax that is one-hot with b bits is so with more",
                                      fmt::format("every N from 2 to {}, every b to {}", most, top),
                                      total, not_monotone));
  return report;
}

}  // namespace carrybit::proofs
