// LibTorch's forward pass against the simulator's, and rounding in training against our own.

#include <doctest/doctest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/utils.h>

#include <cmath>

#include "precision/exact/exact.hpp"
#include "sim/simulator.hpp"
#include "sim/tensors.hpp"
#include "tests/sim/random_model.hpp"
#include "training/data.hpp"
#include "training/network.hpp"
#include "training/rounding.hpp"

using namespace carrybit;
using namespace carrybit::tests;
using namespace carrybit::training;

namespace {

Network double_network(const Weights& weights) {
  Network network(weights.config, {}, {}, torch::kFloat64, torch::kCPU);
  network.load(weights);
  return network;
}

/// The largest difference of the logits at positions >= from.
double distance(const Network& network, const Weights& weights, const std::vector<int>& tokens,
                int from) {
  const Simulator simulator(weights, Arithmetic::uniform(Format::parse("fp64")));
  const std::vector<std::vector<int>> rows = {tokens};
  const auto ours = simulator.logits(rows, from)[0];
  const std::vector<std::int64_t> wide(tokens.begin(), tokens.end());
  const torch::NoGradGuard guard;
  const torch::Tensor theirs =
      network.logits(torch::tensor(wide, torch::kInt64).view({1, -1}), from)[0];
  REQUIRE(theirs.size(0) == static_cast<std::int64_t>(ours.size()));
  double worst = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    REQUIRE(theirs.size(1) == static_cast<std::int64_t>(ours[i].size()));
    for (std::size_t t = 0; t < ours[i].size(); ++t) {
      const double logit =
          theirs[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(t)].item<double>();
      const double apart = std::fabs(logit - ours[i][t].to_double());
      worst = std::isnan(apart) ? INFINITY : std::max(worst, apart);
    }
  }
  return worst;
}

Task adder() {
  TaskSpec spec;
  spec.digits = 3;
  spec.answer_order = DigitOrder::lsb_first;
  return Task(spec);
}

/// Numbers where rounding can go wrong: many sizes, ties, the format's ends, and zeros.
std::vector<float> numbers() {
  std::vector<float> values = {0.0F, -0.0F, 0.5F, 1.0F, -1.5F, 65504.0F, 65520.0F, 3e38F, 1e-45F};
  Draws draws(5);
  for (int i = 0; i < 4000; ++i) {
    const double size = std::exp2(draws.below(60) - 40);
    const double value = draws.normal() * size;
    values.push_back(static_cast<float>(value));
    values.push_back(
        static_cast<float>(std::ldexp(draws.below(4096) - 2048, draws.below(20) - 16)));
  }
  return values;
}

double exactly_rounded(float value, const Format& format) {
  exact::Context context;
  context.format = format;
  return exact::convert(Number::from_double(value), context).to_double();
}

}  // namespace

TEST_CASE("LibTorch's logits are those of the simulator in fp64, for every shape") {
  for (const ModelConfig& config : all_shapes()) {
    CAPTURE(config.name);
    const Weights weights = random_model(config, 21);
    const auto tokens = random_tokens(config, 6, 22);
    const Network network = double_network(weights);
    CHECK(distance(network, weights, tokens, 0) < 1e-9);
    CHECK(distance(network, weights, tokens, 4) < 1e-9);
  }
}

TEST_CASE("a model without biases, and the comparison sees one weight that differs") {
  Weights weights = random_model(gpt2_shape(), 3, false);
  const auto tokens = random_tokens(weights.config, 8, 4);
  const Network network = double_network(weights);
  CHECK(distance(network, weights, tokens, 0) < 1e-9);
  weights.layers[1].down.weight.at(2, 3) += 1e-3;
  CHECK(distance(network, weights, tokens, 0) > 1e-7);
}

TEST_CASE("a loaded model comes back") {
  for (const ModelConfig& config : {gpt2_shape(), llama_shape()}) {
    const Weights weights = random_model(config, 8);
    CHECK(double_network(weights).weights() == weights);
  }
}

