#pragma once
// The bits that a construction needs, as a list of inequalities, and the smallest formats that
// satisfy them.
//
// Every primitive states what it asks of the arithmetic as "M >= x": M is the largest number of a
// fixed-point format, 2^i - 2^-f, and in a float 2^(m+1), up to which all integers are values. A float
// holds multiples of g up to g 2^(m+1) as well, so numbers of which that is known ask for less there.
// What is compared with scores is a multiple of the score gap C (setting.hpp), which in a float is a
// power of two and costs no significand bits.

#include <optional>
#include <string>
#include <vector>

#include "precision/format.hpp"
#include "precision/rounding.hpp"

namespace carrybit::constructions {

/// M >= plain + gaps * C; in fixed point without fraction bits M >= plain - slack + gaps * C; in a float
/// 2^(m+1) >= in_floats + gaps where that is given.
struct Need {
  std::string what;  // "match own_a", "tents of the answer"
  double plain = 0;
  double gaps = 0;
  double slack = 0;
  std::optional<double> in_floats = {};
  bool operator==(const Need&) const = default;
};

struct Needs {
  std::vector<Need> list;
  /// Fraction bits (fixed) that fractions of the construction need; 0 where all is integer.
  int fraction_bits = 0;
  /// Without any fraction bit it is right as well (though not with a few).
  bool or_integers = false;

  void add(std::string what, double plain, double gaps = 0, double slack = 0);
  /// What floats need in another measure: 2^(m+1) >= in_floats.
  void add_floats(std::string what, double plain, double in_floats, double slack = 0);
  void add(const Needs& others);
  /// The need of the largest right-hand side for a gap of C, and that right-hand side (at least 1).
  /// `integers`: fixed point without fraction bits.
  const Need& decisive(double gap, bool integers = false) const;
  double largest(double gap, bool integers = false) const;
};

/// The least i with M = 2^i - 2^-f >= needs.largest(C) for fixed:iI.fF. Throws BadInput where f is
/// below needs.fraction_bits (and not 0 with or_integers).
int integer_bits(const Needs& needs, int fraction_bits, Rounding rounding = Rounding::rne);

/// fixed:iI.fF of least width, F = needs.fraction_bits, or 0 with or_integers.
Format smallest_fixed(const Needs& needs, Rounding rounding = Rounding::rne);

/// The least m with 2^(m+1) at least what each need asks of floats: stored significand bits.
int significand_bits(const Needs& needs);

/// float:eE.mM with that m. Throws BadInput where the range of E exponent bits is too small, C times
/// the largest need being beyond it. `exponent_bits` may be Format::unbounded.
Format smallest_floating(const Needs& needs, int exponent_bits);

}  // namespace carrybit::constructions
