#include "proofs_check/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace carrybit::certificates {

HeadRule Nearest::rule() {
  return [this](Pass& pass, const HeadInputs& in) { return run(pass, in); };
}

int Search::start(int atom) const {
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
    std::vector<double> all =
        scores(pass.rows(), query, columns, n, in.used, pass.config().head_dim);
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
  if (pass.rows().arithmetic().shift != Shift::max)
    throw NotCertified("a nearest search needs subtraction of the maximum");
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

}  // namespace carrybit::certificates
