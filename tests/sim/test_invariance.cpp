// What must change no bit of a forward pass: zeros and silent heads left out, the number of threads.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <tbb/global_control.h>

#include "sim/double_engine.hpp"
#include "sim/exact_engine.hpp"
#include "sim/fixed_engine.hpp"
#include "sim/session.hpp"
#include "sim/simulator.hpp"
#include "tests/sim/engine_inputs.hpp"

using namespace carrybit;

namespace {

using tests::Draws;

/// A random model, most of whose weights are zero.
Weights mostly_zero(const ModelConfig& config, std::uint64_t seed) {
  Weights w = tests::random_model(config, seed);
  Draws draws(seed + 1000);
  for_each_tensor(w, [&](const TensorSpec&, auto& tensor) {
    auto& values = [&]() -> std::vector<double>& {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(tensor)>, Matrix>) {
        return tensor.values;
      } else {
        return tensor;
      }
    }();
    for (double& v : values) {
      const int fate = draws.below(8);
      v = fate < 5 ? 0.0 : fate == 5 ? std::ldexp(v, -12) : v;
    }
  });
  return w;
}

bool all_identical(const std::vector<Number>& a, const std::vector<Number>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), identical);
}

/// The logits of one sequence.
std::vector<Number> logits_of(const Arithmetic& a, const DoubleEngine& e,
                              const PreparedModel<double>& model, const std::vector<int>& tokens,
                              Observer* observer = nullptr) {
  Session<DoubleEngine> session(e, model, a, 1, static_cast<int>(tokens.size()), observer);
  std::vector<Number> result;
  for (const double v : session.advance({&tokens, 1}).values) {
    result.push_back(Number::from_double(v));
  }
  return result;
}

struct Recorder final : Observer {
  void record(const Site& site, const Number& value) override { values.emplace_back(site, value); }
  std::vector<std::pair<Site, Number>> values;
};

/// "" where two prepared models give the same logits, else the first value at which they part.
std::string compare_models(const Arithmetic& a, const DoubleEngine& e,
                           const PreparedModel<double>& x, const PreparedModel<double>& y,
                           const std::vector<int>& tokens) {
  if (all_identical(logits_of(a, e, x, tokens), logits_of(a, e, y, tokens))) {
    return "";
  }
  Recorder in_x;
  Recorder in_y;
  logits_of(a, e, x, tokens, &in_x);
  logits_of(a, e, y, tokens, &in_y);
  for (std::size_t i = 0; i < in_x.values.size(); ++i) {
    if (!identical(in_x.values[i].second, in_y.values[i].second)) {
      return fmt::format("{}: {} and {}", describe(in_x.values[i].first),
                         to_hexfloat(in_x.values[i].second), to_hexfloat(in_y.values[i].second));
    }
  }
  return "only without an observer";
}

}  // namespace

TEST_CASE("leaving zeros and silent heads out changes no bit of a forward pass") {
  Draws draws(7);
  const auto shapes = tests::all_shapes();
  int skipped = 0;
  for (int i = 0; i < 200; ++i) {
    const ModelConfig& shape = shapes[static_cast<std::size_t>(i) % shapes.size()];
    Weights w = mostly_zero(shape, static_cast<std::uint64_t>(i));
    if (i % 2 == 0) {  // a silent head
      for (LayerWeights& l : w.layers) {
        std::fill_n(l.query.weight.values.begin(), shape.head_dim * shape.width, 0.0);
        std::fill_n(l.value.weight.values.begin(), shape.head_dim * shape.width, 0.0);
        l.query.bias.clear();
        l.value.bias.clear();
      }
    }
    Arithmetic a = random_arithmetic(draws, i % 3 == 0);
    a.sum = std::array{Sum::sequential, Sum::pairwise,
                       Sum::exact}[static_cast<std::size_t>(draws.below(3))];
    a.shift = draws.below(2) == 0 ? Shift::max : Shift::none;
    a.normalise = draws.below(2) == 0 ? Normalise::output : Normalise::weights;
    if (!DoubleEngine::supports(a)) {
      continue;
    }
    DoubleEngine e(a);
    const auto sparse = prepare(e, w, a);
    skipped += sparse.skip_zeros ? 1 : 0;
    auto dense = sparse;
    dense.skip_zeros = false;
    for (auto& layer : dense.layers) {
      layer.silent.assign(layer.silent.size(), false);
    }
    INFO(shape.name, " ", i, " in ", describe(a));
    const auto tokens = tests::random_tokens(shape, 7, static_cast<std::uint64_t>(i));
    CHECK(compare_models(a, e, sparse, dense, tokens) == "");
  }
  CHECK(skipped > 100);
}

TEST_CASE("no bit depends on the number of threads") {
  ModelConfig lean = tests::llama_shape();  // integer lanes ask the exact engine for every exp
  lean.layers = lean.heads = lean.kv_heads = 1;
  lean.activation = Activation::relu;
  struct Case {
    const char* format;
    ModelConfig shape;
    std::size_t inputs;
  };
  for (const Case& c : {Case{"fp16", tests::llama_shape(), 150},
                        {"fixed:i6.f6", tests::llama_shape(), 150},
                        {"fp8_e5m2", tests::gpt2_shape(), 150},
                        {"fixed:i20.f14", lean, 70}}) {
    for (const Rounding rounding : {Rounding::rne, Rounding::sr}) {
      Arithmetic a = Arithmetic::uniform(Format::parse(c.format), rounding);
      a.seed = 3;
      const Simulator simulator(tests::random_model(c.shape, 21), a);
      std::vector<std::vector<int>> batch;
      for (std::uint64_t b = 0; b < c.inputs; ++b) {
        batch.push_back(tests::random_tokens(c.shape, 16, b));
      }
      std::vector<std::vector<std::vector<int>>> predicted;
      std::vector<std::vector<Number>> logits;
      for (const std::size_t threads : {1U, 4U}) {
        const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
        predicted.push_back(simulator.predict(batch, 8));
        logits.emplace_back();
        for (const auto& rows : simulator.logits(batch, 15)) {
          logits.back().insert(logits.back().end(), rows[0].begin(), rows[0].end());
        }
      }
      INFO(describe(a));
      CHECK(predicted[0] == predicted[1]);
      CHECK(all_identical(logits[0], logits[1]));
    }
  }
}
