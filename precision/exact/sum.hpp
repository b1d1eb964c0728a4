#pragma once
// The exact sum of two numbers, rounded once: what add, sub and fma share.

#include <string_view>

#include "precision/exact/round.hpp"

namespace carrybit::exact {

Number rounded_sum(const Number& a, const Number& b, const Context& context,
                   std::string_view operation);

}  // namespace carrybit::exact
