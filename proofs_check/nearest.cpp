#include "proofs_check/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace carrybit::certificates {

namespace {

std::vector<std::size_t> read_components(const std::vector<std::vector<Cell>>& queries) {
  std::vector<std::size_t> read;
  for (std::size_t c = 0; c < queries.front().size(); ++c)
    if (std::ranges::any_of(queries,
                            [&](const auto& q) { return q[c].low != 0 || q[c].high != 0; }))
      read.push_back(c);
  return read;
}

std::vector<Cell> pick(const std::vector<Cell>& cells, const std::vector<std::size_t>& components) {
  std::vector<Cell> picked;
  for (const std::size_t c : components) picked.push_back(cells[c]);
  return picked;
}

}  // namespace

HeadRule Nearest::rule() {
  return [this](Pass& pass, const HeadInputs& in) { return run(pass, in); };
}

int Nearest::start(int atom) const {
  for (const auto& [from, id] : atoms_)
    if (id == atom) return from;
  return -1;
}

int Nearest::atom(Pass& pass, int start) {
  const auto known = atoms_.find(start);
  if (known != atoms_.end()) return known->second;
  const int last = question_.places - 1;
  const int made = pass.ghosts().add(
      {fmt::format("nearest open place from {}", start), question_.places, start, last, {}, true});
  atoms_.emplace(start, made);
  return made;
}

void Nearest::rank_keys(Pass& pass, const HeadInputs& in, const std::vector<double>& query) {
  Ghosts& ghosts = pass.ghosts();
  // Every key's scores in each of its states.
  std::vector<std::vector<double>> open_states(in.keys.size());
  std::vector<Joint> joints(in.keys.size());
  std::vector<std::size_t> everything(query.size());
  for (std::size_t c = 0; c < everything.size(); ++c) everything[c] = c;
  double floor = std::numeric_limits<double>::infinity();
  std::vector<double> others;
  for (std::size_t t = 0; t < in.keys.size(); ++t) {
    const std::vector<Cell>& key = in.keys[t];
    const bool vague = std::ranges::any_of(key, [](const Cell& c) { return c.is_interval(); });
    const auto place = question_.place_of.find(static_cast<int>(t));
    if (vague && place != question_.place_of.end())
      throw NotCertified("a key of a nearest search is known by bounds only");
    if (!vague) joints[t] = ghosts.join(key);
    const auto n = static_cast<std::size_t>(vague ? 1 : joints[t].states);
    std::vector<std::vector<double>> columns(query.size(), std::vector<double>(n));
    for (std::size_t c = 0; c < query.size(); ++c)
      for (std::size_t s = 0; s < n; ++s)
        columns[c][s] = vague ? (query[c] < 0 ? key[c].low : key[c].high)
                              : ghosts.value(key[c], joints[t], static_cast<std::int64_t>(s));
    std::vector<double> all = scores(pass.rows(), query, columns, n);
    ghosts.cases += n;
    if (place == question_.place_of.end()) {
      others.insert(others.end(), all.begin(), all.end());
      continue;
    }
    if (place->second == question_.places - 1)
      for (std::size_t s = 0; s < n; ++s)
        if (ghosts.occurs(joints[t], static_cast<std::int64_t>(s))) floor = std::min(floor, all[s]);
    open_states[t] = std::move(all);
  }
  Vanishing blocked(pass.rows().engine(), floor);
  for (const double s : others)
    if (!blocked(s)) throw NotCertified("a key that takes no part in a search may win it");
  const auto n = static_cast<std::size_t>(question_.places);
  open_.assign(n, Cell::constant(0));
  open_score_.assign(n, 0);
  for (const auto& [position, place] : question_.place_of) {
    const auto t = static_cast<std::size_t>(position);
    std::vector<double> open(open_states[t].size());
    bool have = false;
    double& score = open_score_.at(static_cast<std::size_t>(place));
    for (std::size_t s = 0; s < open.size(); ++s) {
      if (!ghosts.occurs(joints[t], static_cast<std::int64_t>(s))) continue;
      open[s] = blocked(open_states[t][s]) ? 0 : 1;
      if (open[s] == 0) continue;
      if (have && score != open_states[t][s])
        throw NotCertified("an open key of a search has no single score");
      score = open_states[t][s];
      have = true;
    }
    open_[static_cast<std::size_t>(place)] = ghosts.function(joints[t].atoms, std::move(open));
  }
  for (std::size_t x = 0; x + 1 < n; ++x) {
    Vanishing beside(pass.rows().engine(), open_score_[x]);
    if (!(open_score_[x + 1] < open_score_[x]) || !beside(open_score_[x + 1]))
      throw NotCertified(fmt::format("the scores of places {} and {} are too close", x, x + 1));
  }
  if (open_.back() != Cell::constant(1))
    throw NotCertified("the last place of a search may be blocked");
}

