// The engines' arithmetic by itself: array loops against single steps against the exact engine on
// ugly data, sums against their definitions, skipped zeros against zeros that are added, one thread
// against four.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <tbb/global_control.h>

#include <boost/multiprecision/cpp_int.hpp>

#include "precision/exact/round.hpp"
#include "precision/text.hpp"
#include "sim/double_engine.hpp"
#include "sim/fixed_engine.hpp"
#include "sim/prepared.hpp"
#include "sim/session.hpp"
#include "sim/simulator.hpp"
#include "tests/sim/random_model.hpp"

using namespace carrybit;

namespace {

using tests::Draws;

constexpr std::array lane_formats = {"bf16",
                                     "fp16",
                                     "tf32",
                                     "fp8_e4m3",
                                     "fp8_e5m2",
                                     "fp6_e3m2",
                                     "fp6_e2m3",
                                     "fp4_e2m1",
                                     "float:e8.m24",
                                     "float:e10.m24",
                                     "float:e10.m3",
                                     "float:e2.m10",
                                     "float:e1.m4",
                                     "float:e4.m3:sat",
                                     "float:e8.m10:sat",
                                     "float:e5.m4:ftz",
                                     "float:e6.m0",
                                     "float:e5.m3:trap",
                                     "li:e2.s3",
                                     "li:e4.s5",
                                     "fixed:i6.f6",
                                     "fixed:i4.f8:twos",
                                     "fixed:i26.f0",
                                     "fixed:i0.f26",
                                     "fixed:i0.f7",
                                     "fixed:i1.f0",
                                     "fixed:i12.f14",
                                     "fixed:i3.f2:twos:wrap",
                                     "fixed:i5.f5:trap"};

/// Values of a format where rounding goes wrong if it can: zeros of both signs, the smallest, the
/// largest, infinities, NaN, halves of quanta of coarser formats, and random ones of every size.
std::vector<Number> ugly_values(const Format& format, Draws& draws, int random_count) {
  const exact::Context to{format, Rounding::rz, {}, nullptr};
  std::vector<Number> values = {Number::zero()};
  const auto add = [&](const Number& x) {
    values.push_back(exact::convert(x, to));
    values.push_back(exact::convert(-x, to));
  };
  if (format.has_signed_zero()) {
    values.push_back(Number::zero(true));
  }
  if (format.has_infinity()) {
    values.push_back(Number::infinity());
    values.push_back(Number::infinity(true));
  }
  if (format.has_nan()) {
    values.push_back(Number::nan());
  }
  const std::int64_t quantum = format.min_quantum();
  for (const int m : {1, 2, 3, 5}) {
    add(Number::finite(false, Integer(m), quantum));
  }
  const Number largest = exact::largest(format);
  add(largest);
  values.push_back(exact::convert(Number::finite(true, exact::largest(format, true).magnitude,
                                                 exact::largest(format, true).exponent),
                                  to));
  add(Number::finite(false, largest.magnitude, largest.exponent - 1));
  for (const double x : {1.0, 0.5, 1.5, 3.0, 0.75, 255.0, 0.00390625}) {
    add(Number::from_double(x));
  }
  const std::int64_t span = largest.leading_exponent() - quantum + 1;
  for (int i = 0; i < random_count; ++i) {
    const auto bits = static_cast<std::uint64_t>(draws.below(1 << 30));
    const int lead = draws.below(static_cast<int>(std::min<std::int64_t>(span, 1 << 20)));
    add(Number::finite(false, Integer(bits | (1U << 30)), quantum + lead - 30));
  }
  return values;
}

/// Roles with formats drawn at random; the modes and the product rule too.
Arithmetic random_arithmetic(Draws& draws, bool mixed) {
  const auto any = [&] {
    return Format::parse(lane_formats[static_cast<std::size_t>(draws.below(lane_formats.size()))]);
  };
  const auto mode = [&] {
    // rne more often: it has loops of its own.
    const int i = draws.below(12);
    return i < 5 ? Rounding::rne : all_roundings[static_cast<std::size_t>(i - 4)];
  };
  Arithmetic a = Arithmetic::uniform(any(), mode());
  if (mixed) {
    for (Role* role : a.roles()) {
      *role = {any(), mode()};
    }
  }
  a.product = draws.below(3) == 0 ? Product::fused : Product::rounded;
  a.seed = 17;
  return a;
}

template <class Engine>
std::vector<typename Engine::Value> carried(Engine& e, const std::vector<Number>& values,
                                            RoleId role) {
  std::vector<typename Engine::Value> result;
  for (const Number& x : values) {
    result.push_back(e.from_number(x, role));
  }
  return result;
}

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

namespace {

// --- sums by their definition
// -------------------------------------------------------------------------

/// The words of sim/arithmetic.hpp, term by term, over exact operations: nothing is skipped.
struct Definition {
  const Arithmetic& a;

