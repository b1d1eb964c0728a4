#define Eigen Eigen_avx2
#include "bench/eigen_product.inc"

namespace carrybit::bench {

void eigen_floats_avx2(const float* a, const float* b, float* c, std::ptrdiff_t n) {
  product(a, b, c, n);
}
void eigen_doubles_avx2(const double* a, const double* b, double* c, std::ptrdiff_t n) {
  product(a, b, c, n);
}

void eigen_float_arrays_avx2(ArrayReference op, const float* a, const float* b, float* c,
                             std::ptrdiff_t n) {
  arrays(op, a, b, c, n);
}
void eigen_double_arrays_avx2(ArrayReference op, const double* a, const double* b, double* c,
                              std::ptrdiff_t n) {
  arrays(op, a, b, c, n);
}

}  // namespace carrybit::bench
