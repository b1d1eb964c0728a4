#include "proofs_check/rows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace carrybit::certificates {

namespace {

constexpr std::int64_t few_states = std::int64_t{1} << 15;
constexpr std::int64_t most_states = std::int64_t{1} << 21;

std::vector<Cell> gather(const SparseRow<double>& row, std::span<const Cell> x) {
  std::vector<Cell> cells;
  cells.reserve(row.index.size());
  for (const int index : row.index) cells.push_back(x[static_cast<std::size_t>(index)]);
  return cells;
}

bool shares_atom(const Cell& a, const Cell& b) {
  return std::ranges::any_of(a.atom_list(), [&](int atom) {
    return std::ranges::find(b.atom_list(), atom) != b.atom_list().end();
  });
}

}  // namespace

std::size_t Rows::Hash::operator()(const std::vector<std::uint64_t>& v) const {
  std::uint64_t hash = v.size();
  for (const std::uint64_t word : v) hash = (hash ^ mix64(word + hash)) * 0x9E3779B97F4A7C15U;
  return hash;
}

std::optional<std::vector<double>> values_between(const Format& format, double low, double high,
                                                  std::size_t most) {
  std::vector<double> values;
  for (double x = low; x <= high;) {
    if (values.size() == most) return std::nullopt;
    values.push_back(x == 0 ? 0.0 : x);
    // One quantum of x up; below a power of two, from the negative side, half of that.
    int quantum = static_cast<int>(format.min_quantum());
    if (format.is_floating() && x != 0) {
      int exponent = 0;
      const double fraction = std::frexp(x, &exponent);
      if (fraction == -0.5) --exponent;
      quantum = std::max(quantum, exponent - format.precision());
    }
    x += std::ldexp(1.0, quantum);
    if (format.flush_subnormals && x != 0 &&
        std::abs(x) < std::ldexp(1.0, static_cast<int>(format.min_exponent())))
      x = x < 0 ? 0 : std::ldexp(1.0, static_cast<int>(format.min_exponent()));
  }
  return values;
}

Rows::Rows(const Arithmetic& arithmetic, Ghosts& ghosts)
    : arithmetic_(arithmetic),
      ghosts_(ghosts),
      engine_(arithmetic_),
      exact_sums_(arithmetic_, engine_, ghosts) {}

void Rows::sums(const SparseRow<double>& row, int length, std::span<const double* const> x,
                std::size_t n, double* out) {
  if (arithmetic_.sum == Sum::sequential) {
    std::fill(out, out + n, engine_.zero());
    for (std::size_t k = 0; k < row.index.size(); ++k)
      engine_.accumulate(out, row.value[k], x[k], n, {});
    return;
  }
  // dot() wants a row's entries where they belong: a few columns at a time.
  const auto terms = static_cast<std::size_t>(length);
  const std::size_t block =
      std::clamp<std::size_t>((std::size_t{1} << 18) / std::max<std::size_t>(terms, 1), 1, 64);
  columns_.resize(std::max(columns_.size(), terms * block));
  for (std::size_t first = 0; first < n; first += block) {
    const std::size_t count = std::min(block, n - first);
    for (std::size_t k = 0; k < row.index.size(); ++k)
      std::copy_n(x[k] + first, count,
                  columns_.begin() +
                      static_cast<std::ptrdiff_t>(static_cast<std::size_t>(row.index[k]) * block));
    dot(engine_, arithmetic_, row, length, columns_.data(), block, count, out + first, Keys{});
  }
}

double Rows::sum(const SparseRow<double>& row, int length, const std::vector<double>& x) {
  if (arithmetic_.sum == Sum::sequential) {
    double total = engine_.zero();
    for (std::size_t k = 0; k < row.index.size(); ++k)
      total = engine_.step(total, row.value[k], x[k], 0);
    return total;
  }
  std::vector<const double*> columns;
  for (const double& value : x) columns.push_back(&value);
  double total = 0;
  sums(row, length, columns, 1, &total);
  return total;
}

