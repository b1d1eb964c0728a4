#include "proofs_check/ghost.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>

namespace carrybit::certificates {

namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash ^= word + 0x9E3779B97F4A7C15U + (hash << 6) + (hash >> 2);
  hash ^= hash >> 31;
  return hash * 0xBF58476D1CE4E5B9U;
}

std::uint64_t hash_of(const std::vector<double>& table) {
  std::uint64_t hash = table.size();
  for (const double x : table) hash = mix(hash, std::bit_cast<std::uint64_t>(x));
  return hash;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(a, b, [](double x, double y) {
    return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
  });
}

void append(std::vector<std::uint64_t>& key, const Cell& cell) {
  key.push_back(static_cast<std::uint64_t>(cell.table));
  for (const int atom : cell.atom_list()) key.push_back(static_cast<std::uint64_t>(atom));
  key.push_back(~std::uint64_t{0});
}

}  // namespace

std::size_t Ghosts::VectorHash::operator()(const std::vector<std::uint64_t>& v) const {
  std::uint64_t hash = v.size();
  for (const std::uint64_t word : v) hash = mix(hash, word);
  return hash;
}

std::int64_t Joint::stride(int atom) const {
  std::int64_t step = 1;
  for (std::size_t i = atoms.size(); i-- > 0; step *= sizes[i])
    if (atoms[i] == atom) return step;
  return 0;
}

int Ghosts::add(Atom atom) {
  atoms_.push_back(std::move(atom));
  return static_cast<int>(atoms_.size()) - 1;
}

int Ghosts::intern(std::vector<double> table) {
  const std::uint64_t hash = hash_of(table);
  const auto [first, last] = table_by_hash_.equal_range(hash);
  for (auto at = first; at != last; ++at)
    if (same_bits(tables_[static_cast<std::size_t>(at->second)], table)) return at->second;
  const int id = static_cast<int>(tables_.size());
  tables_.push_back(std::move(table));
  table_by_hash_.emplace(hash, id);
  return id;
}

bool Ghosts::occurs(const Joint& joint, std::int64_t state) const {
  for (std::size_t i = joint.atoms.size(); i-- > 0;) {
    const Atom& a = atom(joint.atoms[i]);
    const auto value = static_cast<int>(state % joint.sizes[i]);
    if (value < a.first || value > a.last) return false;
    state /= joint.sizes[i];
  }
  return true;
}

Joint Ghosts::join(std::span<const Cell> cells) const {
  Joint joint;
  for (const Cell& cell : cells)
    joint.atoms.insert(joint.atoms.end(), cell.atom_list().begin(), cell.atom_list().end());
  std::ranges::sort(joint.atoms);
  joint.atoms.erase(std::unique(joint.atoms.begin(), joint.atoms.end()), joint.atoms.end());
  for (const int id : joint.atoms) {
    joint.sizes.push_back(atom(id).size);
    joint.states =
        joint.states > (std::int64_t{1} << 40) ? joint.states : joint.states * joint.sizes.back();
  }
  return joint;
}

double Ghosts::value(const Cell& cell, const Joint& joint, std::int64_t state) const {
  if (cell.count <= 0) return cell.low;
  std::int64_t index = 0;
  std::size_t next = 0;
  std::int64_t rest = joint.states;
  // Both lists of atoms increase.
  for (std::size_t i = 0; i < joint.atoms.size(); ++i) {
    rest /= joint.sizes[i];
    if (next < static_cast<std::size_t>(cell.count) && joint.atoms[i] == cell.atoms[next]) {
      index = index * joint.sizes[i] + (state / rest) % joint.sizes[i];
      ++next;
    }
  }
  return table(cell.table)[static_cast<std::size_t>(index)];
}

Cell Ghosts::function(const std::vector<int>& atoms, std::vector<double> values) {
  return function(atoms, intern(std::move(values)));
}

Cell Ghosts::function(const std::vector<int>& atoms, int known) {
  const std::vector<double>& values = table(known);
  if (atoms.size() > max_atoms) throw NotCertified("a number depends on too many unknowns");
  Cell cell;
  cell.count = static_cast<std::int8_t>(atoms.size());
  std::ranges::copy(atoms, cell.atoms.begin());
  const Joint joint = join({&cell, 1});
  cell.low = std::numeric_limits<double>::infinity();
  cell.high = -cell.low;
  for (std::int64_t s = 0; s < joint.states; ++s) {
    if (!occurs(joint, s)) continue;
    const double value = need_finite(values[static_cast<std::size_t>(s)]);
    cell.low = std::min(cell.low, value);
    cell.high = std::max(cell.high, value);
  }
  const bool whole = std::ranges::any_of(atoms, [&](int id) { return atom(id).whole; }) &&
                     std::ranges::adjacent_find(values, std::not_equal_to<>()) != values.end();
  if (cell.low == cell.high && !whole) return Cell::constant(cell.low);
  cell.table = known;
  return cell;
}

bool Ghosts::same(const Cell& a, const Cell& b) const {
  if (a.is_interval() || b.is_interval()) return false;
  const Cell both[] = {a, b};
  const Joint joint = join(both);
  for (std::int64_t s = 0; s < joint.states; ++s)
    if (occurs(joint, s) && value(a, joint, s) != value(b, joint, s)) return false;
  return true;
}

std::vector<double> Ghosts::image(const Cell& cell) const {
  if (cell.is_constant()) return {cell.low};
  if (cell.is_interval()) throw NotCertified("a number that matters is known by bounds only");
  const Joint joint = join({&cell, 1});
  const std::vector<double>& values = table(cell.table);
  std::vector<double> image;
  for (std::int64_t s = 0; s < joint.states; ++s)
    if (occurs(joint, s)) image.push_back(values[static_cast<std::size_t>(s)]);
  std::ranges::sort(image);
  image.erase(std::unique(image.begin(), image.end()), image.end());
  return image;
}

Cell Ghosts::coarse(const Cell& cell) {
  if (!cell.is_function()) return cell;
  std::vector<std::uint64_t> id;
  append(id, cell);
  const auto found = images_.find(id);
  int made = 0;
  if (found != images_.end()) {
    made = found->second;
  } else {
    std::vector<double> numbers = image(cell);
    const int size = static_cast<int>(numbers.size());
    made = add({"value", size, 0, size - 1, std::move(numbers)});
    images_.emplace(std::move(id), made);
  }
  return function({made}, atom(made).numbers);
}

std::vector<std::uint64_t> Ghosts::key(const std::vector<GhostTerm>& terms) {
  std::vector<std::uint64_t> id;
  for (const GhostTerm& term : terms) {
    id.push_back(std::bit_cast<std::uint64_t>(term.weight));
    append(id, term.cell);
  }
  return id;
}

int Ghosts::sum_atom(const std::vector<GhostTerm>& terms, std::vector<double> numbers,
                     std::string name) {
  std::vector<std::uint64_t> id = key(terms);
  // The possible values belong to its identity: two ways to bound a sum are two atoms.
  id.push_back(hash_of(numbers));
  const auto found = sums_.find(id);
  if (found != sums_.end()) return found->second;
  const int size = static_cast<int>(numbers.size());
  const int made = add({std::move(name), size, 0, size - 1, std::move(numbers)});
  sums_.emplace(std::move(id), made);
  terms_.emplace(made, terms);
  return made;
}

const std::vector<GhostTerm>& Ghosts::terms(int atom) const {
  static const std::vector<GhostTerm> none;
  const auto found = terms_.find(atom);
  return found == terms_.end() ? none : found->second;
}

}  // namespace carrybit::certificates