  Number rounded(const Number& x, const Role& role) const {
    return exact::convert(x, {role.format, role.rounding, {}, nullptr});
  }
  Number add(const Number& x, const Number& y) const {
    return exact::add(x, y, {a.accumulator.format, a.accumulator.rounding, {}, nullptr});
  }
  Number product(const Number& w, const Number& x) const {
    return exact::mul(w, x, {a.products.format, a.products.rounding, {}, nullptr});
  }

  Number sequential(const std::vector<Number>& w, const std::vector<Number>& x) const {
    Number sum = Number::zero();
    for (std::size_t k = 0; k < w.size(); ++k) {
      sum = a.product == Product::fused
                ? exact::fma(w[k], x[k], sum,
                             {a.accumulator.format, a.accumulator.rounding, {}, nullptr})
                : add(sum, product(w[k], x[k]));
    }
    return sum;
  }

  Number halves(const std::vector<Number>& terms) const {
    if (terms.size() == 1) {
      return terms.front();
    }
    const auto middle = terms.begin() + static_cast<std::ptrdiff_t>(terms.size() / 2);
    return add(halves({terms.begin(), middle}), halves({middle, terms.end()}));
  }
  Number pairwise(const std::vector<Number>& w, const std::vector<Number>& x) const {
    std::vector<Number> terms;
    for (std::size_t k = 0; k < w.size(); ++k) {
      terms.push_back(product(w[k], x[k]));
    }
    return add(Number::zero(), halves(terms));
  }

  /// The sum as one integer multiple of 2^-4000.
  Number exactly(const std::vector<Number>& w, const std::vector<Number>& x) const {
    constexpr int scale = 4000;
    boost::multiprecision::cpp_int sum = 0;
    bool nan = false;
    bool up = false;
    bool down = false;
    for (std::size_t k = 0; k < w.size(); ++k) {
      std::vector<Number> factors = {w[k], x[k]};
      if (a.product == Product::rounded) {
        factors = {product(w[k], x[k])};
      }
      bool negative = false;
      bool infinite = false;
      bool zero = false;
      std::int64_t exponent = scale;
      boost::multiprecision::cpp_int term = 1;
      for (const Number& f : factors) {
        nan = nan || f.is_nan();
        negative = negative != f.negative;
        infinite = infinite || f.is_infinite();
        zero = zero || f.is_zero();
        term *= boost::multiprecision::cpp_int(f.magnitude);
        exponent += f.exponent;
      }
      nan = nan || (infinite && zero);
      up = up || (infinite && !negative);
      down = down || (infinite && negative);
      if (!infinite && !zero && !nan) {
        term <<= static_cast<unsigned>(exponent);
        sum += negative ? boost::multiprecision::cpp_int(-term) : term;
      }
    }
    if (nan || (up && down)) {
      return rounded(Number::nan(), a.accumulator);
    }
    if (up || down) {
      return rounded(Number::infinity(down), a.accumulator);
    }
    if (sum == 0) {
      return Number::zero();
    }
    const bool negative = sum < 0;
    return rounded(
        Number::finite(negative, Integer(boost::multiprecision::cpp_int(abs(sum))), -scale),
        a.accumulator);
  }

