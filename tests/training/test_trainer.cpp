// The training loop: what it draws, that it learns, and that a run resumed is the run.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "sim/model_file.hpp"
#include "tests/sim/temporary_folder.hpp"
#include "training/card.hpp"
#include "training/checkpoint.hpp"
#include "training/data.hpp"

using namespace carrybit;
using namespace carrybit::tests;
using namespace carrybit::training;

namespace {

/// A run of a second: two bits and two bits.
TrainSettings small() {
  TrainSettings s;
  s.task = Task::add(2, 2).spec();
  s.task.answer_order = DigitOrder::lsb_first;
  s.shape = shape_for(Task(s.task), 1, 16, 2, 32);
  s.shape.name = "small";
  s.positions = PositionSharing::both;
  s.steps = 20;
  s.batch = 16;
  s.warmup = 5;
  s.cooling = 5;
  s.curriculum = 4;
  s.validate_every = 7;
  s.validate_count = 16;
  return s;
}

int digits_of(const Problem& p) {
  int most = 1;
  for (const Digits& operand : p.operands) {
    for (int i = 0; i < static_cast<int>(operand.size()); ++i) {
      most = operand[static_cast<std::size_t>(i)] != 0 ? std::max(most, i + 1) : most;
    }
  }
  return most;
}

std::string refusal(auto&& call) {
  try {
    call();
  } catch (const BadInput& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a run that was paused and resumed ends with the same bits") {
  for (const char* precision : {"fp32", "bf16", "float:e4.m3"}) {
    CAPTURE(precision);
    const TemporaryFolder folder;
    TrainSettings s = small();
    s.precision = TrainPrecision::parse(precision);
    std::vector<double> losses;
    std::vector<double> resumed_losses;
    const Trained straight =
        train(s, {}, {[&](const Progress& p) { losses.push_back(p.loss); }, {}});
    CHECK(straight.finished);
    CHECK(straight.steps == 20);
    const TrainCalls calls = {[&](const Progress& p) { resumed_losses.push_back(p.loss); }, {}};
    const auto file = folder / "checkpoint.safetensors";
    const Trained half = train(s, {file, false, 10}, calls);
    CHECK_FALSE(half.finished);
    CHECK(half.steps == 10);
    CHECK_FALSE(half.weights == straight.weights);
    const Trained whole = train(s, {file, true, 0}, calls);
    CHECK(whole.finished);
    CHECK(whole.weights == straight.weights);
    CHECK(resumed_losses == losses);
  }
}

TEST_CASE("until its rate falls a run can be given another last step, and no later") {
  const TemporaryFolder folder;
  const auto file = folder / "checkpoint.safetensors";
  const TrainSettings twenty = small();
  TrainSettings thirty = small();
  thirty.steps = 30;
  const Trained straight = train(thirty, {}, {});

  train(twenty, {file, false, 15}, {});  // the last constant step
  const Trained whole = train(thirty, {file, true, 0}, {});
  CHECK(whole.steps == 30);
  CHECK(whole.weights == straight.weights);

  train(thirty, {file, false, 15}, {});
  CHECK(train(twenty, {file, true, 0}, {}).weights == train(twenty, {}, {}).weights);

  const auto refused = [&](const TrainSettings& before, int pause, const TrainSettings& after) {
    train(before, {file, false, pause}, {});
    return refusal([&] {
             train(after, {file, true, 0}, {});
           }).find(fmt::format("step {} depends on it", pause)) != std::string::npos;
  };
  CHECK(refused(twenty, 16, thirty));
  CHECK(refused(thirty, 16, twenty));
  TrainSettings cosine = small();
  cosine.schedule = Schedule::cosine;
  TrainSettings longer = cosine;
  longer.steps = 30;
  CHECK(refused(cosine, 3, longer));
}

TEST_CASE("a checkpoint of another run, or of no run, is refused") {
  const TemporaryFolder folder;
  const auto file = folder / "checkpoint.safetensors";
  TrainSettings s = small();
  train(s, {file, false, 3}, {});
  s.seed = 2;
  CHECK(refusal([&] {
          train(s, {file, true, 0}, {});
        }).find("'seed 1', not 'seed 2'") != std::string::npos);
  s = small();
  s.precision = TrainPrecision::parse("bf16");
  CHECK(refusal([&] { train(s, {file, true, 0}, {}); }).find("precision") != std::string::npos);
  s = small();
  s.shape.positions = Positions::rotary;  // as many parameters as with ALiBi
  train(s, {folder / "rotary", false, 3}, {});
  s.shape.positions = Positions::alibi;
  CHECK(refusal([&] {
          train(s, {folder / "rotary", true, 0}, {});
        }).find("'positions rotary', not 'positions alibi'") != std::string::npos);
  save_trained(folder / "model", small(), train(small(), {}, {}).weights, "");
  CHECK(refusal([&] {
          train(small(), {folder / "model" / "model.safetensors", true, 0}, {});
        }).find("no tensor 'parameters'") != std::string::npos);
  CHECK_FALSE(refusal([&] { train(small(), {folder / "none", true, 0}, {}); }).empty());
}

TEST_CASE("a run that begins with a saved model's weights begins with those, and no others") {
  const TrainSettings first = small();
  const Trained model = train(first, {}, {});
  TrainSettings s = small();
  s.positions = PositionSharing::absolute;  // the sum of the two, as it was saved
  s.start = model.weights;
  s.learning_rate = 0;
  s.seed = 5;
  CHECK(train(s, {}, {}).weights == model.weights);

  s.learning_rate = first.learning_rate;
  const TemporaryFolder folder;
  const auto file = folder / "checkpoint.safetensors";
  const Trained straight = train(s, {}, {});
  CHECK_FALSE(straight.weights == model.weights);
  train(s, {file, false, 8}, {});
  CHECK(train(s, {file, true, 0}, {}).weights == straight.weights);

  TrainSettings other = s;  // one weight that differs is another run
  other.start->layers[0].up.bias[3] += 0.25;
  CHECK(refusal([&] { train(other, {file, true, 0}, {}); }).find("'from ") != std::string::npos);
  other.start.reset();
  CHECK(refusal([&] { train(other, {file, true, 0}, {}); }).find("'from ") != std::string::npos);
}

TEST_CASE("weights of another shape, other tokens or too short a length are no beginning") {
  TrainSettings s = small();
  const Trained model = train(s, {}, {});
  s.start = model.weights;
  CHECK(refusal([&] { s.validate(); }).starts_with("--from: weights of another shape"));
  s.positions = PositionSharing::absolute;
  CHECK(refusal([&] { s.validate(); }).empty());
  s.shape.layers = 2;
  CHECK(refusal([&] { s.validate(); }).starts_with("--from: weights of another shape"));

  const ModelConfig& saved = model.weights.config;
  const auto refused = [&](const Task& task) {
    return refusal([&] { shape_to_go_on("--from m", saved, task); });
  };
  CHECK(refused(Task::add(2, 2)).empty());
  CHECK(refused(Task::add(2, 1)).empty());
  CHECK(refused(Task::add(2, 3)).starts_with("--from m: reads at most"));
  CHECK(refused(Task::add(3, 2)).starts_with("--from m: a model of"));
  CHECK(refused(Task::mul(2, 2)).starts_with("--from m: reads at most"));
}

TEST_CASE("training learns, and its card says what the simulator finds") {
  const TemporaryFolder folder;
  TrainSettings s = small();
  s.task = Task::add(2, 1).spec();  // 0+0 to 1+1
  s.shape = shape_for(Task(s.task), 1, 16, 2, 32);
  s.shape.name = "one-bit";
  s.steps = 150;
  s.cooling = 50;
  s.learning_rate = 1e-2;
  double first = 0;
  double last = 0;
  const Trained trained = train(s, {},
                                {[&](const Progress& p) {
                                   first = first == 0 ? p.loss : first;
                                   last = p.loss;
                                 },
                                 {}});
  CHECK(last < first / 10);
  const std::string card = model_card(s, trained, "command", {40, 40, 8, 0}, {});
  const auto json = nlohmann::json::parse(card);
  CHECK(json["evaluation"]["full"] == nlohmann::json{{"problems", 40}, {"exact", 40}});
  CHECK(json["parameters"] == trained.parameters);
  CHECK(json["steps"] == 150);
  CHECK(json["evaluation"]["lengths_at_99_percent"] == std::vector<int>{1});
  save_trained(folder.path(), s, trained.weights, card);
  const ModelFile file = load_model(folder.path());
  CHECK(file.task->task == "add");
  CHECK(file.weights.layers == trained.weights.layers);

  // A model that is wrong has a card that says so.
  Trained broken = trained;
  for (double& value : broken.weights.head.weight.values) {
    value = -value;
  }
  const auto wrong = nlohmann::json::parse(model_card(s, broken, "command", {40, 40, 8, 0}, {}));
  CHECK(wrong["evaluation"]["full"]["exact"] < 40);
  CHECK(wrong["evaluation"]["lengths_at_99_percent"].empty());
}

TEST_CASE("with a target, training ends early after its cooling steps") {
  TrainSettings s = small();
  s.steps = 1000;
  s.target = 1e-9;  // any answer right, twice in a row
  s.task = Task::add(2, 1).spec();
  s.shape = shape_for(Task(s.task), 1, 16, 2, 32);
  const Trained trained = train(s, {}, {});
  CHECK(trained.finished);
  CHECK(trained.steps % 7 == 14 % 7 + 5);
  CHECK(trained.steps < 500);
}

TEST_CASE("the ladder keeps steps 500, 1000, 2000") {
  TrainSettings s = small();
  s.steps = 1001;
  s.batch = 1;
  s.validate_every = 1001;
  s.ladder = true;
  std::vector<int> rungs;
  train(s, {}, {{}, [&](int step, const Weights& w) {
                  w.validate();
                  rungs.push_back(step);
                }});
  CHECK(rungs == std::vector<int>{500, 1000});
}

TEST_CASE("problems of training are a function of seed, step and index") {
  TrainSettings s = small();
  s.task = Task::add(10, 8).spec();
  CHECK(training_problem(s, 3, 4) == training_problem(s, 3, 4));
  CHECK_FALSE(training_problem(s, 300, 4) == training_problem(s, 300, 5));
  TrainSettings other = s;
  other.seed = 2;
  CHECK_FALSE(training_problem(s, 300, 4) == training_problem(other, 300, 4));
}

TEST_CASE("the curriculum grows the longest operand") {
  TrainSettings s = small();
  s.task = Task::add(10, 8).spec();
  s.shortest = 2;
  s.curriculum = 60;
  CHECK(longest_operand(s, 0) == 2);
  CHECK(longest_operand(s, 30) == 5);
  CHECK(longest_operand(s, 59) == 7);
  CHECK(longest_operand(s, 60) == 8);
  for (const int step : {0, 30, 59, 60, 1000}) {
    int longest = 0;
    for (int i = 0; i < 200; ++i) {
      longest = std::max(longest, digits_of(training_problem(s, step, i)));
    }
    CHECK(longest == longest_operand(s, step));
  }
}

TEST_CASE("what is held out is never trained on, and is what validation asks") {
  TrainSettings s = small();
  s.task = Task::mul(2, 5).spec();
  s.hold_out = 0.2;
  const Task task(s.task);
  int out = 0;
  for (std::uint64_t i = 0; i < 1024; ++i) {
    out += held_out(problem_at(task, i), s.hold_out) ? 1 : 0;
  }
  CHECK(out > 150);
  CHECK(out < 260);
  for (int i = 0; i < 2000; ++i) {
    REQUIRE_FALSE(held_out(training_problem(s, 100, i), s.hold_out));
  }
  for (const auto sampling : {Sampling::lengths, Sampling::uniform, Sampling::carry_heavy}) {
    const auto problems = validation_problems(s, sampling);
    CHECK(problems.size() == 16);
    for (const Problem& p : problems) {
      CHECK(held_out(p, s.hold_out));
    }
  }
}

TEST_CASE("digits of one significance share a group, signs share none of theirs") {
  TaskSpec spec = Task::add(10, 3).spec();
  // a2 a1 a0 + b2 b1 b0 = s3 s2 s1 s0
  CHECK(significance_groups(Task(spec)) == std::vector<int>{3, 2, 1, 0, 3, 2, 1, 5, 4, 3, 2, 1});
  spec.answer_order = DigitOrder::lsb_first;
  CHECK(significance_groups(Task(spec)) == std::vector<int>{3, 2, 1, 0, 3, 2, 1, 5, 1, 2, 3, 4});
  CHECK(group_count(Task(spec)) == 6);
}

TEST_CASE("impossible settings are refused in one line") {
  const auto refused = [](auto&& change) {
    TrainSettings s = small();
    change(s);
    const std::string line = refusal([&] { s.validate(); });
    CHECK(line.find('\n') == std::string::npos);
    return line;
  };
  CHECK(refused([](TrainSettings&) {}).empty());
  CHECK(refused([](TrainSettings& s) { s.steps = 0; }).starts_with("--steps"));
  CHECK(refused([](TrainSettings& s) { s.batch = 0; }).starts_with("--batch"));
  CHECK(refused([](TrainSettings& s) { s.shortest = 3; }).starts_with("--length"));
  CHECK(refused([](TrainSettings& s) { s.hold_out = 1; }).starts_with("--hold-out"));
  CHECK(refused([](TrainSettings& s) { s.target = 1.5; }).starts_with("--target"));
  CHECK(refused([](TrainSettings& s) { s.task.padded = false; }).find("padded") !=
        std::string::npos);
  CHECK(refusal([] { TrainPrecision::parse("fp64"); }).find("fp32 holds") != std::string::npos);
  CHECK_FALSE(refusal([] { TrainPrecision::parse("fp33"); }).empty());
  CHECK_FALSE(refusal([] { shape_for(Task::add(10, 3), 2, 30, 4, 64); }).empty());
  TrainSettings s = small();
  s.device = "tpu";
  CHECK(refusal([&] { train(s, {}, {}); }).find("cpu, cuda") != std::string::npos);
}
