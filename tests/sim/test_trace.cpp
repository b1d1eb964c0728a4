// Traces: every stage by name, both runs side by side, and the first difference where a fault was
// planted, neither before nor after.

#include <doctest/doctest.h>

#include <set>

#include "precision/error.hpp"
#include "sim/tensors.hpp"
#include "sim/trace.hpp"
#include "tests/sim/random_model.hpp"

using namespace carrybit;

namespace {

Arithmetic in(const char* format) { return Arithmetic::uniform(Format::parse(format)); }

/// A model of each stage that there is: norms, a gated FFN, two heads of queries on one of keys.
ModelConfig all_stages() {
  ModelConfig c = tests::llama_shape();
  c.heads = 4;
  c.kv_heads = 2;
  return c;
}

Trace compare(const Weights& a, const Weights& b, const Arithmetic& arithmetic, int length = 5) {
  return Trace::compare(Simulator(a, arithmetic), Simulator(b, arithmetic),
                        tests::random_tokens(a.config, length, 9));
}

std::size_t count(const Trace& trace, const Trace::Query& query) {
  return trace.find(query).size();
}

Number dyadic(std::int64_t m, std::int64_t e) {
  return m == 0 ? Number::zero() : Number::finite(m < 0, Integer(m < 0 ? -m : m), e);
}

}  // namespace

TEST_CASE("a trace holds every value of every stage, in the order of the forward pass") {
  const ModelConfig c = all_stages();
  const Weights w = tests::random_model(c, 1);
  const Trace trace = compare(w, w, in("fixed:i6.f8"));
  constexpr std::size_t T = 5;
  const auto layers = static_cast<std::size_t>(c.layers);
  const auto width = static_cast<std::size_t>(c.width);
  const auto heads = static_cast<std::size_t>(c.heads);
  const auto kv = static_cast<std::size_t>(c.kv_heads);
  const auto dim = static_cast<std::size_t>(c.head_dim);
  const auto ffn = static_cast<std::size_t>(c.ffn);
  const std::size_t seen = T * (T + 1) / 2;  // pairs of a query and a key it sees

  CHECK(count(trace, {.stage = Stage::embedding}) == width * T);
  CHECK(count(trace, {.stage = Stage::attention_norm}) == layers * width * T);
  CHECK(count(trace, {.stage = Stage::query}) == layers * heads * dim * T);
  CHECK(count(trace, {.stage = Stage::key}) == layers * kv * dim * T);
  CHECK(count(trace, {.stage = Stage::value}) == layers * kv * dim * T);
  CHECK(count(trace, {.stage = Stage::score}) == layers * heads * seen);
  CHECK(count(trace, {.stage = Stage::shifted}) == layers * heads * seen);
  CHECK(count(trace, {.stage = Stage::weight}) == layers * heads * seen);
  CHECK(count(trace, {.stage = Stage::normaliser}) == layers * heads * T);
  CHECK(count(trace, {.stage = Stage::head_output}) == layers * heads * dim * T);
  CHECK(count(trace, {.stage = Stage::attention}) == layers * width * T);
  CHECK(count(trace, {.stage = Stage::attention_sum}) == layers * width * T);
  CHECK(count(trace, {.stage = Stage::ffn_norm}) == layers * width * T);
  CHECK(count(trace, {.stage = Stage::gate}) == layers * ffn * T);
  CHECK(count(trace, {.stage = Stage::up}) == layers * ffn * T);
  CHECK(count(trace, {.stage = Stage::hidden}) == layers * ffn * T);
  CHECK(count(trace, {.stage = Stage::down}) == layers * width * T);
  CHECK(count(trace, {.stage = Stage::ffn_sum}) == layers * width * T);
  CHECK(count(trace, {.stage = Stage::final_norm}) == width * T);
  CHECK(count(trace, {.stage = Stage::logit}) == static_cast<std::size_t>(c.vocabulary) * T);

  // By layer, and within a layer by stage; attention goes row by row, key before query.
  const auto rank = [&](const Site& s) {
    const int stage = static_cast<int>(s.stage);
    const bool in_attention = s.stage >= Stage::query && s.stage <= Stage::normaliser;
    return std::pair(s.stage == Stage::embedding ? -1 : s.layer,
                     in_attention ? static_cast<int>(Stage::query) : stage);
  };
  for (std::size_t i = 1; i < trace.entries().size(); ++i) {
    CHECK(rank(trace.entries()[i - 1].site) <= rank(trace.entries()[i].site));
  }
  std::set<std::string> names;
  for (const TraceEntry& e : trace.entries()) {
    CHECK(e.site.input == 0);
    names.insert(describe(e.site));
  }
  CHECK(names.size() == trace.entries().size());  // no two values share a name
  CHECK(!trace.first_difference(0));
}

