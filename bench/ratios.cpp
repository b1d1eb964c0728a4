#include "bench/ratios.hpp"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "bench/measure.hpp"
#include "precision/kernels/scalar.hpp"

namespace carrybit::bench {

namespace {

constexpr int size = 256;
constexpr std::size_t entries = std::size_t{size} * size;
constexpr double operations = double{entries} * size;
constexpr std::size_t products = 6;  // in one measurement of two threads

class Product {
 public:
  explicit Product(const Case& c)
      : rule_(rule(c)),
        a_(numbers(rule_.sum, c.data, entries, 3)),
        b_(numbers(rule_.sum, c.data, entries, 4)),
        c_(entries),
        others_(products - 1, c_),
        product_(rule_, a_.data(), size, size) {}

  void multiply() { product_.multiply(b_.data(), size, size, c_.data(), size); }

  /// Several products one after another, columns in blocks, each a task: enough work that waking the second
  /// thread, some tens of microseconds, is not what is measured.
  void multiply(tbb::task_arena& arena) {
    arena.execute([&] {
      constexpr std::size_t block = 64;
      constexpr std::size_t blocks = size / block;
      tbb::parallel_for(std::size_t{0}, products * blocks, [&](std::size_t task) {
        const std::size_t first = task % blocks * block;
        std::vector<double>& c = task < blocks ? c_ : others_[task / blocks - 1];
        product_.multiply(b_.data() + first, size, block, c.data() + first, size);
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
  std::vector<std::vector<double>> others_;  // c_ of the other products
  kernels::MatrixProduct<double> product_;
};

}  // namespace

int product_ratios() {
  int wrong = 0;
  tbb::task_arena two(2);
  for (const Case& c : cases()) {
    Product product(c);
    const auto report = [&](int threads, const Measured& m) {
      const int mismatches = product.mismatches();
      wrong += mismatches;
      print("matrix product", c, threads, m, mismatches);
    };
    report(1, measure(eigen_product(), 1, operations, [&] { product.multiply(); }));
    const auto in_both = [&] { product.multiply(two); };
    Measured m = measure(eigen_product(), 2, products * operations, in_both);
    m.gain = gain_of_two([&] { product.multiply(); }, in_both, products);
    report(2, m);
  }
  Product product(cases().front());
  const Measured m = measure(eigen_product(), 1, operations, [&] { product.prepare(); });
  print("preparing the left operand", cases().front(), 1, m, 0);
  return wrong;
}

int print_ratios() {
  const int wrong = product_ratios() + array_ratios() + model_ratios();
  return wrong == 0 ? 0 : 1;
}

}  // namespace carrybit::bench
