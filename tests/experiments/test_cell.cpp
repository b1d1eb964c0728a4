// What a cell answers, against the searches and graders it is made of; certified cells; tables.

#include <doctest/doctest.h>

#include <string>

#include "experiments/cell_run.hpp"
#include "experiments/study.hpp"
#include "experiments/table.hpp"
#include "precision/error.hpp"

using namespace carrybit;

namespace {

Study study(const std::string& sweep) { return parse_study("[[sweep]]\n" + sweep, "s.toml", "."); }

nlohmann::ordered_json first_answer(const std::string& sweep) {
  return answer(study(sweep).cells.at(0).cell);
}

}  // namespace

TEST_CASE("accuracy counts what the grader counts") {
  const auto row = first_answer(
      "kind = \"accuracy\"\nmodel = \"add_log\"\nbase = 2\nlength = 4\narithmetic = "
      "\"fixed:i1.f0\"\n"
      "inputs = \"exhaustive\"\n");
  const Task task = Task::add(2, 4);
  const Arithmetic in = Arithmetic::uniform(Format::parse("fixed:i1.f0"));
  const auto built = constructions::build(constructions::construction("add_log"), task, in);
  const Score score = evaluate(Simulator(built.weights, in), ProblemSet::exhaustive(task));
  CHECK(row.at("right") == score.exact());
  CHECK(row.at("problems") == 256);
  CHECK(row.at("digits_right") == score.tokens_right());
  CHECK(row.at("outcome") == "wrong");
  CHECK(row.at("evidence") == "exhaustive");
  CHECK(row.at("by_position").size() == 5);
  CHECK(row.at("failing_digit") == score.first_failure()->position);
}

TEST_CASE(
    "an arithmetic in which a construction cannot be compiled is an answer, with its reason") {
  const auto row = first_answer(
      "kind = \"accuracy\"\nmodel = \"add_log\"\nbase = 2\nlength = 4\narithmetic = "
      "\"fixed:i1.f6\"\n");
  CHECK(row.at("outcome") == "impossible");
  CHECK_FALSE(row.at("reason").get<std::string>().empty());
}

TEST_CASE("width, dimensions and what the contracts state") {
  const std::string question = "model = \"add_log\"\nbase = 2\nlength = 3\n";
  const auto width = first_answer("kind = \"width\"\n" + question);
  const auto size = first_answer("kind = \"dimensions\"\n" + question);
  CHECK(width.at("required_width_bits") == 3);
  CHECK(width.at("refuted_width_bits") == 2);
  CHECK(width.at("evidence") == "exhaustive");
  CHECK(width.at("certified_width_bits") == 3);  // all inputs were run
  CHECK(width.at("stated_width_bits") == size.at("stated_width_bits"));
  CHECK(width.at("d_model") == size.at("d_model"));
  const auto narrow = first_answer("kind = \"width\"\n" + question +
                                   "arithmetic = { family = \"fixed\", max_width = 2 }\n");
  CHECK(narrow.at("outcome") == "none");
  CHECK_FALSE(narrow.contains("required_width_bits"));
}

TEST_CASE("the device is no part of a cell: each gives the same answer") {
  const std::string question =
      "model = { weights = \"models/add-b10-n5-msb-2x32\" }\ninputs = { sampled = 4 }\n";
  for (const std::string& sweep :
       {"kind = \"accuracy\"\narithmetic = [\"bf16\", \"fp64\"]\n" + question,
        "kind = \"kept_width\"\narithmetic = { family = \"float\", max_width = 18 }\n" +
            question}) {
    for (const PlannedCell& planned : study(sweep).cells) {
      CAPTURE(sweep);
      CHECK(answer(planned.cell) == answer(planned.cell, {{}, Device::loop}));
    }
  }
}

TEST_CASE("certified cells are proved, and their brackets show") {
  const Study s = study(
      "kind = \"width\"\nmodel = \"add_log\"\nbase = 2\nlength = 8\ninputs = \"certified\"\n");
  const auto row = answer(s.cells.at(0).cell);
  CHECK(row.at("refuted_width_bits") == 3);
  CHECK(row.at("required_width_bits") == 4);
  CHECK(row.at("certified_width_bits") == 4);
  CHECK(row.at("evidence") == "certified");
  const std::string accuracy =
      "kind = \"accuracy\"\nmodel = \"add_log\"\nbase = 2\nlength = 40\ninputs = \"certified\"\n";
  const auto right = first_answer(accuracy + "arithmetic = \"fixed:i6.f0\"\n");
  CHECK(right.at("outcome") == "right");
  CHECK(right.at("evidence") == "certified");
  const auto refused = first_answer(accuracy + "arithmetic = \"fixed:i4.f0\"\n");
  CHECK(refused.at("outcome") == "not certified");
  CHECK(refused.at("evidence") == "none");
}

TEST_CASE("intervals only where they mean something") {
  const std::string head =
      "kind = \"accuracy\"\nmodel = \"add_log\"\nbase = 2\nlength = 3\narithmetic = "
      "\"fixed:i1.f0\"\n";
  const auto row = [&](const std::string& inputs) {
    const Study s = study(head + inputs);
    return cells_table(std::vector<ResultRow>{{s.cells.at(0).columns, answer(s.cells.at(0).cell)}});
  };
  const Table drawn = row("inputs = { sampled = 50 }\n");
  const Proportion p = wilson(std::stoull(drawn.at(0, "right")), 50);
  CHECK(std::stod(drawn.at(0, "exact_match_low")) == doctest::Approx(p.low).epsilon(1e-5));
  CHECK(std::stod(drawn.at(0, "exact_match_high")) == doctest::Approx(p.high).epsilon(1e-5));
  const Table all = row("inputs = \"exhaustive\"\n");
  CHECK(all.at(0, "exact_match_low") == all.at(0, "exact_match"));
  CHECK(row("inputs = \"adversarial\"\n").at(0, "exact_match_low").empty());
}

TEST_CASE("what check throws ends a cell") {
  struct Enough {};
  const Study s = study("kind = \"width\"\nmodel = \"add_log\"\nbase = 2\nlength = 8\n");
  CHECK_THROWS_AS(answer(s.cells.at(0).cell, {[] { throw Enough{}; }}), Enough);
}

TEST_CASE("series are told apart by what differs, and by no more") {
  const Table cells{{"kind", "model", "task", "base", "length_digits"},
                    {{"width", "a", "add", "2", "1"},
                     {"width", "a", "add", "2", "2"},
                     {"width", "b", "mul", "2", "1"},
                     {"width", "a", "add", "10", "1"}}};
  const std::vector<std::size_t> rows = {0, 1, 2, 3};
  const std::vector<std::string_view> apart = {"length_digits"};
  const auto series = split_series(cells, rows, {}, apart);
  REQUIRE(series.size() == 3);
  CHECK(series[0].name == "a, base 2");
  CHECK(series[0].rows == std::vector<std::size_t>{0, 1});
  CHECK(series[1].name == "b, base 2");
  CHECK(series[2].name == "a, base 10");
}
