// The ways that only lanes know, against the exact engine: array kernels for dense weights, rows of attention
// whose scores are exact, queries of all zeros.

#include <doctest/doctest.h>

#include "sim/simulator.hpp"
#include "tests/sim/random_model.hpp"

using namespace carrybit;

namespace {

using Logits = std::vector<std::vector<std::vector<Number>>>;

int differences(const Logits& a, const Logits& b) {
  int count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t t = 0; t < a[i].size(); ++t) {
      for (std::size_t v = 0; v < a[i][t].size(); ++v) {
        count += identical(a[i][t][v], b[i][t][v]) ? 0 : 1;
      }
    }
  }
  return count;
}

ModelConfig plain_shape(int length) {
  ModelConfig c;
  c.name = "plain";
  c.vocabulary = 5;
  c.max_length = length;
  c.width = 9;
  c.layers = 2;
  c.heads = 3;
  c.kv_heads = 3;
  c.head_dim = 3;
  c.ffn = 8;
  c.activation = Activation::relu;
  c.norm = Norm::none;
  c.positions = Positions::learned;
  c.attention_scale = AttentionScale::none;
  return c;
}

/// Weights -1, 0 and 1, most of them 0: queries of all zeros are common, as in constructions.
Weights integer_model(int length, std::uint64_t seed) {
  Weights w = tests::random_model(plain_shape(length), seed, false);
  tests::Draws draws(seed + 1);
  for_each_tensor(w, [&](const TensorSpec&, auto& tensor) {
    const auto cut = [&](double& x) { x = draws.below(4) == 0 ? (x < 0 ? -1.0 : 1.0) : 0.0; };
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(tensor)>, Matrix>) {
      std::ranges::for_each(tensor.values, cut);
    } else {
      std::ranges::for_each(tensor, cut);
    }
  });
  return w;
}

TEST_CASE("integer models: exact scores and queries of zeros") {
  for (const char* format : {"fixed:i8.f0", "fixed:i3.f0", "fixed:i5.f2", "fixed:i8.f0:twos",
                             "fixed:i4.f0:trap", "fixed:i4.f0:twos:wrap", "bf16"}) {
    for (const bool fused : {false, true}) {
      for (const Normalise normalise : {Normalise::output, Normalise::weights}) {
        for (const Shift shift : {Shift::max, Shift::none}) {
          for (const std::uint64_t seed : {1, 2, 3}) {
            Arithmetic a = Arithmetic::uniform(Format::parse(format));
            a.product = fused ? Product::fused : Product::rounded;
            a.normalise = normalise;
            a.shift = shift;
            const Weights w = integer_model(24, seed);
            const std::vector<std::vector<int>> tokens = {
                tests::random_tokens(w.config, 24, seed),
                tests::random_tokens(w.config, 24, seed + 9)};
            CAPTURE(describe(a));
            const Simulator exact(w, a, EngineChoice::exact);
            const Simulator lanes(w, a, EngineChoice::lane);
            CHECK(differences(exact.logits(tokens), lanes.logits(tokens)) == 0);
            CHECK(exact.faults() == lanes.faults());
            CHECK(exact.generate(tokens, 0) == lanes.generate(tokens, 0));
          }
        }
      }
    }
  }
}

TEST_CASE("generation takes up shared sums where it left off") {
  for (const std::uint64_t seed : {4, 5, 6}) {
    const Weights w = integer_model(40, seed);
    const Arithmetic a = Arithmetic::uniform(Format::parse("fixed:i7.f1"));
    const std::vector<std::vector<int>> prompts = {tests::random_tokens(w.config, 12, seed)};
    CHECK(Simulator(w, a, EngineChoice::exact).generate(prompts, 20) ==
          Simulator(w, a, EngineChoice::lane).generate(prompts, 20));
  }
}

