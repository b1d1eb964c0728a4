#include "proofs_check/counted_carry.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carrybit::certificates {

HeadRule CountedCarry::rule() {
  return [this](Pass& pass, const HeadInputs& in) { return run(pass, in); };
}

/// The one sum of predicates of the places from..n-1 that these cells depend on; -1 where there is none.
int CountedCarry::count_atom(Ghosts& ghosts, const std::vector<Cell>& cells, int from) {
  int found = -1;
  for (const Cell& cell : cells)
    for (const int atom : cell.atom_list()) {
      if (ghosts.terms(atom).empty()) continue;
      if (found >= 0 && atom != found) throw NotCertified("one vector holds two counts");
      found = atom;
    }
  if (found < 0) return found;
  const std::vector<GhostTerm>& terms = ghosts.terms(found);
  if (!(terms.front().weight > 0)) throw NotCertified("a count weighs nothing");
  if (static_cast<int>(terms.size()) != question_.places - from)
    throw NotCertified(fmt::format("a count from place {} is not of the places above", from));
  for (int x = from; x < question_.places; ++x)
    if (std::ranges::count(terms, GhostTerm{terms.front().weight,
                                            question_.open[static_cast<std::size_t>(x)]}) != 1)
      throw NotCertified(fmt::format("a count from place {} misses a place", from));
  return found;
}

/// c(from) for each value of its atom: of its sum, and of the places n and -1, which are always open.
std::vector<double> CountedCarry::counts(Ghosts& ghosts, int atom, int from) {
  const double always = from < 0 ? 2 : 1;
  if (atom < 0) {
    if (from != question_.places) throw NotCertified("a count does not depend on its places");
    return {always};
  }
  std::vector<double> list;
  for (const double x : ghosts.atom(atom).numbers) {
    const double count = std::round(x / ghosts.terms(atom).front().weight);
    list.push_back(count + always);
  }
  return list;
}

std::vector<CountedCarry::State> CountedCarry::query_states(Ghosts& ghosts,
                                                            const std::vector<Cell>& cells,
                                                            int place) {
  const int atom = count_atom(ghosts, cells, place);
  const std::vector<double> count = counts(ghosts, atom, place);
  const Joint joint = ghosts.join(cells);
  if (joint.states != static_cast<std::int64_t>(count.size()))
    throw NotCertified("a query for a carry depends on more than its count");
  std::vector<State> states(count.size());
  for (std::size_t s = 0; s < states.size(); ++s) {
    states[s].count = count[s];
    for (const Cell& cell : cells)
      states[s].vector.push_back(ghosts.value(cell, joint, static_cast<std::int64_t>(s)));
  }
  return states;
}

/// Every count beside every state of the place's own unknowns: more than occur together.
std::vector<CountedCarry::State> CountedCarry::source_states(Ghosts& ghosts,
                                                             const std::vector<Cell>& cells,
                                                             int place) {
  const int atom = count_atom(ghosts, cells, std::max(place, 0));
  const std::vector<double> count = counts(ghosts, atom, place);
  std::vector<Cell> all = cells;
  all.push_back(place < 0 ? Cell::constant(1) : question_.open[static_cast<std::size_t>(place)]);
  const Joint joint = ghosts.join(all);
  const std::int64_t stride = atom < 0 ? 0 : joint.stride(atom);
  Vectors different;
  std::vector<State> states;
  for (std::int64_t s = 0; s < joint.states; ++s) {
    if (!ghosts.occurs(joint, s)) continue;
    State state;
    for (const Cell& cell : cells) state.vector.push_back(ghosts.value(cell, joint, s));
    state.count =
        stride == 0 ? count.front() : count[static_cast<std::size_t>(s / stride) % count.size()];
    state.open = ghosts.value(all.back(), joint, s) == 1;
    std::vector<double> id = state.vector;
    id.push_back(state.count);
    id.push_back(state.open ? 1 : 0);
    if (different.number(id) == static_cast<int>(states.size())) states.push_back(std::move(state));
  }
  return states;
}

