// The forward pass: lanes equal the exact engine on every bit, caches and batches change nothing,
// and in wide formats the logits are those of an independent implementation.

#include <doctest/doctest.h>

#include <cmath>

#include "precision/error.hpp"
#include "sim/simulator.hpp"
#include "tests/sim/eigen_reference.hpp"
#include "tests/sim/random_model.hpp"

using namespace carrybit;

namespace {

std::vector<std::vector<int>> token_batch(const ModelConfig& config, int inputs, int length) {
  std::vector<std::vector<int>> batch;
  for (int b = 0; b < inputs; ++b) {
    batch.push_back(tests::random_tokens(config, length, 100 + static_cast<std::uint64_t>(b)));
  }
  return batch;
}

using Logits = std::vector<std::vector<std::vector<Number>>>;

bool same(const Logits& a, const Logits& b) {
  if (a.size() != b.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t t = 0; t < a[i].size(); ++t) {
      for (std::size_t v = 0; v < a[i][t].size(); ++v) {
        if (!identical(a[i][t][v], b[i][t][v])) {
          return false;
        }
      }
    }
  }
  return a.empty() || a[0].size() == b[0].size();
}

Arithmetic with(const char* format, Rounding rounding = Rounding::rne) {
  return Arithmetic::uniform(Format::parse(format), rounding);
}

/// The variety of arithmetics on which engines must agree.
std::vector<Arithmetic> lane_arithmetics() {
  std::vector<Arithmetic> all;
  for (const char* format : {"fixed:i6.f6", "fixed:i4.f8:twos", "fixed:i3.f2:twos:wrap", "bf16",
                             "fp16", "fp8_e4m3", "fp8_e5m2", "float:e4.m3:sat", "float:e6.m5:ftz",
                             "li:e2.s3", "fixed:i16.f20", "fp4_e2m1"}) {
    all.push_back(with(format));
  }
  for (const Rounding r : all_roundings) {
    all.push_back(with("float:e5.m4", r));
    all.push_back(with("fixed:i5.f5", r));
    all.push_back(with("fixed:i14.f18", r));
  }
  for (const Sum sum : {Sum::pairwise, Sum::exact}) {
    for (const Product product : {Product::rounded, Product::fused}) {
      Arithmetic a = with("float:e5.m6");
      a.sum = sum;
      a.product = product;
      all.push_back(a);
      a = with("fixed:i6.f4");
      a.sum = sum;
      a.product = product;
      all.push_back(a);
    }
  }
  for (const Preset& p : presets()) {
    all.push_back(preset(p.name));
  }
  Arithmetic mixed = with("bf16");
  mixed.accumulator.format = Format::parse("fp32");
  mixed.kv_cache.format = Format::parse("fp8_e5m2");
  mixed.probabilities.format = Format::parse("fp16");
  mixed.probabilities.rounding = Rounding::sr;
  mixed.seed = 7;
  mixed.shift = Shift::none;
  mixed.normalise = Normalise::weights;
  all.push_back(mixed);
  return all;
}

double largest_difference(const Weights& model, const Logits& logits,
                          const std::vector<int>& tokens) {
  const auto reference = tests::reference_logits<double>(model, tokens);
  double scale = 0;
  double worst = 0;
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    for (std::size_t v = 0; v < logits[0][t].size(); ++v) {
      const double r = reference(static_cast<int>(t), static_cast<int>(v));
      scale = std::max(scale, std::fabs(r));
      worst = std::max(worst, std::fabs(logits[0][t][v].to_double() - r));
    }
  }
  return worst / scale;
}

}  // namespace

TEST_CASE("lanes and the exact engine give the same bits") {
  for (const ModelConfig& shape : {tests::gpt2_shape(), tests::llama_shape()}) {
    const Weights model = tests::random_model(shape, 3);
    const auto tokens = token_batch(model.config, 2, 4);
    for (const Arithmetic& a : lane_arithmetics()) {
      INFO(shape.name, " in ", describe(a));
      const Simulator automatic(model, a);
      const Simulator exact(model, a, EngineChoice::exact);
      CHECK(same(automatic.logits(tokens), exact.logits(tokens)));
    }
  }
}