  Number sum(const std::vector<Number>& w, const std::vector<Number>& x) const {
    switch (a.sum) {
      case Sum::sequential: return sequential(w, x);
      case Sum::pairwise: return pairwise(w, x);
      case Sum::exact: return exactly(w, x);
    }
    return Number::nan();
  }
};

/// A row of weights with about half of them zero, of either sign.
std::vector<Number> sparse_weights(const Format& format, Draws& draws, int terms) {
  const auto values = ugly_values(format, draws, 6);
  std::vector<Number> w;
  for (int k = 0; k < terms; ++k) {
    const bool zero = draws.below(2) == 0;
    w.push_back(
        zero ? Number::zero(format.has_signed_zero() && draws.below(3) == 0)
             : values[static_cast<std::size_t>(draws.below(static_cast<int>(values.size())))]);
  }
  return w;
}

/// dot() over the row with its zeros left out, the way prepare() and the forward pass do it; ""
/// where every column is the definition's.
template <class Engine>
std::string compare_sums(const Arithmetic& a, Draws& draws, int terms, bool finite) {
  Engine e(a);
  const Definition definition{a};
  auto weights = sparse_weights(a.weights.format, draws, terms);
  const auto values = ugly_values(a.activations.format, draws, 6);
  constexpr std::size_t columns = 24;
  std::vector<Number> inputs;  // [term][column]
  while (inputs.size() < columns * static_cast<std::size_t>(terms)) {
    const Number& x =
        values[static_cast<std::size_t>(draws.below(static_cast<int>(values.size())))];
    const Number carried = definition.rounded(x, a.activations);  // infinity may become the largest
    if (!finite || carried.is_finite()) {
      inputs.push_back(carried);
    }
  }
  const auto x = carried(e, inputs, RoleId::activations);
  Matrix matrix(1, terms);
  for (int k = 0; k < terms; ++k) {
    Number& w = weights[static_cast<std::size_t>(k)];
    matrix.at(0, k) = w.to_double();  // weights are doubles before they are rounded
    w = definition.rounded(Number::from_double(matrix.at(0, k)), a.weights);
  }
  const bool skip = finite && may_skip_zeros(a);
  const auto row = detail::prepare(e, matrix, skip)[0];
  std::vector<typename Engine::Value> out(columns, e.zero());
  dot(e, a, skip ? row : with_zeros(e, row, terms), terms, x.data(), columns, columns, out.data(),
      Keys{nullptr, 0});
  for (std::size_t c = 0; c < columns; ++c) {
    std::vector<Number> column;
    for (std::size_t k = 0; k < static_cast<std::size_t>(terms); ++k) {
      column.push_back(inputs[k * columns + c]);
    }
    const Number expected = definition.sum(weights, column);
    if (!identical(e.to_number(out[c]), expected)) {
      std::string text;
      for (std::size_t k = 0; k < column.size(); ++k) {
        text += fmt::format(" {}*{}", to_hexfloat(weights[k]), to_hexfloat(column[k]));
      }
      return fmt::format("{}:{} = {}, not {}", describe(a), text, to_hexfloat(e.to_number(out[c])),
                         to_hexfloat(expected));
    }
  }
  return "";
}

}  // namespace

TEST_CASE("sums of every order are those of their definition, zeros skipped or not") {
  Draws draws(5);
  for (int i = 0; i < 1500; ++i) {
    Arithmetic a = random_arithmetic(draws, i % 2 == 0);
    a.sum = std::array{Sum::sequential, Sum::pairwise, Sum::exact}[static_cast<std::size_t>(i % 3)];
    bool stochastic = false;
    for (const Role* role : a.roles()) {
      stochastic = stochastic || role->rounding == Rounding::sr;
    }
    if (stochastic) {
      continue;  // the definition above draws no bits
    }
    const int terms = 1 + draws.below(9);
    const bool finite = i % 4 != 0;
    if (DoubleEngine::supports(a)) {
      CHECK(compare_sums<DoubleEngine>(a, draws, terms, finite) == "");
    }
    CHECK(compare_sums<ExactEngine>(a, draws, terms, finite) == "");
  }
}

TEST_CASE("sums in formats that only the exact engine carries") {
  Draws draws(6);
  for (const char* name :
       {"fp64", "fp32", "fixed:i80.f40", "float:e11.m200", "fixed:i30.f33:twos"}) {
    for (const Sum sum : {Sum::sequential, Sum::pairwise, Sum::exact}) {
      for (const Product product : {Product::rounded, Product::fused}) {
        Arithmetic a = Arithmetic::uniform(Format::parse(name));
        a.sum = sum;
        a.product = product;
        for (int terms = 1; terms < 8; ++terms) {
          CHECK(compare_sums<ExactEngine>(a, draws, terms, true) == "");
          if (FixedEngine::supports(a)) {
            CHECK(compare_sums<FixedEngine>(a, draws, terms, true) == "");
          }
        }
      }
    }
  }
}

namespace {

// --- whole models
// -------------------------------------------------------------------------------------

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
