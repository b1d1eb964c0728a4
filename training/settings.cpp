#include "training/settings.hpp"

#include <fmt/format.h>

#include <array>

#include "arith_tasks/vocabulary.hpp"
#include "experiments/words.hpp"
#include "precision/error.hpp"

namespace carrybit::training {

namespace {

/// fp32 holds 24 significand bits, multiples of 2^-149, and nothing from 2^128 on.
bool fp32_holds(const Format& format) {
  constexpr int significand = 24;
  constexpr int least = -149;
  if (format.is_fixed()) {
    return format.precision() <= significand && -format.fraction_bits >= least;
  }
  return !format.has_unbounded_exponent() && format.precision() <= significand &&
         format.min_quantum() >= least && format.max_exponent() <= 127;
}

template <typename Enum, std::size_t N>
Enum parse_name(std::string_view what, std::string_view text, const std::array<Enum, N>& values) {
  std::vector<std::string_view> names;
  for (const Enum value : values) {
    if (name(value) == text) {
      return value;
    }
    names.push_back(name(value));
  }
  throw BadInput(fmt::format("{}: '{}' is not one of {}{}", what, text, listed(names),
                             did_you_mean(text, names)));
}

void check_share(const char* option, double value, bool may_be_one) {
  if (!(value >= 0) || value > 1 || (!may_be_one && value == 1)) {
    throw BadInput(fmt::format("{}: {} is no share; accepted: 0 to {}", option, value,
                               may_be_one ? "1" : "less than 1"));
  }
}

void check_least(const char* option, double value, double least) {
  if (!(value >= least)) {
    throw BadInput(fmt::format("{}: {} is too small; accepted: {} or more", option, value, least));
  }
}

}  // namespace

std::string_view name(PositionSharing sharing) {
  switch (sharing) {
    case PositionSharing::absolute: return "absolute";
    case PositionSharing::coupled: return "coupled";
    case PositionSharing::both: break;
  }
  return "both";
}

PositionSharing parse_position_sharing(std::string_view text) {
  return parse_name(
      "--positions", text,
      std::array{PositionSharing::absolute, PositionSharing::coupled, PositionSharing::both});
}

std::string_view name(Schedule schedule) {
  return schedule == Schedule::linear ? "linear" : "cosine";
}

Schedule parse_schedule(std::string_view text) {
  return parse_name("--schedule", text, std::array{Schedule::linear, Schedule::cosine});
}

TrainPrecision TrainPrecision::parse(std::string_view text) {
  TrainPrecision p;
  if (text == "fp32") {
    return p;
  }
  p.format_ = Format::parse(text);
  if (!fp32_holds(*p.format_)) {
    throw BadInput(fmt::format(
        "--precision {}: training runs on fp32; accepted: fp32, bf16, or a format all of whose "
        "values fp32 holds",
        text));
  }
  p.name_ = text == "bf16" ? "bf16" : p.format_->name();
  return p;
}

void TrainSettings::validate() const {
  const Task checked(task);
  if (!task.padded) {
    throw BadInput("training reads padded problems only");
  }
  if (shortest < 1 || shortest > task.digits) {
    throw BadInput(
        fmt::format("--length: operands of {} to {} digits; accepted: 1 <= a <= b in "
                    "a..b",
                    shortest, task.digits));
  }
  shape.validate();
  if (start) {
    ModelConfig same = start->config;
    same.name = shape.name;
    if (same != shape || positions != PositionSharing::absolute) {
      throw BadInput(
          "--from: weights of another shape; accepted: the model's own shape, and a position of "
          "its own for every token");
    }
    start->validate();
  }
  check_least("--steps", steps, 1);
  check_least("--batch", batch, 1);
  check_least("--warmup", warmup, 0);
  check_least("--cooling", cooling, 0);
  check_least("--curriculum", curriculum, 0);
  check_least("--validate-every", validate_every, 1);
  check_least("--validate-count", validate_count, 1);
  check_least("--lr", learning_rate, 0);
  check_least("--weight-decay", weight_decay, 0);
  check_least("--clip", clip, 0);
  check_least("--threads", threads, 1);
  check_share("--carry-heavy", carry_heavy, true);
  check_share("--target", target, true);
  check_share("--hold-out", hold_out, false);
}

std::string_view positions_name(const TrainSettings& settings) {
  const Positions positions = settings.shape.positions;
  return positions == Positions::learned ? name(settings.positions) : name(positions);
}

ModelConfig shape_to_go_on(const std::string& where, const ModelConfig& saved, const Task& task) {
  const Vocabulary vocabulary(task);
  bool same = saved.vocabulary == vocabulary.size();
  for (std::size_t t = 0; same && t < saved.vocabulary_text.size(); ++t) {
    same = saved.vocabulary_text[t] == vocabulary.text(static_cast<Token>(t));
  }
  if (!same) {
    throw BadInput(
        fmt::format("{}: a model of {} tokens, which are not the {} of {}; accepted: a model made "
                    "for the same base, signs and digits a token",
                    where, saved.vocabulary, vocabulary.size(), task.name()));
  }
  if (saved.max_length < task.input_tokens()) {
    throw BadInput(
        fmt::format("{}: reads at most {} tokens, {} has {}; accepted: a smaller --length", where,
                    saved.max_length, task.name(), task.input_tokens()));
  }
  return saved;
}

ModelConfig shape_for(const Task& task, int layers, int dim, int heads, int ffn) {
  if (heads < 1 || dim < 1 || dim % heads != 0) {
    throw BadInput(fmt::format(
        "--dim {}: {} heads must share it evenly; accepted: a multiple of --heads", dim, heads));
  }
  const Vocabulary vocabulary(task);
  ModelConfig c;
  c.vocabulary = vocabulary.size();
  c.max_length = task.input_tokens();
  c.width = dim;
  c.layers = layers;
  c.heads = heads;
  c.kv_heads = heads;
  c.head_dim = dim / heads;
  c.ffn = ffn;
  c.norm = Norm::layer_norm;
  c.attention_scale = AttentionScale::inverse_sqrt;
  for (Token t = 0; t < vocabulary.size(); ++t) {
    c.vocabulary_text.push_back(vocabulary.text(t));
  }
  c.validate();
  return c;
}

}  // namespace carrybit::training
