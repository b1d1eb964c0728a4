// The forward pass on a GPU, where there is one, against the simulator: the same bits.

#include <cstdio>

#include "precision/cuda/device.hpp"
#include "tests/sim/device_cases.hpp"

namespace carrybit::tests {
namespace {

/// CTest takes the line as the word that the test was skipped.
void on_gpu(void (*check)(Device)) {
  if (const std::string why = cuda::missing(); !why.empty()) {
    std::printf("skipped: no GPU (%s)\n", why.c_str());
    return;
  }
  check(Device::cuda);
}

TEST_CASE("on a GPU: every shape, in several arithmetics, by the exact engine") {
  on_gpu(every_shape);
}
TEST_CASE("on a GPU: every format that lanes carry, every order of sums, both ways of products") {
  on_gpu(every_format);
}
TEST_CASE("on a GPU: rounding modes and mixed arithmetics drawn at random") {
  on_gpu(random_arithmetics);
}
TEST_CASE("on a GPU: presets") { on_gpu(every_preset); }
TEST_CASE("on a GPU: blocks of 64 rows and columns, and what is left over") {
  on_gpu(blocks_of_rows);
}
TEST_CASE("on a GPU: predicting and writing") { on_gpu(predicting_and_writing); }
TEST_CASE("on a GPU: what the error bound leaves open is done on the cpu") { on_gpu(left_open); }
TEST_CASE("on a GPU: a trained model") { on_gpu(trained_model); }

}  // namespace
}  // namespace carrybit::tests