TEST_CASE("find() takes any mix of fields") {
  const Weights w = tests::random_model(all_stages(), 1);
  const Trace trace = compare(w, w, in("fixed:i6.f8"));
  CHECK(trace.find({}).size() == trace.entries().size());
  const auto row = trace.find({.stage = Stage::score, .layer = 1, .head = 3, .position = 2});
  REQUIRE(row.size() == 3);
  for (int j = 0; j < 3; ++j) {
    CHECK(row[static_cast<std::size_t>(j)].site == Site{Stage::score, 1, 3, 0, 2, j});
  }
  const auto one = trace.find({.stage = Stage::logit, .position = 4, .channel = 6});
  REQUIRE(one.size() == 1);
  const auto logits =
      Simulator(w, in("fixed:i6.f8")).logits({{tests::random_tokens(w.config, 5, 9)}});
  CHECK(identical(one[0].value, logits[0][4][6]));
  CHECK(trace.find({.stage = Stage::score, .layer = 2}).empty());
  CHECK(trace.find({.position = 5}).empty());
}

TEST_CASE("the first difference is where a changed weight first acts") {
  const ModelConfig c = all_stages();
  const Weights sound = tests::random_model(c, 2);
  struct Plant {
    const char* what;
    void (*change)(Weights&);
    Stage stage;
    int layer;
  };
  const std::vector<Plant> plants = {
      {"down of layer 1", [](Weights& w) { w.layers[1].down.weight.at(3, 2) += 4; }, Stage::down,
       1},
      {"down of layer 0", [](Weights& w) { w.layers[0].down.weight.at(0, 0) += 4; }, Stage::down,
       0},
      {"up", [](Weights& w) { w.layers[1].up.weight.at(5, 1) += 4; }, Stage::up, 1},
      {"gate", [](Weights& w) { w.layers[0].gate.weight.at(5, 1) += 4; }, Stage::gate, 0},
      {"query", [](Weights& w) { w.layers[1].query.weight.at(8, 1) += 4; }, Stage::query, 1},
      {"key", [](Weights& w) { w.layers[1].key.weight.at(2, 1) += 4; }, Stage::key, 1},
      {"value", [](Weights& w) { w.layers[0].value.weight.at(7, 1) += 4; }, Stage::value, 0},
      {"output", [](Weights& w) { w.layers[1].output.weight.at(7, 1) += 4; }, Stage::attention, 1},
      {"attention norm", [](Weights& w) { w.layers[1].attention_norm.scale[2] += 1; },
       Stage::attention_norm, 1},
      {"FFN norm", [](Weights& w) { w.layers[0].ffn_norm.scale[2] += 1; }, Stage::ffn_norm, 0},
      {"final norm", [](Weights& w) { w.final_norm.scale[2] += 1; }, Stage::final_norm, 2},
      {"head", [](Weights& w) { w.head.weight.at(4, 4) += 4; }, Stage::logit, 2},
      {"embedding",
       [](Weights& w) {
         for (double& v : w.token_embedding.values) v += 1;
       },
       Stage::embedding, 0}};
  for (const Plant& plant : plants) {
    INFO(plant.what);
    Weights faulty = sound;
    plant.change(faulty);
    for (const char* format : {"fixed:i6.f8", "fp32"}) {
      const Trace trace = compare(faulty, sound, in(format));
      const auto first = trace.first_difference(0);
      REQUIRE(first);
      CHECK(first->site.stage == plant.stage);
      CHECK(first->site.layer == plant.layer);
      // It is the first: everything before agrees.
      for (const TraceEntry& e : trace.entries()) {
        if (e.site == first->site) {
          break;
        }
        CHECK(identical(e.value, e.exact));
      }
    }
  }
  Weights faulty = sound;
  faulty.layers[1].down.weight.at(3, 2) += 4;
  const auto first = compare(faulty, sound, in("fp32")).first_difference(0);
  CHECK(first->site ==
        Site{Stage::down, 1, 0, 0, first->site.position, 3});  // the row of the weight
  CHECK(describe(first->site) ==
        "layer 1, down 3 at position " + std::to_string(first->site.position));
}

