// The proof plan of add_constant (Feng et al. 2025, Theorem 4.1).
//
//   layer 1  own digits arrive; g and np are functions of them
//   layer 2  every place's g and np arrive; the carry is a disjunction of ANDs (disjunction.hpp)
//   layer 3  the digit, from the one-hot digits and the carry

#include <fmt/format.h>

#include "arith_tasks/constructions/roles.hpp"
#include "proofs_check/plans.hpp"

namespace carrybit::certificates {

void prove_add_constant(Proof& proof, const constructions::Options& options) {
  const Task& task = proof.task();
  Pass& pass = proof.pass();
  const int n = task.operand_tokens();
  const int p = task.token_base();
  const bool relative = options.variant == "rel";

  DisjunctionQuestion question;
  question.layer = 1;
  question.modulus = p;
  for (const auto& [position, place] : constructions::answering(task))
    question.place_of.emplace(position, place);
  std::map<int, PlaceBit> bits;  // by channel; place j, or its distance below
  for (int j = 0; j < n; ++j) {
    bits.emplace(proof.channel(fmt::format("g.{}", j)), PlaceBit{true, j});
    bits.emplace(proof.channel(fmt::format("np.{}", j)), PlaceBit{false, j});
  }
  question.meaning = [&, places = question.place_of](int position,
                                                     int channel) -> std::optional<PlaceBit> {
    const auto at = bits.find(channel);
    if (at == bits.end()) return std::nullopt;
    PlaceBit bit = at->second;
    if (relative) bit.place = places.at(position) - 1 - bit.place;
    if (bit.place < 0) return std::nullopt;  // '=' stands there, a constant
    return bit;
  };
  question.total = [&](int place) {
    if (place >= n) return Cell::constant(0);
    const Cell both[] = {proof.digit(0, place), proof.digit(1, place)};
    return pass.rows().map(both, [](const double* d) { return d[0] + d[1]; });
  };

  pass.attend(0);
  proof.step("every place's digits come from one key each");
  pass.feed_forward(0);
  proof.step("one-hot digits tell whether a place propagates or generates");
  pass.attend(1);
  proof.step("every place's bits come from one key each");
  Disjunction carry(question);
  pass.feed_forward(1, {{proof.channel("c"), carry.rule()}, {proof.channel("nc"), carry.rule()}});
  proof.step("the carry is one AND for each place below, of which at most one fires");
  pass.attend(2);
  pass.feed_forward(2);
  proof.step("the answer's units are functions of two digits and the carry");
  proof.check_answers([&](int place) {
    const Cell parts[] = {question.total(place), proof.number(carry.atom(proof.ghosts(), place))};
    return pass.rows().map(parts, [&](const double* x) {
      return static_cast<double>((static_cast<int>(x[0]) + static_cast<int>(x[1])) % p);
    });
  });
}

}  // namespace carrybit::certificates
