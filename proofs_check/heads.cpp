#include "proofs_check/heads.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace carrybit::certificates {

namespace {

constexpr int nowhere = std::numeric_limits<int>::max();

bool all_zero(const std::vector<Cell>& cells) {
  return std::ranges::all_of(cells, [](const Cell& c) { return c.is_constant() && c.low == 0; });
}

/// The keys of a head, sorted into classes of equal vectors, in the components that queries read.
class Keys {
 public:
  Keys(Pass& pass, const HeadInputs& in, std::vector<std::size_t> components)
      : components_(std::move(components)) {
    for (int t = 0; t < pass.length(); ++t) add(pass, in, t);
    columns_.resize(components_.size());
    for (std::size_t c = 0; c < components_.size(); ++c)
      for (std::size_t k = 0; k < vectors_.size(); ++k)
        columns_[c].push_back(vectors_.at(static_cast<int>(k))[c]);
  }

  std::size_t classes() const { return vectors_.size(); }
  const std::vector<std::vector<double>>& columns() const { return columns_; }
  const std::vector<std::size_t>& components() const { return components_; }
  int first(std::size_t k) const { return first_[k]; }
  int first_sure(std::size_t k) const { return first_sure_[k]; }
  /// Positions of a class, increasing; those of `unsure` have other classes too.
  const std::vector<int>& positions(std::size_t k) const { return positions_[k]; }
  bool is_unsure(int t) const { return classes_of_[static_cast<std::size_t>(t)] > 1; }
  const std::vector<int>& vague() const { return vague_; }

 private:
  void add(Pass& pass, const HeadInputs& in, int t) {
    std::vector<Cell> cells;
    for (const std::size_t c : components_)
      cells.push_back(in.keys[static_cast<std::size_t>(t)][c]);
    const auto values = joint_values(pass.ghosts(), cells);
    classes_of_.push_back(values ? static_cast<int>(values->size()) : 0);
    if (!values) {
      vague_.push_back(t);
      return;
    }
    for (const std::vector<double>& v : *values) {
      const auto k = static_cast<std::size_t>(vectors_.number(v));
      if (k == positions_.size()) {
        positions_.emplace_back();
        first_.push_back(t);
        first_sure_.push_back(nowhere);
      }
      positions_[k].push_back(t);
      if (values->size() == 1) first_sure_[k] = std::min(first_sure_[k], t);
    }
  }

  std::vector<std::size_t> components_;
  Vectors vectors_;
  std::vector<std::vector<double>> columns_;
  std::vector<std::vector<int>> positions_;
  std::vector<int> first_, first_sure_, classes_of_, vague_;
};

/// Decides who wins, for each vector that a query may be.
class Contest {
 public:
  Contest(Pass& pass, const HeadInputs& in, const Keys& keys) : pass_(pass), in_(in), keys_(keys) {
    for (const std::size_t c : keys.components()) read_.push_back(in.used[c]);
  }

  void ask(const std::vector<double>& query) {
    query_ = query;
    scores_ = scores(pass_.rows(), query, keys_.columns(), keys_.classes(), read_,
                     pass_.config().head_dim);
    pass_.ghosts().cases += keys_.classes();
  }

  /// The winners among positions 0..last, or nothing.
  std::optional<std::vector<int>> winners(int last) {
    double m = -std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < keys_.classes(); ++k)
      if (keys_.first_sure(k) <= last) m = std::max(m, scores_[k]);
    if (m == -std::numeric_limits<double>::infinity()) return std::nullopt;
    if (m != 0 && pass_.rows().arithmetic().shift == Shift::none) return std::nullopt;
    Vanishing vanishes(pass_.rows().engine(), m);
    std::vector<int> found;
    for (std::size_t k = 0; k < keys_.classes(); ++k) {
      if (keys_.first(k) > last) continue;
      if (scores_[k] != m) {
        if (!vanishes(scores_[k])) return std::nullopt;
        continue;
      }
      for (const int t : keys_.positions(k)) {
        if (t > last) break;
        if (keys_.is_unsure(t)) return std::nullopt;
        found.push_back(t);
      }
    }
    if (!vague_vanish(last, vanishes)) return std::nullopt;
    std::ranges::sort(found);
    return found;
  }

