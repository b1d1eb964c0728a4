#pragma once
// The last resort: one output at a time, by the lane operations as they stand.

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "precision/kernels/matrix_product.hpp"
#include "precision/lane/fixed64.hpp"
#include "precision/lane/spec.hpp"
#include "precision/lane_spec.hpp"

namespace carrybit::kernels {

/// +0 + w[0] x[0] + w[1] x[stride] + ..., as the rule says.
template <class Value>
class ScalarDot {
 public:
  using Context =
      std::conditional_t<std::is_same_v<Value, double>, lane::Context, lane::FixedContext>;
  explicit ScalarDot(const Rule& rule);
  Value operator()(const Value* w, const Value* x, std::size_t stride, int terms,
                   std::uint64_t* faults) const;

 private:
  Rule rule_;
  Context product_, sum_;
};

extern template class ScalarDot<double>;
extern template class ScalarDot<std::int64_t>;

}  // namespace carrybit::kernels
