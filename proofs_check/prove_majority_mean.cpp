// The proof plan of majority_mean: the mean is a function of the count of ones, and so are the logits.

#include <cmath>

#include "arith_tasks/constructions/roles.hpp"
#include "proofs_check/plans.hpp"

namespace carrybit::certificates {

void prove_majority_mean(Proof& proof, const constructions::Options&) {
  const Task& task = proof.task();
  Pass& pass = proof.pass();
  const int n = task.digits();
  const int equals = constructions::equals_position(task);
  pass.attend(0);
  const Cell mean = pass.cell(equals, proof.channel("mean"));
  need(mean.count == 1, "the mean of the bits is not a function of their sum");
  std::vector<GhostTerm> terms = proof.ghosts().terms(mean.atoms[0]);
  if (terms.empty()) terms = {{1, mean}};  // of one bit: that bit, copied
  need(static_cast<int>(terms.size()) == n, "the mean is not of all bits");
  const double weight = terms.front().weight * terms.front().cell.high;
  need(weight > 0, "a bit weighs nothing");
  std::vector<bool> seen(static_cast<std::size_t>(n), false);
  for (const GhostTerm& term : terms)
    for (int j = 0; j < n; ++j)
      if (term.cell.count == 1 && term.cell.atoms[0] == pass.digit(operand_position(task, 0, j))) {
        need(term.cell.low == 0 && term.weight * term.cell.high == weight,
             "bits weigh differently");
        seen[static_cast<std::size_t>(j)] = true;
      }
  need(std::ranges::count(seen, true) == n, "the mean is not of all bits");
  proof.step("the mean of the bits is a function of their count");
  pass.feed_forward(0);
  proof.check_answers([&](int) {
    const Cell count = n == 1 ? proof.digit(0, 0) : proof.number(mean.atoms[0]);
    const double unit = n == 1 ? 1 : weight;
    return pass.rows().map(
        {&count, 1}, [&](const double* x) { return 2 * std::round(x[0] / unit) > n ? 1.0 : 0.0; });
  });
}

}  // namespace carrybit::certificates
