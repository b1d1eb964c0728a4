#include "proofs_check/exact_sum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace carrybit::certificates {

namespace {

constexpr int no_bits = 1 << 20;
constexpr std::size_t most_numbers = std::size_t{1} << 22;
constexpr std::size_t most_pairs = std::size_t{1} << 24;

struct Bounds {
  double low = 0, high = 0;
  double magnitude() const { return std::max(std::abs(low), std::abs(high)); }
};

Bounds operator+(const Bounds& a, const Bounds& b) { return {a.low + b.low, a.high + b.high}; }
Bounds operator*(double w, const Bounds& a) {
  return {std::min(w * a.low, w * a.high), std::max(w * a.low, w * a.high)};
}

/// Follows a row by the hulls of its terms. Terms x_i of one exact sum and functions of that sum are
/// followed together, value by value of the sum, once all x_i have been read.
class Follower {
 public:
  Follower(const Ghosts& ghosts, const std::vector<GhostTerm>& terms) : ghosts_(ghosts) {
    const std::vector<GhostTerm> varying = ExactSums::varying(terms);
    for (const GhostTerm& term : varying) {
      if (term.cell.count != 1) continue;
      const auto& parts = ghosts.terms(term.cell.atoms[0]);
      const bool all = !parts.empty() && std::ranges::all_of(parts, [&](const GhostTerm& part) {
        return std::ranges::count(varying, part) == 1;
      });
      if (all) sum_ = term.cell.atoms[0];
    }
    if (sum_ < 0) return;
    parts_ = ghosts.terms(sum_);
    together_.assign(static_cast<std::size_t>(ghosts.atom(sum_).size), 0.0);
  }

  void add(const GhostTerm& term) {
    const Bounds hull = term.weight * Bounds{term.cell.low, term.cell.high};
    if (term.cell.is_constant()) {
      constant_ += hull.low;
    } else if (sum_ >= 0 && std::ranges::count(parts_, term) == 1) {
      open_ = open_ + hull;
      if (++read_ == parts_.size())
        for (std::size_t i = 0; i < together_.size(); ++i)
          together_[i] += ghosts_.atom(sum_).numbers[i];
    } else if (sum_ >= 0 && term.cell.count == 1 && term.cell.atoms[0] == sum_) {
      const auto& table = ghosts_.table(term.cell.table);
      for (std::size_t i = 0; i < together_.size(); ++i) together_[i] += term.weight * table[i];
    } else {
      rest_ = rest_ + hull;
    }
  }

  /// Of the terms that vary, so far.
  Bounds varying() const {
    if (sum_ < 0) return rest_;
    const auto [low, high] = std::ranges::minmax(together_);
    // Until all parts have been read, those that have and the functions by their hulls.
    return Bounds{low, high} + rest_ + (read_ == parts_.size() ? Bounds{} : open_);
  }
  Bounds partial() const { return varying() + Bounds{constant_, constant_}; }
  double constant() const { return constant_; }

 private:
  const Ghosts& ghosts_;
  int sum_ = -1;
  std::vector<GhostTerm> parts_;
  std::size_t read_ = 0;
  std::vector<double> together_;  // functions of the sum, and the sum once it is complete
  Bounds open_, rest_;
  double constant_ = 0;
};

}  // namespace

int last_bit(double x) {
  if (x == 0 || !std::isfinite(x)) return no_bits;
  int exponent = 0;
  double fraction = std::frexp(x, &exponent);
  int bits = 0;
  while (fraction != std::trunc(fraction)) {
    fraction *= 2;
    ++bits;
  }
  return exponent - bits;
}

bool has_grid(const Format& format, int grid, double bound) {
  if (bound == 0 || grid == no_bits) return true;
  if (!(bound <= std::numeric_limits<double>::max())) return false;
  if (format.is_fixed())
    return grid >= -format.fraction_bits &&
           bound <= std::ldexp(1.0, format.integer_bits) - std::ldexp(1.0, -format.fraction_bits);
  const auto least = format.flush_subnormals ? format.min_exponent() : format.min_quantum();
  return grid >= least && bound <= std::ldexp(1.0, grid + format.precision()) &&
         bound <= std::ldexp(1.0, static_cast<int>(format.max_exponent()));
}

