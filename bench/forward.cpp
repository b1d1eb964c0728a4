// Forward passes and certificates: items are tokens, or certificates.

#include <benchmark/benchmark.h>

#include "arith_tasks/constructions/construction.hpp"
#include "bench/models.hpp"
#include "proofs_check/certificate.hpp"

namespace carrybit::bench {
namespace {

void forward(benchmark::State& state, const ModelCase& c, const std::string& format) {
  const auto length = static_cast<int>(state.range(0));
  constexpr int count = 16;
  const Simulator model(tests::random_model(c.config, 1),
                        Arithmetic::uniform(Format::parse(format)));
  const auto rows = sequences(c.config, count, length);
  for ([[maybe_unused]] auto step : state) {
    benchmark::DoNotOptimize(model.predict(rows));
  }
  state.SetItemsProcessed(std::int64_t{count} * length * state.iterations());
}

void certificate(benchmark::State& state, const std::string& name, int addends) {
  const auto length = static_cast<int>(state.range(0));
  const Task task = addends == 2 ? Task::add(2, length) : Task::iter_add(2, length, addends);
  const auto& construction = constructions::construction(name);
  const Arithmetic arithmetic = Arithmetic::uniform(Format::parse("fixed:i16.f10"));
  for ([[maybe_unused]] auto step : state) {
    benchmark::DoNotOptimize(certificates::certify(construction, task, arithmetic));
  }
  state.SetItemsProcessed(state.iterations());
}

[[maybe_unused]] const bool registered = [] {
  for (const ModelCase& c : model_cases()) {
    for (const std::string format : {"float:e8.m7", "float:e5.m10", "fixed:i7.f8"}) {
      const std::string name = "model/" + c.name + "/" + format;
      benchmark::RegisterBenchmark(name.c_str(), forward, c, format)
          ->Arg(64)
          ->Arg(128)
          ->Arg(256)
          ->UseRealTime();
    }
  }
  benchmark::RegisterBenchmark("certificate/add_log", certificate, "add_log", 2)
      ->RangeMultiplier(4)
      ->Range(64, 1024)
      ->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("certificate/iter_add_log", certificate, "iter_add_log", 3)
      ->RangeMultiplier(2)
      ->Range(4, 16)
      ->Unit(benchmark::kMillisecond);
  return true;
}();

}  // namespace
}  // namespace carrybit::bench
