#include "proofs_check/carry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace carrybit::certificates {

namespace {

constexpr int lowest = -1;
constexpr std::size_t few = 64;

/// A vector of cells, of which some are functions of one atom of a search.
struct Split {
  int start = -1;           // f of F(f)
  std::vector<int> tables;  // by component: of F(f), or -1
  std::vector<Cell> rest;   // by component: the others; constant 0 where a table stands
};

Split split(const Search& search, const std::vector<Cell>& cells) {
  Split parts;
  if (search.places() == 1) parts.start = 0;  // one outcome: constants
  for (const Cell& cell : cells) {
    const int start = cell.count == 1 ? search.start(cell.atoms[0]) : -1;
    if (start < 0) {
      parts.tables.push_back(-1);
      parts.rest.push_back(cell);
      continue;
    }
    if (parts.start >= 0 && parts.start != start)
      throw NotCertified("one vector holds the results of two searches");
    parts.start = start;
    parts.tables.push_back(cell.table);
    parts.rest.push_back(Cell::constant(0));
  }
  return parts;
}

/// One run of the rule.
class CarryHead {
 public:
  CarryHead(Pass& pass, const HeadInputs& in, const Search& ask, const Search& held,
            const CarryQuestion& question)
      : pass_(pass),
        ghosts_(pass.ghosts()),
        in_(in),
        ask_(ask),
        held_(held),
        question_(question),
        n_(static_cast<std::size_t>(ask.places())) {}

  void check() {
    check_searches();
    read_queries();
    read_sources();
    read_others();
    compare();
    check_sources();
  }
  int place_of_query(std::size_t i) const { return queries_[i].start; }
  int highest() const { return sources_.rbegin()->first; }
  bool may_carry(int place) const { return may_carry_.at(place); }
  /// What the head returns for carry 0 and 1, by component.
  const std::vector<std::vector<double>>& words() const { return words_; }

 private:
  struct Source {
    int position = 0;
    Split key;
    Joint joint;             // of the rest
    std::vector<int> kinds;  // by joint state: number of the rest's vector, -1 does not occur
  };

  void check_searches() {
    if (held_.places() != ask_.places()) throw NotCertified("two searches over different places");
    for (int x = 0; x < ask_.places(); ++x)
      if (ask_.open(x) != held_.open(x))
        throw NotCertified(fmt::format("two searches disagree on when place {} is open", x));
  }

  std::vector<Cell> pick(const std::vector<Cell>& cells) const {
    std::vector<Cell> picked;
    for (const std::size_t c : read_) picked.push_back(cells[c]);
    return picked;
  }

  /// Queries: one pattern of tables.
  void read_queries() {
    for (std::size_t c = 0; c < in_.used.size(); ++c)
      for (const int q : question_.queries) {
        const Cell& cell = in_.queries[static_cast<std::size_t>(q)][c];
        if (cell.low == 0 && cell.high == 0) continue;
        read_.push_back(c);
        break;
      }
    for (const int q : question_.queries)
      queries_.push_back(split(ask_, pick(in_.queries[static_cast<std::size_t>(q)])));
    const Split& pattern = queries_.front();
    first_place_ = n_;
    for (const Split& q : queries_) {
      if (q.start < 0 || q.tables != pattern.tables || q.rest != pattern.rest)
        throw NotCertified("queries for carries differ in more than their place");
      first_place_ = std::min(first_place_, static_cast<std::size_t>(q.start));
    }
    for (const Cell& cell : pattern.rest)
      if (!cell.is_constant())
        throw NotCertified("a query for a carry depends on more than its search");
  }

  std::vector<double> query_vector(std::size_t x) const {
    std::vector<double> v;
    for (std::size_t c = 0; c < read_.size(); ++c) {
      const int table = queries_.front().tables[c];
      v.push_back(table < 0 ? queries_.front().rest[c].low : ghosts_.table(table)[x]);
    }
    return v;
  }