TEST_CASE("in fp64 the logits are those of an independent implementation") {
  for (const ModelConfig& shape : tests::all_shapes()) {
    INFO(shape.name);
    const Weights model = tests::random_model(shape, 11);
    const auto tokens = token_batch(model.config, 1, 6);
    const Simulator fp64(model, with("fp64"));
    CHECK(largest_difference(model, fp64.logits(tokens), tokens[0]) < 1e-13);
    const Simulator fp32(model, with("fp32"));
    CHECK(largest_difference(model, fp32.logits(tokens), tokens[0]) < 1e-4);
  }
}

TEST_CASE("a wrong weight is seen against the independent implementation") {
  Weights model = tests::random_model(tests::gpt2_shape(), 11);
  const auto tokens = token_batch(model.config, 1, 6);
  const Weights sound = model;
  model.layers[0].down.weight.at(0, 0) += 0.5;
  const Simulator broken(model, with("fp64"));
  CHECK(largest_difference(sound, broken.logits(tokens), tokens[0]) > 1e-6);
}

TEST_CASE("cached generation equals teacher forcing over the whole sequence") {
  for (const char* format : {"bf16", "fixed:i6.f6", "float:e5.m4"}) {
    for (const Rounding rounding : {Rounding::rne, Rounding::sr}) {
      Arithmetic a = with(format, rounding);
      a.seed = 5;
      const Weights model = tests::random_model(tests::llama_shape(), 8);
      const Simulator simulator(model, a);
      const auto prompts = token_batch(model.config, 3, 4);
      const auto generated = simulator.generate(prompts, 5);
      auto whole = prompts;
      for (std::size_t b = 0; b < whole.size(); ++b) {
        whole[b].insert(whole[b].end(), generated[b].begin(), generated[b].end() - 1);
      }
      CHECK(simulator.predict(whole, 3) == generated);
    }
  }
}

TEST_CASE("no bit depends on how a batch is split") {
  Arithmetic a = with("float:e5.m4", Rounding::sr);
  a.seed = 1;
  const Weights model = tests::random_model(tests::gpt2_shape(), 2);
  const Simulator simulator(model, a);
  const auto batch = token_batch(model.config, 300, 8);
  const auto together = simulator.predict(batch);
  const Simulator fixed(model, with("fixed:i4.f4"));
  const auto fixed_together = fixed.predict(batch);
  for (std::size_t b = 0; b < batch.size(); b += 37) {
    const std::vector<std::vector<int>> one = {batch[b]};
    CHECK(fixed.predict(one)[0] == fixed_together[b]);
  }
  const std::vector<std::vector<int>> head(batch.begin(), batch.begin() + 5);
  CHECK(simulator.predict(head)[4] == together[4]);  // the first inputs keep their numbers
}

TEST_CASE("trap formats name the first stage that faults") {
  const Weights model = tests::random_model(tests::gpt2_shape(), 2);
  const auto tokens = token_batch(model.config, 1, 4);
  const Simulator narrow(model, with("fixed:i1.f3:trap"));
  (void)narrow.predict(tokens);
  CHECK(narrow.faults() > 0);
  CHECK_FALSE(narrow.first_fault().empty());
  const Simulator wide(model, with("fixed:i12.f12:trap"));
  (void)wide.predict(tokens);
  CHECK(wide.faults() == 0);
}

TEST_CASE("bad input is refused in one line") {
  const Weights model = tests::random_model(tests::gpt2_shape(), 2);
  const Simulator simulator(model, with("bf16"));
  const std::vector<std::vector<int>> out_of_vocabulary = {{0, model.config.vocabulary}};
  CHECK_THROWS_AS((void)simulator.predict(out_of_vocabulary), BadInput);
  const std::vector<std::vector<int>> too_long = {
      std::vector<int>(static_cast<std::size_t>(model.config.max_length) + 1, 0)};
  CHECK_THROWS_AS((void)simulator.predict(too_long), BadInput);
  CHECK_THROWS_AS(Simulator(model, with("fp64"), EngineChoice::lane), BadInput);
}