/// A source keeps weight just where the lemma says, every other key never.
void CountedCarry::contest(Pass& pass, const HeadInputs& in) {
  Ghosts& ghosts = pass.ghosts();
  const auto pick = [&](const std::vector<Cell>& cells) {
    std::vector<Cell> picked;
    for (const std::size_t c : read_) picked.push_back(cells[c]);
    return picked;
  };
  std::vector<State> keys;
  std::vector<std::vector<Cell>> others;
  const int last = question_.queries.rbegin()->first;
  Vectors different;
  for (int t = 0; t <= last; ++t) {
    const std::vector<Cell> cells = pick(in.keys[static_cast<std::size_t>(t)]);
    const auto source = question_.sources.find(t);
    if (source == question_.sources.end()) {
      others.push_back(cells);
      continue;
    }
    if (std::ranges::any_of(cells, [](const Cell& c) { return c.is_interval(); }))
      throw NotCertified("a source of carries is known by bounds only");
    for (State& state : source_states(ghosts, cells, source->second)) {
      std::vector<double> id = state.vector;
      id.push_back(state.count);
      id.push_back(state.open ? 1 : 0);
      if (different.number(id) == static_cast<int>(keys.size())) keys.push_back(std::move(state));
    }
  }
  std::vector<int> components;
  for (const std::size_t c : read_) components.push_back(in.used[c]);
  // Columns: the sources' states, then the others by what they could score at most.
  std::vector<std::vector<double>> columns(read_.size());
  for (std::size_t c = 0; c < read_.size(); ++c) {
    for (const State& key : keys) columns[c].push_back(key.vector[c]);
    columns[c].resize(keys.size() + others.size());
  }
  Vanishing vanishes(pass.rows().engine(), 0);
  Vectors asked;
  for (const auto& [position, place] : question_.queries)
    for (const State& query :
         query_states(ghosts, pick(in.queries[static_cast<std::size_t>(position)]), place)) {
      std::vector<double> id = query.vector;
      id.push_back(query.count);
      const std::size_t before = asked.size();
      asked.number(id);
      if (asked.size() == before) continue;
      for (std::size_t c = 0; c < read_.size(); ++c)
        for (std::size_t o = 0; o < others.size(); ++o)
          columns[c][keys.size() + o] = query.vector[c] < 0 ? others[o][c].low : others[o][c].high;
      const std::vector<double> all =
          scores(pass.rows(), query.vector, columns, keys.size() + others.size(), components,
                 pass.config().head_dim);
      ghosts.cases += all.size();
      for (std::size_t k = 0; k < all.size(); ++k) {
        const bool wins = k < keys.size() && keys[k].open && keys[k].count == query.count + 1;
        if (wins == vanishes(all[k]))
          throw NotCertified(wins ? "the right source of a carry keeps no weight"
                                  : "a key keeps weight whose count is not the next");
        if (wins)
          weights_.insert(need_finite(pass.rows().engine().exp(all[k], RoleId::probabilities, 0)));
      }
    }
}

void CountedCarry::say(std::size_t component, std::size_t carry, double word) {
  if (said_[carry] && words_[component][carry] != word)
    throw NotCertified("places tell their carries in different words");
  words_[component][carry] = word;
}

/// What a place does with a carry, and what it says where it wins, with any weight that it may have.
void CountedCarry::check_source(Pass& pass, const HeadInputs& in, int position, int place) {
  Ghosts& ghosts = pass.ghosts();
  const auto& values = in.values[static_cast<std::size_t>(position)];
  std::vector<Cell> together = {
      place < 0 ? Cell::constant(1) : question_.open[static_cast<std::size_t>(place)],
      place < 0 ? Cell::constant(0) : question_.total(place)};
  together.insert(together.end(), values.begin(), values.end());
  if (std::ranges::any_of(values, [](const Cell& c) { return c.is_interval(); }))
    throw NotCertified("a source of carries is known by bounds only");
  const Joint joint = ghosts.join(together);
  for (std::int64_t s = 0; s < joint.states; ++s) {
    if (!ghosts.occurs(joint, s)) continue;
    const double open = ghosts.value(together[0], joint, s);
    const double sum = ghosts.value(together[1], joint, s);
    const bool without = sum >= question_.modulus;
    const bool with = sum + 1 >= question_.modulus;
    ++ghosts.cases;
    if (open != 0 && open != 1) throw NotCertified("a count adds something else than bits");
    if (sum + 1 >= 2 * question_.modulus) throw NotCertified("a place may carry more than 1");
    if (open == 0) {
      if (without || !with) throw NotCertified("a blocked place does not hand its carry on");
      continue;
    }
    if (place >= 0 && without != with)
      throw NotCertified("an open place's carry depends on what comes in");
    const std::size_t carry = without ? 1 : 0;
    for (const double weight : weights_) {
      for (std::size_t c = 0; c < values.size(); ++c)
        say(c, carry, returned(pass.rows(), ghosts.value(values[c], joint, s), weight));
      said_[carry] = true;
    }
  }
}

std::map<int, std::vector<Cell>> CountedCarry::run(Pass& pass, const HeadInputs& in) {
  if (pass.rows().arithmetic().shift != Shift::none)
    throw NotCertified("counts are compared without subtraction of the maximum");
  Ghosts& ghosts = pass.ghosts();
  for (std::size_t c = 0; c < in.used.size(); ++c)
    for (const auto& [position, place] : question_.queries) {
      const Cell& cell = in.queries[static_cast<std::size_t>(position)][c];
      if (cell.is_interval()) throw NotCertified("a query for a carry is known by bounds only");
      if (cell.low == 0 && cell.high == 0) continue;
      read_.push_back(c);
      break;
    }
  contest(pass, in);
  if (weights_.empty()) throw NotCertified("no source of a carry keeps weight");
  words_.assign(in.used.size(), {0.0, 0.0});
  for (const auto& [position, place] : question_.sources) check_source(pass, in, position, place);
  std::map<int, std::vector<Cell>> result;
  for (const auto& [position, place] : question_.queries) {
    for (const auto& [source, at] : question_.sources)
      if (at < place && source > position)
        throw NotCertified("a query for a carry does not see a source");
    const bool may_carry = place > 0 && said_[1];
    atoms_.emplace(
        place, may_carry
                   ? ghosts.add({fmt::format("carry into place {}", place), 2, 0, 1, {0, 1}, false})
                   : -1);
    for (const auto& words : words_)
      result[position].push_back(atoms_.at(place) < 0
                                     ? Cell::constant(words[0])
                                     : ghosts.function(std::vector<int>{atoms_.at(place)}, words));
  }
  return result;
}

}  // namespace carrybit::certificates
