#pragma once
// Quotients and square roots of very long integers. Boost's own take quadratic time; these reduce
// both to multiplication, which is Karatsuba's.

#include "precision/number.hpp"

namespace carrybit::exact {

/// floor(n / d) for n >= 0, d > 0.
Integer floor_quotient(const Integer& n, const Integer& d);

/// floor(sqrt(n)) for n >= 0.
Integer floor_sqrt(const Integer& n);

}  // namespace carrybit::exact
