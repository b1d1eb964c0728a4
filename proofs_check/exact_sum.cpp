#include "proofs_check/exact_sum.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

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
  bool has_functions() const { return sum_ >= 0; }

 private:
  const Ghosts& ghosts_;
  int sum_ = -1;
  std::vector<GhostTerm> parts_;
  std::size_t read_ = 0;
  std::vector<double> together_;  // functions of the sum, and the sum once it is complete
  Bounds open_, rest_;
  double constant_ = 0;
};

using Pairs = std::vector<std::pair<double, double>>;

void sort_pairs(Pairs& pairs) {
  std::ranges::sort(pairs);
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
}

Relation relation_of(const Pairs& pairs) {
  Relation relation;
  for (const auto& [exact, rounded] : pairs) {
    if (relation.numbers.empty() || relation.numbers.back() != exact)
      relation.numbers.push_back(exact);
    relation.rounded.emplace_back(static_cast<int>(relation.numbers.size()) - 1, rounded);
  }
  return relation;
}

/// What all sums of the terms that vary differ by: a multiple of 2^grid, as all products are.
double common_step(Ghosts& ghosts, const std::vector<GhostTerm>& terms, int grid) {
  std::uint64_t common = 0;
  for (const GhostTerm& term : ExactSums::varying(terms)) {
    const std::vector<double> image = ghosts.image(term.cell);
    for (const double x : image) {
      const double apart = std::ldexp(std::abs(term.weight * x - term.weight * image[0]), -grid);
      if (!(apart < std::ldexp(1.0, 53))) return std::ldexp(1.0, grid);
      common = std::gcd(common, static_cast<std::uint64_t>(apart));
    }
  }
  return std::ldexp(static_cast<double>(std::max<std::uint64_t>(common, 1)), grid);
}

/// All exact sums between the bounds, beside what becomes of each. (Functions of a sum beside its terms
/// are listed on the grid.)
std::optional<Relation> list_sums(Ghosts& ghosts, const std::vector<GhostTerm>& terms,
                                  const Follower& follower, int grid,
                                  const std::function<double(double)>& rounded) {
  const Bounds range = follower.varying();
  const double step =
      follower.has_functions() ? std::ldexp(1.0, grid) : common_step(ghosts, terms, grid);
  if (!((range.high - range.low) / step < static_cast<double>(most_numbers))) return std::nullopt;
  Relation relation;
  // Every x is the lowest sum and some steps: multiples of 2^grid, which a double has exactly.
  // NOLINTNEXTLINE(clang-analyzer-security.FloatLoopCounter)
  for (double x = range.low; x <= range.high; x += step) {
    relation.rounded.emplace_back(static_cast<int>(relation.numbers.size()),
                                  rounded(x + follower.constant()));
    relation.numbers.push_back(x);
  }
  return relation;
}

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

std::optional<Relation> ExactSums::relate(const std::vector<GhostTerm>& terms,
                                          const SumShape& shape) {
  for (const GhostTerm& term : terms)
    if (term.cell.is_interval()) return std::nullopt;
  if (arithmetic_.sum == Sum::exact) return rounded_once(terms);
  if (arithmetic_.sum == Sum::pairwise) {
    SumShape whole = shape;
    if (whole.index.empty())
      for (int k = 0; k < static_cast<int>(terms.size()); ++k) whole.index.push_back(k);
    whole.length = std::max(whole.length, whole.index.empty() ? 0 : whole.index.back() + 1);
    std::optional<Relation> found = tree_by_bounds(terms, whole);
    return found ? found : tree_by_enumeration(terms, whole);
  }
  std::optional<Relation> found = by_bounds(terms);
  return found ? found : by_enumeration(terms);
}

int ExactSums::product_grid(const GhostTerm& term) {
  return last_bit(term.weight) == no_bits || grid(term.cell) == no_bits
             ? no_bits
             : last_bit(term.weight) + grid(term.cell);
}

namespace {

/// What is known of the products seen so far.
struct Grids {
  int all = no_bits;      // the exponent of their last bit
  int varying = no_bits;  // of those that vary
  double most = 0;        // a bound of the sum of their magnitudes

  /// Takes in a term's product, a multiple of 2^grid. False where it may be rounded.
  bool add(const Arithmetic& arithmetic, const GhostTerm& term, int grid) {
    const double bound = (term.weight * Bounds{term.cell.low, term.cell.high}).magnitude();
    all = std::min(all, grid);
    if (!term.cell.is_constant()) varying = std::min(varying, grid);
    most += bound;
    return arithmetic.product != Product::rounded ||
           has_grid(arithmetic.products.format, grid, bound);
  }
};

/// The first of the terms first..last whose place in the sum is `place` or beyond.
std::size_t first_from(const SumShape& shape, std::size_t first, std::size_t last, int place) {
  const auto begin = shape.index.begin();
  return static_cast<std::size_t>(std::lower_bound(begin + static_cast<std::ptrdiff_t>(first),
                                                   begin + static_cast<std::ptrdiff_t>(last),
                                                   place) -
                                  begin);
}

}  // namespace

std::optional<Relation> ExactSums::by_bounds(const std::vector<GhostTerm>& terms) {
  Follower follower(ghosts_, terms);
  Grids grids;
  for (const GhostTerm& term : terms) {
    if (!grids.add(arithmetic_, term, product_grid(term))) return std::nullopt;
    follower.add(term);
    if (!has_grid(arithmetic_.accumulator.format, grids.all, follower.partial().magnitude()))
      return std::nullopt;
    ++ghosts_.cases;
  }
  return list_sums(ghosts_, terms, follower, grids.varying, [](double x) { return x; });
}

