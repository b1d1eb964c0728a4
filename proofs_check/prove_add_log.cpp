// The proof plan of add_log (Feng et al. 2025, Theorem 5.1).
//
//   layer 1  own and next digits arrive, so `propagates` and `generates` are functions of them
//   layer 2  W and V are nearest open (non-propagating) places
//   layer 3  the carry, by the lemma of nearest.hpp; the digit, from a_i, b_i and the carry

#include "arith_tasks/constructions/roles.hpp"
#include "proofs_check/plans.hpp"

namespace carrybit::certificates {

void prove_add_log(Proof& proof, const constructions::Options& options) {
  need(options.levels <= 1, "no proof plan for levels of the search (levels=1 has one)");
  const Task& task = proof.task();
  Pass& pass = proof.pass();
  const int n = task.operand_tokens();
  const int p = task.token_base();
  const int equals = constructions::equals_position(task);

  NearestQuestion above, beyond;  // W over O_i, V over b_j
  CarryQuestion carries;
  above.places = beyond.places = n + 1;
  for (const auto& [position, place] : constructions::answering(task)) {
    above.queries.push_back(position);
    above.place_of.emplace(position, place);
  }
  carries.queries = above.queries;
  beyond.queries.push_back(equals);
  beyond.place_of.emplace(equals, 0);
  carries.sources.emplace(equals, -1);
  for (int j = 0; j < n; ++j) {
    const int b = operand_position(task, 1, j);
    beyond.queries.push_back(b);
    beyond.place_of.emplace(b, j + 1);
    carries.sources.emplace(b, j);
  }
  carries.modulus = p;
  carries.total = [&](int place) {
    if (place < 0 || place >= n) return Cell::constant(0);
    const Cell both[] = {proof.digit(0, place), proof.digit(1, place)};
    return pass.rows().map(both, [](const double* d) { return d[0] + d[1]; });
  };

  pass.attend(0);
  proof.step("every place's digits, and the next place's, come from one key each");
  pass.feed_forward(0);
  proof.step("sums of two digits tell whether a place propagates or generates");
  Nearest w(above), v(beyond);
  pass.attend(1, {{proof.head("W").head, w.rule()}, {proof.head("V").head, v.rule()}});
  proof.step("the nearest places above that do not propagate win alone");
  pass.feed_forward(1);
  Carry carry(w, v, carries);
  pass.attend(2, {{proof.head("carry").head, carry.rule()}});
  proof.step("the largest place below that does not propagate wins alone and tells the carry");
  pass.feed_forward(2);
  proof.step("the answer's units are functions of two digits and the carry");
  proof.check_answers([&](int place) {
    const Cell parts[] = {carries.total(place), proof.number(carry.atom(place))};
    return pass.rows().map(parts, [&](const double* x) {
      return static_cast<double>((static_cast<int>(x[0]) + static_cast<int>(x[1])) % p);
    });
  });
}

}  // namespace carrybit::certificates
