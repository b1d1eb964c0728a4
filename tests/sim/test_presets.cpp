// Presets: the fields that docs/arithmetic.md states, and that each of them runs, on lanes as on
// the exact engine.

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "precision/error.hpp"
#include "sim/simulator.hpp"
#include "tests/sim/random_model.hpp"

using namespace carrybit;

namespace {

struct Stated {
  const char* name;
  const char* storage;  // weights, activations, KV cache
  const char* sums;     // products and accumulator
  const char* probabilities;
  Rounding rounding;
  Product product;
  Sum sum;
  Shift shift;
  Normalise normalise;
};

constexpr std::array stated = {
    Stated{"feng2025", "fp16", "fp16", "fp16", Rounding::rne, Product::rounded, Sum::sequential,
           Shift::max, Normalise::output},
    Stated{"li2024", "fixed:i4.f4", "fixed:i4.f4", "fixed:i4.f4", Rounding::rnz, Product::rounded,
           Sum::sequential, Shift::none, Normalise::weights},
    Stated{"merrill2023", "fp16", "fp16", "fp16", Rounding::rz, Product::fused, Sum::exact,
           Shift::max, Normalise::weights},
    Stated{"park2026", "fp16", "fp16", "fp16", Rounding::rne, Product::rounded, Sum::sequential,
           Shift::max, Normalise::weights},
    Stated{"svete2026", "fixed:i8.f8", "fixed:i8.f8", "fixed:i8.f8", Rounding::rna,
           Product::rounded, Sum::sequential, Shift::max, Normalise::weights},
    Stated{"torch-bf16", "bf16", "fp32", "fp32", Rounding::rne, Product::fused, Sum::sequential,
           Shift::max, Normalise::weights},
    Stated{"int8-int32", "int8", "int32", "fixed:i0.f7:twos", Rounding::rne, Product::rounded,
           Sum::sequential, Shift::max, Normalise::weights}};

bool same(const std::vector<Number>& a, const std::vector<Number>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), identical);
}

}  // namespace

TEST_CASE("every preset has the fields that the manual states") {
  REQUIRE(presets().size() == stated.size());
  for (std::size_t i = 0; i < stated.size(); ++i) {
    const Stated& s = stated[i];
    INFO(s.name);
    CHECK(presets()[i].name == s.name);
    CHECK(!presets()[i].source.empty());
    CHECK(!presets()[i].summary.empty());
    const Arithmetic a = preset(s.name);
    CHECK(a.label == s.name);
    for (const Role* role : {&a.weights, &a.activations, &a.kv_cache}) {
      CHECK(role->format == Format::parse(s.storage));
    }
    for (const Role* role : {&a.products, &a.accumulator}) {
      CHECK(role->format == Format::parse(s.sums));
    }
    CHECK(a.probabilities.format == Format::parse(s.probabilities));
    CHECK(std::ranges::all_of(a.roles(),
                              [&](const Role* role) { return role->rounding == s.rounding; }));
    CHECK(a.product == s.product);
    CHECK(a.sum == s.sum);
    CHECK(a.shift == s.shift);
    CHECK(a.normalise == s.normalise);
    CHECK(a.seed == 0);
  }
}

TEST_CASE("every preset runs, and lanes give the exact engine's logits where they carry it") {
  ModelConfig shape = tests::gpt2_shape();
  shape.layers = 1;
  shape.ffn = 8;
  for (const Preset& p : presets()) {
    INFO(p.name);
    const Arithmetic a = preset(p.name);
    const Weights w = tests::random_model(shape, 5);
    const std::vector<std::vector<int>> tokens = {tests::random_tokens(shape, 5, 1),
                                                  tests::random_tokens(shape, 5, 2)};
    const Simulator automatic(w, a);
    const Simulator exact(w, a, EngineChoice::exact);
    const auto by_lanes = automatic.logits(tokens);
    const auto by_definition = exact.logits(tokens);
    for (std::size_t b = 0; b < tokens.size(); ++b) {
      for (std::size_t t = 0; t < tokens[b].size(); ++t) {
        CHECK(same(by_lanes[b][t], by_definition[b][t]));
        CHECK(std::ranges::all_of(by_lanes[b][t], [](const Number& x) { return x.is_finite(); }));
      }
    }
    CHECK(automatic.predict(tokens) == exact.predict(tokens));
  }
}

TEST_CASE("presets differ in what they compute") {
  const Weights w = tests::random_model(tests::gpt2_shape(), 6);
  const std::vector<std::vector<int>> tokens = {tests::random_tokens(w.config, 8, 3)};
  std::vector<std::vector<Number>> rows;
  for (const Preset& p : presets()) {
    rows.push_back(Simulator(w, preset(p.name)).logits(tokens, 7)[0][0]);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      INFO(presets()[i].name, " ", presets()[j].name);
      CHECK(!same(rows[i], rows[j]));
    }
  }
}

TEST_CASE("unknown names are refused with the accepted ones") {
  CHECK_THROWS_WITH_AS(
      preset("feng2024"),
      "'feng2024' is no preset; accepted: feng2025, li2024, merrill2023, park2026, "
      "svete2026, torch-bf16, int8-int32",
      BadInput);
  CHECK_THROWS_WITH_AS(parse_sum("tree"),
                       "'tree' is no sum order; accepted: sequential, pairwise, exact", BadInput);
  CHECK_THROWS_WITH_AS(parse_product(""), "'' is no product rule; accepted: rounded, fused",
                       BadInput);
  CHECK_THROWS_WITH_AS(parse_shift("Max"), "'Max' is no softmax shift; accepted: max, none",
                       BadInput);
  CHECK_THROWS_WITH_AS(parse_normalise("late"),
                       "'late' is no softmax normalisation; accepted: weights, output", BadInput);
}

TEST_CASE("names read back, and a description says every field") {
  for (const Sum s : {Sum::sequential, Sum::pairwise, Sum::exact}) {
    CHECK(parse_sum(name(s)) == s);
  }
  for (const Product p : {Product::rounded, Product::fused}) {
    CHECK(parse_product(name(p)) == p);
  }
  for (const Shift s : {Shift::max, Shift::none}) {
    CHECK(parse_shift(name(s)) == s);
  }
  for (const Normalise n : {Normalise::weights, Normalise::output}) {
    CHECK(parse_normalise(name(n)) == n);
  }
  CHECK(
      describe(preset("li2024")) ==
      "fixed:i4.f4 rnz; products rounded, sums sequential; softmax shift none, normalise weights");
  CHECK(describe(preset("torch-bf16")) ==
        "weights float:e8.m7 rne, activations float:e8.m7 rne, products float:e8.m23 rne, "
        "accumulator "
        "float:e8.m23 rne, probabilities float:e8.m23 rne, kv-cache float:e8.m7 rne; products "
        "fused, sums "
        "sequential; softmax shift max, normalise weights");
}
