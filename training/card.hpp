#pragma once
// The card of a saved model: how it was made, and how right it is in the simulator's own fp32.

#include <filesystem>
#include <string>

#include "training/trainer.hpp"

namespace carrybit::training {

/// How many problems a card asks; all drawn with seed 1, as `carrybit run --weights` draws them.
struct CardCounts {
  std::uint64_t full = 1000;  // uniform, n digits
  std::uint64_t carry_heavy = 1000;
  std::uint64_t each_length = 200;  // uniform, operands of exactly L digits, for every L
  std::uint64_t held_out = 1000;    // at most; where some were held out
};

/// Evaluates the model by the simulator and gives the card, one JSON object. `done` hears how far it
/// is, in problems; may be empty.
std::string model_card(const TrainSettings& settings, const Trained& trained,
                       const std::string& command, const CardCounts& counts,
                       const std::function<void(std::uint64_t, std::uint64_t)>& done);

/// FOLDER/config.json, model.safetensors (F32) and, where it is not empty, card.json.
void save_trained(const std::filesystem::path& folder, const TrainSettings& settings,
                  const Weights& weights, const std::string& card);

}  // namespace carrybit::training
