#pragma once
// The shape of a decoder-only transformer. GPT-2, Llama and the hand-made constructions are values
// of this type, not code.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carrybit {

enum class Activation : std::uint8_t {
  relu,   // max(x, 0)
  gelu,   // x * (1 + erf(x / sqrt 2)) / 2, exact
  reglu,  // relu(gate) * up
  swiglu  // gate / (1 + exp(-gate)) * up
};
enum class Norm : std::uint8_t { none, layer_norm, rms_norm };
enum class Positions : std::uint8_t { none, learned, sinusoidal, rotary, alibi };
enum class AttentionScale : std::uint8_t {
  none,         // scores are q . k
  inverse_sqrt  // q . k / sqrt(head_dim)
};

/// All sizes are counts. A model maps at most `max_length` tokens of `vocabulary` kinds to logits.
struct ModelConfig {
  std::string name;
  int vocabulary = 0;
  int max_length =
      0;          // T: rows of the position table; rotary and ALiBi models may leave 0 (no bound)
  int width = 0;  // d_model: channels of the residual stream
  int layers = 0;
  int heads = 0;  // query heads
  int kv_heads =
      0;  // key/value heads, divides `heads` (grouped-query attention); = heads otherwise
  int head_dim = 0;  // channels of q and k (and of v) per head
  int ffn = 0;       // d_ff: hidden units; 0 = no FFN in any layer
  Activation activation = Activation::relu;
  Norm norm = Norm::none;  // pre-norm: before attention, before the FFN, and at the end
  double norm_epsilon = 1e-5;
  Positions positions = Positions::learned;
  double rotary_base = 10000.0;
  AttentionScale attention_scale = AttentionScale::none;
  bool tied_head = false;                    // the output head is the token embedding
  std::vector<std::string> vocabulary_text;  // optional: how each token is written

  bool gated() const { return activation == Activation::reglu || activation == Activation::swiglu; }

  /// Throws BadInput with one line where a size is impossible (what, where, what is accepted).
  void validate() const;

  bool operator==(const ModelConfig&) const = default;
};

std::string_view name(Activation activation);
std::string_view name(Norm norm);
std::string_view name(Positions positions);
std::string_view name(AttentionScale scale);

}  // namespace carrybit