TEST_CASE("shared positions are saved as an ordinary table") {
  const Task task = adder();
  const ModelConfig config = shape_for(task, 2, 16, 2, 32);
  for (const auto sharing : {PositionSharing::coupled, PositionSharing::both}) {
    Network shared(config, {sharing, significance_groups(task)}, {}, torch::kFloat64, torch::kCPU);
    shared.initialise(4);
    const Weights saved = shared.weights();
    const auto tokens = random_tokens(config, task.input_tokens(), 9);
    CHECK(distance(shared, saved, tokens, 0) < 1e-9);
    CHECK(distance(double_network(saved), saved, tokens, 0) < 1e-9);
    const auto row = [&](int position) {
      std::vector<double> values;
      for (int c = 0; c < config.width; ++c) {
        values.push_back(saved.position_embedding.at(position, c));
      }
      return values;
    };
    // 123+456=9750: the digits of place 0 stand at 2, 6 and 8.
    CHECK((row(2) == row(6)) == (sharing == PositionSharing::coupled));
    CHECK((row(6) == row(8)) == (sharing == PositionSharing::coupled));
    CHECK(row(2) != row(1));
    CHECK(row(3) != row(7));
  }
}

TEST_CASE("initial weights depend on the seed alone") {
  const ModelConfig config = shape_for(adder(), 1, 16, 2, 32);
  const auto made = [&](std::uint64_t seed) {
    Network network(config, {}, {}, torch::kFloat32, torch::kCPU);
    network.initialise(seed);
    return network.weights();
  };
  CHECK(made(1) == made(1));
  CHECK_FALSE(made(1) == made(2));
}

TEST_CASE("a value rounded in training is the value that we round to, bit for bit") {
  const std::vector<float> values = numbers();
  for (const char* name : {"fp16", "bf16", "fp8_e4m3", "fp8_e5m2", "float:e8.m3", "float:e3.m2",
                           "fixed:i3.f4", "fixed:i0.f7", "float:e8.m15"}) {
    CAPTURE(name);
    const Format format = Format::parse(name);
    const torch::Tensor y = rounded_values(torch::tensor(values), format);
    int wrong = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double ours = exactly_rounded(values[i], format);
      const double got = y[static_cast<std::int64_t>(i)].item<float>();
      wrong += (got == ours && std::signbit(got) == std::signbit(ours)) ||
                       (std::isnan(got) && std::isnan(ours))
                   ? 0
                   : 1;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("bf16 as hardware has it: our bf16, and gradients in bf16 too") {
  const TrainPrecision bf16 = TrainPrecision::parse("bf16");
  torch::Tensor x = torch::tensor(numbers()).set_requires_grad(true);
  const torch::Tensor y = stored(x, bf16);
  CHECK(torch::equal(y, rounded_values(x, Format::parse("bf16"))));
  const torch::Tensor factor = torch::full_like(x, 1.001);
  const torch::Tensor gradient = torch::autograd::grad({(y * factor).sum()}, {x})[0];
  CHECK(torch::equal(gradient, rounded_values(factor.detach(), Format::parse("bf16"))));
}

TEST_CASE("gradients pass straight through a format, and fp32 rounds nothing") {
  torch::Tensor x = torch::tensor(numbers()).set_requires_grad(true);
  const TrainPrecision narrow = TrainPrecision::parse("float:e5.m2");
  const torch::Tensor y = stored(x, narrow);
  CHECK_FALSE(torch::equal(y, x));
  const torch::Tensor factor = torch::full_like(x, 1.001);
  CHECK(torch::equal(torch::autograd::grad({(y * factor).sum()}, {x})[0], factor));
  CHECK(torch::equal(stored(x, TrainPrecision()), x));
}

TEST_CASE("the weights of a model trained in a format are the format's") {
  const Task task = adder();
  const ModelConfig config = shape_for(task, 1, 16, 2, 32);
  const Format format = Format::parse("float:e4.m3");
  const auto made = [&](const TrainPrecision& precision) {
    Network network(config, {PositionSharing::both, significance_groups(task)}, precision,
                    torch::kFloat32, torch::kCPU);
    network.initialise(6);
    return network.weights();
  };
  const Weights master = made({});
  const Weights rounded = made(TrainPrecision::parse("float:e4.m3"));
  std::vector<double> expected;
  for_each_tensor(master, [&](const TensorSpec&, const auto& tensor) {
    for (const double value : values_of(tensor)) {
      expected.push_back(exactly_rounded(static_cast<float>(value), format));
    }
  });
  std::vector<double> got;
  for_each_tensor(rounded, [&](const TensorSpec&, const auto& tensor) {
    got.insert(got.end(), values_of(tensor).begin(), values_of(tensor).end());
  });
  CHECK(got == expected);
}