 private:
  bool vague_vanish(int last, Vanishing& vanishes) {
    std::vector<std::vector<double>> low(keys_.components().size());
    auto high = low;
    std::size_t n = 0;
    for (const int t : keys_.vague()) {
      if (t > last) break;
      for (std::size_t c = 0; c < low.size(); ++c) {
        const Cell& cell = in_.keys[static_cast<std::size_t>(t)][keys_.components()[c]];
        low[c].push_back(cell.low);
        high[c].push_back(cell.high);
      }
      ++n;
    }
    if (n == 0) return true;
    for (std::size_t c = 0; c < low.size(); ++c)
      if (query_[c] < 0) low[c].swap(high[c]);
    // The largest scores that these keys could reach.
    const std::vector<double> most =
        scores(pass_.rows(), query_, high, n, read_, pass_.config().head_dim);
    pass_.ghosts().cases += n;
    return std::ranges::all_of(most, [&](double s) { return vanishes(s); });
  }

  Pass& pass_;
  const HeadInputs& in_;
  const Keys& keys_;
  std::vector<int> read_;  // components
  std::vector<double> query_, scores_;
};

/// The mean of several sure winners, weight 1 each, in order of position.
Cell mean(Pass& pass, const HeadInputs& in, const std::vector<int>& winners, std::size_t component,
          int visible) {
  Rows& rows = pass.rows();
  ProofEngine& e = rows.engine();
  const bool divide_first = rows.arithmetic().normalise == Normalise::weights;
  const double one = e.exp(0, RoleId::probabilities, 0);
  const double ones = rows.total({winners, std::vector<double>(winners.size(), one)}, visible);
  const double weight = divide_first ? e.div(one, ones, RoleId::probabilities, 0) : one;
  const auto end = [&](double sum) {
    return divide_first ? e.convert(sum, RoleId::activations)
                        : e.div(sum, ones, RoleId::activations, 0);
  };
  std::vector<GhostTerm> terms;
  for (const int t : winners)
    terms.push_back({weight, in.values[static_cast<std::size_t>(t)][component]});
  if (const auto sum = rows.project(terms, {winners, visible}))
    if (const auto known = rows.finish(*sum, end)) return *known;
  std::vector<Cell> values(static_cast<std::size_t>(visible), Cell::constant(0));
  for (const int t : winners)
    values[static_cast<std::size_t>(t)] = in.values[static_cast<std::size_t>(t)][component];
  const auto [low, high] =
      rows.hull({winners, std::vector<double>(winners.size(), weight)}, values);
  return Cell::interval(end(low), end(high));
}

/// What a query without a decided winner returns: bounds from sums over the prefix.
class PrefixBounds {
 public:
  /// `uniform`: the query is 0, all exponentials are exp(0); else weights are anything in [0, 1], and the
  /// exponentials' sum is at least 1.
  PrefixBounds(Pass& pass, const HeadInputs& in, bool uniform)
      : rows_(pass.rows()),
        in_(in),
        uniform_(uniform),
        one_(rows_.engine().exp(0, RoleId::probabilities, 0)),
        low_(in.used.size(), 0.0),
        high_(low_) {}

  /// Cells at position t; to be asked in increasing order.
  std::vector<Cell> at(int t) {
    ProofEngine& e = rows_.engine();
    if (!uniform_ && (one_ != 1 || e.convert(1, RoleId::accumulator) != 1))
      throw NotCertified("a head's winner is not known, and its weight need not be 1");
    const bool divide_first = uniform_ && rows_.arithmetic().normalise == Normalise::weights;
    if (rows_.arithmetic().sum == Sum::sequential && !divide_first)
      go_on(t);
    else
      add_anew(t, divide_first);
    if (e.is_nan(ones_)) throw NotCertified("a sum of weights may overflow");
    const double divisor = uniform_ && !divide_first ? ones_ : 1;
    std::vector<Cell> cells;
    for (std::size_t c = 0; c < low_.size(); ++c) {
      const double low = e.div(low_[c], divisor, RoleId::activations, 0);
      const double high = e.div(high_[c], divisor, RoleId::activations, 0);
      cells.push_back(Cell::interval(low, high));
    }
    return cells;
  }

