#pragma once
// Means: what a uniform head over K ties returns.
//
// UNIFORM adds a head with the one score (-C role, mask): on rows with role = 1 every visible key with
// mask 0 has the same weight, every other exactly 0.
//
// EXACT MEAN is a claim about a head whose winners are exactly K = 2^kappa ties (uniform(), or
// match() with universal dummies to fill up): with values that are multiples of K, or K times a
// fraction of the format, the head returns their sum divided by K exactly.
//
// Contract and bits, for values v >= 0 with sum at most `numerator`, K ones summed exactly (M >= K):
//   normalise = output    M >= numerator. Without fraction bits a numerator up to K/2 - 1 larger may
//                         clip: numerator - K/2 + 1 divided by K still rounds to the right integer.
//   normalise = weights   M >= numerator / K and M >= the largest single value; 1/K and the products
//                         v/K must be values: kappa fraction bits.
// Floats count multiples of the grain g of the values (of g/K where weights are normalised): either way
// 2^(m+1) >= numerator / g.

#include <string>
#include <vector>

#include "arith_tasks/constructions/needs.hpp"
#include "arith_tasks/constructions/place.hpp"
#include "sim/arithmetic.hpp"

namespace carrybit::constructions {

class Program;

struct Uniform {
  std::string name = {};
  Channel role = {};
  Channel mask = {};  // 0 on the keys that count, else 1
  std::vector<Fetch> values = {};
  Place at = {};  // filled in
};

/// Adds the head to the program's current layer.
void uniform(Program& program, Uniform spec);

Needs needs(const Uniform& spec);

struct Mean {
  std::string name = {};
  int ties = 1;              // K, a power of two
  double numerator = 0;      // the largest sum of values
  double largest_value = 0;  // the largest single value
  bool whole = true;         // every mean is an integer (the slack above)
  double grain = 1;          // values are multiples of it, a power of two
  Normalise normalise = Normalise::output;
  Place at = {};  // filled in: the head last added
};

/// Records the claim for the head that was added last.
void exact_mean(Program& program, Mean spec);

Needs needs(const Mean& spec);

}  // namespace carrybit::constructions
