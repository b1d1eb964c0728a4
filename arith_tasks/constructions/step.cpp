#include "arith_tasks/constructions/step.hpp"

#include <algorithm>
#include <cmath>

#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

namespace {

std::vector<Output> scaled(std::vector<Output> outputs, double factor) {
  for (Output& output : outputs) output.weight *= factor;
  return outputs;
}

/// A unit of weight w on a hidden value up to `hidden`.
double product_magnitude(const std::vector<Output>& outputs, double hidden) {
  double most = 0;
  for (const Output& output : outputs) most = std::max(most, std::abs(output.weight) * hidden);
  return most;
}

}  // namespace

Form hinge(const Form& argument, int threshold) { return argument - Form(threshold - 1); }

double relu_magnitude(const Program& program, const Form& form) {
  double positive = std::max(0.0, form.constant);
  for (const Term& term : form.terms)
    positive += std::max(0.0, (term.coefficient * program.info(term.channel).range).high);
  return positive;
}

double exact_magnitude(const Program& program, const Form& form) {
  return std::max(relu_magnitude(program, form), relu_magnitude(program, -1.0 * form));
}

void step(Program& program, Step spec) {
  spec.at = program.open_units();
  program.unit(hinge(spec.argument, spec.threshold), spec.outputs);
  program.unit(hinge(spec.argument, spec.threshold + 1), scaled(spec.outputs, -1));
  spec.at = program.close(spec.at);
  program.record(std::move(spec));
}

Needs needs(const Program& program, const Step& spec) {
  Needs all;
  const double hidden = spec.range.high - spec.threshold + 1;
  all.add("step " + spec.name, std::max({spec.range.high, relu_magnitude(program, spec.argument),
                                         product_magnitude(spec.outputs, hidden)}));
  return all;
}

void spike(Program& program, Spike spec) {
  spec.at = program.open_units();
  program.unit(hinge(spec.argument, spec.point), spec.outputs);
  for (int twice = 0; twice < 2; ++twice)
    program.unit(hinge(spec.argument, spec.point + 1), scaled(spec.outputs, -1));
  program.unit(hinge(spec.argument, spec.point + 2), spec.outputs);
  spec.at = program.close(spec.at);
  program.record(std::move(spec));
}

Needs needs(const Program& program, const Spike& spec) {
  Needs all;
  const double hidden = spec.range.high - spec.point + 1;
  all.add("spike " + spec.name, std::max({spec.range.high, relu_magnitude(program, spec.argument),
                                          product_magnitude(spec.outputs, hidden)}));
  return all;
}

}  // namespace carrybit::constructions
