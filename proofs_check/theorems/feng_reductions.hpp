#pragma once
// Feng et al. 2025, arXiv 2410.13857, Theorems 4.2 and 4.3: constant precision and polynomial size lie in
// AC0, MAJORITY does not, and MAJORITY reduces to IterADD and to MUL. The reductions, which are finite
// objects, are checked here on every input of up to so many bits; the theorems themselves are about all
// sizes at once and no run proves them.
//
// With N bits, D the least number with p^D > N, and K = p^D - floor(N/2) - 1: count + K >= p^D if and
// only if count > N/2, and count + K < 2 p^D, so that digit D of count + K is MAJORITY.

#include <functional>
#include <string>
#include <vector>

#include "arith_tasks/problem.hpp"
#include "proofs_check/theorems/theorem.hpp"

namespace carrybit::proofs {

/// A problem whose exact answer shows, at one digit, whether most of the bits are 1.
struct Reduction {
  Task task;
  Problem problem;
  int digit = 0;  // 0 = least significant
};

/// N + 1 addends of D digits: each bit a number, and K.
Reduction majority_to_iter_add(const std::vector<int>& bits, int base);
/// a = sum of x_i p^(iB) + K p^(NB), b = sum of p^(jB), j = 0..N, B = D + 1: block N of a b is count + K,
/// and no block overflows into the next.
Reduction majority_to_mul(const std::vector<int>& bits, int base);

using Reducer = std::function<Reduction(const std::vector<int>&, int)>;
/// The first string of bits of length n on which the digit is not MAJORITY: "n = 3, bits 011, base 2".
std::string find_wrong_reduction(const Reducer& reduce, int n, int base, std::uint64_t& cases);

Report check_feng_4_2(const Limits& limits);
Report check_feng_4_3(const Limits& limits);

}  // namespace carrybit::proofs