 private:
  /// Sums from left to right are partial sums of one another.
  void go_on(int t) {
    ProofEngine& e = rows_.engine();
    for (; next_ <= t; ++next_) {
      for (std::size_t c = 0; c < low_.size(); ++c) {
        const Cell cell = weighed(next_, c);
        low_[c] = e.step(low_[c], one_, cell.low, 0);
        high_[c] = e.step(high_[c], one_, cell.high, 0);
      }
      ones_ = e.add(ones_, one_, RoleId::accumulator, 0);
    }
  }
  void add_anew(int t, bool divide_first) {
    SparseRow<double> row;
    for (int k = 0; k <= t; ++k) row.index.push_back(k);
    row.value.assign(row.index.size(), one_);
    ones_ = rows_.total(row, t + 1);
    if (divide_first)
      row.value.assign(row.index.size(), rows_.engine().div(one_, ones_, RoleId::probabilities, 0));
    for (std::size_t c = 0; c < low_.size(); ++c) {
      std::vector<Cell> cells;
      for (int k = 0; k <= t; ++k) cells.push_back(weighed(k, c));
      std::tie(low_[c], high_[c]) = rows_.hull(row, cells);
    }
  }
  Cell weighed(int t, std::size_t c) const {
    const Cell& value = in_.values[static_cast<std::size_t>(t)][c];
    return uniform_ ? Cell::interval(value.low, value.high)
                    : Cell::interval(std::min(value.low, 0.0), std::max(value.high, 0.0));
  }

  Rows& rows_;
  const HeadInputs& in_;
  bool uniform_;
  double one_;  // exp(0)
  int next_ = 0;
  double ones_ = 0;
  std::vector<double> low_, high_;
};

/// A query that has numbers in every component.
struct StatedQuery {
  int position = 0;
  Joint joint;
  std::vector<int> vectors;               // by joint state; -1 does not occur
  std::vector<std::vector<int>> winners;  // by joint state
  bool decided = true;
};

std::vector<Cell> outputs(Pass& pass, const HeadInputs& in, const StatedQuery& query) {
  const auto occurring = [&](std::size_t s) { return query.vectors[s] >= 0; };
  std::size_t some = 0;
  while (!occurring(some)) ++some;
  bool same = true;
  for (std::size_t s = 0; s < query.winners.size(); ++s)
    same = same && (!occurring(s) || query.winners[s] == query.winners[some]);
  std::vector<Cell> cells;
  for (std::size_t c = 0; c < in.used.size(); ++c) {
    if (same && query.winners[some].size() == 1) {
      const Cell& value = in.values[static_cast<std::size_t>(query.winners[some][0])][c];
      cells.push_back(pass.rows().map(
          {&value, 1}, [&](const double* v) { return returned(pass.rows(), v[0]); }));
      continue;
    }
    if (same) {
      cells.push_back(mean(pass, in, query.winners[some], c, query.position + 1));
      continue;
    }
    std::vector<double> table(query.winners.size(), 0.0);
    for (std::size_t s = 0; s < table.size(); ++s) {
      if (!occurring(s)) continue;
      const Cell& value = in.values[static_cast<std::size_t>(query.winners[s].front())][c];
      if (query.winners[s].size() != 1 || !value.is_constant()) return {};
      table[s] = returned(pass.rows(), value.low);
    }
    cells.push_back(pass.ghosts().function(query.joint.atoms, std::move(table)));
  }
  return cells;
}

/// The queries of one head, sorted by what is known of them.
class PlainHead {
 public:
  PlainHead(Pass& pass, const HeadInputs& in) : pass_(pass), in_(in) {}

  std::map<int, std::vector<Cell>> run(const std::vector<int>& positions) {
    for (const int t : positions) sort(t);
    if (!stated_.empty()) decide();
    std::ranges::sort(vague_);
    if (!vague_.empty() && pass_.rows().arithmetic().shift == Shift::none)
      throw NotCertified("a head's winner is not known, and no maximum is subtracted");
    if (!vague_.empty() && pass_.may_overflow()) check_scores();
    PrefixBounds means(pass_, in_, true);
    for (const int t : uniform_) result_[t] = means.at(t);
    PrefixBounds bounds(pass_, in_, false);
    for (const int t : vague_) result_[t] = bounds.at(t);
    return std::move(result_);
  }

