#pragma once
// The forward pass of a device against the simulator: the same bits. What every device is tried on.

#include <doctest/doctest.h>

#include "sim/model_file.hpp"
#include "sim/simulator.hpp"
#include "tests/sim/engine_inputs.hpp"

namespace carrybit::tests {

using Logits = std::vector<std::vector<std::vector<Number>>>;

inline int differences(const Logits& a, const Logits& b) {
  int count = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    count += a[i].size() == b[i].size() ? 0 : 1;
    for (std::size_t t = 0; t < std::min(a[i].size(), b[i].size()); ++t) {
      for (std::size_t v = 0; v < a[i][t].size(); ++v) {
        count += identical(a[i][t][v], b[i][t][v]) ? 0 : 1;
      }
    }
  }
  return count;
}

inline Simulator on_device(const Weights& w, const Arithmetic& a, Device device) {
  return Simulator(w, a, EngineChoice::automatic, device);
}

inline std::vector<std::vector<int>> batch(const ModelConfig& c, int inputs, int length,
                                           std::uint64_t seed) {
  std::vector<std::vector<int>> rows;
  for (int b = 0; b < inputs; ++b) {
    rows.push_back(random_tokens(c, length, seed + static_cast<std::uint64_t>(b)));
  }
  return rows;
}

/// Every shape, in several arithmetics, by the exact engine.
inline void every_shape(Device kind) {
  std::uint64_t seed = 1;
  for (const ModelConfig& c : all_shapes()) {
    const Weights w = random_model(c, seed);
    const auto tokens = batch(c, 2, 7, seed);
    for (const char* format : {"bf16", "fixed:i5.f8"}) {
      Arithmetic a = Arithmetic::uniform(Format::parse(format));
      a.normalise = seed % 2 == 0 ? Normalise::weights : Normalise::output;
      a.shift = seed % 3 == 0 ? Shift::none : Shift::max;
      CAPTURE(c.name);
      CAPTURE(describe(a));
      CHECK(differences(Simulator(w, a, EngineChoice::exact).logits(tokens, 2),
                        on_device(w, a, kind).logits(tokens, 2)) == 0);
    }
    ++seed;
  }
}

/// Every format that lanes carry, every order of sums, both ways of products.
inline void every_format(Device kind) {
  int refused = 0;
  std::uint64_t seed = 100;
  for (const char* format : lane_formats) {
    for (const Sum sum : {Sum::sequential, Sum::pairwise, Sum::exact}) {
      for (const Product product : {Product::rounded, Product::fused}) {
        Arithmetic a = Arithmetic::uniform(Format::parse(format));
        a.sum = sum;
        a.product = product;
        CAPTURE(describe(a));
        if (!device_refusal(a).empty()) {
          ++refused;
          continue;
        }
        for (const ModelConfig& c : {gpt2_shape(), llama_shape()}) {
          const Weights w = random_model(c, ++seed);
          const auto tokens = batch(c, 2, 6, seed);
          CHECK(differences(Simulator(w, a, EngineChoice::exact).logits(tokens),
                            on_device(w, a, kind).logits(tokens)) == 0);
        }
      }
    }
  }
  CHECK(refused < 30);
}

/// Rounding modes and mixed arithmetics drawn at random.
inline void random_arithmetics(Device kind) {
  Draws draws(7);
  int carried = 0;
  for (int trial = 0; trial < 250; ++trial) {
    Arithmetic a = random_arithmetic(draws, trial % 3 != 0);
    a.sum = std::array{Sum::sequential, Sum::pairwise,
                       Sum::exact}[static_cast<std::size_t>(draws.below(3))];
    a.shift = draws.below(2) == 0 ? Shift::max : Shift::none;
    a.normalise = draws.below(2) == 0 ? Normalise::weights : Normalise::output;
    if (!device_refusal(a).empty()) {
      continue;
    }
    ++carried;
    const auto shapes = all_shapes();
    const ModelConfig c =
        shapes[static_cast<std::size_t>(draws.below(static_cast<int>(shapes.size())))];
    const Weights w = random_model(c, draws.bits());
    const auto tokens = batch(c, 2, 6, draws.bits());
    CAPTURE(describe(a));
    CAPTURE(c.name);
    CHECK(differences(Simulator(w, a, EngineChoice::exact).logits(tokens),
                      on_device(w, a, kind).logits(tokens)) == 0);
  }
  CHECK(carried > 60);
}

