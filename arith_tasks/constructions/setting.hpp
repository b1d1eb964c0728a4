#pragma once
// What a construction has to know of the arithmetic it is compiled for: the score gap C, at which
// softmax becomes a hard choice, and the largest number M.

#include "sim/arithmetic.hpp"

namespace carrybit::constructions {

/// C, the smallest convenient score gap of a format: a loser's exp(-C) rounds to 0.
///
///   fixed point        the least such multiple of the quantum (of 2^-16 where F > 16, so that
///                      weights stay exact in double): ceil(2^F (F+1) ln 2) 2^-F to nearest
///   floats             the least such power of two: it costs no significand bits
///   float:e*           exp never underflows; the least power of two with exp(-C) <=
///                      2^-(m + 512) ("absorption", see docs/constructions.md): a loser
///                      vanishes beside every nonzero number, and a zero becomes a number
///                      so small that no later sum, product or comparison can see it
///
/// The first two are found by their property, by the exact engine's own exp. Throws BadInput
/// where the format has no such number: then it has no hard attention either.
double score_gap(const Format& format, Rounding rounding = Rounding::rne);

/// The largest finite value of a format, rounded towards zero into a double.
double largest_value(const Format& format);

struct Setting {
  double gap = 1;         // C
  double largest = 0;     // M, the least over all roles; weights are clipped to it
  bool vanishing = true;  // losers' weights are exactly 0 (false: only absorbed, float:e*)
  Normalise normalise = Normalise::output;
  Shift shift = Shift::max;

  /// exp is rounded into the probabilities' format; C must also be a weight and an activation.
  static Setting of(const Arithmetic& arithmetic);
  /// C = 1 and no bound: for programs built only to read off sizes and needs.
  static Setting symbolic(Shift shift = Shift::max, Normalise normalise = Normalise::output);
};

}  // namespace carrybit::constructions
