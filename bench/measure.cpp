#include "bench/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "bench/eigen_products.hpp"

namespace carrybit::bench {

double seconds(int threads) {
  timespec t{};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double median(std::vector<double> x) {
  std::nth_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2), x.end());
  return x[x.size() / 2];
}

namespace {

constexpr int size = 256;

template <class T>
struct Operands {
  static std::vector<T> of(unsigned seed) {
    const auto x = numbers(Format::floating(8, 23), "ordinary", std::size_t{size} * size, seed);
    return {x.begin(), x.end()};
  }
  std::vector<T> a = of(1);
  std::vector<T> b = of(2);
  std::vector<T> c = std::vector<T>(a.size());
};

double floats() {
  static Operands<float> x;
  return time_of(1, [] { eigen_floats()(x.a.data(), x.b.data(), x.c.data(), size); });
}
double doubles() {
  static Operands<double> x;
  return time_of(1, [] { eigen_doubles()(x.a.data(), x.b.data(), x.c.data(), size); });
}

}  // namespace

Beside eigen_product() { return {double{size} * size * size, floats, doubles}; }

void print(const std::string& kernel, const Case& c, int threads, const Measured& m,
           int mismatches) {
  fmt::print(
      "{{\"kernel\": \"{}\", \"format\": \"{}\", \"sum\": \"{}\", \"data\": \"{}\", "
      "\"threads\": {}, \"gmacs\": {:.2f}, \"ratio_to_eigen_f32\": {:.3f}, "
      "\"ratio_to_eigen_f64\": {:.3f}, \"gain_over_one_thread\": {:.2f}, \"mismatches\": {}}}\n",
      kernel, c.format, sum_name(c), c.data, threads, m.gmacs, m.f32, m.f64, m.gain, mismatches);
  std::fflush(stdout);
}

}  // namespace carrybit::bench