  /// Sources: one pattern of tables, and a few vectors for the rest.
  void read_sources() {
    for (const auto& [position, place] : question_.sources) {
      Source& s = sources_[place];
      s.position = position;
      s.key = split(held_, pick(in_.keys[static_cast<std::size_t>(position)]));
      if (s.key.start != place + 1)
        throw NotCertified(
            fmt::format("the source of place {} does not hold the search above it", place));
      for (const Cell& cell : s.key.rest)
        if (cell.is_interval()) throw NotCertified("a source of carries is known by bounds only");
      s.joint = ghosts_.join(s.key.rest);
      for (std::int64_t state = 0; state < s.joint.states; ++state) {
        std::vector<double> v;
        for (const Cell& cell : s.key.rest) v.push_back(ghosts_.value(cell, s.joint, state));
        s.kinds.push_back(ghosts_.occurs(s.joint, state) ? kinds_.number(v) : -1);
      }
    }
    for (const auto& [place, s] : sources_)
      if (s.key.tables != sources_.begin()->second.key.tables)
        throw NotCertified("sources of carries are written differently");
    if (kinds_.size() > few) throw NotCertified("sources of carries have too many states");
    if (sources_.begin()->first != lowest ||
        highest() - lowest + 1 != static_cast<int>(sources_.size()))
      throw NotCertified("the sources of carries have gaps");
  }

  /// All other visible keys: in all their states where those are few, else by one hull.
  void read_others() {
    std::vector<std::vector<Cell>> vague;
    for (int t = 0; t <= std::ranges::max(question_.queries); ++t) {
      if (question_.sources.contains(t)) continue;
      const std::vector<Cell> cells = pick(in_.keys[static_cast<std::size_t>(t)]);
      const auto values = joint_values(ghosts_, cells, few);
      if (!values) {
        vague.push_back(cells);
        continue;
      }
      for (const auto& v : *values) others_.number(v);
    }
    if (others_.size() > few) {
      for (std::size_t o = 0; o < others_.size(); ++o) {
        std::vector<Cell> cells;
        for (const double x : others_.at(static_cast<int>(o))) cells.push_back(Cell::constant(x));
        vague.push_back(std::move(cells));
      }
      others_ = Vectors();
    }
    for (const auto& cells : vague) {
      if (hull_.empty()) hull_ = cells;
      for (std::size_t c = 0; c < cells.size(); ++c) {
        hull_[c].low = std::min(hull_[c].low, cells[c].low);
        hull_[c].high = std::max(hull_[c].high, cells[c].high);
      }
    }
  }

  /// Columns of keys: sources (kind, y), then others, then the hull's place.
  std::vector<std::vector<double>> key_columns() const {
    const std::size_t sources = kinds_.size() * n_;
    std::vector<std::vector<double>> columns(
        read_.size(), std::vector<double>(sources + others_.size() + (hull_.empty() ? 0 : 1), 0.0));
    const std::vector<int>& tables = sources_.begin()->second.key.tables;
    for (std::size_t c = 0; c < read_.size(); ++c) {
      for (std::size_t k = 0; k < kinds_.size(); ++k)
        for (std::size_t y = 0; y < n_; ++y)
          columns[c][k * n_ + y] =
              tables[c] < 0 ? kinds_.at(static_cast<int>(k))[c] : ghosts_.table(tables[c])[y];
      for (std::size_t o = 0; o < others_.size(); ++o)
        columns[c][sources + o] = others_.at(static_cast<int>(o))[c];
    }
    return columns;
  }

  /// For every place asked for, a source of a winning kind that holds it wins; all else vanishes.
  void compare() {
    std::vector<std::vector<double>> columns = key_columns();
    const std::size_t count = columns.empty() ? 0 : columns.front().size();
    if (count == 0) throw NotCertified("a query for a carry asks for nothing");
    wins_.assign(kinds_.size(), -1);
    std::vector<int> components;
    for (const std::size_t c : read_) components.push_back(in_.used[c]);
    for (std::size_t x = first_place_; x < n_; ++x) {
      const std::vector<double> query = query_vector(x);
      for (std::size_t c = 0; c < read_.size() && !hull_.empty(); ++c)
        columns[c].back() = query[c] < 0 ? hull_[c].low : hull_[c].high;
      const std::vector<double> all =
          scores(pass_.rows(), query, columns, count, components, pass_.config().head_dim);
      ghosts_.cases += count;
      double m = -std::numeric_limits<double>::infinity();
      for (std::size_t k = 0; k < kinds_.size(); ++k) m = std::max(m, all[k * n_ + x]);
      for (std::size_t k = 0; k < kinds_.size(); ++k) {
        const int won = all[k * n_ + x] == m ? 1 : 0;
        if (wins_[k] >= 0 && wins_[k] != won)
          throw NotCertified("whether a source may win depends on the place asked for");
        wins_[k] = won;
      }
      if (m != 0 && pass_.rows().arithmetic().shift == Shift::none)
        throw NotCertified("a winner's score is not 0, and no maximum is subtracted");
      Vanishing vanishes(pass_.rows().engine(), m);
      for (std::size_t i = 0; i < count; ++i) {
        const bool winner = i < kinds_.size() * n_ && i % n_ == x && wins_[i / n_] == 1;
        if (!winner && !vanishes(all[i]))
          throw NotCertified(fmt::format("asked for place {}, a wrong key keeps weight", x));
      }
    }
  }

