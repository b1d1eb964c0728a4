#include "bench/device.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "precision/cuda/device.hpp"

#if defined(CARRYBIT_CUDA)

#include <chrono>
#include <filesystem>

#include "bench/device_product.hpp"
#include "bench/operands.hpp"
#include "precision/cuda/shortcuts.hpp"
#include "precision/kernels/scalar.hpp"
#include "precision/lane_spec.hpp"
#include "sim/model_file.hpp"
#include "sim/simulator.hpp"

namespace carrybit::bench {

namespace {

constexpr int size = 2048;
constexpr std::size_t entries = std::size_t{size} * size;

cuda::Sums sums(const kernels::Rule& r) {
  return {{lane_spec(r.product), r.product_rounding, {}, nullptr},
          {lane_spec(r.sum), r.sum_rounding, {}, nullptr},
          r.fused,
          r.order == kernels::Order::sequential ? cuda::Order::sequential
          : r.order == kernels::Order::pairwise ? cuda::Order::pairwise
                                                : cuda::Order::exact};
}

/// Some entries of the product beside the scalar lane operations; gives how many differ.
int mismatches(const kernels::Rule& rule, const std::vector<double>& w,
               const std::vector<double>& x, const std::vector<double>& y) {
  const kernels::ScalarDot<double> dot(rule);
  int count = 0;
  for (std::size_t r = 0; r < size; r += 61) {
    for (std::size_t i = 0; i < size; i += 61) {
      const double right = dot(w.data() + r * size, x.data() + i, size, size, nullptr);
      const double got = y[r * size + i];
      count += lane::to_word(right) != lane::to_word(got) && !(right != right && got != got);
    }
  }
  return count;
}

int print_product(const Case& c, const std::string& gpu, const GpuRates& rates) {
  const kernels::Rule r = rule(c);
  const auto w = numbers(r.sum, c.data, entries, 3);
  const auto x = numbers(r.sum, c.data, entries, 4);
  const GpuProduct p =
      gpu_product(w, x, size, size, size, sums(r), cuda::shortcuts(r, r.sum, r.sum), 9);
  const double rate = static_cast<double>(size) * entries / p.seconds;
  const int wrong = mismatches(r, w, x, p.y);
  fmt::print(
      "{{\"kernel\": \"matrix product\", \"device\": \"{}\", \"format\": \"{}\", \"sum\": \"{}\", "
      "\"data\": \"{}\", \"gmacs\": {:.1f}, \"ratio_to_device_f32\": {:.4f}, "
      "\"ratio_to_device_f64\": {:.4f}, \"mismatches\": {}}}\n",
      gpu, c.format, sum_name(c), c.data, 1e-9 * rate, rate / rates.f32, rate / rates.f64, wrong);
  std::fflush(stdout);
  return wrong;
}

double seconds_of(const Simulator& model, const std::vector<std::vector<int>>& tokens) {
  const auto start = std::chrono::steady_clock::now();
  (void)model.predict(tokens, 0);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// A trained model's answers for a large batch, and the cpu's, on all its cores, for a small one.
int print_forward(const Weights& w, const std::string& format, const std::string& gpu) {
  const Arithmetic a = Arithmetic::uniform(Format::parse(format));
  const auto batch = [&](int inputs) {
    std::mt19937 g(5);
    std::vector<std::vector<int>> rows(static_cast<std::size_t>(inputs));
    for (auto& row : rows) {
      for (int i = 0; i < 62; ++i) {
        row.push_back(static_cast<int>(g() % static_cast<unsigned>(w.config.vocabulary)));
      }
    }
    return rows;
  };
  const Simulator cpu(w, a);
  const Simulator device(w, a, EngineChoice::automatic, Device::cuda);
  const auto large = batch(1 << 15);
  const auto small = batch(256);
  const int wrong = cpu.predict(small, 0) == device.predict(small, 0) ? 0 : 1;
  const double on_cpu = 256 / seconds_of(cpu, small);
  const double on_device = (1 << 15) / seconds_of(device, large);
  fmt::print(
      "{{\"kernel\": \"forward pass\", \"device\": \"{}\", \"model\": \"add-b10-n20-lsb-2x64\", "
      "\"format\": \"{}\", \"sequences_a_second\": {:.0f}, \"cpu_sequences_a_second\": {:.0f}, "
      "\"ratio\": {:.1f}, \"mismatches\": {}}}\n",
      gpu, format, on_device, on_cpu, on_device / on_cpu, wrong);
  std::fflush(stdout);
  return wrong;
}

}  // namespace

int print_device() {
  if (const std::string why = cuda::missing(); !why.empty()) {
    std::fputs(fmt::format("carrybit_bench --device: {}\n", why).c_str(), stderr);
    return 2;
  }
  const std::string gpu = gpu_name();
  const GpuRates rates = gpu_rates();
  fmt::print(
      "{{\"kernel\": \"fused multiply-adds\", \"device\": \"{}\", \"gmacs_f32\": {:.0f}, "
      "\"gmacs_f64\": {:.0f}}}\n",
      gpu, 1e-9 * rates.f32, 1e-9 * rates.f64);
  int wrong = 0;
  for (const Case& c : cases()) {
    wrong += print_product(c, gpu, rates);
  }
  const std::filesystem::path folder = "models/add-b10-n20-lsb-2x64";
  if (!std::filesystem::exists(folder)) {
    std::fputs(
        "carrybit_bench --device: forward passes are measured at the repository's root, where "
        "models/ is\n",
        stderr);
    return 2;
  }
  const Weights w = load_model(folder).weights;
  for (const char* format : {"fp32", "bf16", "fp16", "fixed:i8.f8", "float:e8.m12"}) {
    wrong += print_forward(w, format, gpu);
  }
  return wrong == 0 ? 0 : 1;
}

}  // namespace carrybit::bench

#else

namespace carrybit::bench {

int print_device() {
  std::fputs(fmt::format("carrybit_bench --device: {}\n", cuda::missing()).c_str(), stderr);
  return 2;
}

}  // namespace carrybit::bench

#endif