std::vector<GhostTerm> ExactSums::varying(const std::vector<GhostTerm>& terms) {
  std::vector<GhostTerm> list;
  for (const GhostTerm& term : terms)
    if (!term.cell.is_constant()) list.push_back(term);
  return list;
}

int ExactSums::grid(const Cell& cell) {
  if (cell.is_constant()) return last_bit(cell.low);
  const auto known = grids_.find(cell.table);
  if (known != grids_.end()) return known->second;
  int least = no_bits;
  for (const double x : ghosts_.table(cell.table)) least = std::min(least, last_bit(x));
  grids_.emplace(cell.table, least);
  return least;
}

std::optional<Relation> ExactSums::relate(const std::vector<GhostTerm>& terms) {
  for (const GhostTerm& term : terms)
    if (term.cell.is_interval()) return std::nullopt;
  std::optional<Relation> found = by_bounds(terms);
  return found ? found : by_enumeration(terms);
}

std::optional<Relation> ExactSums::by_bounds(const std::vector<GhostTerm>& terms) {
  Follower follower(ghosts_, terms);
  int grid_all = no_bits;
  int grid_varying = no_bits;
  for (const GhostTerm& term : terms) {
    const int product = last_bit(term.weight) == no_bits || grid(term.cell) == no_bits
                            ? no_bits
                            : last_bit(term.weight) + grid(term.cell);
    const Bounds hull = term.weight * Bounds{term.cell.low, term.cell.high};
    if (arithmetic_.product == Product::rounded &&
        !has_grid(arithmetic_.products.format, product, hull.magnitude()))
      return std::nullopt;
    grid_all = std::min(grid_all, product);
    if (!term.cell.is_constant()) grid_varying = std::min(grid_varying, product);
    follower.add(term);
    if (!has_grid(arithmetic_.accumulator.format, grid_all, follower.partial().magnitude()))
      return std::nullopt;
    ++ghosts_.cases;
  }
  const Bounds range = follower.varying();
  const double step = std::ldexp(1.0, grid_varying);
  if (!((range.high - range.low) / step < static_cast<double>(most_numbers))) return std::nullopt;
  Relation relation;
  for (double x = range.low; x <= range.high; x += step) {
    relation.rounded.emplace_back(static_cast<int>(relation.numbers.size()),
                                  x + follower.constant());
    relation.numbers.push_back(x);
  }
  return relation;
}

std::optional<Relation> ExactSums::by_enumeration(const std::vector<GhostTerm>& terms) {
  // (exact, rounded), increasing and unique.
  std::vector<std::pair<double, double>> pairs = {{0.0, engine_.zero()}};
  std::size_t work = 0;
  for (const GhostTerm& term : terms) {
    const std::vector<double> values = ghosts_.image(term.cell);
    work += pairs.size() * values.size();
    if (work > most_pairs) return std::nullopt;
    std::vector<std::pair<double, double>> next;
    next.reserve(pairs.size() * values.size());
    for (const double x : values)
      for (const auto& [exact, rounded] : pairs) {
        const double product = term.weight * x;
        const double total = term.cell.is_constant() ? exact : exact + product;
        // The ghost must itself be exact: twice 26 bits, sums of moderate size.
        if (std::fma(term.weight, x, -product) != 0 ||
            (!term.cell.is_constant() && (total - exact != product || total - product != exact)))
          return std::nullopt;
        next.emplace_back(total, engine_.step(rounded, term.weight, x, 0));
      }
    std::ranges::sort(next);
    next.erase(std::unique(next.begin(), next.end()), next.end());
    pairs = std::move(next);
  }
  ghosts_.cases += work;
  Relation relation;
  for (const auto& [exact, rounded] : pairs) {
    if (relation.numbers.empty() || relation.numbers.back() != exact)
      relation.numbers.push_back(exact);
    relation.rounded.emplace_back(static_cast<int>(relation.numbers.size()) - 1, rounded);
  }
  return relation;
}

}  // namespace carrybit::certificates
