#pragma once
// The GPU kernels, from the host. Built with -DCARRYBIT_CUDA=ON (CMake finds nvcc), else absent.
// Every function throws BadInput with one line where CUDA reports an error.

#include <string>
#include <vector>

#include "precision/cuda/products.hpp"

namespace carrybit::cuda {

/// The device's name, or "" where there is none.
std::string device_name();

/// C = A B: A rows x terms, B terms x columns (the lanes), row by row.
std::vector<double> matrix_product(const std::vector<double>& a, const std::vector<double>& b,
                                   int rows, int terms, int columns, const Sums& s);

/// relu(W x) of every column: an FFN's hidden units, W units x terms.
std::vector<double> hidden_units(const std::vector<double>& w, const std::vector<double>& x,
                                 int units, int terms, int columns, const Sums& s);

/// Rows of causal attention: query i of `positions` sees keys j <= i. q: [position][dim], k:
/// [dim][position], v: [position][dim]; result [position][dim]. undecided[i] is 1 where the host has
/// to do row i.
std::vector<double> attention(const std::vector<double>& q, const std::vector<double>& k,
                              const std::vector<double>& v, int dim, int positions,
                              const Attention& a, std::vector<char>& undecided);

}  // namespace carrybit::cuda
