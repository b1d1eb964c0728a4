// Park's checks: exact constants, the direct evaluator against the forward pass, and every check failing
// on a faulty addition or a changed claim.

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "proofs_check/theorems/park.hpp"
#include "sim/simulator.hpp"

using namespace carrybit;
using namespace carrybit::proofs;

namespace {

const Format narrow = Format::floating(4, 2);  // F_(2,4)

std::vector<double> upwards(const Scalar& scalar) {
  std::vector<double> values;
  for (const double v : scalar.values()) {
    if (lane::is_finite(v) && (v > 0 || same(v, 0.0))) {
      values.push_back(v);
    }
  }
  return values;
}

}  // namespace

TEST_CASE("the formats are those of the paper's condition, and (3,4) is not OCP E4M3") {
  for (const Format& f : park_formats(12)) {
    CHECK(f.fraction_bits >= 2);
    CHECK(f.fraction_bits <= (1 << (f.exponent_bits - 1)) - 3);
    CHECK(f.width() <= 12);
  }
  CHECK(park_formats(12).size() == 19);
  CHECK(exact::largest(Format::floating(4, 3)).to_double() == 240);
  CHECK(exact::largest(Format::parse("fp8_e4m3")).to_double() == 448);
}

TEST_CASE("repeated sums: 3*2^p - 1 copies from zero, 6*2^p - 1 from any start") {
  const Scalar scalar(narrow);
  const Stagnation s = stagnation(adder(scalar), scalar.values());
  CHECK(s.from_zero == 11);
  CHECK(s.from_block == 23);
  CHECK(s.from_any == 23);
  CHECK(s.endless.empty());
  CHECK(steps_until_still(adder(scalar), 0, s.from_zero_z, 100) == 11);
  CHECK(steps_until_still(adder(scalar), s.from_block_start, s.from_block_z, 100) == 23);
}

TEST_CASE("planted: other roundings and a bit fewer give other constants") {
  const Scalar away(narrow, Rounding::rna);
  CHECK(stagnation(adder(away), away.values()).from_zero != 11);
  const Scalar fewer(Format::floating(4, 1));
  CHECK(stagnation(adder(fewer), fewer.values()).from_zero < 11);
  const Scalar wrapping(Format::parse("fixed:i3.f0:twos:wrap"));
  CHECK_FALSE(stagnation(adder(wrapping), wrapping.values()).endless.empty());
  CHECK_FALSE(steps_until_still(adder(wrapping), 0, 1, 1000));
}

TEST_CASE("L6: a collision for every z; planted: exact addition has none") {
  const Scalar scalar(narrow);
  const auto values = upwards(scalar);
  for (std::size_t i = 1; i < values.size(); ++i) {
    const auto found = find_collision(adder(scalar), values, values[i]);
    REQUIRE(found);
    CHECK(found->x != found->y);
    CHECK(scalar.add(found->x, values[i]) == scalar.add(found->y, values[i]));
  }
  CHECK_FALSE(find_collision([](double a, double b) { return a + b; }, values, 1.0));
}

TEST_CASE("T4: planted: an addition that favours its first operand does not commute") {
  const Scalar scalar(narrow);
  CHECK(find_not_commuting(adder(scalar), scalar.values()).empty());
  const Adder lopsided = [&](double a, double b) {
    return a == 2 && b == 1 ? scalar.add(a, 2 * b) : scalar.add(a, b);
  };
  CHECK_FALSE(find_not_commuting(lopsided, scalar.values()).empty());
}

TEST_CASE("T2: block sums are told apart below the constants, and by other orders above them") {
  const Scalar scalar(narrow);
  std::uint64_t cases = 0;
  CHECK_FALSE(find_telling(scalar, Sum::sequential, 2, 6, 24, cases).empty());
  CHECK(find_telling(scalar, Sum::sequential, 12, 36, 24, cases).empty());
  CHECK_FALSE(find_telling(scalar, Sum::exact, 12, 36, 24, cases).empty());
  CHECK_FALSE(find_telling(scalar, Sum::pairwise, 12, 36, 24, cases).empty());
}

TEST_CASE("runs are summed as their terms are") {
  const Scalar scalar(Format::parse("fp8_e5m2"));
  const std::vector<Run> runs = {{1.0, 5}, {0.375, 7}, {-2.0, 3}, {0.0, 4}};
  std::vector<Run> terms;
  double sequential = 0;
  for (const Run& run : runs) {
    for (std::int64_t i = 0; i < run.count; ++i) {
      terms.push_back({run.value, 1});
      sequential = scalar.add(sequential, run.value);
    }
  }
  CHECK(same(sum_of_runs(scalar, Sum::sequential, runs), sequential));
  for (const Sum order : {Sum::sequential, Sum::pairwise, Sum::exact}) {
    CHECK(same(sum_of_runs(scalar, order, runs), sum_of_runs(scalar, order, terms)));
  }
  CHECK(sum_of_runs(scalar, Sum::exact, runs) == scalar.round(5 + 7 * 0.375 - 6));
}

