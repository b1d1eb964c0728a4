#pragma once
// The forward pass over all inputs at once: every position's channels are cells (ghost.hpp), carried
// through the same prepared weights, in the same order and by the same operations, as the simulator's
// pass carries numbers.
//
//   Pass pass(weights, arithmetic, tokens);     embedding done
//   pass.attend(0);  pass.feed_forward(0);      a layer
//   pass.cell(position, channel)                what is known
//
// Where a number depends on too many unknowns a proof may say more than the pass can find: a rule for a
// head or for a row of an FFN takes over (nearest.hpp, carry.hpp, disjunction.hpp). Whatever neither knows becomes
// an interval, and whoever needs it throws NotCertified.

#include <functional>
#include <map>
#include <memory>

#include "proofs_check/rows.hpp"
#include "sim/weights.hpp"

namespace carrybit::certificates {

/// What stands at each position: a token, or any of the tokens 0..P-1 (an atom).
struct TokenSlot {
  int token = -1;  // -1: a digit
};

/// The values of one head, from which a query's outputs are made: [position][component].
using HeadCells = std::vector<std::vector<Cell>>;

struct HeadInputs {
  int layer = 0;
  int head = 0;
  HeadCells queries, keys, values;
  std::vector<int> used;  // components that any query reads or any value fills
};

class Pass;

/// Outputs of a head at some queries: position -> cells of all components. Others are left to the pass.
using HeadRule = std::function<std::map<int, std::vector<Cell>>(Pass&, const HeadInputs&)>;
/// The value of a channel after an FFN at some position, or nothing.
using RowRule = std::function<std::optional<Cell>(Pass&, int position, int channel)>;

class Pass {
 public:
  /// Throws BadInput where the model is not of the constructions' kind (no norm, learned positions,
  /// unscaled scores, ReLU or ReGLU), NotCertified where the arithmetic is not one this pass can follow.
  Pass(const Weights& weights, const Arithmetic& arithmetic, const std::vector<TokenSlot>& tokens,
       int digits, int first_answering);

  int length() const { return static_cast<int>(x_.size()); }
  Ghosts& ghosts() { return ghosts_; }
  Rows& rows() { return *rows_; }
  const PreparedModel<double>& model() const { return model_; }
  const ModelConfig& config() const { return model_.config; }

  /// The atom of the digit at a position.
  int digit(int position) const { return digits_.at(static_cast<std::size_t>(position)); }
  Cell& cell(int position, int channel) {
    return x_.at(static_cast<std::size_t>(position)).at(static_cast<std::size_t>(channel));
  }
  std::span<const Cell> row(int position) const {
    return x_.at(static_cast<std::size_t>(position));
  }

  void attend(int layer, const std::map<int, HeadRule>& rules = {});
  /// Rules by channel.
  void feed_forward(int layer, const std::map<int, RowRule>& rules = {});
  /// At one position.
  void feed_forward_at(int layer, int position, const std::map<int, RowRule>& rules = {});
  /// Does any head of a layer bring anything?
  bool fetches(int layer) const;
  /// Does a layer's attention, or its FFN, have weights into a channel?
  bool attention_writes(int layer, int channel) const;
  bool feed_forward_writes(int layer, int channel) const;
  /// Logit of a token.
  Cell logit(int position, int token);
  /// Nothing after layer `layer`'s attention reads a position before the answers.
  bool is_read_later(int layer, int position) const {
    return layer < last_attentive_ || position >= first_answering_;
  }
  /// What a head gave at a position in the layer last attended, before the output map.
  const Cell& head_output(int position, int head, int component) const {
    return o_.at(static_cast<std::size_t>(position))
        .at(static_cast<std::size_t>(head * config().head_dim + component));
  }
  /// All heads' outputs there.
  std::span<const Cell> head_outputs(int position) const {
    return o_.at(static_cast<std::size_t>(position));
  }
  /// May an operation give infinity or NaN? Then nothing may overflow, whoever reads it: the simulator
  /// multiplies by the zeros of a row that has an infinity, and 0 times infinity is not 0.
  bool may_overflow() const { return may_overflow_; }
  /// A hidden unit at a position, after its activation.
  Cell hidden(int layer, int unit, int position);

 private:
  void check_arithmetic() const;
  void embed(const std::vector<TokenSlot>& tokens, int digits);
  HeadInputs inputs(int layer, int head);
  void check_units(int layer, int position);
  bool units_stay_finite(int layer, std::span<const Cell> x);
  std::optional<Cell> hinges(int layer, int channel, int position);
  std::optional<std::vector<double>> hinge_points(int layer, int channel, double low, double high);
  double hinge_sum(int layer, int channel, double argument, double old);

  Ghosts ghosts_;
  Arithmetic arithmetic_;
  std::unique_ptr<Rows> rows_;
  PreparedModel<double> model_;
  std::vector<int> digits_;
  std::vector<std::vector<Cell>> x_;            // [position][channel]
  std::vector<std::vector<Cell>> o_;            // [position][head * dim + component]
  std::map<std::vector<double>, Cell> hinges_;  // what hinges() found
  std::vector<std::vector<double>> safe_;       // [layer][channel]: what check_units() has allowed
  bool may_overflow_ = false;
  int first_answering_ = 0;
  int last_attentive_ = -1;  // the last layer with a head that is not all zero
};

}  // namespace carrybit::certificates
