#include "proofs_check/grouped_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

namespace carrybit::certificates {

GroupedSearch::Group GroupedSearch::group(int level, int place) const {
  Group found;
  found.end = places();
  if (!is_top(level)) {
    const int size = question_.sizes[static_cast<std::size_t>(level)];
    found.first = place / size * size;
    found.end = std::min(found.first + size, places());
  }
  for (int x = found.first; x < found.end; x += below(level)) found.keys.push_back(x);
  return found;
}

int GroupedSearch::size_of(int level, const Group& group) const {
  return group.end - group.first + (is_top(level) ? 0 : 1);
}

int GroupedSearch::position_of(int place) const {
  const auto found = position_of_.find(place);
  if (found == position_of_.end())
    throw NotCertified(fmt::format("no row searches from place {}", place));
  return found->second;
}

int GroupedSearch::new_atom(Pass& pass, int level, int from, std::string name) {
  const Group own = group(level, from);
  // The last place is always open.
  const bool ends = own.end == places();
  const int none = own.end - own.first;
  return pass.ghosts().add({std::move(name),
                            size_of(level, own),
                            from - own.first,
                            ends ? none - 1 : none,
                            {},
                            is_top(level)});
}

int GroupedSearch::own_atom(Pass& pass, int level, int place) {
  const auto known = own_.find({level, place});
  if (known != own_.end()) return known->second;
  const int made =
      new_atom(pass, level, place, fmt::format("level {}: open place from {}", level, place));
  own_.emplace(std::pair{level, place}, made);
  return made;
}

int GroupedSearch::rest_atom(Pass& pass, int level, int place) {
  const int s = (place / below(level) + 1) * below(level);
  if (s >= group(level, place).end) return -1;
  const auto known = rest_.find({level, s});
  if (known != rest_.end()) return known->second;
  const int made = new_atom(pass, level, s, fmt::format("level {}: group from {}", level, s));
  rest_.emplace(std::pair{level, s}, made);
  return made;
}

/// Level 1: keeps when a place is open. Higher ones: it is where its own group has an open place.
void GroupedSearch::note_open(Pass& pass, int level, int place, const Cell& open) {
  Ghosts& ghosts = pass.ghosts();
  if (level == 1) {
    Cell& known = open_.at(static_cast<std::size_t>(place));
    if (known.is_interval()) known = open;
    if (known != open) throw NotCertified("when a place is open depends on who asks");
    return;
  }
  const int atom = own_atom(pass, level - 1, place);
  std::vector<double> table(static_cast<std::size_t>(ghosts.atom(atom).size), 1.0);
  table.back() = 0;
  if (!ghosts.same(open, ghosts.function(std::vector<int>{atom}, std::move(table))))
    throw NotCertified(fmt::format(
        "on level {} the group of place {} is not open where it should be", level, place));
}

/// The contest at one query vector: which keys are open, and that no other can win.
class GroupedSearch::Ranking {
 public:
  Ranking(Pass& pass, const HeadInputs& in, const std::vector<Cell>& query)
      : pass_(pass), ghosts_(pass.ghosts()), in_(in) {
    for (const Cell& cell : query) {
      if (!cell.is_constant()) throw NotCertified("a query of a search depends on the input");
      query_.push_back(cell.low);
    }
  }

  /// `order`: positions of the keys that take part; the last is to be open always. Returns when each is.
  std::vector<Cell> rank(const std::vector<int>& order) {
    for (const int position : order)
      if (is_vague(position)) throw NotCertified("a key of a search is known by bounds only");
    const Scored last = score(order.back());
    double floor = std::numeric_limits<double>::infinity();
    for (std::size_t s = 0; s < last.scores.size(); ++s)
      if (ghosts_.occurs(last.joint, static_cast<std::int64_t>(s)))
        floor = std::min(floor, last.scores[s]);
    Vanishing blocked(pass_.rows().engine(), floor);
    const std::set<int> takes_part(order.begin(), order.end());
    for (int t = 0; t < static_cast<int>(in_.keys.size()); ++t) {
      if (takes_part.contains(t)) continue;
      for (const double s : score(t).scores)
        if (!blocked(s)) throw NotCertified("a key that takes no part in a search may win it");
    }
    std::vector<Cell> open;
    std::optional<double> before;
    for (const int position : order) {
      std::optional<double> own;
      open.push_back(when_open(score(position), blocked, own));
      if (!own) continue;
      if (before) {
        Vanishing beside(pass_.rows().engine(), *before);
        if (!(*own < *before) || !beside(*own))
          throw NotCertified("the scores of two keys of a search are too close");
      }
      before = own;
    }
    if (open.back() != Cell::constant(1))
      throw NotCertified("the last key of a search may be blocked");
    return open;
  }

