#pragma once
// Who watches a forward pass: every intermediate value by name.

#include <cstdint>
#include <string>
#include <string_view>

#include "precision/number.hpp"

namespace carrybit {

/// The stages of a forward pass, in their order.
enum class Stage : std::uint8_t {
  embedding,       // channel
  attention_norm,  // channel
  query,           // head, channel of the head
  key,             // key/value head, channel
  value,           // key/value head, channel
  score,           // head, channel = key position; scaled, with ALiBi
  shifted,         // head, channel = key position; maximum subtracted
  weight,          // head, channel = key position; exp, divided under normalise = weights
  normaliser,      // head; the sum of the exponentials
  head_output,     // head, channel
  attention,       // channel; output projection
  attention_sum,   // channel; residual stream after attention
  ffn_norm,        // channel
  gate,            // unit
  up,              // unit
  hidden,          // unit
  down,            // channel
  ffn_sum,         // channel; residual stream after the FFN
  final_norm,      // channel
  logit            // channel = token
};
std::string_view name(Stage stage);

/// Where a value stands. Unused fields are 0.
struct Site {
  Stage stage = Stage::embedding;
  int layer = 0;
  int head = 0;
  int input = 0;     // which sequence of the batch
  int position = 0;  // which token
  int channel = 0;

  bool operator==(const Site&) const = default;
};
/// "layer 2, head 1, score at position 17, key 3"
std::string describe(const Site& site);

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void record(const Site& site, const Number& value) = 0;
};

}  // namespace carrybit
