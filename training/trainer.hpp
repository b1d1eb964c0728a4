#pragma once
// The training loop. Problems, initial weights and validation are functions of the settings; a run
// that was stopped and resumed ends with the same bits as one that was not, on the same machine.

#include <filesystem>
#include <functional>

#include "sim/weights.hpp"
#include "training/settings.hpp"

namespace carrybit::training {

/// Exact answers of a validation, as shares.
struct Validation {
  double lengths = 0;      // one length for all operands, 1 to n
  double full = 0;         // n digits
  double carry_heavy = 0;  // made for long carries
};

struct Progress {
  int step = 0;     // done so far
  double loss = 0;  // mean over the steps since the last report, in nats an answer token
  double learning_rate = 0;
  Validation exact;
  double seconds = 0;  // since this run began
};

struct Trained {
  bool finished = true;  // false: paused or stopped, to be resumed
  Weights weights;
  int steps = 0;
  double loss = 0;     // as Progress has it, the last
  double seconds = 0;  // of all runs that made it
  std::int64_t parameters = 0;
};

struct TrainCalls {
  std::function<void(const Progress&)> progress;  // after every validation
  /// With settings.ladder: the model after `step` steps.
  std::function<void(int step, const Weights&)> rung;
};

/// Where the state of a run is kept.
struct CheckpointUse {
  std::filesystem::path file;  // written at every validation and at a pause; empty: nowhere
  bool resume = false;         // go on from it
  int pause_at = 0;            // stop after this step, as if interrupted; 0: do not
};

/// Trains a model. Throws BadInput: a setting, a device that is not there, a checkpoint of another
/// run.
Trained train(const TrainSettings& settings, const CheckpointUse& checkpoint,
              const TrainCalls& calls);

/// Stops a running train() after its step, its checkpoint written. May be called from a signal
/// handler.
void request_stop();

}  // namespace carrybit::training