 private:
  struct Scored {
    Joint joint;
    std::vector<double> scores;  // by joint state; of a vague key, the largest it could have
  };

  bool is_vague(int position) const {
    return std::ranges::any_of(in_.keys[static_cast<std::size_t>(position)],
                               [](const Cell& c) { return c.is_interval(); });
  }

  Scored score(int position) {
    const std::vector<Cell>& key = in_.keys[static_cast<std::size_t>(position)];
    const bool vague = is_vague(position);
    Scored scored;
    if (!vague) scored.joint = ghosts_.join(key);
    if (scored.joint.states > (std::int64_t{1} << 21))
      throw NotCertified("a key of a search has too many states");
    const auto n = static_cast<std::size_t>(vague ? 1 : scored.joint.states);
    std::vector<std::vector<double>> columns(query_.size(), std::vector<double>(n));
    for (std::size_t c = 0; c < query_.size(); ++c)
      for (std::size_t s = 0; s < n; ++s)
        columns[c][s] = vague ? (query_[c] < 0 ? key[c].low : key[c].high)
                              : ghosts_.value(key[c], scored.joint, static_cast<std::int64_t>(s));
    scored.scores = scores(pass_.rows(), query_, columns, n, in_.used, pass_.config().head_dim);
    ghosts_.cases += n;
    return scored;
  }

  Cell when_open(const Scored& key, Vanishing& blocked, std::optional<double>& score) const {
    std::vector<double> open(key.scores.size());
    for (std::size_t s = 0; s < open.size(); ++s) {
      if (!ghosts_.occurs(key.joint, static_cast<std::int64_t>(s))) continue;
      open[s] = blocked(key.scores[s]) ? 0 : 1;
      if (open[s] == 0) continue;
      if (score && *score != key.scores[s])
        throw NotCertified("an open key of a search has no single score");
      score = key.scores[s];
    }
    return ghosts_.function(key.joint.atoms, std::move(open));
  }