std::optional<Relation> ExactSums::tree_by_bounds(const std::vector<GhostTerm>& terms,
                                                  const SumShape& shape) {
  // The tree of sim/dot.hpp, every node of it.
  const std::function<bool(std::size_t, std::size_t, int, int)> is_exact =
      [&](std::size_t first, std::size_t last, int low, int high) {
        if (first == last) return true;
        const std::vector<GhostTerm> node(terms.begin() + static_cast<std::ptrdiff_t>(first),
                                          terms.begin() + static_cast<std::ptrdiff_t>(last));
        Follower follower(ghosts_, node);
        int all = no_bits;
        for (const GhostTerm& term : node) {
          all = std::min(all, product_grid(term));
          follower.add(term);
        }
        ++ghosts_.cases;
        const double bound = follower.partial().magnitude();
        if (!has_grid(arithmetic_.accumulator.format, all, bound)) return false;
        if (high - low == 1) return has_grid(arithmetic_.products.format, all, bound);
        const int middle = low + (high - low) / 2;
        const std::size_t split = first_from(shape, first, last, middle);
        return is_exact(first, split, low, middle) && is_exact(split, last, middle, high);
      };
  if (!is_exact(0, terms.size(), 0, shape.length)) return std::nullopt;
  Follower follower(ghosts_, terms);
  int grid_varying = no_bits;
  for (const GhostTerm& term : terms) {
    follower.add(term);
    if (!term.cell.is_constant()) grid_varying = std::min(grid_varying, product_grid(term));
  }
  return list_sums(ghosts_, terms, follower, grid_varying, [](double x) { return x; });
}

/// A term's products: exact, and as the products' format has them. A constant's exact part is 0.
std::optional<ExactSums::Pairs> ExactSums::products(const GhostTerm& term) {
  Pairs pairs;
  for (const double x : ghosts_.image(term.cell)) {
    const double product = term.weight * x;
    const double rounded = engine_.mul(term.weight, x, RoleId::products, 0);
    if (std::fma(term.weight, x, -product) != 0 || !engine_.is_finite(rounded)) return std::nullopt;
    pairs.emplace_back(term.cell.is_constant() ? 0.0 : product, rounded);
  }
  sort_pairs(pairs);
  return pairs;
}

std::optional<Relation> ExactSums::tree_by_enumeration(const std::vector<GhostTerm>& terms,
                                                       const SumShape& shape) {
  std::size_t work = 0;
  const auto add = [&](const Pairs& a, const Pairs& b) -> std::optional<Pairs> {
    work += a.size() * b.size();
    if (work > most_pairs) return std::nullopt;
    Pairs sums;
    sums.reserve(a.size() * b.size());
    for (const auto& [x, x_rounded] : a)
      for (const auto& [y, y_rounded] : b) {
        const double total = x + y;
        const double rounded = engine_.add(x_rounded, y_rounded, RoleId::accumulator, 0);
        if (total - x != y || total - y != x || !engine_.is_finite(rounded)) return std::nullopt;
        sums.emplace_back(total, rounded);
      }
    sort_pairs(sums);
    return sums;
  };
  const std::function<std::optional<Pairs>(std::size_t, std::size_t, int, int)> node =
      [&](std::size_t first, std::size_t last, int low, int high) -> std::optional<Pairs> {
    if (first == last) return Pairs{{0.0, engine_.zero()}};
    if (high - low == 1) return products(terms[first]);
    const int middle = low + (high - low) / 2;
    const std::size_t split = first_from(shape, first, last, middle);
    const std::optional<Pairs> left = node(first, split, low, middle);
    const std::optional<Pairs> right = left ? node(split, last, middle, high) : std::nullopt;
    return right ? add(*left, *right) : std::nullopt;
  };
  const std::optional<Pairs> tree = node(0, terms.size(), 0, shape.length);
  const std::optional<Pairs> pairs = tree ? add({{0.0, engine_.zero()}}, *tree) : std::nullopt;
  ghosts_.cases += work;
  return pairs ? std::optional(relation_of(*pairs)) : std::nullopt;
}

std::optional<Relation> ExactSums::rounded_once(const std::vector<GhostTerm>& terms) {
  Follower follower(ghosts_, terms);
  Grids grids;
  for (const GhostTerm& term : terms) {
    if (!grids.add(arithmetic_, term, product_grid(term))) return std::nullopt;
    follower.add(term);
    ++ghosts_.cases;
  }
  // Doubles have the exact sum.
  if (grids.most != 0 && !(grids.most <= std::ldexp(1.0, grids.all + 50))) return std::nullopt;
  return list_sums(ghosts_, terms, follower, grids.varying,
                   [this](double x) { return engine_.convert(x, RoleId::accumulator); });
}

std::optional<Relation> ExactSums::by_enumeration(const std::vector<GhostTerm>& terms) {
  Pairs pairs = {{0.0, engine_.zero()}};
  std::size_t work = 0;
  for (const GhostTerm& term : terms) {
    const std::vector<double> values = ghosts_.image(term.cell);
    work += pairs.size() * values.size();
    if (work > most_pairs) return std::nullopt;
    Pairs next;
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
        if (!engine_.is_finite(next.back().second)) return std::nullopt;
      }
    sort_pairs(next);
    pairs = std::move(next);
  }
  ghosts_.cases += work;
  return relation_of(pairs);
}

}  // namespace carrybit::certificates
