#pragma once
// Rows of weights applied to cells: what the simulator's linear maps, residual sums and hidden units do
// to functions of unknowns. Every value is computed by the simulator's own code (sim/stages.hpp), once
// for each joint state of the atoms a row reads, and remembered for other positions alike.

#include <functional>
#include <optional>
#include <unordered_map>

#include "proofs_check/exact_sum.hpp"
#include "sim/prepared.hpp"
#include "sim/stages.hpp"

namespace carrybit::certificates {

/// What becomes of a row's sum: + bias, into `role`, then max(., 0) if `relu`.
struct RowEnd {
  const double* bias = nullptr;
  RoleId role = RoleId::activations;
  bool relu = false;
};

/// All values of a format from low to high (themselves values), +0 for both zeros; nothing where there
/// are more than `most`.
std::optional<std::vector<double>> values_between(const Format& format, double low, double high,
                                                  std::size_t most = std::size_t{1} << 20);

class Rows {
 public:
  Rows(const Arithmetic& arithmetic, Ghosts& ghosts);

  ProofEngine& engine() { return engine_; }
  const Arithmetic& arithmetic() const { return arithmetic_; }
  Ghosts& ghosts() { return ghosts_; }

  /// From now on, every row of linear() that reads numbers that vary is taken as a function of its exact
  /// sum (project()), however few its joint states are.
  void always_project(bool yes) { always_project_ = yes; }
  bool always_projects() const { return always_project_; }

  /// Row `row` of a map over one position's cells.
  Cell linear(const PreparedLinear<double>& map, int row, std::span<const Cell> x, RoleId role,
              bool relu = false);
  /// residual (+) that row, in the activations' format. Joint with the residual, so that both may
  /// depend on one atom.
  Cell residual(const PreparedLinear<double>& map, int row, std::span<const Cell> x,
                const Cell& old);
  /// The row's exact sum beside its rounded value (no bias, no conversion), whatever its size; its atom
  /// and the terms that vary. Throws NotCertified.
  struct Projected {
    int atom = -1;
    std::vector<GhostTerm> terms;
    Relation relation;
  };
  const Projected& project(const SparseRow<double>& row, std::span<const Cell> x);
  std::optional<Projected> project(const std::vector<GhostTerm>& terms, const SumShape& shape);
  /// `end` of the rounded value, as a function of the exact sum; nothing where one exact sum leads to
  /// two values.
  std::optional<Cell> finish(const Projected& sum, const std::function<double(double)>& end);
  std::optional<Cell> finish(const Projected& sum, const RowEnd& end) {
    return finish(sum, [&](double rounded) { return finish(rounded, end); });
  }
  double finish(double sum, const RowEnd& end);
  /// Row sums as the arithmetic makes them (no bias, no conversion): out[i] from x[k][i], entry k of the
  /// row, i < n; `length` is that of the whole row.
  void sums(const SparseRow<double>& row, int length, std::span<const double* const> x,
            std::size_t n, double* out);
  double sum(const SparseRow<double>& row, int length, const std::vector<double>& x);
  /// The sum of a row's own values, as of weights.
  double total(const SparseRow<double>& row, int length) {
    return carrybit::total(engine_, arithmetic_, row, length, Keys{}, 0);
  }
  /// Bounds of a row's sum (no bias, no conversion).
  std::pair<double, double> hull(const SparseRow<double>& row, std::span<const Cell> x);

  /// f of several cells, state by state; bounds by `hull` where one is an interval.
  Cell map(std::span<const Cell> inputs, const std::function<double(const double*)>& f);
  /// a (x) b, a >= 0, in the activations' format.
  Cell times(const Cell& a, const Cell& b);

 private:
  struct Known {
    int table = -1;  // -1: the constant `value`
    double value = 0;
    std::vector<int> local;  // which of the row's atoms, in the order they appear
  };
  struct Hash {
    std::size_t operator()(const std::vector<std::uint64_t>& v) const;
  };

  /// The joint states, where few enough; cells that share no atom with others may be replaced by
  /// coarser ones. Nothing where there are too many.
  std::optional<Joint> joint(std::vector<Cell>& cells);
  Cell by_states(const SparseRow<double>& row, int length, const std::vector<Cell>& cells,
                 const Joint& joint, const RowEnd& end, const Cell* old);
  Cell by_hull(const SparseRow<double>& row, std::span<const Cell> cells, const RowEnd& end);
  double add(double a, double b) { return engine_.add(a, b, RoleId::activations, 0); }
  std::vector<std::uint64_t> pattern(const SparseRow<double>& row, std::span<const Cell> cells,
                                     const RowEnd& end, const Cell* old,
                                     std::vector<int>& atoms) const;
  Cell evaluate(const SparseRow<double>& row, std::span<const Cell> x, const RowEnd& end,
                const Cell* old);

  bool always_project_ = false;
  Arithmetic arithmetic_;
  Ghosts& ghosts_;
  ProofEngine engine_;
  ExactSums exact_sums_;
  std::vector<double> columns_;  // of sums()
  std::unordered_map<std::vector<std::uint64_t>, Known, Hash> known_;
  std::unordered_map<std::vector<std::uint64_t>, Projected, Hash> projected_;
};

}  // namespace carrybit::certificates