  Pass& pass_;
  Ghosts& ghosts_;
  const HeadInputs& in_;
  std::vector<double> query_;
};

GroupedSearch::Values GroupedSearch::decide(Pass& pass, const HeadInputs& in, int level,
                                            const Group& group, const std::vector<Cell>& query) {
  std::vector<int> order;  // positions: keys by place, then the sentinel
  for (const int x : group.keys) order.push_back(position_of(x));
  if (!is_top(level)) {
    const auto sentinel = question_.sentinels.find(group.first);
    if (sentinel == question_.sentinels.end()) throw NotCertified("a group has no sentinel");
    order.push_back(sentinel->second);
  }
  const std::vector<Cell> open = Ranking(pass, in, query).rank(order);
  for (std::size_t k = 0; k < group.keys.size(); ++k)
    note_open(pass, level, group.keys[k], open[k]);
  Values all;
  for (std::size_t c = 0; c < in.used.size(); ++c) {
    std::vector<double> table(static_cast<std::size_t>(size_of(level, group)));
    for (const int x : group.keys)
      put_values(pass, level, x, in.values[static_cast<std::size_t>(position_of(x))][c],
                 std::span(table).subspan(static_cast<std::size_t>(x - group.first)));
    if (!is_top(level)) {
      const Cell& value = in.values[static_cast<std::size_t>(order.back())][c];
      if (!value.is_constant()) throw NotCertified("a sentinel's value depends on the input");
      table.back() = returned(pass.rows(), value.low);
    }
    all.push_back(std::move(table));
  }
  return all;
}

/// What key x hands on where it wins, by the place that it found.
void GroupedSearch::put_values(Pass& pass, int level, int x, const Cell& value,
                               std::span<double> table) {
  const auto width =
      static_cast<std::size_t>(level == 1 ? 1 : std::min(below(level), places() - x));
  if (!value.is_constant() &&
      (level == 1 || value.count != 1 || value.atoms[0] != own_atom(pass, level - 1, x)))
    throw NotCertified("what a key of a search holds depends on more than its own search");
  for (std::size_t y = 0; y < width; ++y)
    table[y] = returned(pass.rows(),
                        value.is_constant() ? value.low : pass.ghosts().table(value.table)[y]);
}

std::vector<Cell> GroupedSearch::outputs(Pass& pass, int level, int place, const Values& all) {
  Ghosts& ghosts = pass.ghosts();
  const Group own = group(level, place);
  std::vector<Cell> cells;
  if (level == 1) {
    const std::vector<int> atoms = {own_atom(pass, 1, place)};
    for (const auto& values : all) cells.push_back(ghosts.function(atoms, values));
    return cells;
  }
  const int rest = rest_atom(pass, level, place);
  const bool is_key = place % below(level) == 0;
  for (const auto& values : all) {
    const Cell other =
        rest < 0 ? Cell::constant(values.back()) : ghosts.function(std::vector<int>{rest}, values);
    if (!is_key) {
      cells.push_back(other);
      continue;
    }
    const int found = own_atom(pass, level - 1, place);
    const int none = ghosts.atom(found).size - 1;
    std::vector<int> atoms = {found};
    if (rest >= 0) atoms.push_back(rest);
    std::ranges::sort(atoms);
    Cell shape;
    shape.count = static_cast<std::int8_t>(atoms.size());
    std::ranges::copy(atoms, shape.atoms.begin());
    const Joint joint = ghosts.join({&shape, 1});
    std::vector<double> table(static_cast<std::size_t>(joint.states));
    for (std::int64_t s = 0; s < joint.states; ++s) {
      const auto g = static_cast<int>(s / joint.stride(found) % (none + 1));
      table[static_cast<std::size_t>(s)] =
          g < none ? values[static_cast<std::size_t>(place - own.first + g)]
          : rest < 0
              ? values.back()
              : values[static_cast<std::size_t>(s / joint.stride(rest) % ghosts.atom(rest).size)];
    }
    cells.push_back(ghosts.function(joint.atoms, std::move(table)));
  }
  return cells;
}

HeadRule GroupedSearch::rule(int level) {
  return [this, level](Pass& pass, const HeadInputs& in) { return run(pass, in, level); };
}

std::map<int, std::vector<Cell>> GroupedSearch::run(Pass& pass, const HeadInputs& in, int level) {
  if (pass.rows().arithmetic().shift != Shift::max)
    throw NotCertified("a nearest search needs subtraction of the maximum");
  if (level == 1) open_.assign(static_cast<std::size_t>(places()), Cell::interval(0, 1));
  // Rows of one group ask alike.
  std::map<int, std::pair<std::vector<Cell>, Values>> contests;  // by the group's first place
  std::map<int, std::vector<Cell>> result;
  for (const auto& [position, place] : question_.place_of) {
    const Group own = group(level, place);
    // On the top level rows of the last group see no key but their own.
    const int first_seen = (place + below(level) - 1) / below(level) * below(level);
    if (is_top(level) && first_seen >= own.end) continue;
    const std::vector<Cell>& query = in.queries[static_cast<std::size_t>(position)];
    auto known = contests.find(own.first);
    if (known == contests.end())
      known =
          contests.emplace(own.first, std::pair{query, decide(pass, in, level, own, query)}).first;
    if (known->second.first != query) throw NotCertified("queries of one group's search differ");
    for (const int x : own.keys)
      if ((position_of(x) <= position) != (x >= place))
        throw NotCertified("a search does not see just the places above");
    if (!is_top(level) && question_.sentinels.at(own.first) > position)
      throw NotCertified("a search does not see its sentinel");
    result[position] = outputs(pass, level, place, known->second.second);
  }
  if (level == 1 && open_.back() != Cell::constant(1))
    throw NotCertified("the last place of a search may be blocked");
  return result;
}

/// The table over G(l, place) of a cell that depends on it; empty where it depends on more.
std::vector<double> GroupedSearch::joined(Pass& pass, int level, int place, const Cell& cell) {
  Ghosts& ghosts = pass.ghosts();
  const Group own = group(level, place);
  const Group lower = group(level - 1, place);
  const int found = own_atom(pass, level - 1, place);
  const int rest = rest_atom(pass, level, place);
  const int none = ghosts.atom(found).size - 1;
  for (const int atom : cell.atom_list())
    if (atom != found && atom != rest) return {};
  const Joint joint = ghosts.join({&cell, 1});
  std::vector<double> table(static_cast<std::size_t>(size_of(level, own)));
  std::vector<bool> have(table.size(), false);
  for (std::int64_t s = 0; s < joint.states; ++s) {
    if (!ghosts.occurs(joint, s)) continue;
    const std::int64_t g_stride = joint.stride(found);
    const std::int64_t r_stride = rest < 0 ? 0 : joint.stride(rest);
    // A number that does not depend on one of them is the same for all of its values.
    const int g = g_stride == 0 ? -1 : static_cast<int>(s / g_stride % (none + 1));
    const int r = r_stride == 0 ? -1 : static_cast<int>(s / r_stride % ghosts.atom(rest).size);
    const double value = ghosts.table(cell.table)[static_cast<std::size_t>(s)];
    const auto put = [&](int y) {
      const auto at = static_cast<std::size_t>(y);
      if (have[at] && table[at] != value) return false;
      table[at] = value;
      have[at] = true;
      return true;
    };
    const int shift = lower.first - own.first;
    bool agrees = true;
    for (int x = std::max(g, 0); x <= (g < 0 ? none : g) && agrees; ++x) {
      if (x < ghosts.atom(found).first || x > ghosts.atom(found).last) continue;
      if (x < none) {
        agrees = put(x + shift);
      } else if (rest < 0) {
        agrees = put(own.end - own.first);
      } else {
        const Atom& others = ghosts.atom(rest);
        for (int y = r < 0 ? others.first : r; y <= (r < 0 ? others.last : r) && agrees; ++y)
          agrees = put(y);
      }
    }
    if (!agrees) return {};
  }
  return table;
}

void GroupedSearch::join(Pass& pass, int level) {
  Ghosts& ghosts = pass.ghosts();
  std::vector<std::pair<int, int>> rows;  // place, position
  for (const auto& [position, place] : question_.place_of) rows.emplace_back(place, position);
  std::ranges::sort(rows);
  if (level == 1) return;
  // By group and channel: rows of higher places take from the first what they do not see themselves, so
  // that all tables of a group are one.
  std::map<std::pair<int, int>, std::vector<double>> first_tables;
  for (const auto& [place, position] : rows) {
    const Group own = group(level, place);
    const int atom = own_atom(pass, level, place);
    for (int c = 0; c < pass.config().width; ++c) {
      Cell& cell = pass.cell(position, c);
      if (cell.is_constant() && is_top(level)) {
        // One outcome only: the same table as elsewhere, where it says that number.
        const auto known = first_tables.find({own.first, c});
        if (known == first_tables.end()) continue;
        const Cell like = ghosts.function(std::vector<int>{atom}, known->second);
        if (like.low == cell.low && like.high == cell.low) cell = like;
        continue;
      }
      const bool reads = std::ranges::any_of(cell.atom_list(), [&](int a) {
        return a == own_atom(pass, level - 1, place) || a == rest_atom(pass, level, place);
      });
      if (!reads) continue;
      std::vector<double> table = joined(pass, level, place, cell);
      if (table.empty()) continue;
      const auto [known, fresh] = first_tables.try_emplace({own.first, c}, table);
      if (!fresh) std::copy_n(known->second.begin(), place - own.first, table.begin());
      cell = ghosts.function(std::vector<int>{atom}, std::move(table));
    }
  }
  if (!is_top(level)) return;
  for (const auto& [place, position] : rows) atoms_.emplace(place, own_atom(pass, level, place));
}

}  // namespace carrybit::certificates
