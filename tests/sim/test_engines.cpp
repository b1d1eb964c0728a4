// The engines' arithmetic by itself: array loops against single steps against the exact engine, on
// ugly data.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "precision/text.hpp"
#include "sim/double_engine.hpp"
#include "sim/exact_engine.hpp"
#include "sim/fixed_engine.hpp"
#include "tests/sim/engine_inputs.hpp"

using namespace carrybit;

namespace {

using tests::carried;
using tests::Draws;
using tests::lane_formats;
using tests::random_arithmetic;
using tests::ugly_values;

/// What `run` gives; the faults that it records in `engine` are added to `faults`.
template <class Engine, class Run>
auto counting(const Engine& engine, std::uint64_t& faults, const Run& run) {
  const std::uint64_t before = engine.faults();
  const auto result = run();
  faults += engine.faults() - before;
  return result;
}

/// acc (+) w (x) x for ugly values of each, by arrays, by steps and by the exact engine; "" where
/// the three agree in bits and in faults.
template <class Engine>
std::string compare_steps(const Arithmetic& a, Draws& draws, int random_count) {
  Engine engine(a);
  ExactEngine exact(a);
  const auto weights = ugly_values(a.weights.format, draws, random_count / 4);
  const auto sums =
      carried(engine, ugly_values(a.accumulator.format, draws, random_count), RoleId::accumulator);
  const auto x =
      carried(engine, ugly_values(a.activations.format, draws, random_count), RoleId::activations);
  std::vector<std::uint64_t> columns;
  for (std::size_t i = 0; i < x.size(); ++i) columns.push_back(mix64(i + 1));
  std::array<std::uint64_t, 3> faults = {0, 0, 0};
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const auto w = engine.from_number(weights[k], RoleId::weights);
    std::vector<typename Engine::Value> start;
    for (std::size_t i = 0; i < x.size(); ++i) start.push_back(sums[(i * 7 + k * 3) % sums.size()]);
    const Keys keys{columns.data(), k};
    const auto by_array = counting(engine, faults[0], [&] {
      auto acc = start;
      engine.accumulate(acc.data(), w, x.data(), x.size(), keys);
      return acc;
    });
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto number = [&](const auto& value) { return engine.to_number(value); };
      const Number by_step = number(
          counting(engine, faults[1], [&] { return engine.step(start[i], w, x[i], keys(i)); }));
      const Number definition = counting(exact, faults[2], [&] {
        return exact.step(number(start[i]), number(w), number(x[i]), keys(i));
      });
      if (!identical(number(by_array[i]), definition) || !identical(by_step, definition)) {
        return fmt::format("{}: {} + {} * {} = {} by arrays, {} by steps, {} exactly", describe(a),
                           to_hexfloat(number(start[i])), to_hexfloat(number(w)),
                           to_hexfloat(number(x[i])), to_hexfloat(number(by_array[i])),
                           to_hexfloat(by_step), to_hexfloat(definition));
      }
    }
  }
  if (faults[0] != faults[2] || faults[1] != faults[2]) {
    return fmt::format("{}: {} faults by arrays, {} by steps, {} exactly", describe(a), faults[0],
                       faults[1], faults[2]);
  }
  return "";
}

}  // namespace

TEST_CASE("array loops and single steps on double lanes are the exact engine's") {
  Draws draws(1);
  for (const char* name : lane_formats) {
    for (const Rounding rounding : all_roundings) {
      for (const Product product : {Product::rounded, Product::fused}) {
        Arithmetic a = Arithmetic::uniform(Format::parse(name), rounding);
        a.product = product;
        REQUIRE(DoubleEngine::supports(a));
        CHECK(compare_steps<DoubleEngine>(a, draws, 10) == "");
      }
    }
  }
}

TEST_CASE("array loops and single steps agree where every role has a format of its own") {
  Draws draws(2);
  for (int i = 0; i < 300; ++i) {
    const Arithmetic a = random_arithmetic(draws, true);
    if (DoubleEngine::supports(a)) {
      CHECK(compare_steps<DoubleEngine>(a, draws, 8) == "");
    }
  }
}

TEST_CASE("array loops agree for every pair of product and accumulator formats") {
  Draws draws(3);
  for (const char* product : lane_formats) {
    for (const char* accumulator : lane_formats) {
      Arithmetic a = Arithmetic::uniform(Format::parse("bf16"));
      a.products.format = Format::parse(product);
      a.accumulator.format = Format::parse(accumulator);
      if (DoubleEngine::supports(a)) {
        CHECK(compare_steps<DoubleEngine>(a, draws, 3) == "");
      }
    }
  }
}

TEST_CASE("integer lanes are the exact engine's") {
  Draws draws(4);
  for (const char* name :
       {"fixed:i30.f20", "fixed:i0.f63", "fixed:i63.f0", "fixed:i31.f31:twos",
        "fixed:i20.f20:twos:wrap", "fixed:i40.f10:trap", "fixed:i2.f1", "int32", "int64"}) {
    for (const Rounding rounding : all_roundings) {
      for (const Product product : {Product::rounded, Product::fused}) {
        Arithmetic a = Arithmetic::uniform(Format::parse(name), rounding);
        a.product = product;
        if (FixedEngine::supports(a)) {
          CHECK(compare_steps<FixedEngine>(a, draws, 10) == "");
        }
      }
    }
  }
}
