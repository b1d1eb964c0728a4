// Soundness, by trying to break it: hundreds of faults planted in the weights. A certificate for faulty
// weights is right where no input is answered wrong (a fault may do no harm), and only there.

#include <fmt/format.h>

#include <iostream>

#include "precision/random.hpp"
#include "tests/proofs_check/support.hpp"

namespace carrybit::test {

namespace {

/// Draws, numbered.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : seed_(seed) {}
  int below(int n) {
    return static_cast<int>(mix64(seed_ * 1000003 + ++draw_) % static_cast<std::uint64_t>(n));
  }

 private:
  std::uint64_t seed_;
  std::uint64_t draw_ = 0;
};

struct Entry {
  double* value;
  std::string where;
};

/// All entries of one kind of the weights: zeros too, since a weight may be added.
std::vector<Entry> entries(Weights& weights, bool zeros) {
  std::vector<Entry> list;
  const auto add = [&](std::vector<double>& values, const std::string& where, int cols) {
    const auto width = static_cast<std::size_t>(cols);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (zeros == (values[i] == 0))
        list.push_back({&values[i], fmt::format("{} [{}, {}]", where, i / width, i % width)});
  };
  add(weights.token_embedding.values, "token embedding", weights.token_embedding.cols);
  add(weights.position_embedding.values, "position embedding", weights.position_embedding.cols);
  int l = 0;
  for (LayerWeights& layer : weights.layers) {
    const std::pair<Linear*, const char*> maps[] = {
        {&layer.query, "query"},   {&layer.key, "key"},   {&layer.value, "value"},
        {&layer.output, "output"}, {&layer.gate, "gate"}, {&layer.up, "up"},
        {&layer.down, "down"}};
    for (const auto& [map, name] : maps) {
      add(map->weight.values, fmt::format("{} of layer {}", name, l), map->weight.cols);
      add(map->bias, fmt::format("{} bias of layer {}", name, l), 1);
    }
    ++l;
  }
  add(weights.head.weight.values, "head", weights.head.weight.cols);
  return list;
}

/// One fault of several kinds; says which.
std::string plant(Weights& weights, Dice& dice) {
  const bool zeros = dice.below(4) == 0;
  std::vector<Entry> list = entries(weights, zeros);
  Entry& entry = list[static_cast<std::size_t>(dice.below(static_cast<int>(list.size())))];
  const double before = *entry.value;
  switch (zeros ? dice.below(2) : 2 + dice.below(5)) {
    case 0: *entry.value = 1; break;
    case 1: *entry.value = -1; break;
    case 2: *entry.value = 0; break;
    case 3: *entry.value = -before; break;
    case 4: *entry.value = before + 1; break;
    case 5: *entry.value = before - 1; break;
    case 6: *entry.value = 2 * before; break;
  }
  return fmt::format("{}: {} becomes {}", entry.where, before, *entry.value);
}

struct Tally {
  int faults = 0, harmful = 0, caught = 0, harmless_certified = 0;
};

void try_faults(const std::string& name, const Task& task, const std::string& format,
                const std::string& knobs, int faults, Tally& tally) {
  const constructions::Construction& construction = constructions::construction(name);
  const constructions::Options options = constructions::parse_options(knobs);
  const Arithmetic arithmetic = Arithmetic::uniform(Format::parse(format));
  const constructions::Built built = constructions::build(construction, task, arithmetic, options);
  REQUIRE(is_certified(construction, built, built.weights, arithmetic, options));
  Dice dice(certificates::digest(built.weights).size() +
            static_cast<std::uint64_t>(task.input_tokens()));
  for (int i = 0; i < faults; ++i) {
    Weights faulty = built.weights;
    const std::string fault = plant(faulty, dice);
    const bool certified = is_certified(construction, built, faulty, arithmetic, options);
    const std::optional<Failure> wrong = wrong_answer(faulty, arithmetic, task);
    CAPTURE(name);
    CAPTURE(task.name());
    CAPTURE(fault);
    CHECK_FALSE((certified && wrong.has_value()));
    ++tally.faults;
    tally.harmful += wrong ? 1 : 0;
    tally.caught += wrong && !certified ? 1 : 0;
    tally.harmless_certified += certified ? 1 : 0;
  }
}

}  // namespace

