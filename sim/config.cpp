#include "sim/config.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <set>

#include "precision/error.hpp"
#include "sim/json_text.hpp"

namespace carrybit {

namespace {

[[noreturn]] void refuse(const ModelConfig& config, const std::string& what) {
  throw BadInput(fmt::format("configuration of {}: {}",
                             config.name.empty() ? "the model" : shown(config.name), what));
}

void check_at_least(const ModelConfig& config, const char* field, int value, int least) {
  if (value < least) {
    refuse(config, fmt::format("{} is {}; accepted: {} or more", field, value, least));
  }
}

/// heads * head_dim is a number of matrix rows.
void check_product(const ModelConfig& config, const char* fields, int a, int b) {
  if (std::int64_t{a} * b > std::numeric_limits<int>::max()) {
    refuse(config, fmt::format("{} is {} * {}; accepted: a product of at most {}", fields, a, b,
                               std::numeric_limits<int>::max()));
  }
}

void check_vocabulary_text(const ModelConfig& config) {
  const auto& texts = config.vocabulary_text;
  if (texts.empty()) {
    return;
  }
  if (texts.size() != static_cast<std::size_t>(config.vocabulary)) {
    refuse(config, fmt::format("vocabulary_text has {} entries; accepted: none, or {}, one a token",
                               texts.size(), config.vocabulary));
  }
  std::set<std::string_view> seen;
  for (const std::string& text : texts) {
    if (!text.empty() && !seen.insert(text).second) {
      refuse(config, fmt::format("vocabulary_text has {} twice; accepted: different texts, or \"\"",
                                 shown(text)));
    }
  }
}

}  // namespace

void ModelConfig::validate() const {
  check_at_least(*this, "vocabulary", vocabulary, 1);
  check_at_least(*this, "width", width, 1);
  check_at_least(*this, "layers", layers, 1);
  check_at_least(*this, "heads", heads, 1);
  check_at_least(*this, "kv_heads", kv_heads, 1);
  check_at_least(*this, "head_dim", head_dim, 1);
  check_at_least(*this, "ffn", ffn, 0);
  const bool has_table = positions == Positions::learned || positions == Positions::sinusoidal;
  check_at_least(*this, "max_length", max_length, has_table ? 1 : 0);
  if (heads % kv_heads != 0) {
    refuse(*this, fmt::format("kv_heads is {} with {} heads; accepted: a divisor of heads",
                              kv_heads, heads));
  }
  check_product(*this, "heads * head_dim", heads, head_dim);
  if (positions == Positions::rotary && head_dim % 2 != 0) {
    refuse(*this,
           fmt::format("head_dim is {} with rotary positions; accepted: an even number", head_dim));
  }
  if (!std::isfinite(norm_epsilon) || norm_epsilon < 0) {
    refuse(*this,
           fmt::format("norm_epsilon is {}; accepted: a finite number, 0 or more", norm_epsilon));
  }
  if (!std::isfinite(rotary_base) || rotary_base <= 0) {
    refuse(*this, fmt::format("rotary_base is {}; accepted: a finite number above 0", rotary_base));
  }
  check_vocabulary_text(*this);
}

std::string_view name(Activation activation) {
  switch (activation) {
    case Activation::relu: return "relu";
    case Activation::gelu: return "gelu";
    case Activation::reglu: return "reglu";
    case Activation::swiglu: return "swiglu";
  }
  return "?";
}

std::string_view name(Norm norm) {
  switch (norm) {
    case Norm::none: return "none";
    case Norm::layer_norm: return "layer_norm";
    case Norm::rms_norm: return "rms_norm";
  }
  return "?";
}

std::string_view name(Positions positions) {
  switch (positions) {
    case Positions::none: return "none";
    case Positions::learned: return "learned";
    case Positions::sinusoidal: return "sinusoidal";
    case Positions::rotary: return "rotary";
    case Positions::alibi: return "alibi";
  }
  return "?";
}

std::string_view name(AttentionScale scale) {
  switch (scale) {
    case AttentionScale::none: return "none";
    case AttentionScale::inverse_sqrt: return "inverse_sqrt";
  }
  return "?";
}

}  // namespace carrybit
