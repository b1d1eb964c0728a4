#pragma once
// Which loop serves a tile: decided from the rule and from facts about its numbers.

#include "precision/kernels/facts.hpp"
#include "precision/kernels/matrix_product.hpp"
#include "precision/kernels/tiles.hpp"
#include "precision/lane_spec.hpp"

namespace carrybit::kernels {

struct Choice {
  bool scalar = false;
  bool careful = false;
  Lane lane = Lane::float64;
  Kind kind = Kind::general;
  bool clamp = false;                 // some products may be subnormal
  int check_every = 0;                // sums are looked at after so many terms,
  double check_limit = 0;             // and stay in range while they are no larger than this
  Rounding hardware = Rounding::rne;  // of the processor while terms are added

  static Choice by_scalars() {
    return {true, true, Lane::float64, Kind::general, false, 0, 0, Rounding::rne};
  }
  static Choice tiles(Lane lane, Kind kind) {
    return {false, false, lane, kind, false, 0, 0, Rounding::rne};
  }
  static Choice with_care(Kind kind) {
    return {false, true, Lane::float64, kind, false, 0, 0, Rounding::rne};
  }
};

/// A format and a mode, as Rounder wants them.
RounderNumbers rounder_numbers(const lane::Spec& s, Rounding mode);

/// A rule as numbers, and the reasoning about ranges.
class Plan {
 public:
  /// `integers`: values are integers m, and weights m * 2^-F, of one fixed-point format.
  Plan(const Rule& rule, bool integers);

  /// Fills in what depends on the number of terms.
  void prepare(RowFacts& a) const { a.growth = growth(a.terms); }

  Choice choose(const RowFacts& a, const Facts& x) const;
  /// For a tile whose sums were seen to be too large.
  Choice choose_again(const RowFacts& a, const Facts& x) const;

  const Rule& rule() const { return rule_; }
  const TileNumbers& numbers(Lane lane) const { return numbers_[lane == Lane::float32 ? 0 : 1]; }
  /// Are zero weights skipped? Not where a term of zero can change a sum: see may_skip.
  bool skips_zeros() const { return skips_zeros_; }
  bool signed_zeros() const { return signed_zeros_; }
  /// From now on only float64 lanes are chosen.
  void forbid_floats() { floats_ = false; }
  /// The plan for another left operand.
  Plan again() const {
    Plan plan = *this;
    plan.floats_ = true;
    return plan;
  }
  /// Where `halves` cuts the right operand: x1 is a multiple of 2^cut; for all rows.
  static int cut(const RowFacts& a, const Facts& x);

 private:
  Choice choose_sequence(const RowFacts& a, const Facts& x) const;
  Choice choose_floats(const RowFacts& a, const Facts& x) const;
  Choice choose_chopped(const RowFacts& a, const Facts& x) const;
  Choice choose_fixed(const RowFacts& a, const Facts& x) const;
  Choice choose_saturating(const RowFacts& a, const Facts& x) const;
  Choice quantum_lanes(const RowFacts& a, const Facts& x, Kind kind, double most) const;
  Choice choose_exact(const RowFacts& a, const Facts& x) const;
  Choice choose_ieee(const RowFacts& a, const Facts& x) const;
  Choice general(const RowFacts& a, const Facts& x) const;
  bool terms_exact(const RowFacts& a, const Facts& x) const;
  bool rounds_terms(const RowFacts& a, const Facts& x) const;
  bool float_products(const RowFacts& a, const Facts& x) const;
  bool float_range(const RowFacts& a, const Facts& x, double bound) const;
  bool needs_clamp(const RowFacts& a, const Facts& x) const;
  double growth(int terms) const;
  double bound(const RowFacts& a, const Facts& x) const;
  bool in_range(const RowFacts& a, const Facts& x, Choice& choice, double& most) const;
  /// May the sums be watched instead? Fills in the choice.
  bool check(const RowFacts& a, const Facts& x, double largest, Choice& choice) const;

  Rule rule_;
  bool integers_;
  lane::Spec product_, sum_;
  TileNumbers numbers_[2];
  double quantum_ = 0;  // the coarser of the smallest quanta of products and sums
  double sum_quantum_ = 0, product_quantum_ = 0;
  double growths_[2] = {};  // of check_chunk terms, and of twice as many
  bool floats_ = true;
  bool nearest_floats_ = false;  // both rne floats, products no wider than sums
  bool ieee_ = false;            // the `ieee` loop is right for finite operands
  bool ieee_specials_ = false;   // and for infinities and NaN
  bool half_ = false;            // binary16 for both, and conversions in the processor
  bool top_bits_ = false;        // and the exponents of binary32
  bool native_ = false;          // binary32 for both
  bool chopped_ = false;         // both floats, one mode, products no finer than sums
  bool fixed_ = false;           // both fixed with one quantum
  bool saturating_ = false;      // and any mode but `ro`, saturating, neither fused nor exact
  bool skips_zeros_ = false;
  bool signed_zeros_ = false;
};

}  // namespace carrybit::kernels
