#pragma once
// The quotient of two positive integers with a sticky remainder: what division and decimal input
// share.

#include "precision/exact/round.hpp"

namespace carrybit::exact {

/// numerator / denominator * 2^exponent, to enough bits for any rounding into `format`.
Real quotient(bool negative, const Integer& numerator, const Integer& denominator,
              std::int64_t exponent, const Format& format);

}  // namespace carrybit::exact