/// Presets.
inline void every_preset(Device kind) {
  for (const Preset& p : presets()) {
    const Arithmetic a = preset(p.name);
    CAPTURE(p.name);
    if (p.name == "int8-int32") {  // 32 bits: no lanes carry it either
      CHECK(!device_refusal(a).empty());
      continue;
    }
    REQUIRE(device_refusal(a).empty());
    const ModelConfig c = gpt2_shape();
    const Weights w = random_model(c, 5);
    const auto tokens = batch(c, 3, 9, 6);
    CHECK(differences(Simulator(w, a, EngineChoice::exact).logits(tokens),
                      on_device(w, a, kind).logits(tokens)) == 0);
  }
}

/// Blocks of 64 rows and columns, and what is left over.
inline void blocks_of_rows(Device kind) {
  ModelConfig c = gpt2_shape();
  c.width = 70;
  c.ffn = 130;
  c.head_dim = 24;
  c.max_length = 40;
  const Weights w = random_model(c, 11);
  const auto tokens = batch(c, 4, 33, 12);
  for (const char* format : {"fp16", "bf16", "fp32", "fp8_e5m2", "fp8_e4m3", "fixed:i7.f8",
                             "float:e8.m12", "float:e8.m24"}) {
    for (const Product product : {Product::rounded, Product::fused}) {
      Arithmetic a = Arithmetic::uniform(Format::parse(format));
      a.product = product;
      CAPTURE(describe(a));
      CHECK(differences(Simulator(w, a, EngineChoice::lane).logits(tokens, 30),
                        on_device(w, a, kind).logits(tokens, 30)) == 0);
    }
  }
  CHECK(differences(Simulator(w, preset("torch-bf16")).logits(tokens, 30),
                    on_device(w, preset("torch-bf16"), kind).logits(tokens, 30)) == 0);
}

/// Predicting and writing.
inline void predicting_and_writing(Device kind) {
  for (const ModelConfig& c : {gpt2_shape(), llama_shape()}) {
    const Weights w = random_model(c, 21);
    const Arithmetic a = Arithmetic::uniform(Format::parse("fp16"));
    const auto prompts = batch(c, 3, 5, 22);
    const Simulator cpu(w, a);
    const Simulator device = on_device(w, a, kind);
    CHECK(cpu.predict(prompts, 1) == device.predict(prompts, 1));
    CHECK(cpu.generate(prompts, 9) == device.generate(prompts, 9));
    CHECK(device.generate(prompts, 0) == cpu.generate(prompts, 0));
    CHECK(device.left_to_cpu() == 0);
    CHECK(device.engine() == (kind == Device::cuda ? "CUDA" : "device loop"));
  }
}

/// Exponentials of this arithmetic are often beyond what a bound can wrap: no device decides them.
inline Arithmetic undecidable() {
  Arithmetic a = Arithmetic::uniform(Format::parse("fixed:i3.f6:twos:wrap"));
  a.shift = Shift::none;
  return a;
}

/// What the error bound leaves open is done on the cpu.
inline void left_open(Device kind) {
  ModelConfig c = llama_shape();
  c.attention_scale = AttentionScale::none;
  Weights w = random_model(c, 31);
  const auto tokens = batch(c, 12, 6, 32);
  for (double& x : w.layers[0].query.weight.values) {
    x *= 2;
  }
  const Simulator cpu(w, undecidable(), EngineChoice::exact);
  const Simulator device = on_device(w, undecidable(), kind);
  CHECK(differences(cpu.logits(tokens), device.logits(tokens)) == 0);
  CHECK(device.left_to_cpu() > 0);
  CHECK(cpu.predict(tokens, 2) == device.predict(tokens, 2));
  CHECK(cpu.generate(tokens, 4) == device.generate(tokens, 4));
}

/// A trained model.
inline void trained_model(Device kind) {
  const Weights w = load_model(CARRYBIT_SOURCE_DIR "/models/add-b10-n20-lsb-2x64").weights;
  for (const char* format : {"bf16", "fixed:i8.f8"}) {
    const Arithmetic a = Arithmetic::uniform(Format::parse(format));
    const auto tokens = batch(w.config, 2, 62, 51);
    CAPTURE(format);
    CHECK(differences(Simulator(w, a).logits(tokens, 40),
                      on_device(w, a, kind).logits(tokens, 40)) == 0);
  }
}

}  // namespace carrybit::tests