TEST_CASE("a row of several blocks") {
  const Weights w = integer_model(600, 7);
  const Arithmetic a = Arithmetic::uniform(Format::parse("fixed:i10.f0"));
  const std::vector<std::vector<int>> tokens = {tests::random_tokens(w.config, 600, 8)};
  CHECK(differences(Simulator(w, a, EngineChoice::exact).logits(tokens, 560),
                    Simulator(w, a, EngineChoice::lane).logits(tokens, 560)) == 0);
}

/// A model of whole numbers whose queries and keys are `size` times as large.
Weights stretched_model(int length, std::uint64_t seed, double size) {
  Weights w = integer_model(length, seed);
  w.config.layers = 1;
  w.layers.resize(1);
  for (Matrix* m : {&w.layers[0].query.weight, &w.layers[0].key.weight}) {
    std::ranges::for_each(m->values, [&](double& x) { x *= size; });
  }
  return w;
}

TEST_CASE("rows at the edge of saturation: in products, in sums, there and back") {
  int saturated = 0;
  for (const std::uint64_t seed : {11, 12, 13}) {
    for (const double size : {1.0, 2.0, 3.0}) {
      for (const char* format : {"fixed:i4.f0", "fixed:i4.f0:twos", "fixed:i5.f1", "fixed:i3.f2"}) {
        Arithmetic a = Arithmetic::uniform(Format::parse(format));
        a.product = seed == 12 ? Product::fused : Product::rounded;
        a.sum = seed == 13 ? Sum::pairwise : Sum::sequential;
        a.shift = size == 2.0 ? Shift::none : Shift::max;
        const Weights w = stretched_model(300, seed, size);
        const std::vector<std::vector<int>> tokens = {tests::random_tokens(w.config, 300, seed)};
        CAPTURE(describe(a));
        const Logits right = Simulator(w, a, EngineChoice::exact).logits(tokens, 280);
        CHECK(differences(right, Simulator(w, a, EngineChoice::lane).logits(tokens, 280)) == 0);
        // Planted: sums that go beyond before they are rounded, as exact scores would.
        Arithmetic beyond = a;
        beyond.accumulator.format = Format::parse("fixed:i12.f2");
        beyond.products.format = beyond.accumulator.format;
        const Simulator late(w, beyond, EngineChoice::lane);
        saturated += differences(right, late.logits(tokens, 280)) > 0 ? 1 : 0;
      }
    }
  }
  CHECK(saturated > 20);
}

TEST_CASE("dense weights of many rows and columns go through the array kernels") {
  ModelConfig c = tests::gpt2_shape();
  c.width = 36;
  c.ffn = 50;
  c.max_length = 40;
  const Weights w = tests::random_model(c, 31);
  const std::vector<std::vector<int>> tokens = {tests::random_tokens(c, 13, 1),
                                                tests::random_tokens(c, 13, 2)};
  for (const char* format : {"fp16", "fp8_e4m3", "fixed:i7.f8", "float:e8.m20", "fixed:i20.f12"}) {
    for (const Sum sum : {Sum::sequential, Sum::pairwise, Sum::exact}) {
      Arithmetic a = Arithmetic::uniform(Format::parse(format));
      a.sum = sum;
      CAPTURE(describe(a));
      CHECK(differences(Simulator(w, a, EngineChoice::exact).logits(tokens, 11),
                        Simulator(w, a, EngineChoice::lane).logits(tokens, 11)) == 0);
    }
  }
}

/// Logits of both engines from a sequence that is read at once, and in two parts.
void agree_in_batches(const Weights& w, const Arithmetic& a, int length) {
  const std::vector<std::vector<int>> tokens = {tests::random_tokens(w.config, length, 1),
                                                tests::random_tokens(w.config, length, 2)};
  CAPTURE(describe(a));
  CAPTURE(w.config.name);
  const Simulator exact(w, a, EngineChoice::exact);
  const Simulator lanes(w, a, EngineChoice::lane);
  CHECK(differences(exact.logits(tokens), lanes.logits(tokens)) == 0);
  CHECK(differences(exact.logits(tokens, length - 6), lanes.logits(tokens, length - 6)) == 0);
}