double Rows::finish(double sum, const RowEnd& end) {
  if (end.bias != nullptr) sum = engine_.add(sum, *end.bias, RoleId::accumulator, 0);
  sum = engine_.convert(sum, end.role);
  if (end.relu) relu(engine_, &sum, 1, &sum);
  return sum;
}

std::optional<Joint> Rows::joint(std::vector<Cell>& cells) {
  Joint all = ghosts_.join(cells);
  if (all.states <= few_states && all.atoms.size() <= max_atoms) return all;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool alone = std::ranges::none_of(cells, [&](const Cell& other) {
      return &other != &cells[i] && shares_atom(cells[i], other);
    });
    if (alone) cells[i] = ghosts_.coarse(cells[i]);
  }
  all = ghosts_.join(cells);
  if (all.states <= most_states && all.atoms.size() <= max_atoms) return all;
  return std::nullopt;
}

Cell Rows::by_states(const SparseRow<double>& row, int length, const std::vector<Cell>& cells,
                     const Joint& joint, const RowEnd& end, const Cell* old) {
  const auto n = static_cast<std::size_t>(joint.states);
  const std::size_t terms = row.index.size();
  constexpr std::size_t block = 1024;  // states
  std::vector<double> sum(n);
  std::vector<double> values(terms * std::min(block, n));
  std::vector<const double*> x(terms);
  for (std::size_t first = 0; first < n; first += block) {
    const std::size_t count = std::min(block, n - first);
    for (std::size_t k = 0; k < terms; ++k) {
      double* column = values.data() + k * count;
      for (std::size_t i = 0; i < count; ++i)
        column[i] = ghosts_.value(cells[k], joint, static_cast<std::int64_t>(first + i));
      x[k] = column;
    }
    sums(row, length, x, count, sum.data() + first);
  }
  ghosts_.cases += n;
  for (std::size_t s = 0; s < n; ++s) {
    sum[s] = finish(sum[s], end);
    if (old != nullptr)
      sum[s] = add(ghosts_.value(*old, joint, static_cast<std::int64_t>(s)), sum[s]);
  }
  return ghosts_.function(joint.atoms, std::move(sum));
}

std::pair<double, double> Rows::hull(const SparseRow<double>& row, std::span<const Cell> x) {
  // Every rounded operation is monotone in each operand.
  std::vector<double> low, high;
  for (std::size_t k = 0; k < row.index.size(); ++k) {
    const Cell& cell = x[static_cast<std::size_t>(row.index[k])];
    low.push_back(row.value[k] < 0 ? cell.high : cell.low);
    high.push_back(row.value[k] < 0 ? cell.low : cell.high);
  }
  const int length = static_cast<int>(x.size());
  return {sum(row, length, low), sum(row, length, high)};
}

Cell Rows::by_hull(const SparseRow<double>& row, std::span<const Cell> x, const RowEnd& end) {
  const auto [low, high] = hull(row, x);
  return Cell::interval(finish(low, end), finish(high, end));
}

std::vector<std::uint64_t> Rows::pattern(const SparseRow<double>& row, std::span<const Cell> cells,
                                         const RowEnd& end, const Cell* old,
                                         std::vector<int>& atoms) const {
  std::vector<std::uint64_t> key = {std::bit_cast<std::uintptr_t>(&row),
                                    static_cast<std::uint64_t>(end.role) * 2 + (end.relu ? 1 : 0)};
  const auto put = [&](const Cell& cell) {
    if (cell.is_constant()) {
      key.push_back(~std::uint64_t{0});
      key.push_back(std::bit_cast<std::uint64_t>(cell.low));
      return;
    }
    // With the atoms' number and sizes: one table can be of one atom or of two.
    key.push_back(static_cast<std::uint64_t>(cell.table) * (max_atoms + 1) +
                  static_cast<std::uint64_t>(cell.count));
    for (const int atom : cell.atom_list()) {
      auto at = std::ranges::find(atoms, atom);
      if (at == atoms.end()) at = atoms.insert(at, atom);
      key.push_back(static_cast<std::uint64_t>(at - atoms.begin()));
      key.push_back(static_cast<std::uint64_t>(ghosts_.atom(atom).size));
    }
  };
  for (const Cell& cell : cells) put(cell);
  if (old != nullptr) put(*old);
  return key;
}

