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

int product_ratios() {
  int wrong = 0;
  for (const Case& c : cases()) {
    Product product(c);
    for (const int threads : {1, 2}) {
      const Measured m =
          measure(eigen_product(), threads, operations, [&] { product.multiply(threads); });
      const int mismatches = product.mismatches();
      wrong += mismatches;
      print("matrix product", c, threads, m, mismatches);
    }
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