TEST_CASE("batched attention: formats, modes, orders and ways to put softmax together") {
  ModelConfig c = tests::gpt2_shape();
  c.layers = 1;
  c.max_length = 40;
  int i = 0;
  for (const char* format :
       {"fp16", "bf16", "fp32", "fp8_e4m3", "float:e5.m2:sat", "float:e4.m3:ftz", "fixed:i7.f8",
        "fixed:i2.f4", "fixed:i5.f6:twos:wrap", "fixed:i8.f10:trap"}) {
    for (const Rounding mode : {Rounding::rne, Rounding::rz, Rounding::rd, Rounding::rna}) {
      for (const Sum sum : {Sum::sequential, Sum::exact}) {
        Arithmetic a = Arithmetic::uniform(Format::parse(format), mode);
        a.sum = sum;
        a.product = i % 2 == 0 ? Product::rounded : Product::fused;
        a.shift = i % 3 == 0 ? Shift::none : Shift::max;
        a.normalise = i % 5 < 2 ? Normalise::weights : Normalise::output;
        c.attention_scale = i % 4 == 0 ? AttentionScale::none : AttentionScale::inverse_sqrt;
        agree_in_batches(tests::random_model(c, static_cast<std::uint64_t>(40 + i)), a, 19);
        ++i;
      }
    }
  }
}

TEST_CASE(
    "batched attention: roles of their own formats, shared key heads, more queries than a window") {
  for (const char* name : {"torch-bf16", "svete2026", "merrill2023", "park2026"}) {
    agree_in_batches(tests::random_model(tests::llama_shape(), 71), preset(name), 21);
  }
  ModelConfig c = plain_shape(150);
  c.layers = 1;
  agree_in_batches(tests::random_model(c, 72), Arithmetic::uniform(Format::parse("bf16")), 150);
}

TEST_CASE("batched attention: scores that are infinite or NaN, sums that sink to -0") {
  for (const char* format : {"fp16", "fp8_e5m2", "fp8_e4m3", "float:e3.m2:sat"}) {
    for (const double size : {0.01, 30.0, 3000.0}) {
      for (const bool fused : {false, true}) {
        Weights w = tests::random_model(tests::gpt2_shape(), 73);
        for (LayerWeights& l : w.layers) {
          std::ranges::for_each(l.query.weight.values, [&](double& x) { x *= size; });
          std::ranges::for_each(l.value.weight.values, [&](double& x) { x *= 0.001; });
          std::ranges::fill(l.value.bias, 0.0);
        }
        Arithmetic a = Arithmetic::uniform(Format::parse(format));
        a.product = fused ? Product::fused : Product::rounded;
        agree_in_batches(w, a, 16);
      }
    }
  }
}

TEST_CASE("planted: another rounding or another order is seen") {
  const Weights w = tests::random_model(tests::gpt2_shape(), 32);
  const std::vector<std::vector<int>> tokens = {tests::random_tokens(w.config, 12, 1)};
  Arithmetic a = Arithmetic::uniform(Format::parse("fp16"));
  const Logits right = Simulator(w, a, EngineChoice::exact).logits(tokens);
  CHECK(differences(right, Simulator(w, a, EngineChoice::lane).logits(tokens)) == 0);
  a.sum = Sum::pairwise;
  CHECK(differences(right, Simulator(w, a, EngineChoice::lane).logits(tokens)) > 0);
  a.sum = Sum::sequential;
  a.products.rounding = Rounding::rz;
  CHECK(differences(right, Simulator(w, a, EngineChoice::lane).logits(tokens)) > 0);
  a.products.rounding = Rounding::rne;
  a.probabilities.rounding = Rounding::rz;
  CHECK(differences(right, Simulator(w, a, EngineChoice::lane).logits(tokens)) > 0);
}

}  // namespace
