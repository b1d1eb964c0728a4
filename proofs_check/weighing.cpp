#include "proofs_check/weighing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "proofs_check/contest.hpp"

namespace carrybit::certificates {

namespace {

constexpr double nowhere = std::numeric_limits<double>::infinity();
constexpr std::int64_t most_sums = std::int64_t{1} << 22;

constexpr int free_place = -1;

/// A term as the two ways read it: weight times values[d], where the place has digit d; or any of the
/// values, where it is free.
struct DigitTerm {
  double weight = 0;
  int place = 0;
  std::vector<double> values;
};

struct Bounds {
  double low = nowhere, high = -nowhere;  // empty
  bool empty() const { return low > high; }
  void take(double least, double most) {
    low = std::min(low, least);
    high = std::max(high, most);
  }
};

using ByCarry = std::array<std::optional<Extremes>, 2>;

ByCarry result(const std::array<Bounds, 2>& bounds) {
  ByCarry found;
  for (std::size_t carry = 0; carry < 2; ++carry)
    if (!bounds[carry].empty()) found[carry] = Extremes{bounds[carry].low, bounds[carry].high};
  return found;
}

/// A digit below is read as such; whatever else a sum reads may be anything that it ever is: more
/// combinations than occur.
std::vector<DigitTerm> read_terms(Ghosts& ghosts, const std::vector<GhostTerm>& terms,
                                  const PlaceOfAtom& place_of, int base, int places) {
  std::vector<DigitTerm> list;
  std::set<int> seen;
  for (const GhostTerm& term : terms) {
    if (term.cell.is_constant() && term.cell.low == 0) continue;
    if (term.cell.is_interval())
      throw NotCertified("a weighed sum reads a number that is known by bounds only");
    const int atom = term.cell.count == 1 ? term.cell.atoms[0] : -1;
    const std::optional<int> place = atom < 0 ? std::nullopt : place_of(atom);
    const bool is_below = place && *place >= 0 && *place < places &&
                          ghosts.table(term.cell.table).size() == static_cast<std::size_t>(base);
    // A digit read twice is free the second time.
    if (is_below && seen.insert(atom).second)
      list.push_back({term.weight, *place, ghosts.table(term.cell.table)});
    else
      list.push_back({term.weight, free_place, ghosts.image(term.cell)});
  }
  return list;
}

/// Sums without rounding.
class Automaton {
 public:
  Automaton(const Arithmetic& arithmetic, const std::vector<DigitTerm>& terms, int places)
      : arithmetic_(arithmetic), terms_(terms), places_(places) {}

  std::optional<ByCarry> run(std::uint64_t& cases) {
    if (!is_exact()) return std::nullopt;
    std::array<Bounds, 2> at;
    at[0] = {0, 0};
    for (const DigitTerm& term : terms_) {
      if (term.place != free_place) continue;
      const auto [least, most] = std::ranges::minmax(term.values);  // weights are positive
      at[0] = {at[0].low + term.weight * least, at[0].high + term.weight * most};
    }
    for (int place = 0; place < places_; ++place) at = step(at, place, cases);
    return result(at);
  }

 private:
  /// Every product, and every partial sum in this order, is a multiple of one quantum up to which (by the
  /// hulls of the terms) the format has all of them.
  bool is_exact() const {
    int grid = std::numeric_limits<int>::max();
    Bounds sum{0, 0};
    double all = 0;
    for (const DigitTerm& term : terms_) {
      Bounds products;
      for (const double v : term.values) {
        const double product = term.weight * v;
        if (std::fma(term.weight, v, -product) != 0) return false;
        if ((arithmetic_.product == Product::rounded || arithmetic_.sum == Sum::pairwise) &&
            !has_grid(arithmetic_.products.format, last_bit(product), std::abs(product)))
          return false;
        if (product != 0) grid = std::min(grid, last_bit(product));
        products.take(product, product);
      }
      sum = {sum.low + products.low, sum.high + products.high};
      all += std::max(std::abs(products.low), std::abs(products.high));
      const double magnitude = std::max(std::abs(sum.low), std::abs(sum.high));
      if (arithmetic_.sum == Sum::sequential && magnitude != 0 &&
          !has_grid(arithmetic_.accumulator.format, grid, magnitude))
        return false;
    }
    // In pairs: no sum of some of the terms is larger than this. Rounded once: doubles have the sum.
    if (all == 0 || arithmetic_.sum == Sum::sequential) return true;
    return arithmetic_.sum == Sum::pairwise ? has_grid(arithmetic_.accumulator.format, grid, all)
                                            : all <= std::ldexp(1.0, grid + 50);
  }