  /// Each source is open as the searches say, and its value tells its carry.
  void check_sources() {
    words_.assign(in_.used.size(), {0.0, 0.0});
    for (const auto& [place, s] : sources_) {
      std::vector<double> open_table;
      for (const int kind : s.kinds)
        open_table.push_back(kind >= 0 && wins_[static_cast<std::size_t>(kind)] == 1 ? 1 : 0);
      const Cell open = ghosts_.function(s.joint.atoms, std::move(open_table));
      if (open != (place == lowest ? Cell::constant(1) : ask_.open(place)))
        throw NotCertified(
            fmt::format("place {} is open in one layer and blocked in another", place));
      check_source(place, s, open);
      may_carry_[place + 1] = can_carry_;
    }
  }

  void check_source(int place, const Source& s, const Cell& open) {
    const Cell total = question_.total(place);
    const auto& values = in_.values[static_cast<std::size_t>(s.position)];
    std::vector<Cell> together = {open, total};
    together.insert(together.end(), values.begin(), values.end());
    const Joint joint = ghosts_.join(together);
    for (std::int64_t state = 0; state < joint.states; ++state) {
      if (!ghosts_.occurs(joint, state)) continue;
      const double sum = ghosts_.value(total, joint, state);
      const bool without = sum >= question_.modulus;
      const bool with = sum + 1 >= question_.modulus;
      ++ghosts_.cases;
      if (sum + 1 >= 2 * question_.modulus) throw NotCertified("a place may carry more than 1");
      if (ghosts_.value(open, joint, state) == 0) {
        if (without || !with) throw NotCertified("a blocked place does not hand its carry on");
        continue;
      }
      if (place != lowest && without != with)
        throw NotCertified("an open place's carry depends on what comes in");
      can_carry_ = can_carry_ || without;
      for (std::size_t c = 0; c < values.size(); ++c)
        say(c, without ? 1 : 0, returned(pass_.rows(), ghosts_.value(values[c], joint, state)));
      said_[without ? 1 : 0] = true;
    }
  }
  void say(std::size_t component, std::size_t carry, double word) {
    if (said_[carry] && words_[component][carry] != word)
      throw NotCertified("places tell their carries in different words");
    words_[component][carry] = word;
  }

  Pass& pass_;
  Ghosts& ghosts_;
  const HeadInputs& in_;
  const Search& ask_;
  const Search& held_;
  const CarryQuestion& question_;
  std::size_t n_;                  // places
  std::vector<std::size_t> read_;  // components that queries read
  std::vector<Split> queries_;
  std::size_t first_place_ = 0;
  std::map<int, Source> sources_;  // by place
  Vectors kinds_, others_;
  std::vector<Cell> hull_;
  std::vector<int> wins_;  // by kind
  std::vector<std::vector<double>> words_;
  bool said_[2] = {false, false};
  bool can_carry_ = false;
  std::map<int, bool> may_carry_;  // into a place
};

}  // namespace

HeadRule Carry::rule() {
  return [this](Pass& pass, const HeadInputs& in) { return run(pass, in); };
}

std::map<int, std::vector<Cell>> Carry::run(Pass& pass, const HeadInputs& in) {
  CarryHead head(pass, in, ask_, held_, question_);
  head.check();
  std::map<int, std::vector<Cell>> result;
  for (std::size_t i = 0; i < question_.queries.size(); ++i) {
    const int f = head.place_of_query(i);
    const int q = question_.queries[i];
    if (f <= lowest || f > head.highest() + 1)
      throw NotCertified(fmt::format("no source of carries below place {}", f));
    for (const auto& [position, place] : question_.sources)
      if (place < f && position > q)
        throw NotCertified("a query for a carry does not see a source");
    if (!atoms_.contains(f))
      atoms_.emplace(f, head.may_carry(f)
                            ? pass.ghosts().add(
                                  {fmt::format("carry into place {}", f), 2, 0, 1, {0, 1}, false})
                            : -1);
    for (const auto& words : head.words())
      result[q].push_back(atoms_.at(f) < 0
                              ? Cell::constant(words[0])
                              : pass.ghosts().function(std::vector<int>{atoms_.at(f)}, words));
  }
  return result;
}

}  // namespace carrybit::certificates