 private:
  /// No score of a query that is not decided may be infinite.
  void check_scores() {
    const auto reach = [](const Cell& cell) {
      return std::max(std::abs(cell.low), std::abs(cell.high));
    };
    SparseRow<double> row;
    std::vector<Cell> keys(static_cast<std::size_t>(pass_.config().head_dim), Cell::constant(0));
    for (std::size_t c = 0; c < in_.used.size(); ++c) {
      double asked = 0;
      double held = 0;
      for (const int t : vague_)
        asked = std::max(asked, reach(in_.queries[static_cast<std::size_t>(t)][c]));
      for (const auto& key : in_.keys) held = std::max(held, reach(key[c]));
      if (asked == 0) continue;
      row.index.push_back(in_.used[c]);
      row.value.push_back(asked);
      keys[static_cast<std::size_t>(in_.used[c])] = Cell::interval(-held, held);
    }
    const auto [low, high] = pass_.rows().hull(row, keys);
    ProofEngine& e = pass_.rows().engine();
    need_finite(e.convert(low, RoleId::activations));
    need_finite(e.convert(high, RoleId::activations));
  }

  void sort(int t) {
    const std::vector<Cell>& q = in_.queries[static_cast<std::size_t>(t)];
    if (all_zero(q)) {
      uniform_.push_back(t);
      return;
    }
    const bool bounded = std::ranges::any_of(q, [](const Cell& c) { return c.is_interval(); });
    StatedQuery query{.position = t, .joint = pass_.ghosts().join(q), .vectors = {}, .winners = {}};
    if (bounded || query.joint.states > most_states) {
      vague_.push_back(t);
      return;
    }
    reads_.resize(q.size(), false);
    for (std::size_t c = 0; c < q.size(); ++c)
      reads_[c] = reads_[c] || q[c].low != 0 || q[c].high != 0;
    stated_.push_back(std::move(query));
  }

  void decide() {
    std::vector<std::size_t> components;
    for (std::size_t c = 0; c < reads_.size(); ++c)
      if (reads_[c]) components.push_back(c);
    for (std::size_t i = 0; i < stated_.size(); ++i) list_states(i, components);
    const Keys keys(pass_, in_, components);
    Contest contest(pass_, in_, keys);
    for (std::size_t v = 0; v < askers_.size(); ++v) {
      contest.ask(vectors_.at(static_cast<int>(v)));
      settle(contest, askers_[v]);
    }
    for (const StatedQuery& query : stated_) {
      std::vector<Cell> cells;
      if (query.decided) cells = outputs(pass_, in_, query);
      if (cells.empty())
        vague_.push_back(query.position);
      else
        result_[query.position] = std::move(cells);
    }
  }

  /// (query, joint state)
  using Asker = std::pair<std::size_t, std::size_t>;

  void list_states(std::size_t i, const std::vector<std::size_t>& components) {
    StatedQuery& query = stated_[i];
    const std::vector<Cell>& q = in_.queries[static_cast<std::size_t>(query.position)];
    std::vector<double> v(components.size());
    for (std::int64_t s = 0; s < query.joint.states; ++s) {
      query.vectors.push_back(-1);
      query.winners.emplace_back();
      if (!pass_.ghosts().occurs(query.joint, s)) continue;
      for (std::size_t c = 0; c < components.size(); ++c)
        v[c] = pass_.ghosts().value(q[components[c]], query.joint, s);
      const int number = vectors_.number(v);
      query.vectors.back() = number;
      askers_.resize(vectors_.size());
      askers_[static_cast<std::size_t>(number)].emplace_back(i, static_cast<std::size_t>(s));
    }
  }

  void settle(Contest& contest, const std::vector<Asker>& askers) {
    int last = -1;
    std::optional<std::vector<int>> winners;
    for (const auto& [i, s] : askers) {
      StatedQuery& query = stated_[i];
      if (query.position != last) winners = contest.winners(query.position);
      last = query.position;
      if (winners)
        query.winners[s] = *winners;
      else
        query.decided = false;
    }
  }

  static constexpr std::int64_t most_states = std::int64_t{1} << 21;

  Pass& pass_;
  const HeadInputs& in_;
  std::vector<int> uniform_, vague_;
  std::vector<StatedQuery> stated_;
  std::vector<bool> reads_;                 // components that a stated query reads
  Vectors vectors_;                         // that stated queries may be
  std::vector<std::vector<Asker>> askers_;  // by vector
  std::map<int, std::vector<Cell>> result_;
};

}  // namespace

std::map<int, std::vector<Cell>> attend_plainly(Pass& pass, const HeadInputs& in,
                                                const std::vector<int>& positions) {
  return PlainHead(pass, in).run(positions);
}

}  // namespace carrybit::certificates
