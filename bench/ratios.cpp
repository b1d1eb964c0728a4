#include "bench/ratios.hpp"

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "bench/eigen_products.hpp"
#include "bench/operands.hpp"
#include "precision/kernels/scalar.hpp"

namespace carrybit::bench {

namespace {

constexpr int size = 256;
constexpr std::size_t entries = std::size_t{size} * size;
constexpr int repetitions = 31;

/// One thread is timed by its own processor time, which other programs on the machine disturb least; more
/// threads, and Eigen beside them, by the clock on the wall.
double seconds(int threads) {
  timespec t{};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

template <class Body>
double time_of(int threads, const Body& body) {
  const double start = seconds(threads);
  body();
  return seconds(threads) - start;
}

double median(std::vector<double> x) {
  std::nth_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2), x.end());
  return x[x.size() / 2];
}

/// Eigen's two products.
struct Reference {
  std::vector<double> a = numbers(Format::floating(8, 23), "ordinary", entries, 1);
  std::vector<double> b = numbers(Format::floating(8, 23), "ordinary", entries, 2);
  std::vector<double> c = std::vector<double>(entries);
  std::vector<float> fa{a.begin(), a.end()};
  std::vector<float> fb{b.begin(), b.end()};
  std::vector<float> fc = std::vector<float>(entries);

  double floats(int threads) {
    return time_of(threads, [&] { eigen_floats()(fa.data(), fb.data(), fc.data(), size); });
  }
  double doubles(int threads) {
    return time_of(threads, [&] { eigen_doubles()(a.data(), b.data(), c.data(), size); });
  }
};

struct Measured {
  double gmacs = 0, f32 = 0, f64 = 0;
};

/// Each repetition times the kernel and both references; the ratios are of one repetition.
template <class Body>
Measured measure(Reference& reference, int threads, const Body& body) {
  std::vector<double> rate;
  std::vector<double> f32;
  std::vector<double> f64;
  body();
  for (int i = 0; i < repetitions; ++i) {
    const double floats = reference.floats(threads);
    const double kernel = time_of(threads, body);
    const double doubles = reference.doubles(threads);
    rate.push_back(1e-9 * size * entries / kernel);
    f32.push_back(floats / kernel);
    f64.push_back(doubles / kernel);
  }
  return {median(rate), median(f32), median(f64)};
}

void print(const std::string& kernel, const Case& c, int threads, const Measured& m,
           int mismatches) {
  fmt::print(
      "{{\"kernel\": \"{}\", \"format\": \"{}\", \"sum\": \"{}\", \"data\": \"{}\", "
      "\"threads\": {}, \"gmacs\": {:.2f}, \"ratio_to_eigen_f32\": {:.3f}, "
      "\"ratio_to_eigen_f64\": {:.3f}, \"mismatches\": {}}}\n",
      kernel, c.format, sum_name(c), c.data, threads, m.gmacs, m.f32, m.f64, mismatches);
  std::fflush(stdout);
}

class Product {
 public:
  explicit Product(const Case& c)
      : rule_(rule(c)),
        a_(numbers(rule_.sum, c.data, entries, 3)),
        b_(numbers(rule_.sum, c.data, entries, 4)),
        c_(entries),
        product_(rule_, a_.data(), size, size) {}

  /// Columns in blocks, each a task.
  void multiply(int threads) {
    if (threads == 1) {
      product_.multiply(b_.data(), size, size, c_.data(), size);
      return;
    }
    tbb::task_arena arena(threads);
    arena.execute([&] {
      constexpr std::size_t block = 64;
      tbb::parallel_for(std::size_t{0}, std::size_t{size} / block, [&](std::size_t i) {
        product_.multiply(b_.data() + i * block, size, block, c_.data() + i * block, size);
      });
    });
  }
  void prepare() { product_ = kernels::MatrixProduct<double>(rule_, a_.data(), size, size); }

  /// Entries of every sixteenth row that the scalar lane operations give otherwise.
  int mismatches() const {
    const kernels::ScalarDot<double> dot(rule_);
    int count = 0;
    for (std::size_t r = 0; r < size; r += 16) {
      for (std::size_t i = 0; i < size; ++i) {
        const double exact = dot(a_.data() + r * size, b_.data() + i, size, size, nullptr);
        const double got = c_[r * size + i];
        count += lane::to_word(exact) != lane::to_word(got) && !(exact != exact && got != got);
      }
    }
    return count;
  }

 private:
  kernels::Rule rule_;
  std::vector<double> a_, b_, c_;
  kernels::MatrixProduct<double> product_;
};

}  // namespace

int print_ratios() {
  Reference reference;
  int wrong = 0;
  for (const Case& c : cases()) {
    Product product(c);
    for (const int threads : {1, 2}) {
      const Measured m = measure(reference, threads, [&] { product.multiply(threads); });
      const int mismatches = product.mismatches();
      wrong += mismatches;
      print("matrix product", c, threads, m, mismatches);
    }
  }
  Product product(cases().front());
  const Measured m = measure(reference, 1, [&] { product.prepare(); });
  print("preparing the left operand", cases().front(), 1, m, 0);
  return wrong == 0 ? 0 : 1;
}

}  // namespace carrybit::bench
