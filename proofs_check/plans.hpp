#pragma once
// The proof plans, one for each construction, and what they share.

#include "proofs_check/carry.hpp"
#include "proofs_check/certificate.hpp"
#include "proofs_check/disjunction.hpp"

namespace carrybit::certificates {

/// A pass through one construction's weights, and the steps established so far.
class Proof {
 public:
  Proof(const constructions::Program& program, const Weights& weights,
        const Arithmetic& arithmetic);

  const constructions::Program& program() const { return program_; }
  const Task& task() const { return program_.task(); }
  Pass& pass() { return pass_; }
  Ghosts& ghosts() { return pass_.ghosts(); }

  int channel(std::string_view name) const { return program_.find(name).index; }
  /// Layer and head of the primitive of that name, or nothing; head() throws NotCertified then.
  std::optional<constructions::Place> find_head(std::string_view name) const;
  constructions::Place head(std::string_view name) const;
  /// Operand x's digit j as a function of its atom: its own value.
  Cell digit(int operand, int place);
  /// An atom that stands for numbers, as a function: its own number. -1 the constant 0.
  Cell number(int atom);
  /// Ends a step.
  void step(std::string claim);
  /// At every answering position the largest logit (the lowest token among equals) is the digit
  /// `truth(place)`, in every joint state.
  void check_answers(const std::function<Cell(int place)>& truth);

  std::vector<Step> steps;

 private:
  const constructions::Program& program_;
  Pass pass_;
  std::uint64_t counted_ = 0;
};

/// Throws NotCertified unless `holds`.
inline void need(bool holds, const char* what) {
  if (!holds) throw NotCertified(what);
}

void prove_add_constant(Proof& proof, const constructions::Options& options);
void prove_add_log(Proof& proof, const constructions::Options& options);
void prove_iter_add_log(Proof& proof, const constructions::Options& options);
void prove_mul_log(Proof& proof, const constructions::Options& options);
void prove_add_prefix_sum(Proof& proof, const constructions::Options& options);
void prove_majority_mean(Proof& proof, const constructions::Options& options);

}  // namespace carrybit::certificates
