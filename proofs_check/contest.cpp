#include "proofs_check/contest.hpp"

#include <algorithm>

namespace carrybit::certificates {

bool Vanishing::operator()(double score) {
  if (have_yes_ && score <= yes_) return true;
  if (have_no_ && score >= no_) return false;
  // Without subtraction of the maximum nobody asks but beside a maximum of 0.
  const double shifted =
      maximum_ == 0 ? score : engine_.sub(score, maximum_, RoleId::activations, 0);
  const bool zero = engine_.is_zero(engine_.exp(shifted, RoleId::probabilities, 0));
  (zero ? yes_ : no_) = score;
  (zero ? have_yes_ : have_no_) = true;
  return zero;
}

int Vectors::number(const std::vector<double>& v) {
  const auto [at, fresh] = numbers_.emplace(v, static_cast<int>(list_.size()));
  if (fresh) list_.push_back(v);
  return at->second;
}

std::optional<std::vector<std::vector<double>>> joint_values(Ghosts& ghosts,
                                                             std::span<const Cell> cells,
                                                             std::size_t most) {
  std::vector<std::vector<double>> all = {std::vector<double>(cells.size())};
  std::vector<bool> done(cells.size(), false);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (done[i]) continue;
    if (cells[i].is_interval()) return std::nullopt;
    if (cells[i].is_constant()) {
      for (auto& v : all) v[i] = cells[i].low;
      continue;
    }
    // The cells that hang together with this one, by chains of shared atoms.
    std::vector<std::size_t> group = {i};
    std::vector<Cell> together = {cells[i]};
    for (std::size_t scan = 0; scan < group.size(); ++scan)
      for (std::size_t j = i + 1; j < cells.size(); ++j) {
        if (done[j] || !cells[j].is_function() || std::ranges::count(group, j) != 0) continue;
        for (const int atom : cells[j].atom_list())
          if (std::ranges::count(together[scan].atom_list(), atom) != 0) {
            group.push_back(j);
            together.push_back(cells[j]);
            break;
          }
      }
    const Joint joint = ghosts.join(together);
    if (joint.states > (std::int64_t{1} << 21)) return std::nullopt;
    Vectors different;
    std::vector<double> v(group.size());
    for (std::int64_t s = 0; s < joint.states; ++s) {
      if (!ghosts.occurs(joint, s)) continue;
      for (std::size_t g = 0; g < group.size(); ++g) v[g] = ghosts.value(together[g], joint, s);
      different.number(v);
    }
    if (all.size() * different.size() > most) return std::nullopt;
    std::vector<std::vector<double>> next;
    for (const auto& base : all)
      for (std::size_t d = 0; d < different.size(); ++d) {
        next.push_back(base);
        for (std::size_t g = 0; g < group.size(); ++g)
          next.back()[group[g]] = different.at(static_cast<int>(d))[g];
      }
    all = std::move(next);
    for (const std::size_t g : group) done[g] = true;
  }
  return all;
}

std::vector<double> scores(Rows& rows, const std::vector<double>& query,
                           const std::vector<std::vector<double>>& keys, std::size_t count,
                           const std::vector<int>& components, int dim) {
  SparseRow<double> row;
  std::vector<const double*> columns;
  for (std::size_t c = 0; c < query.size(); ++c) {
    if (query[c] == 0) continue;
    row.index.push_back(components[c]);
    row.value.push_back(query[c]);
    columns.push_back(keys[c].data());
  }
  std::vector<double> all(count);
  rows.sums(row, dim, columns, count, all.data());
  if (rows.arithmetic().accumulator.format != rows.arithmetic().activations.format)
    for (double& s : all) s = rows.engine().convert(s, RoleId::activations);
  return all;
}

double returned(Rows& rows, double value) {
  return returned(rows, value, rows.engine().exp(0, RoleId::probabilities, 0));
}

double returned(Rows& rows, double value, double weight) {
  ProofEngine& e = rows.engine();
  const double normaliser = rows.total({{0}, {weight}}, 1);
  if (rows.arithmetic().normalise == Normalise::output)
    return e.div(rows.sum({{0}, {weight}}, 1, {value}), normaliser, RoleId::activations, 0);
  const double share = e.div(weight, normaliser, RoleId::probabilities, 0);
  return e.convert(rows.sum({{0}, {share}}, 1, {value}), RoleId::activations);
}

}  // namespace carrybit::certificates
