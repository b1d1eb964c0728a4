#pragma once
// The lane engine, scalar form: the meaning that array kernels, the GPU and the browser share. This
// header and those in lane/ need the standard library only; g++, nvcc (every function is
// __host__ __device__) and the WebAssembly compiler build the same text. Compile without contraction
// (-ffp-contract=off; nvcc --fmad=false) and without fast-math.

#include "precision/lane/arithmetic.hpp"
#include "precision/lane/fixed64.hpp"
#include "precision/lane/transcendental.hpp"
