#pragma once
// Eigen's product of two square matrices, n x n, row by row: the speed to compare with.

#include <cstddef>
#include <cstdint>

namespace carrybit::bench {

template <class T>
using EigenProduct = void (*)(const T* a, const T* b, T* c, std::ptrdiff_t n);

/// c[i] = a[i] op b[i], i < n; exp of a[i] alone.
enum class ArrayReference : std::uint8_t { add, mul, div, exp };
template <class T>
using EigenArrays = void (*)(ArrayReference op, const T* a, const T* b, T* c, std::ptrdiff_t n);

/// The ones for this machine's instructions.
EigenProduct<float> eigen_floats();
EigenProduct<double> eigen_doubles();
EigenArrays<float> eigen_float_arrays();
EigenArrays<double> eigen_double_arrays();

#define CARRYBIT_EIGEN(target)                                                                  \
  void eigen_floats_##target(const float* a, const float* b, float* c, std::ptrdiff_t n);       \
  void eigen_doubles_##target(const double* a, const double* b, double* c, std::ptrdiff_t n);   \
  void eigen_float_arrays_##target(ArrayReference op, const float* a, const float* b, float* c, \
                                   std::ptrdiff_t n);                                           \
  void eigen_double_arrays_##target(ArrayReference op, const double* a, const double* b,        \
                                    double* c, std::ptrdiff_t n)
CARRYBIT_EIGEN(baseline);
CARRYBIT_EIGEN(avx2);
CARRYBIT_EIGEN(avx512);
#undef CARRYBIT_EIGEN

}  // namespace carrybit::bench
