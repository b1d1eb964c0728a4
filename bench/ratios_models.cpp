// Whole forward passes, as `carrybit run` does them: norms, softmax and copies included, multiply-adds counted.

#include <tbb/task_arena.h>

#include "bench/measure.hpp"
#include "bench/models.hpp"

namespace carrybit::bench {

namespace {

constexpr int length = 128;
constexpr int count = 16;

/// Logits of a short sequence that the exact engine gives otherwise.
int mismatches(const Weights& weights, const Arithmetic& arithmetic) {
  const auto rows = sequences(weights.config, 1, 10);
  const auto fast = Simulator(weights, arithmetic).logits(rows);
  const auto exact = Simulator(weights, arithmetic, EngineChoice::exact).logits(rows);
  int wrong = 0;
  for (std::size_t t = 0; t < fast[0].size(); ++t) {
    for (std::size_t v = 0; v < fast[0][t].size(); ++v) {
      wrong +=
          lane::to_word(fast[0][t][v].to_double()) != lane::to_word(exact[0][t][v].to_double());
    }
  }
  return wrong;
}

}  // namespace

int model_ratios() {
  int wrong = 0;
  for (const ModelCase& c : model_cases()) {
    const Weights weights = tests::random_model(c.config, 1);
    for (const char* format : {"float:e8.m7", "float:e5.m10", "fixed:i7.f8"}) {
      const Arithmetic arithmetic = Arithmetic::uniform(Format::parse(format));
      const Simulator model(weights, arithmetic);
      const auto rows = sequences(c.config, count, length);
      const int different = mismatches(weights, arithmetic);
      wrong += different;
      Case label;
      label.format = format;
      tbb::task_arena one(1);
      tbb::task_arena two(2);
      const auto pass_in = [&](tbb::task_arena& arena) {
        return [&] { arena.execute([&] { model.predict(rows); }); };
      };
      const double work = count * multiply_adds(c.config, length);
      print(c.name, label, 1, measure(eigen_product(), 1, work, pass_in(one)), different);
      Measured m = measure(eigen_product(), 2, work, pass_in(two));
      m.gain = gain_of_two(pass_in(one), pass_in(two), 1);
      print(c.name, label, 2, m, different);
    }
  }
  return wrong;
}

}  // namespace carrybit::bench