Cell Rows::evaluate(const SparseRow<double>& row, std::span<const Cell> x, const RowEnd& end,
                    const Cell* old) {
  std::vector<Cell> cells = gather(row, x);
  const auto vague = [](const Cell& cell) { return cell.is_interval(); };
  if (std::ranges::any_of(cells, vague) || (old != nullptr && vague(*old))) {
    const Cell sum = by_hull(row, x, end);
    return old == nullptr ? sum : Cell::interval(add(old->low, sum.low), add(old->high, sum.high));
  }
  if (always_project_ && old == nullptr &&
      std::ranges::any_of(cells, [](const Cell& c) { return c.is_function(); })) {
    const std::optional<Cell> ended = finish(project(row, x), end);
    return ended ? *ended : by_hull(row, x, end);
  }
  std::vector<int> atoms;
  std::vector<std::uint64_t> key = pattern(row, cells, end, old, atoms);
  const auto seen = known_.find(key);
  if (seen != known_.end()) {
    if (seen->second.table < 0) return Cell::constant(seen->second.value);
    std::vector<std::pair<int, int>> order;  // atom, its place in the table's order
    std::vector<int> actual;
    for (const int local : seen->second.local)
      actual.push_back(atoms[static_cast<std::size_t>(local)]);
    if (std::ranges::is_sorted(actual)) return ghosts_.function(actual, seen->second.table);
  }
  if (old != nullptr) cells.push_back(*old);
  const std::optional<Joint> all = joint(cells);
  if (!all) {
    const Projected& sum = project(row, x);
    const std::optional<Cell> ended = finish(sum, end);
    const Cell known = ended ? *ended : by_hull(row, x, end);
    if (old == nullptr) return known;
    if (old->is_constant() || known.is_interval()) {
      const Cell both[] = {*old, known};
      return map(both, [&](const double* v) { return add(v[0], v[1]); });
    }
    return Cell::interval(add(old->low, known.low), add(old->high, known.high));
  }
  Cell before;
  if (old != nullptr) {
    before = cells.back();
    cells.pop_back();
  }
  const Cell result = by_states(row, static_cast<int>(x.size()), cells, *all, end,
                                old == nullptr ? nullptr : &before);
  Known entry;
  entry.table = result.table;
  entry.value = result.low;
  bool own = true;  // not where cells were made coarser
  for (const int atom : result.atom_list()) {
    const auto at = std::ranges::find(atoms, atom);
    own = own && at != atoms.end();
    entry.local.push_back(static_cast<int>(at - atoms.begin()));
  }
  if (own && (result.is_function() || all->atoms.empty())) known_.emplace(std::move(key), entry);
  return result;
}

Cell Rows::linear(const PreparedLinear<double>& map, int row, std::span<const Cell> x, RoleId role,
                  bool relu) {
  const auto r = static_cast<std::size_t>(row);
  return evaluate(map.rows[r], x, {map.bias.empty() ? nullptr : &map.bias[r], role, relu}, nullptr);
}

Cell Rows::residual(const PreparedLinear<double>& map, int row, std::span<const Cell> x,
                    const Cell& old) {
  const auto r = static_cast<std::size_t>(row);
  const double* bias = map.bias.empty() ? nullptr : &map.bias[r];
  if (map.rows[r].index.empty() && (bias == nullptr || *bias == 0)) return old;
  return evaluate(map.rows[r], x, {bias, RoleId::activations, false}, &old);
}

