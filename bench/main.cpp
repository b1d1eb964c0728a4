// carrybit_bench --ratios, --device, or Google Benchmark's options.

#include <benchmark/benchmark.h>

#include <string_view>

#include "bench/device.hpp"
#include "bench/ratios.hpp"

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--ratios") {
    return carrybit::bench::print_ratios();
  }
  if (argc == 2 && std::string_view(argv[1]) == "--device") {
    return carrybit::bench::print_device();
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 2;
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
