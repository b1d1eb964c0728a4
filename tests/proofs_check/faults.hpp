#pragma once
// Faults planted in the weights, one at a time, and what becomes of the certificate.

#include <fmt/format.h>

#include "precision/random.hpp"
#include "tests/proofs_check/support.hpp"

namespace carrybit::test {

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
inline std::vector<Entry> entries(Weights& weights, bool zeros) {
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
inline std::string plant(Weights& weights, Dice& dice) {
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

inline void try_faults(const std::string& name, const Task& task, const Arithmetic& arithmetic,
                       const std::string& knobs, int faults, Tally& tally) {
  const constructions::Construction& construction = constructions::construction(name);
  const constructions::Options options = constructions::parse_options(knobs);
  const constructions::Built built = constructions::build(construction, task, arithmetic, options);
  CAPTURE(name);
  CAPTURE(task.name());
  CAPTURE(describe(arithmetic));
  REQUIRE(is_certified(construction, built, built.weights, arithmetic, options));
  Dice dice(std::stoull(certificates::digest(built.weights).substr(0, 15), nullptr, 16));
  for (int i = 0; i < faults; ++i) {
    Weights faulty = built.weights;
    const std::string fault = plant(faulty, dice);
    const bool certified = is_certified(construction, built, faulty, arithmetic, options);
    const std::optional<Failure> wrong = wrong_answer(faulty, arithmetic, task);
    CAPTURE(fault);
    CHECK_FALSE((certified && wrong.has_value()));
    ++tally.faults;
    tally.harmful += wrong ? 1 : 0;
    tally.caught += wrong && !certified ? 1 : 0;
    tally.harmless_certified += certified ? 1 : 0;
  }
}
inline void try_faults(const std::string& name, const Task& task, const std::string& format,
                       const std::string& knobs, int faults, Tally& tally) {
  try_faults(name, task, Arithmetic::uniform(Format::parse(format)), knobs, faults, tally);
}

}  // namespace carrybit::test
