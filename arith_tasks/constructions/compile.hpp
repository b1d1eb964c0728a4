#pragma once
// From a program to a transformer: plain dense weights, no norm, learned positions, scores unscaled.
//
//   term c of head h's score   row (h, c) of the query and of the key matrix
//   value c of head h          row (h, c) of the value matrix, and a 1 in the output matrix that
//                              brings it to its channel
//   unit u                     row u of `up`, column u of `down`; its outputs' weights there
//   constants of forms         biases
//   tables                     the embeddings
//   the answer's channels      the digits' rows of the output head, one 1 each; other tokens' rows
//                              are 0, so that no token beats the digit whose channel holds 1
//
// head_dim is the most score terms or values of any head, heads and ffn the most of any layer; what
// a layer has fewer is zero. A head of zeros attends uniformly and fetches 0. If any unit multiplies,
// all do: relu(form) * 1, exact in every format that has a 1.

#include "arith_tasks/constructions/program.hpp"
#include "sim/weights.hpp"

namespace carrybit::constructions {

/// d_model, heads, ... as the theorems count them.
struct Dimensions {
  int layers = 0;
  int width = 0;  // d_model
  int heads = 0;
  int head_dim = 0;  // d_head
  int ffn = 0;       // d_ff
  bool gated = false;

  /// "3 layers, d_model 41, 4 heads of 11, d_ff 14, ReLU"
  std::string text() const;
  bool operator==(const Dimensions&) const = default;
};

Dimensions dimensions(const Program& program);

/// Throws std::logic_error where a table writes a value outside its channel's declared range, two
/// values of one head go to the same channel, or the answer has no channel: faults of the program.
void check(const Program& program);

/// Throws BadInput where the transformer would have more than 2^31 weights in one matrix.
Weights compile(const Program& program);

}  // namespace carrybit::constructions