  /// Sums of one place's digits: by their total, the extremes of what they add.
  std::array<Bounds, 2> step(const std::array<Bounds, 2>& before, int place,
                             std::uint64_t& cases) const {
    std::vector<Bounds> added = {{0, 0}};  // by the total of the digits so far
    int base = 2;
    for (const DigitTerm& term : terms_) {
      if (term.place != place) continue;
      base = static_cast<int>(term.values.size());
      std::vector<Bounds> next(added.size() + term.values.size() - 1);
      for (std::size_t total = 0; total < added.size(); ++total)
        for (std::size_t d = 0; d < term.values.size(); ++d) {
          const double product = term.weight * term.values[d];
          next[total + d].take(added[total].low + product, added[total].high + product);
          ++cases;
        }
      added = std::move(next);
    }
    std::array<Bounds, 2> after;
    for (std::size_t carry = 0; carry < 2; ++carry)
      for (std::size_t total = 0; !before[carry].empty() && total < added.size(); ++total) {
        const std::size_t out = total + carry >= static_cast<std::size_t>(base) ? 1 : 0;
        after[out].take(before[carry].low + added[total].low,
                        before[carry].high + added[total].high);
      }
    return after;
  }

  const Arithmetic& arithmetic_;
  const std::vector<DigitTerm>& terms_;
  int places_;
};

/// For every exact partial sum, the extremes of the rounded one.
std::optional<ByCarry> by_all_sums(ProofEngine& engine, const std::vector<DigitTerm>& terms,
                                   int base, int places, std::uint64_t& cases) {
  std::int64_t modulus = 1;
  std::vector<std::int64_t> powers;
  for (int place = 0; place < places; ++place) {
    powers.push_back(modulus);
    modulus *= base;
    if (2 * modulus > most_sums) return std::nullopt;
  }
  // By exact partial sum; low > high where no digits have it.
  std::vector<double> low = {engine.zero()};
  std::vector<double> high = low;
  for (const DigitTerm& term : terms) {
    const std::size_t power =
        term.place == free_place
            ? 0
            : static_cast<std::size_t>(powers[static_cast<std::size_t>(term.place)]);
    const std::size_t size = low.size() + power * (term.values.size() - 1);
    std::vector<double> next_low(size, nowhere);
    std::vector<double> next_high(size, -nowhere);
    for (std::size_t d = 0; d < term.values.size(); ++d) {
      for (std::size_t s = 0; s < low.size(); ++s) {
        if (low[s] > high[s]) continue;
        const double least = engine.step(low[s], term.weight, term.values[d], 0);
        const double most =
            low[s] == high[s] ? least : engine.step(high[s], term.weight, term.values[d], 0);
        if (!engine.is_finite(least) || !engine.is_finite(most)) return std::nullopt;
        next_low[s + d * power] = std::min(next_low[s + d * power], least);
        next_high[s + d * power] = std::max(next_high[s + d * power], most);
      }
      cases += low.size();
    }
    low = std::move(next_low);
    high = std::move(next_high);
  }
  std::array<Bounds, 2> bounds;
  for (std::size_t s = 0; s < low.size(); ++s)
    if (low[s] <= high[s])
      bounds[static_cast<std::int64_t>(s) >= modulus ? 1 : 0].take(low[s], high[s]);
  return result(bounds);
}

}  // namespace

ByCarry extremes_by_carry(Rows& rows, const std::vector<GhostTerm>& terms,
                          const PlaceOfAtom& place_of, int base, int places) {
  Ghosts& ghosts = rows.ghosts();
  const std::vector<DigitTerm> digits = read_terms(ghosts, terms, place_of, base, places);
  for (int place = 0; place < places; ++place)
    if (std::ranges::count(digits, place, &DigitTerm::place) != 2)
      throw NotCertified("a weighed sum does not read two digits of every place below");
  auto found = Automaton(rows.arithmetic(), digits, places).run(ghosts.cases);
  if (rows.arithmetic().sum == Sum::exact && found)  // rounded once, which is monotone
    for (auto& extremes : *found)
      if (extremes)
        extremes = Extremes{rows.engine().convert(extremes->low, RoleId::accumulator),
                            rows.engine().convert(extremes->high, RoleId::accumulator)};
  if (!found && rows.arithmetic().sum == Sum::sequential)
    found = by_all_sums(rows.engine(), digits, base, places, ghosts.cases);
  if (!found)
    throw NotCertified("a weighed sum of digits overflows, or rounds and is too long to list");
  return *found;
}

HeadRule Weighing::rule(std::vector<int> queries) {
  return [this, queries = std::move(queries)](Pass& pass, const HeadInputs& in) {
    return run(pass, in, queries);
  };
}

const Weighed& Weighing::at(int query) const {
  const auto found = known_.find(query);
  if (found == known_.end()) throw NotCertified("the weights of a sum depend on the input");
  return found->second;
}

std::optional<Weighed> Weighing::weigh(Pass& pass, const HeadInputs& in, int query) {
  const auto constant = [](const Cell& cell) { return cell.is_constant(); };
  const std::vector<Cell>& asked = in.queries[static_cast<std::size_t>(query)];
  if (!std::ranges::all_of(asked, constant)) return std::nullopt;
  const auto n = static_cast<std::size_t>(query) + 1;
  std::vector<double> q;
  std::vector<std::vector<double>> keys(asked.size(), std::vector<double>(n));
  for (std::size_t c = 0; c < asked.size(); ++c) {
    q.push_back(asked[c].low);
    if (q.back() == 0) continue;
    for (std::size_t t = 0; t < n; ++t) {
      if (!in.keys[t][c].is_constant()) return std::nullopt;
      keys[c][t] = in.keys[t][c].low;
    }
  }
  Rows& rows = pass.rows();
  ProofEngine& e = rows.engine();
  std::vector<double> score = scores(rows, q, keys, n, in.used, pass.config().head_dim);
  pass.ghosts().cases += n;
  const bool shifts = rows.arithmetic().shift == Shift::max;
  const double most = shifts ? need_finite(*std::ranges::max_element(score)) : 0;
  std::vector<double> weights(n);
  SparseRow<double> kept;
  for (std::size_t t = 0; t < n; ++t) {
    const double shifted = most == 0 ? score[t] : e.sub(score[t], most, RoleId::activations, 0);
    weights[t] = need_finite(e.exp(shifted, RoleId::probabilities, 0));
    if (weights[t] == 0) continue;
    kept.index.push_back(static_cast<int>(t));
    kept.value.push_back(weights[t]);
  }
  const double normaliser = rows.total(kept, query + 1);
  const bool divide_first = rows.arithmetic().normalise == Normalise::weights;
  Weighed found;
  found.components = in.used;
  found.terms.resize(asked.size());
  found.divisor = normaliser;
  for (std::size_t t = 0; t < n; ++t) {
    if (weights[t] == 0) continue;  // adds nothing, whatever finite number it weighs
    const double w =
        divide_first ? e.div(weights[t], normaliser, RoleId::probabilities, 0) : weights[t];
    if (w == 0) continue;
    found.positions.push_back(static_cast<int>(t));
    for (std::size_t c = 0; c < asked.size(); ++c) {
      if (in.values[t][c].is_interval()) return std::nullopt;
      found.terms[c].push_back({w, in.values[t][c]});
    }
  }
  return found;
}

double weighed_output(Rows& rows, const Weighed& weighed, double sum) {
  return rows.arithmetic().normalise == Normalise::weights
             ? rows.engine().convert(sum, RoleId::activations)
             : rows.engine().div(sum, weighed.divisor, RoleId::activations, 0);
}

std::map<int, std::vector<Cell>> Weighing::run(Pass& pass, const HeadInputs& in,
                                               const std::vector<int>& queries) {
  std::map<int, std::vector<Cell>> result;
  for (const int query : queries) {
    const std::optional<Weighed> weighed = weigh(pass, in, query);
    if (!weighed) continue;
    Rows& rows = pass.rows();
    for (const auto& terms : weighed->terms) {
      SparseRow<double> row{weighed->positions, {}};
      std::vector<Cell> values(static_cast<std::size_t>(query) + 1, Cell::constant(0));
      for (std::size_t k = 0; k < terms.size(); ++k) {
        row.value.push_back(terms[k].weight);
        values[static_cast<std::size_t>(row.index[k])] = terms[k].cell;
      }
      const auto [low, high] = rows.hull(row, values);
      result[query].push_back(Cell::interval(weighed_output(rows, *weighed, low),
                                             weighed_output(rows, *weighed, high)));
    }
    known_.emplace(query, *weighed);
  }
  return result;
}

}  // namespace carrybit::certificates
