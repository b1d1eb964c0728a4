#pragma once
// Li, Liu, Zhou, Ma 2024, arXiv 2402.12875: their arithmetic (preset li2024: saturating, ties to zero,
// no max-subtraction, weights divided first) at every s that can be tried. F_(0,s) is fixed:iS.fS; its
// largest value is B_s = 2^s - 2^-s.

#include <functional>
#include <span>
#include <string>

#include "precision/exact/exact.hpp"
#include "proofs_check/theorems/theorem.hpp"

namespace carrybit::proofs {

using Exponential = std::function<Number(const Number&, const exact::Context&)>;

/// The formats of the list in which [exp(-B)] is not 0, B the largest value; "" for none.
std::string find_lowest_not_vanishing(std::span<const Format> formats, const Exponential& exp);

/// What a uniform head over n ones sees in F_(0,s), n = 1, 2, 3, ...
struct UniformCount {
  int s = 0;
  std::int64_t normaliser_wrong = 0;  // the least n at which the normaliser is not n
  std::int64_t output_wrong = 0;      // the least n at which the output on n ones is not 1
  double output_there = 0;
  double output_saturated = 0;     // at the n at which the normaliser is first wrong
  std::int64_t output_stands = 0;  // the least n from which the output stands at B_s for good
  std::int64_t counts_merge = 0;   // the least n at which two counts of ones give one output
  std::uint64_t cases = 0;
};
UniformCount count_uniform(int s);

Report check_li_exp(const Limits& limits);
Report check_li_count(const Limits& limits);

}  // namespace carrybit::proofs
