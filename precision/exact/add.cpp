#include "precision/exact/exact.hpp"
#include "precision/exact/sum.hpp"

namespace carrybit::exact {

Number add(const Number& a, const Number& b, const Context& context) {
  return rounded_sum(a, b, context, "add");
}

Number sub(const Number& a, const Number& b, const Context& context) {
  return rounded_sum(a, -b, context, "sub");
}

}  // namespace carrybit::exact
