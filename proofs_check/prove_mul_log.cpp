#include "proofs_check/plans.hpp"
namespace carrybit::proofs {
void prove_mul_log(Proof&, const constructions::Options&) { throw NotCertified("todo"); }
}  // namespace carrybit::proofs
