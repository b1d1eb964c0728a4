#pragma once
// The arithmetics beside "sums from left to right, the maximum subtracted, the output divided".

#include <string>
#include <vector>

#include "sim/arithmetic.hpp"

namespace carrybit::test {

/// A way to add, to multiply and to put softmax together.
struct Way {
  Sum sum = Sum::sequential;
  Product product = Product::rounded;
  Shift shift = Shift::max;
  Normalise normalise = Normalise::output;
};

inline std::vector<Way> ways() {
  return {{.sum = Sum::pairwise},
          {.sum = Sum::exact},
          {.product = Product::fused},
          {.sum = Sum::exact, .product = Product::fused},
          {.shift = Shift::none},
          {.sum = Sum::pairwise, .shift = Shift::none},
          {.normalise = Normalise::weights},
          {.sum = Sum::exact, .normalise = Normalise::weights}};
}

inline Arithmetic in_way(const Format& format, const Way& way) {
  Arithmetic a = Arithmetic::uniform(format);
  a.sum = way.sum;
  a.product = way.product;
  a.shift = way.shift;
  a.normalise = way.normalise;
  return a;
}

}  // namespace carrybit::test
