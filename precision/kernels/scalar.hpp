#pragma once
// The last resort: one output at a time, by the lane operations as they stand.

#include <cstddef>
#include <cstdint>

#include "precision/kernels/matrix_product.hpp"
#include "precision/lane_spec.hpp"

namespace carrybit::kernels {

/// +0 + w[0] x[0] + w[1] x[stride] + ..., as the rule says.
template <class Value>
class ScalarDot {
 public:
  explicit ScalarDot(const Rule& rule);
  Value operator()(const Value* w, const Value* x, std::size_t stride, int terms,
                   std::uint64_t* faults) const;

 private:
  Rule rule_;
};

extern template class ScalarDot<double>;
extern template class ScalarDot<std::int64_t>;

}  // namespace carrybit::kernels