TEST_CASE("no fault in the weights gets a certificate that it does not deserve") {
  Tally tally;
  try_faults("add_constant", Task::add(2, 3), "fixed:i1.f0", "", 120, tally);
  try_faults("add_constant", Task::add(2, 3), "fixed:i2.f1", "variant=rel", 60, tally);
  try_faults("add_log", Task::add(2, 4), "fixed:i2.f0", "", 150, tally);
  try_faults("add_log", Task::add(3, 2), "float:e8.m3", "", 80, tally);
  try_faults("add_log", Task::add(2, 5), "fixed:i3.f0", "levels=2", 150, tally);
  try_faults("add_log", Task::add(2, 5), "float:e8.m3", "levels=3", 60, tally);
  try_faults("iter_add_log", Task::iter_add(2, 2, 3), "fixed:i5.f0", "", 150, tally);
  try_faults("iter_add_log", Task::iter_add(2, 2, 4), "float:e8.m5", "variant=relu", 60, tally);
  try_faults("mul_log", Task::mul(2, 3), "fixed:i4.f0", "", 150, tally);
  try_faults("mul_log", Task::mul(3, 2), "fixed:i8.f0", "variant=relu", 60, tally);
  try_faults("mul_log", Task::mul(2, 3), "fixed:i4.f0", "rounds=1", 120, tally);
  try_faults("mul_log", Task::mul(2, 3), "fixed:i3.f0", "rounds=2,parts=2", 60, tally);
  try_faults("add_prefix_sum", Task::add(2, 4), "fixed:i6.f7", "", 150, tally);
  try_faults("add_prefix_sum", Task::add(3, 2), "float:e8.m8", "", 80, tally);
  try_faults("majority_mean", Task::majority(7), "fixed:i4.f5", "", 60, tally);
  MESSAGE(tally.faults << " faults, " << tally.harmful << " harmful, " << tally.caught
                       << " refused; certified though faulty, and right: "
                       << tally.harmless_certified);
  CHECK(tally.harmful > 300);
  CHECK(tally.caught == tally.harmful);
}

TEST_CASE("a source of carries that is written otherwise than the rest is refused") {
  // The carry head reads a source's address twice; at '=', which alone of the sources answers too, one of
  // the two readings is off by one.
  const constructions::Construction& construction = constructions::construction("add_log");
  const Task task = Task::add(2, 5);
  const Arithmetic arithmetic = Arithmetic::uniform(Format::parse("fixed:i3.f0"));
  for (const char* knobs : {"", "levels=2"}) {
    const constructions::Options options = constructions::parse_options(knobs);
    const auto built = constructions::build(construction, task, arithmetic, options);
    Weights faulty = built.weights;
    const int answers = built.program.find("answers").index;
    faulty.layers.back().key.weight.at(2, answers) = 1;
    CAPTURE(knobs);
    CHECK(is_certified(construction, built, built.weights, arithmetic, options));
    CHECK(wrong_answer(faulty, arithmetic, task).has_value());
    CHECK_FALSE(is_certified(construction, built, faulty, arithmetic, options));
  }
}

TEST_CASE("one bit too few is refused") {
  for (const auto& [name, task, enough, less] :
       {std::tuple{"add_log", "add:p2.n64", "fixed:i6.f0", "fixed:i5.f0"},
        {"add_log", "add:p2.n64", "float:e8.m5", "float:e8.m4"},
        {"iter_add_log", "iter_add:p2.n64.k4", "fixed:i5.f0", "fixed:i4.f0"},
        {"mul_log", "mul:p2.n16", "fixed:i8.f0", "fixed:i7.f0"}}) {
    const auto& construction = constructions::construction(name);
    const Task which = Task::parse(task);
    CAPTURE(name);
    CHECK_NOTHROW(
        certificates::certify(construction, which, Arithmetic::uniform(Format::parse(enough))));
    CHECK_THROWS_AS(
        certificates::certify(construction, which, Arithmetic::uniform(Format::parse(less))),
        certificates::NotCertified);
  }
}

}  // namespace carrybit::test
