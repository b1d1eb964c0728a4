#include "proofs_check/plans.hpp"
namespace carrybit::proofs {
void prove_iter_add_log(Proof&, const constructions::Options&) { throw NotCertified("todo"); }
void prove_mul_log(Proof&, const constructions::Options&) { throw NotCertified("todo"); }
}  // namespace carrybit::proofs