TEST_CASE("differences within the bound are passed over, and scores on request") {
  const Weights sound = tests::random_model(all_stages(), 2);
  Weights faulty = sound;
  faulty.layers[0].query.weight.at(0, 1) += 4;
  const Trace trace = compare(faulty, sound, in("fp32"));
  const auto first = trace.first_difference(0);
  REQUIRE(first);
  CHECK(first->site.stage == Stage::query);
  const auto beyond_scores = trace.first_difference(0, false);
  REQUIRE(beyond_scores);
  CHECK(beyond_scores->site.stage == Stage::weight);

  for (const double bound : {1e-6, 1e-3, 0.01, 0.1, 1.0, 100.0}) {
    const auto wider = trace.first_difference(bound);
    bool found = false;
    for (const TraceEntry& e : trace.entries()) {
      const bool parts = parts_by_more_than(e.value, e.exact, bound);
      if (wider && e.site == wider->site) {
        CHECK(parts);
        found = true;
        break;
      }
      CHECK(!parts);
    }
    CHECK(found == wider.has_value());
  }
}

TEST_CASE("parts_by_more_than compares exactly") {
  const Number one = Number::integer(1);
  CHECK(!parts_by_more_than(one, one, 0));
  CHECK(!parts_by_more_than(Number::zero(), Number::zero(true), 0));
  CHECK(parts_by_more_than(one, Number::finite(false, (Integer(1) << 2000) + 1, -2000), 0));
  CHECK(
      !parts_by_more_than(one, Number::finite(false, (Integer(1) << 2000) + 1, -2000), 0x1p-1000));
  // Exactly the bound is not more than the bound.
  CHECK(!parts_by_more_than(dyadic(3, -4), dyadic(1, -4), 0.125));
  CHECK(parts_by_more_than(dyadic(3, -4), dyadic(1, -4), 0x1.fffffffffffffp-4));
  CHECK(parts_by_more_than(dyadic(3, -4), dyadic(-1, -4), 0.249));
  CHECK(!parts_by_more_than(dyadic(3, -4), dyadic(-1, -4), 0.25));
  CHECK(parts_by_more_than(dyadic((1LL << 52) + 1, 0), dyadic(1LL << 52, 0), 0.5));
  // Values far apart, whose difference is no number of 65536 bits.
  CHECK(parts_by_more_than(dyadic(1, 100000), dyadic(1, -100000), 1e300));
  CHECK(!parts_by_more_than(dyadic(1, -100000), dyadic(-1, -200000), 1e-300));
  CHECK(parts_by_more_than(dyadic(1, 0), dyadic(1, -100000), 0.5));
  CHECK(parts_by_more_than(dyadic(1, 0), dyadic(-1, -400000), 1.0));
  CHECK(!parts_by_more_than(dyadic(1, 0), dyadic(1, -400000), 1.0));
  // NaN and infinities differ from everything but themselves.
  const Number infinity = Number::infinity();
  CHECK(!parts_by_more_than(infinity, infinity, 0));
  CHECK(parts_by_more_than(infinity, -infinity, 1e308));
  CHECK(parts_by_more_than(infinity, one, 1e308));
  CHECK(parts_by_more_than(one, Number::nan(), 1e308));
  CHECK(!parts_by_more_than(Number::nan(), Number::nan(), 0));
}

TEST_CASE("against exact arithmetic, rounding shows and only rounding") {
  const Weights w = tests::random_model(tests::gpt2_shape(), 4);
  const auto tokens = tests::random_tokens(w.config, 6, 1);
  for (const auto& [format, bound] : {std::pair{"fp32", 1e-4}, {"fp64", 1e-12}, {"bf16", 1.0}}) {
    const Arithmetic a = in(format);
    const Trace trace =
        Trace::compare(Simulator(w, a), Simulator(w, reference_arithmetic(a)), tokens);
    CHECK(trace.first_difference(0));
    CHECK(!trace.first_difference(bound));
  }
}

TEST_CASE("two models of different shape cannot be compared") {
  const Weights a = tests::random_model(tests::gpt2_shape(), 4);
  ModelConfig other = tests::gpt2_shape();
  other.ffn += 1;
  const Weights b = tests::random_model(other, 4);
  CHECK_THROWS_AS(compare(a, b, in("bf16")), BadInput);
  Arithmetic unshifted = in("bf16");
  unshifted.shift = Shift::none;
  CHECK_THROWS_AS(Trace::compare(Simulator(a, in("bf16")), Simulator(a, unshifted), {1, 2, 3}),
                  BadInput);
  // As many values, but not the same ones.
  ModelConfig swapped = tests::gpt2_shape();
  std::swap(swapped.heads, swapped.head_dim);
  swapped.kv_heads = swapped.heads;
  const Weights c = tests::random_model(swapped, 4);
  CHECK_THROWS_AS(compare(a, c, in("bf16")), BadInput);
}
