#pragma once
// Timing beside Eigen, in interleaved repetitions, and one JSON object a line.

#include <string>
#include <vector>

#include "bench/operands.hpp"

namespace carrybit::bench {

/// For one thread, seconds of the processor, which other programs on the machine disturb least; for several, of
/// the wall. (What other threads have used is counted at the clock's ticks only, too coarsely for this.)
double seconds(int threads);

template <class Body>
double time_of(int threads, const Body& body) {
  const double start = seconds(threads);
  body();
  return seconds(threads) - start;
}

double median(std::vector<double> x);

struct Measured {
  double gmacs = 0, f32 = 0, f64 = 0;
  double gain = 1;  // over one thread
};

constexpr int repetitions = 31;

/// What stands beside a kernel: its seconds, on one thread, for as many operations as `operations` says.
struct Beside {
  double operations = 0;
  double (*floats)() = nullptr;
  double (*doubles)() = nullptr;
};

/// Eigen's product of two matrices of 256 x 256, on one thread.
Beside eigen_product();

/// Each repetition times the kernel and both of Eigen's; the ratios, of operations a second, are of one
/// repetition.
template <class Body>
Measured measure(const Beside& beside, int threads, double operations, const Body& body) {
  std::vector<double> rate;
  std::vector<double> f32;
  std::vector<double> f64;
  body();
  for (int i = 0; i < repetitions; ++i) {
    const double floats = beside.floats();
    const double kernel = time_of(threads, body) * beside.operations / operations;
    const double doubles = beside.doubles();
    rate.push_back(1e-9 * beside.operations / kernel);
    f32.push_back(floats / kernel);
    f64.push_back(doubles / kernel);
  }
  return {median(rate), median(f32), median(f64)};
}

/// How many times faster two threads do `times` pieces of work than one thread does each piece: both by the clock of
/// the wall, in the same repetition.
template <class One, class Two>
double gain_of_two(const One& one, const Two& two, double times) {
  std::vector<double> gain;
  for (int i = 0; i < repetitions; ++i) {
    const double single = time_of(2, one);
    gain.push_back(times * single / time_of(2, two));
  }
  return median(gain);
}

/// `sum` and `data`: see Case.
void print(const std::string& kernel, const Case& c, int threads, const Measured& m,
           int mismatches);

/// The lines of --ratios; the number of mismatches.
int product_ratios();
int array_ratios();
int model_ratios();

}  // namespace carrybit::bench
