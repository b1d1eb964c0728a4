#pragma once
// Sums of many unknowns. A row that adds 64 products of digits has too many joint inputs to list; what
// can be listed is its exact value, a ghost, beside what the arithmetic makes of it.
//
// A Relation is the set of pairs (exact sum of the terms that vary, rounded value of the whole row)
// that can occur. Two ways lead to it:
//
//   by bounds        Let every term be a multiple of 2^g. If every product and every partial sum is, by
//                    the hulls of the terms, at most B in magnitude, and the format has every
//                    multiple of 2^g up to B, then nothing is rounded at all: rounded = exact.
//   by enumeration   All pairs (partial sum as rounded, partial sum as it should be), term after term,
//                    through the engine's own operations: also where sums saturate.
//
// In pairs (sum = pairwise) the bounds are those of every sum in the tree, and the enumeration goes through
// the tree: all pairs of either half. A sum that is rounded once (sum = exact) is its exact value, rounded.
//
// Terms are taken to be independent, with one exception: a row may hold terms x_1..x_m and beside them
// functions of their exact sum, as v = x_1 + ... + x_m - P floor((x_1 + ... + x_m)/P) does.

#include <optional>
#include <utility>
#include <vector>

#include "proofs_check/ghost.hpp"
#include "proofs_check/proof_engine.hpp"

namespace carrybit::certificates {

struct Relation {
  std::vector<double> numbers;                  // the exact sums that can occur, increasing
  std::vector<std::pair<int, double>> rounded;  // (index into numbers, rounded value)
};

/// Where the terms of a sum stand in the row that adds them: a sum in pairs depends on it.
struct SumShape {
  std::vector<int> index;  // of the terms; empty: 0, 1, ...
  int length = 0;          // of the row
};

/// Does a format have every multiple of 2^grid up to `bound`?
bool has_grid(const Format& format, int grid, double bound);
/// The exponent of the last bit of x; a large number for 0.
int last_bit(double x);

class ExactSums {
 public:
  ExactSums(const Arithmetic& arithmetic, ProofEngine& engine, Ghosts& ghosts)
      : arithmetic_(arithmetic), engine_(engine), ghosts_(ghosts) {}

  /// The relation of a sum, in the accumulator's format, of weight * cell in this order. Nothing where no
  /// way works. Cells: constants and functions.
  std::optional<Relation> relate(const std::vector<GhostTerm>& terms, const SumShape& shape = {});

  /// The terms that vary.
  static std::vector<GhostTerm> varying(const std::vector<GhostTerm>& terms);

 private:
  std::optional<Relation> by_bounds(const std::vector<GhostTerm>& terms);
  using Pairs = std::vector<std::pair<double, double>>;  // (exact, rounded), increasing and unique

  std::optional<Relation> tree_by_bounds(const std::vector<GhostTerm>& terms,
                                         const SumShape& shape);
  std::optional<Relation> tree_by_enumeration(const std::vector<GhostTerm>& terms,
                                              const SumShape& shape);
  std::optional<Pairs> products(const GhostTerm& term);
  std::optional<Relation> rounded_once(const std::vector<GhostTerm>& terms);
  std::optional<Relation> by_enumeration(const std::vector<GhostTerm>& terms);
  int grid(const Cell& cell);
  /// The exponent of the last bit of a term's products.
  int product_grid(const GhostTerm& term);

  const Arithmetic& arithmetic_;
  ProofEngine& engine_;
  Ghosts& ghosts_;
  std::map<int, int> grids_;  // of tables
};

}  // namespace carrybit::certificates
