#pragma once
// What a training run is told. Together with the step number these settings decide every number
// that is drawn; on one machine they decide every bit of the result.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "arith_tasks/task.hpp"
#include "precision/format.hpp"
#include "sim/config.hpp"
#include "sim/weights.hpp"

namespace carrybit::training {

/// Which positions of the padded layout share a learned vector. Whatever is chosen, the model that
/// is saved has an ordinary table of learned positions.
enum class PositionSharing : std::uint8_t {
  absolute,  // none: one vector a position
  coupled,   // digits of equal significance, in operands and answer alike, share one
  both       // the sum of the two
};
std::string_view name(PositionSharing sharing);
/// Throws BadInput with the accepted names.
PositionSharing parse_position_sharing(std::string_view text);

enum class Schedule : std::uint8_t {
  linear,  // constant after the warm-up, then down to zero over the last `cooling` steps
  cosine   // half a cosine from the warm-up to the last step
};
std::string_view name(Schedule schedule);
/// Throws BadInput with the accepted names.
Schedule parse_schedule(std::string_view text);

/// In which numbers the forward pass of training runs. Master weights, gradients of weights and the
/// optimizer are fp32 whatever is chosen.
class TrainPrecision {
 public:
  /// "fp32": nothing is rounded. "bf16": as hardware does it, every stored tensor and the gradient
  /// that flows back through it in bf16, products and sums in fp32. Any other format that fp32
  /// holds: the weights and every stored tensor are rounded to it in the forward pass, and
  /// gradients pass as if they were not. Throws BadInput.
  static TrainPrecision parse(std::string_view text);

  const std::string& name() const { return name_; }
  /// The format of weights and activations; none for fp32.
  const std::optional<Format>& format() const { return format_; }
  bool rounds_gradients() const { return name_ == "bf16"; }

 private:
  std::string name_ = "fp32";
  std::optional<Format> format_;
};

struct TrainSettings {
  TaskSpec task;      // padded; its `digits` is n
  int shortest = 1;   // operands have `shortest` to n digits, zero-padded to n
  ModelConfig shape;  // see shape_for()
  PositionSharing positions = PositionSharing::absolute;
  TrainPrecision precision;
  /// The weights that training begins with, of `shape`; none: random ones (Network::initialise()).
  std::optional<Weights> start;
  std::uint64_t seed = 1;

  int steps = 4000;  // at most; with `target`, see there
  int batch = 256;   // problems a step
  double learning_rate = 2e-3;
  int warmup = 100;  // steps
  Schedule schedule = Schedule::linear;
  int cooling = 400;
  double weight_decay = 0.01;
  double beta1 = 0.9;
  double beta2 = 0.98;
  double clip = 1.0;  // the largest norm of a step's gradient; 0: no bound

  int curriculum = 200;      // steps over which the longest operand grows to n
  double carry_heavy = 0.3;  // share of problems made for long carries
  double hold_out = 0;       // share of all problems never trained on (see held_out())

  int validate_every = 200;
  int validate_count = 512;  // problems of each of three kinds
  /// Two validations in a row with at least this share of exact answers, of every kind: `cooling`
  /// more steps, the rate going down to zero, and training ends. 0: `steps` steps.
  double target = 0;
  bool ladder = false;  // keep the models of steps 500, 1000, 2000, 4000, ...
  int threads = 1;
  std::string device = "cpu";

  /// Throws BadInput, one line, where a setting is impossible.
  void validate() const;
};

/// As --positions takes it: how learned positions are shared, or what stands in their place.
std::string_view positions_name(const TrainSettings& settings);

/// The shape of a saved model, to go on training it for a task. Throws BadInput, which begins with
/// `where`, if the task has other tokens or is longer than the model reads.
ModelConfig shape_to_go_on(const std::string& where, const ModelConfig& saved, const Task& task);

/// The decoder for a task: vocabulary and length are the task's, a pre-norm GPT-2 block, learned
/// positions, scores divided by sqrt(head_dim), head_dim = dim / heads. Throws BadInput.
ModelConfig shape_for(const Task& task, int layers, int dim, int heads, int ffn);

}  // namespace carrybit::training
