#pragma once
// STEP, SPIKE: thresholds of an integer form t, as FFN units of weight +-1.
//
//   STEP_x(t)  = [t >= x] = relu(t - x + 1) - relu(t - x)
//   SPIKE_x(t) = [t = x]  = relu(t - x + 1) - 2 relu(t - x) + relu(t - x - 1)
//
// A hinge of weight 2 stands twice, next to each other, so that with units in this order every
// partial sum of an output stays between -T and T for t <= T. For fractions (rows that do not count)
// both interpolate linearly between the integers: 0 <= result <= 1.
//
// Contract: t an integer of [low, T], T >= x >= 1. Exact if M >= T and M >= the positive terms of the
// form (relu_magnitude). Of the biases -(x-1), -x, -(x+1) only -(T+1) can exceed M, and clipping it
// to -T leaves relu(t - T) = 0. An output weight w multiplies hidden values up to T - x + 1 and needs
// room for that product.

#include <string>
#include <vector>

#include "arith_tasks/constructions/needs.hpp"
#include "arith_tasks/constructions/place.hpp"

namespace carrybit::constructions {

class Program;

struct Step {
  std::string name = {};
  Form argument = {};  // t
  Range range = {};    // of t, on the rows that count
  int threshold = 0;
  std::vector<Output> outputs = {};
  Place at = {};  // filled in
};
void step(Program& program, Step spec);
Needs needs(const Program& program, const Step& spec);

struct Spike {
  std::string name = {};
  Form argument = {};
  Range range = {};
  int point = 0;
  std::vector<Output> outputs = {};
  Place at = {};  // filled in
};
void spike(Program& program, Spike spec);
Needs needs(const Program& program, const Spike& spec);

/// The unit relu(t - x + 1); hinge(t, x) and hinge(t, x + 1) make a step.
Form hinge(const Form& argument, int threshold);

/// The need of a form under relu: the largest sum of its positive terms, by the declared ranges of its
/// channels. No partial sum is larger, in any order. One below -M may clip: what follows adds at most
/// M, so that relu gives 0, and the exact sum is below 0 as well.
double relu_magnitude(const Program& program, const Form& form);
/// The need of a form that must be computed exactly: the same for its negative terms too.
double exact_magnitude(const Program& program, const Form& form);

}  // namespace carrybit::constructions
