// Programs: channels, tables, records; and what compile makes of them.

#include "arith_tasks/constructions/program.hpp"

#include <stdexcept>

#include "precision/error.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

namespace carrybit::test {

TEST_CASE("forms are sparse affine maps") {
  const Channel x{0};
  const Channel y{1};
  const Form form = 2.0 * (Form(x) + Form(y)) - Form(y) + Form(3.0) - 2.0 * Form(x);
  CHECK(form == Form(y) + Form(3.0));
  CHECK(form.coefficient(x) == 0);
  CHECK((form - form).is_zero());
  CHECK(sum({x, y}).coefficient(y) == 1);
}

TEST_CASE("ranges") {
  const Range digits = Range::integers(0, 9);
  CHECK(digits.contains(9.0));
  CHECK_FALSE(digits.contains(0.5));
  CHECK(Range::reals(0, 1).contains(0.5));
  CHECK((digits + -2.0 * digits) == Range::integers(-18, 9));
  CHECK_FALSE(digits.contains(Range::reals(0, 1)));
  CHECK(digits.text() == "0..9");
}

TEST_CASE("a program lays out heads, units, tables and the answer") {
  Program program("small", Task::add(2, 1), Setting::symbolic());
  const Channel one = program.channel("one", Range::bit(), "1");
  const Channel digit = program.channel("digit", Range::bit(), "digit");
  const Channel y = program.channel("y", Range::integers(-3, 3), "y");
  const std::vector<Channel> out = program.channels("o", 2, Range::integers(-9, 9), "answer");
  program.answer(out);
  program.everywhere(one, 1);
  program.token(1, digit, 1);
  program.next_layer();
  program.layer().heads.push_back(
      {"first", {{Form(one), digit}, {3.0 * Form(digit), Form(one) + Form(0.5)}}, {{digit, y}}});
  program.layer().heads.push_back({"second", {{Form(one), one}}, {{one, out[0]}}});
  program.unit(Form(y) - Form(2.0), {{out[1], 5}});
  program.next_layer();
  program.unit(Form(y), Form(digit) + Form(1.0), {{out[0], 1}, {out[1], -1}});

  const Dimensions size = dimensions(program);
  CHECK(size ==
        Dimensions{.layers = 2, .width = 5, .heads = 2, .head_dim = 2, .ffn = 1, .gated = true});
  CHECK(size.text() == "2 layers, d_model 5, 2 heads of 2, d_ff 1, ReGLU");
  const Weights w = compile(program);
  CHECK(w.config.max_length == 5);
  CHECK(w.config.vocabulary_text == std::vector<std::string>{"0", "1", "+", "*", "="});
  const LayerWeights& l = w.layers[0];
  CHECK(l.query.weight.at(0, one.index) == 1);
  CHECK(l.key.weight.at(0, digit.index) == 1);
  CHECK(l.query.weight.at(1, digit.index) == 3);
  CHECK(l.key.bias == Vector{0, 0.5, 0, 0});
  CHECK(l.query.bias.empty());
  CHECK(l.query.weight.at(2, one.index) == 1);  // the second head begins at head_dim
  CHECK(l.output.weight.at(y.index, 0) == 1);
  CHECK(l.output.weight.at(out[0].index, 2) == 1);
  // A plain unit of a gated model: relu(form) * 1.
  CHECK(l.gate.weight.at(0, y.index) == 1);
  CHECK(l.gate.bias == Vector{-2});
  CHECK(l.up.bias == Vector{1});
  CHECK(l.down.weight.at(out[1].index, 0) == 5);
  CHECK(w.layers[1].up.weight.at(0, digit.index) == 1);
  CHECK(w.token_embedding.at(1, digit.index) == 1);
  CHECK(w.position_embedding.at(4, one.index) == 1);
  CHECK(w.head.weight.at(1, out[1].index) == 1);
  CHECK(w.head.weight.at(2, out[1].index) == 0);  // '+' has no logit
}

TEST_CASE("faults of a program are seen") {
  Program program("faulty", Task::add(2, 1), Setting::symbolic());
  const Channel x = program.channel("x", Range::bit(), "");
  CHECK_THROWS_AS(program.channel("x", Range::bit(), ""), std::logic_error);
  CHECK_THROWS_AS(program.find("y"), std::logic_error);
  program.answer({x, x});
  program.everywhere(x, 1);
  CHECK_THROWS_AS(program.token(0, x, 1), std::logic_error);  // both tables
  CHECK_THROWS_AS(program.layer(), std::logic_error);
  check(program);
  program.position(0, x, 2);
  CHECK_THROWS_AS(check(program), std::logic_error);  // beyond its range
  program.position(0, x, 1);
  program.next_layer();
  program.layer().heads.push_back({"twice", {}, {{x, x}, {x, x}}});
  CHECK_THROWS_AS(compile(program), std::logic_error);
}

TEST_CASE("every construction's records point at its heads and units") {
  for (const Construction& c : all_constructions()) {
    const Task task = c.task == TaskKind::iter_add   ? Task::iter_add(3, 4, 5)
                      : c.task == TaskKind::mul      ? Task::mul(3, 4)
                      : c.task == TaskKind::majority ? Task::majority(6)
                                                     : Task::add(3, 4);
    const Program program = make_program(c, task, Setting::symbolic());
    CAPTURE(c.name);
    std::vector<std::vector<int>> covered;
    for (const Layer& layer : program.layers()) covered.emplace_back(layer.units.size(), 0);
    for (const Primitive& primitive : program.primitives()) {
      const Place& at = place(primitive);
      REQUIRE(at.layer >= 0);
      const Layer& layer = program.layers().at(static_cast<std::size_t>(at.layer));
      CHECK((at.head < 0) != (at.first_unit < 0));
      CHECK(at.head < static_cast<int>(layer.heads.size()));
      for (int u = at.first_unit; at.first_unit >= 0 && u < at.first_unit + at.units; ++u)
        ++covered[static_cast<std::size_t>(at.layer)].at(static_cast<std::size_t>(u));
    }
    // Every unit belongs to exactly one record.
    for (const auto& layer : covered)
      for (const int times : layer) CHECK(times == 1);
    CHECK(listing(program).find("layer 1") != std::string::npos);
  }
}

TEST_CASE("options are read and written") {
  const Options options =
      parse_options("radix=3,variant=rel,code=onehot,levels=2,phi=0,rounds=1,parts=4");
  CHECK(options == Options{.radix = 3,
                           .variant = "rel",
                           .code = DigitCode::onehot,
                           .phi = 0,
                           .levels = 2,
                           .rounds = 1,
                           .parts = 4});
  CHECK(parse_options(text(options)) == options);
  CHECK(text(Options{}).empty());
  for (const char* bad : {"radix", "radix=x", "radix=0", "code=two", "colour=red", "radix=2,"})
    CHECK_THROWS_AS(parse_options(bad), BadInput);
}

TEST_CASE("what is refused, in one line") {
  const Arithmetic arithmetic = arithmetic_of("fixed:i8.f0");
  const auto error = [&](const char* name, const Task& task,
                         const Options& options = {}) -> std::string {
    try {
      build(construction(name), task, arithmetic, options);
    } catch (const BadInput& bad) {
      return bad.what();
    }
    return "";
  };
  CHECK_THROWS_AS(construction("add_fast"), BadInput);
  CHECK(error("add_log", Task::mul(2, 3)).find("does 'add', not 'mul'") != std::string::npos);
  CHECK(error("add_log", Task::parse("add:p2.n3:answer_lsb")).find("answers") != std::string::npos);
  CHECK(error("add_constant", Task::parse("add:p2.n3:unpadded")).find("unpadded") !=
        std::string::npos);
  CHECK(error("add_constant", Task::add(2, 3), {.radix = 2}).find("accepted: variant") !=
        std::string::npos);
  CHECK(error("add_constant", Task::add(2, 3), {.variant = "x"}).find("abs, rel") !=
        std::string::npos);
  CHECK(error("mul_log", Task::mul(2, 3), {.parts = 2}).find("rounds >= 1") != std::string::npos);
  CHECK(error("add_log", Task::add(2, 3)).empty());
  CHECK_THROWS_AS(
      build(construction("add_constant"), Task::add(2, 3), arithmetic_of("fixed:i0.f4")), BadInput);
}

}  // namespace carrybit::test
