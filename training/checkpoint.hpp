#pragma once
// The state of a run in one safetensors file of F64: parameters and the optimizer's two moments (fp32
// values, so exact), the counters, and the settings as text, a number a byte.

#include <filesystem>
#include <string>
#include <vector>

#include "training/settings.hpp"

namespace carrybit::training {

struct RunState {
  std::vector<double> parameters, mean, square;  // AdamW's first and second moments
  int step = 0;                                  // done
  int cooling_from = 0;                          // the step at which the rate starts down to zero
  int good = 0;                                  // validations in a row that met the target
  double loss_sum = 0;                           // since the last report
  int loss_count = 0;
  double last_loss = 0;
  double seconds = 0;
};

void save_checkpoint(const std::filesystem::path& file, const TrainSettings& settings,
                     const RunState& state);
/// The run goes on as if it had been started with these settings: they may ask for another number of steps as long as
/// no step that was done depends on it. Throws BadInput where the file is no checkpoint, or of other settings.
RunState load_checkpoint(const std::filesystem::path& file, const TrainSettings& settings);

/// Every setting that decides a bit of the result, one line each.
std::string settings_text(const TrainSettings& settings);

}  // namespace carrybit::training
