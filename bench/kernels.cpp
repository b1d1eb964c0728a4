// The kernels, one benchmark a format and order: items are multiply-adds.

#include <benchmark/benchmark.h>

#include "bench/eigen_products.hpp"
#include "bench/operands.hpp"

namespace carrybit::bench {
namespace {

void product(benchmark::State& state, const Case& c) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const kernels::Rule r = rule(c);
  const std::vector<double> a = numbers(r.sum, c.data, n * n, 3);
  const std::vector<double> b = numbers(r.sum, c.data, n * n, 4);
  std::vector<double> out(n * n);
  const kernels::MatrixProduct<double> left(r, a.data(), static_cast<int>(n), static_cast<int>(n));
  for ([[maybe_unused]] auto step : state) {
    left.multiply(b.data(), n, n, out.data(), n);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(n * n * n) * state.iterations());
  state.SetLabel(kernels::instruction_set());
}

template <class T>
void eigen(benchmark::State& state, EigenProduct<T> run) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::vector<double> x = numbers(Format::floating(8, 23), "ordinary", n * n, 1);
  const std::vector<T> a(x.begin(), x.end());
  std::vector<T> out(n * n);
  for ([[maybe_unused]] auto step : state) {
    run(a.data(), a.data(), out.data(), state.range(0));
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(n * n * n) * state.iterations());
}

[[maybe_unused]] const bool registered = [] {
  for (const Case& c : cases()) {
    const std::string name = "product/" + c.format + "/" + sum_name(c) + "/" + c.data;
    benchmark::RegisterBenchmark(name.c_str(), product, c)->Arg(256);
  }
  benchmark::RegisterBenchmark("eigen/float32", eigen<float>, eigen_floats())->Arg(256)->Arg(1024);
  benchmark::RegisterBenchmark("eigen/float64", eigen<double>, eigen_doubles())
      ->Arg(256)
      ->Arg(1024);
  return true;
}();

}  // namespace
}  // namespace carrybit::bench