std::map<int, std::vector<Cell>> Nearest::run(Pass& pass, const HeadInputs& in) {
  std::vector<std::vector<Cell>> asked;
  for (const int q : question_.queries) asked.push_back(in.queries[static_cast<std::size_t>(q)]);
  std::vector<double> query;
  for (const Cell& cell : asked.front()) {
    if (!cell.is_constant()) throw NotCertified("a query of a nearest search depends on the input");
    query.push_back(cell.low);
  }
  for (const auto& other : asked)
    if (other != asked.front()) throw NotCertified("queries of a nearest search differ");
  rank_keys(pass, in, query);
  // Values by place.
  const auto n = static_cast<std::size_t>(question_.places);
  std::vector<std::vector<double>> values(in.used.size(), std::vector<double>(n));
  for (const auto& [position, place] : question_.place_of)
    for (std::size_t c = 0; c < in.used.size(); ++c) {
      const Cell& value = in.values[static_cast<std::size_t>(position)][c];
      if (!value.is_constant()) throw NotCertified("a place's name depends on the input");
      values[c][static_cast<std::size_t>(place)] = returned(pass.rows(), value.low);
    }
  std::vector<int> tables;
  for (auto& column : values) tables.push_back(pass.ghosts().intern(std::move(column)));
  // Places by position: a query at position q sees those at positions up to q.
  std::map<int, std::vector<Cell>> result;
  for (const int q : question_.queries) {
    std::vector<bool> seen(n, false);
    for (const auto& [position, place] : question_.place_of)
      if (position <= q) seen[static_cast<std::size_t>(place)] = true;
    const auto start = static_cast<std::size_t>(std::ranges::find(seen, true) - seen.begin());
    if (start == n || std::find(seen.begin() + static_cast<std::ptrdiff_t>(start), seen.end(),
                                false) != seen.end())
      throw NotCertified("a nearest search sees places with gaps");
    const std::vector<int> atoms = {atom(pass, static_cast<int>(start))};
    std::vector<Cell>& cells = result[q];
    for (const int table : tables) cells.push_back(pass.ghosts().function(atoms, table));
  }
  return result;
}

HeadRule Carry::rule() {
  return [this](Pass& pass, const HeadInputs& in) { return run(pass, in); };
}

