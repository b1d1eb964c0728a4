#include "bench/eigen_products.hpp"

namespace carrybit::bench {

namespace {

int level() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0) {
    return 2;
  }
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
    return 1;
  }
#endif
  return 0;
}

}  // namespace

EigenProduct<float> eigen_floats() {
  return level() == 2   ? eigen_floats_avx512
         : level() == 1 ? eigen_floats_avx2
                        : eigen_floats_baseline;
}
EigenProduct<double> eigen_doubles() {
  return level() == 2   ? eigen_doubles_avx512
         : level() == 1 ? eigen_doubles_avx2
                        : eigen_doubles_baseline;
}

EigenArrays<float> eigen_float_arrays() {
  return level() == 2   ? eigen_float_arrays_avx512
         : level() == 1 ? eigen_float_arrays_avx2
                        : eigen_float_arrays_baseline;
}
EigenArrays<double> eigen_double_arrays() {
  return level() == 2   ? eigen_double_arrays_avx512
         : level() == 1 ? eigen_double_arrays_avx2
                        : eigen_double_arrays_baseline;
}

}  // namespace carrybit::bench
