#include "proofs_check/disjunction.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carrybit::certificates {

namespace {

void need_bit(Ghosts& ghosts, const Cell& cell) {
  for (const double x : ghosts.image(cell))
    if (x != 0 && x != 1) throw NotCertified("a carry's AND reads a number that is no bit");
}

}  // namespace

RowRule Disjunction::rule() {
  return [this](Pass& pass, int position, int channel) { return run(pass, position, channel); };
}

int Disjunction::atom(Ghosts& ghosts, int place) {
  if (place == 0) return -1;
  if (!atoms_.contains(place))
    atoms_.emplace(place,
                   ghosts.add({fmt::format("carry into place {}", place), 2, 0, 1, {0, 1}, false}));
  return atoms_.at(place);
}

std::optional<Disjunction::Unit> Disjunction::read(Pass& pass, int position, int unit, int f,
                                                   std::map<int, Cell>& generates,
                                                   std::map<int, Cell>& stops) {
  const auto& weights = pass.model().layers[static_cast<std::size_t>(question_.layer)];
  const bool gated = pass.config().gated();
  const PreparedLinear<double>& map = gated ? weights.gate : weights.up;
  const SparseRow<double>& row = map.rows[static_cast<std::size_t>(unit)];
  const double* bias = map.bias.empty() ? nullptr : &map.bias[static_cast<std::size_t>(unit)];
  Rows& rows = pass.rows();
  const Rows::Projected& sum = rows.project(row, pass.row(position));
  std::optional<Cell> argument = rows.finish(sum, RowEnd{bias, RoleId::activations, true});
  if (!argument) throw NotCertified("an AND may round to two values");
  if (gated)
    argument = rows.times(*argument,
                          rows.linear(weights.up, unit, pass.row(position), RoleId::activations));
  const bool dead = argument->is_constant() && argument->low == 0;
  Unit found{.value = 0, .place = -1};
  std::vector<int> tested;
  for (std::size_t k = 0; k < row.index.size(); ++k) {
    const Cell& cell = pass.row(position)[static_cast<std::size_t>(row.index[k])];
    const auto meaning = question_.meaning(position, row.index[k]);
    if (!meaning) {
      if (dead) continue;
      if (!cell.is_constant())
        throw NotCertified("a carry's AND reads something that is no place's");
      continue;
    }
    need_bit(pass.ghosts(), cell);
    (meaning->generates ? generates : stops).emplace(meaning->place, cell);
    if (dead) continue;
    if (row.value[k] != (meaning->generates ? 1 : -1))
      throw NotCertified("a carry's AND weighs a bit by more than 1");
    if (!meaning->generates) {
      tested.push_back(meaning->place);
    } else {
      if (found.place >= 0) throw NotCertified("a carry's AND reads two places that generate");
      found.place = meaning->place;
    }
  }
  if (dead) return std::nullopt;
  std::ranges::sort(tested);
  std::vector<int> expected;
  for (int x = found.place + 1; x < f; ++x) expected.push_back(x);
  if (found.place < 0 || tested != expected)
    throw NotCertified(
        fmt::format("a carry's AND into place {} does not test the places between", f));
  // A bit that is always 1 (or 0) is a constant of the sum: what counts is the sum of all bits.
  double constant = 0;
  for (const auto& [x, cell] : generates)
    if (x == found.place && cell.is_constant()) constant += cell.low;
  for (const int x : tested)
    if (stops.at(x).is_constant()) constant -= stops.at(x).low;
  const std::vector<double>& numbers = sum.relation.numbers;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const double value =
        argument->is_constant() ? argument->low : pass.ghosts().table(argument->table)[i];
    if (numbers[i] + constant == 1)
      found.value = value;
    else if (value != 0)
      throw NotCertified("an AND fires where it should not");
  }
  return found;
}

void Disjunction::check_places(Pass& pass, int f, const std::map<int, Cell>& generates,
                               const std::map<int, Cell>& stops) {
  Ghosts& ghosts = pass.ghosts();
  for (int x = 0; x < f; ++x) {
    const Cell total = question_.total(x);
    if (x > 0 && !stops.contains(x))
      throw NotCertified(fmt::format("nothing tells whether place {} stops a carry", x));
    const Cell stop = x == 0 ? Cell::constant(1) : stops.at(x);
    const Cell together[] = {generates.at(x), stop, total};
    const Joint joint = ghosts.join(together);
    for (std::int64_t s = 0; s < joint.states; ++s) {
      if (!ghosts.occurs(joint, s)) continue;
      ++ghosts.cases;
      const double sum = ghosts.value(total, joint, s);
      const double g = ghosts.value(together[0], joint, s);
      const bool without = sum >= question_.modulus;
      const bool with = sum + 1 >= question_.modulus;
      const bool right = ghosts.value(stop, joint, s) == 1
                             ? g == (without ? 1 : 0) && (x == 0 || with == without)
                             : g == 0 && !without && with;
      if (!right || sum + 1 >= 2 * question_.modulus)
        throw NotCertified(fmt::format("place {} does not tell its carry", x));
    }
  }
}

std::optional<Cell> Disjunction::run(Pass& pass, int position, int channel) {
  const auto asked = question_.place_of.find(position);
  if (asked == question_.place_of.end()) return std::nullopt;
  const int f = asked->second;
  const auto& weights = pass.model().layers[static_cast<std::size_t>(question_.layer)];
  const auto r = static_cast<std::size_t>(channel);
  const SparseRow<double>& down = weights.down.rows[r];
  const double* bias = weights.down.bias.empty() ? nullptr : &weights.down.bias[r];
  const Cell& old = pass.cell(position, channel);
  if (!old.is_constant()) throw NotCertified("a carry's channel is not empty");
  Rows& rows = pass.rows();
  ProofEngine& e = rows.engine();
  const auto whole = [&](double sum) {
    return e.add(old.low, rows.finish(sum, RowEnd{bias, RoleId::activations, false}),
                 RoleId::activations, 0);
  };
  std::map<int, Cell> generates, stops;
  std::vector<int> places;
  std::optional<double> fired;
  for (std::size_t k = 0; k < down.index.size(); ++k) {
    const auto unit = read(pass, position, down.index[k], f, generates, stops);
    if (!unit) continue;
    places.push_back(unit->place);
    const double value =
        whole(rows.sum({{down.index[k]}, {down.value[k]}}, pass.config().ffn, {unit->value}));
    if (fired && *fired != value) throw NotCertified("a carry is told in different words");
    fired = value;
  }
  std::ranges::sort(places);
  // A place without a unit that can fire must be one that never generates.
  for (int j = 0; j < f; ++j)
    if (!generates.contains(j) ||
        std::ranges::count(places, j) != (generates.at(j) == Cell::constant(0) ? 0 : 1))
      throw NotCertified(fmt::format("the ANDs into place {} are not one for each place below", f));
  if (std::ranges::any_of(places, [&](int j) { return j >= f; }))
    throw NotCertified(fmt::format("a carry from above comes into place {}", f));
  if (f == 0) {
    if (!places.empty()) throw NotCertified("a carry comes into place 0");
    return Cell::constant(whole(e.zero()));
  }
  check_places(pass, f, generates, stops);
  if (!fired) {
    atoms_.emplace(f, -1);
    return Cell::constant(whole(e.zero()));
  }
  return pass.ghosts().function(std::vector<int>{atom(pass.ghosts(), f)},
                                {whole(e.zero()), *fired});
}

}  // namespace carrybit::certificates