namespace {

constexpr int lowest = -1;

/// A vector of cells, of which some are functions of one atom of a search.
struct Split {
  int start = -1;           // f of F(f)
  std::vector<int> tables;  // by component: of F(f), or -1
  std::vector<Cell> rest;   // by component: the others; constant 0 where a table stands
};

Split split(const Nearest& search, const std::vector<Cell>& cells) {
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

}  // namespace

std::map<int, std::vector<Cell>> Carry::run(Pass& pass, const HeadInputs& in) {
  Ghosts& ghosts = pass.ghosts();
  Rows& rows = pass.rows();
  const auto n = static_cast<std::size_t>(ask_.places());
  if (held_.places() != ask_.places()) throw NotCertified("two searches over different places");
  for (int x = 0; x < ask_.places(); ++x)
    if (ask_.open(x) != held_.open(x))
      throw NotCertified(fmt::format("two searches disagree on when place {} is open", x));

  // Queries: one pattern of tables.
  std::vector<std::vector<Cell>> asked;
  for (const int q : question_.queries) asked.push_back(in.queries[static_cast<std::size_t>(q)]);
  const std::vector<std::size_t> read = read_components(asked);
  std::vector<Split> queries;
  for (const auto& cells : asked) queries.push_back(split(ask_, pick(cells, read)));
  int lowest_start = ask_.places();
  for (const Split& q : queries) {
    if (q.start < 0 || q.tables != queries.front().tables || q.rest != queries.front().rest)
      throw NotCertified("queries for carries differ in more than their place");
    lowest_start = std::min(lowest_start, q.start);
  }
  const auto query_vector = [&](std::size_t x) {
    std::vector<double> v;
    for (std::size_t c = 0; c < read.size(); ++c) {
      const int table = queries.front().tables[c];
      if (table < 0 && !queries.front().rest[c].is_constant())
        throw NotCertified("a query for a carry depends on more than its search");
      v.push_back(table < 0 ? queries.front().rest[c].low : ghosts.table(table)[x]);
    }
    return v;
  };

  // Sources: one pattern of tables, and a few vectors for the rest.
  struct Source {
    Split key;
    Joint joint;             // of the rest
    std::vector<int> kinds;  // by joint state, number of the rest's vector
  };
  std::map<int, Source> sources;  // by place
  Vectors kinds;
  std::vector<int> tables;
  for (const auto& [position, place] : question_.sources) {
    Source& s = sources[place];
    s.key = split(held_, pick(in.keys[static_cast<std::size_t>(position)], read));
    if (s.key.start != place + 1)
      throw NotCertified(
          fmt::format("the source of place {} does not hold the search above it", place));
    if (tables.empty()) tables = s.key.tables;
    if (tables != s.key.tables) throw NotCertified("sources of carries are written differently");
    for (const Cell& cell : s.key.rest)
      if (cell.is_interval()) throw NotCertified("a source of carries is known by bounds only");
    s.joint = ghosts.join(s.key.rest);
    for (std::int64_t state = 0; state < s.joint.states; ++state) {
      std::vector<double> v;
      for (const Cell& cell : s.key.rest) v.push_back(ghosts.value(cell, s.joint, state));
      s.kinds.push_back(ghosts.occurs(s.joint, state) ? kinds.number(v) : -1);
    }
  }
  if (kinds.size() > 64) throw NotCertified("sources of carries have too many states");

  // All other visible keys, in all their states or by bounds; garbage by one hull.
  const int last_query = std::ranges::max(question_.queries);
  Vectors outsiders;
  std::vector<std::vector<Cell>> vague;
  for (int t = 0; t <= last_query; ++t) {
    if (question_.sources.contains(t)) continue;
    const std::vector<Cell> cells = pick(in.keys[static_cast<std::size_t>(t)], read);
    const auto values = joint_values(ghosts, cells, 64);
    if (values)
      for (const auto& v : *values) outsiders.number(v);
    else
      vague.push_back(cells);
  }
  std::vector<Cell> hull;
  for (const auto& cells : vague)
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (hull.size() <= c) hull.push_back(cells[c]);
      hull[c].low = std::min(hull[c].low, cells[c].low);
      hull[c].high = std::max(hull[c].high, cells[c].high);
    }
  // Many different constants are garbage too.
  const bool gather = outsiders.size() > 64;
  if (gather) {
    for (std::size_t o = 0; o < outsiders.size(); ++o)
      for (std::size_t c = 0; c < read.size(); ++c) {
        const double v = outsiders.at(static_cast<int>(o))[c];
        if (hull.size() <= c) hull.push_back(Cell::interval(v, v));
        hull[c].low = std::min(hull[c].low, v);
        hull[c].high = std::max(hull[c].high, v);
      }
  }