const Rows::Projected& Rows::project(const SparseRow<double>& row, std::span<const Cell> x) {
  std::vector<GhostTerm> terms;
  std::vector<std::uint64_t> key = {std::bit_cast<std::uintptr_t>(&row)};
  for (std::size_t k = 0; k < row.index.size(); ++k) {
    const Cell& cell = x[static_cast<std::size_t>(row.index[k])];
    if (cell.is_interval()) throw NotCertified("a row reads a number that is known by bounds only");
    terms.push_back({row.value[k], cell});
    key.push_back(static_cast<std::uint64_t>(cell.table) * (max_atoms + 1) +
                  static_cast<std::uint64_t>(cell.count));
    if (cell.is_constant()) key.push_back(std::bit_cast<std::uint64_t>(cell.low));
    for (const int atom : cell.atom_list()) key.push_back(static_cast<std::uint64_t>(atom));
  }
  const auto seen = projected_.find(key);
  if (seen != projected_.end()) return seen->second;
  const SumShape shape{row.index, static_cast<int>(x.size())};
  std::optional<Projected> sum = project(terms, shape);
  if (!sum) throw NotCertified("a row has too many joint states to list, and its sums may round");
  return projected_.emplace(std::move(key), std::move(*sum)).first->second;
}

std::optional<Rows::Projected> Rows::project(const std::vector<GhostTerm>& terms,
                                             const SumShape& shape) {
  std::optional<Relation> relation = exact_sums_.relate(terms, shape);
  if (!relation) return std::nullopt;
  Projected sum;
  sum.terms = ExactSums::varying(terms);
  sum.atom = ghosts_.sum_atom(sum.terms, relation->numbers, "sum");
  sum.relation = std::move(*relation);
  return sum;
}

std::optional<Cell> Rows::finish(const Projected& sum, const std::function<double(double)>& end) {
  std::vector<double> table(sum.relation.numbers.size());
  int last = -1;
  for (const auto& [index, rounded] : sum.relation.rounded) {
    const double value = end(rounded);
    double& entry = table[static_cast<std::size_t>(index)];
    if (index == last && entry != value) return std::nullopt;
    entry = value;
    last = index;
  }
  ghosts_.cases += sum.relation.rounded.size();
  return ghosts_.function(std::vector<int>{sum.atom}, std::move(table));
}

Cell Rows::map(std::span<const Cell> inputs, const std::function<double(const double*)>& f) {
  std::vector<Cell> cells(inputs.begin(), inputs.end());
  std::vector<double> values(cells.size());
  const bool vague = std::ranges::any_of(cells, [](const Cell& c) { return c.is_interval(); });
  const std::optional<Joint> all = vague ? std::nullopt : joint(cells);
  if (!all) {  // f of all corners; f is monotone in each argument, up or down
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (std::size_t corner = 0; corner < (std::size_t{1} << cells.size()); ++corner) {
      for (std::size_t i = 0; i < cells.size(); ++i)
        values[i] = (corner >> i) & 1U ? cells[i].high : cells[i].low;
      const double y = need_finite(f(values.data()));
      low = std::min(low, y);
      high = std::max(high, y);
    }
    return Cell::interval(low, high);
  }
  std::vector<double> table(static_cast<std::size_t>(all->states));
  for (std::int64_t s = 0; s < all->states; ++s) {
    for (std::size_t i = 0; i < cells.size(); ++i) values[i] = ghosts_.value(cells[i], *all, s);
    table[static_cast<std::size_t>(s)] = f(values.data());
  }
  ghosts_.cases += table.size();
  return ghosts_.function(all->atoms, std::move(table));
}

Cell Rows::times(const Cell& a, const Cell& b) {
  if (b.is_constant() && b.low == 1) return a;
  const Cell both[] = {a, b};
  return map(both,
             [&](const double* v) { return engine_.mul(v[0], v[1], RoleId::activations, 0); });
}

}  // namespace carrybit::certificates