TEST_CASE("the direct evaluator is the forward pass where they coincide: one head, causal") {
  for (const std::string name : {"float:e4.m2", "float:e4.m3", "fp16"}) {
    for (const Sum order : {Sum::sequential, Sum::pairwise, Sum::exact}) {
      const Scalar scalar(Format::parse(name));
      const ParkShape shape{.layers = 2, .heads = 1, .width = 3, .head_dim = 2, .ffn = 4};
      const ParkModel model = random_park_model(scalar, shape, 7);
      const proofs::Columns x = random_columns(scalar, shape.width, 6, 7);

      Weights w;
      w.config.name = "park";
      w.config.vocabulary = 6;
      w.config.width = shape.width;
      w.config.layers = shape.layers;
      w.config.heads = w.config.kv_heads = 1;
      w.config.head_dim = shape.head_dim;
      w.config.ffn = shape.ffn;
      w.config.positions = Positions::none;
      const auto matrix = [](const proofs::Columns& rows) {
        Matrix m(static_cast<int>(rows.size()), static_cast<int>(rows.front().size()));
        for (int r = 0; r < m.rows; ++r) {
          for (int c = 0; c < m.cols; ++c) {
            m.at(r, c) = rows[static_cast<std::size_t>(r)][static_cast<std::size_t>(c)];
          }
        }
        return m;
      };
      w.token_embedding = matrix(x);
      for (const ParkLayer& layer : model.layers) {
        LayerWeights out;
        out.query.weight = matrix(layer.heads[0].query);
        out.key.weight = matrix(layer.heads[0].key);
        out.value.weight = matrix(layer.heads[0].value);
        out.output.weight = matrix(layer.heads[0].output);
        out.up = {matrix(layer.up), layer.up_bias};
        out.down = {matrix(layer.down), layer.down_bias};
        w.layers.push_back(out);
      }
      w.head.weight = Matrix(6, shape.width);
      for (int c = 0; c < shape.width; ++c) {
        w.head.weight.at(c, c) = 1;
      }
      Arithmetic arithmetic = Arithmetic::uniform(Format::parse(name));
      arithmetic.sum = order;
      arithmetic.normalise = Normalise::weights;
      const std::vector<std::vector<int>> tokens = {{0, 1, 2, 3, 4, 5}};
      const auto logits = Simulator(w, arithmetic).logits(tokens)[0];
      const proofs::Columns y = evaluate(model, scalar, {.sum = order, .causal = true}, x);
      for (std::size_t i = 0; i < y.size(); ++i) {
        for (std::size_t c = 0; c < y[i].size(); ++c) {
          const double seen = logits[i][c].to_double();
          // The logits are the columns times one, summed from +0: -0 comes out as +0.
          CHECK_MESSAGE(same(seen, y[i][c] == 0 ? 0.0 : y[i][c]), name);
        }
      }
      // Without the mask the last column alone sees the same tokens in the first layer, and all others
      // see more.
      CHECK_FALSE(same(y, evaluate(model, scalar, {.sum = order}, x)));
    }
  }
}

TEST_CASE(
    "random transformers say something: their outputs are finite and depend on what they read") {
  for (const Format& f : park_formats(9)) {
    const Scalar scalar(f);
    for (std::uint64_t seed = 0; seed < 16; ++seed) {
      const ParkModel model = random_park_model(scalar, {}, seed);
      const auto x = random_columns(scalar, 3, 6, seed);
      const auto y = evaluate(model, scalar, {}, x);
      for (const auto& column : y) {
        for (const double v : column) {
          CHECK(lane::is_finite(v));
        }
      }
      CHECK_FALSE(same(y, evaluate(model, scalar, {.causal = true}, x)));
    }
  }
}

TEST_CASE("statements about transformers fail when the model is changed") {
  const Scalar scalar(narrow);
  for (const Departure& d : departures()) {
    const bool paper = d.name == "the paper's model";
    CHECK(first_failing_seed(similar_stays_similar, scalar, d, 16).has_value() != paper);
    const bool t5_fails = d.name == "a causal mask" || d.name == "positions";
    CHECK(first_failing_seed(equal_stays_equal, scalar, d, 64).has_value() == t5_fails);
  }
}

TEST_CASE("the reports are as expected") {
  Limits limits;
  limits.max_bits = 8;
  for (const auto check :
       {check_park_stagnation, check_park_l6, check_park_t2, check_park_t4, check_park_t5}) {
    CHECK(check(limits).as_expected());
  }
}