  // Columns: source vectors (kind, y), then outsiders, then the hull's most.
  const std::size_t extra = gather ? 0 : outsiders.size();
  const std::size_t count = kinds.size() * n + extra + (hull.empty() ? 0 : 1);
  std::vector<std::vector<double>> columns(read.size(), std::vector<double>(count));
  for (std::size_t c = 0; c < read.size(); ++c) {
    for (std::size_t k = 0; k < kinds.size(); ++k)
      for (std::size_t y = 0; y < n; ++y)
        columns[c][k * n + y] =
            tables[c] < 0 ? kinds.at(static_cast<int>(k))[c] : ghosts.table(tables[c])[y];
    for (std::size_t o = 0; o < extra; ++o)
      columns[c][kinds.size() * n + o] = outsiders.at(static_cast<int>(o))[c];
  }
  std::vector<int> wins(kinds.size(), -1);
  for (auto x = static_cast<std::size_t>(lowest_start); x < n; ++x) {
    const std::vector<double> query = query_vector(x);
    if (!hull.empty())
      for (std::size_t c = 0; c < read.size(); ++c)
        columns[c].back() = query[c] < 0 ? hull[c].low : hull[c].high;
    const std::vector<double> all = scores(rows, query, columns, count);
    ghosts.cases += count;
    double m = -std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < kinds.size(); ++k) m = std::max(m, all[k * n + x]);
    Vanishing vanishes(rows.engine(), m);
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      const int won = all[k * n + x] == m ? 1 : 0;
      if (wins[k] >= 0 && wins[k] != won)
        throw NotCertified("whether a source may win depends on the place asked for");
      wins[k] = won;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const bool winner = i < kinds.size() * n && i % n == x && wins[i / n] == 1;
      if (!winner && !vanishes(all[i]))
        throw NotCertified(fmt::format("asked for place {}, a wrong key keeps weight", x));
    }
  }

  // Each source: open as the searches say; its value tells its carry.
  const int highest = sources.rbegin()->first;
  if (sources.begin()->first != lowest || highest - lowest + 1 != static_cast<int>(sources.size()))
    throw NotCertified("the sources of carries have gaps");
  std::vector<std::vector<double>> told(in.used.size(), {0.0, 0.0});
  bool seen[2] = {false, false};
  bool can_carry = false;
  std::map<int, bool> may_carry;  // into a place
  std::map<int, int> by_place;
  for (const auto& [position, place] : question_.sources) by_place.emplace(place, position);
  for (const auto& [place, position] : by_place) {
    const Source& s = sources.at(place);
    std::vector<double> open_table;
    for (const int kind : s.kinds)
      open_table.push_back(kind >= 0 && wins[static_cast<std::size_t>(kind)] == 1 ? 1 : 0);
    const Cell open = ghosts.function(s.joint.atoms, std::move(open_table));
    const bool is_lowest = place == lowest;
    if (open != (is_lowest ? Cell::constant(1) : ask_.open(place)))
      throw NotCertified(
          fmt::format("place {} is open in one layer and blocked in another", place));
    const Cell total = question_.total(place);
    std::vector<Cell> together = {open, total};
    const auto& values = in.values[static_cast<std::size_t>(position)];
    together.insert(together.end(), values.begin(), values.end());
    const Joint joint = ghosts.join(together);
    for (std::int64_t state = 0; state < joint.states; ++state) {
      if (!ghosts.occurs(joint, state)) continue;
      const double sum = ghosts.value(total, joint, state);
      const bool without = sum >= question_.modulus;
      const bool with = sum + 1 >= question_.modulus;
      ++ghosts.cases;
      if (sum + 1 >= 2 * question_.modulus) throw NotCertified("a place may carry more than 1");
      if (ghosts.value(open, joint, state) == 0) {
        if (without || !with) throw NotCertified("a blocked place does not hand its carry on");
        continue;
      }
      if (!is_lowest && without != with)
        throw NotCertified("an open place's carry depends on what comes in");
      const auto carry = static_cast<std::size_t>(without);
      for (std::size_t c = 0; c < values.size(); ++c) {
        const double value = returned(rows, ghosts.value(values[c], joint, state));
        if (seen[carry] && told[c][carry] != value)
          throw NotCertified("places tell their carries in different words");
        told[c][carry] = value;
      }
      seen[carry] = true;
      can_carry = can_carry || without;
    }
    may_carry[place + 1] = can_carry;
  }

  std::map<int, std::vector<Cell>> result;
  for (std::size_t i = 0; i < question_.queries.size(); ++i) {
    const int f = queries[i].start;
    const int q = question_.queries[i];
    for (const auto& [position, place] : question_.sources)
      if (place < f && position > q)
        throw NotCertified("a query for a carry does not see a source");
    if (f <= lowest || f > highest + 1)
      throw NotCertified(fmt::format("no source of carries below place {}", f));
    place_of_[q] = f;
    if (!may_carry.at(f)) {
      atoms_.emplace(f, -1);
      for (const auto& words : told) result[q].push_back(Cell::constant(words[0]));
      continue;
    }
    if (!atoms_.contains(f))
      atoms_.emplace(f,
                     ghosts.add({fmt::format("carry into place {}", f), 2, 0, 1, {0, 1}, false}));
    for (const auto& words : told)
      result[q].push_back(ghosts.function(std::vector<int>{atoms_.at(f)}, words));
  }
  return result;
}

}  // namespace carrybit::certificates
