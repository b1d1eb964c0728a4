#include "app/explain.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>

#include "app/decimals.hpp"
#include "arith_tasks/layout.hpp"
#include "sim/trace.hpp"

namespace carrybit::app {

namespace {

/// Reads a trace backwards: from the wrong logits through the weights that made them, to the first
/// operation whose operands are right and whose result is not. What a wrong answer does not depend on
/// (attention rows that nobody reads, heads of zeros) is never looked at.
class Detective {
 public:
  Detective(const ModelChoice& choice, const Trace& trace, int position)
      : choice_(choice), weights_(choice.weights), position_(position) {
    for (const TraceEntry& e : trace.entries()) {
      entries_[key(e.site.stage, e.site.layer, e.site.head, e.site.position, e.site.channel)] = &e;
    }
  }

  std::string report() {
    layer_ = weights_.config.layers - 1;
    suspects_ = wrong_logit_channels();
    say("the logits at {} are wrong: {}", where(position_),
        named(suspects_, Stage::ffn_sum, layer_));
    while (layer_ >= 0 && !suspects_.empty() && step_back()) {
    }
    if (layer_ < 0) {
      say("the tables say so: {} at {}", named(suspects_, Stage::embedding, 0), where(position_));
    }
    return text_;
  }

 private:
  using Channels = std::set<int>;
  using Key = std::tuple<Stage, int, int, int, int>;

  static Key key(Stage stage, int layer, int head, int position, int channel) {
    return {stage, layer, head, position, channel};
  }
  const TraceEntry* at(Stage stage, int layer, int head, int channel, int position) const {
    const auto found = entries_.find(key(stage, layer, head, position, channel));
    return found == entries_.end() ? nullptr : found->second;
  }
  bool wrong(Stage stage, int layer, int head, int channel, int position) const {
    const TraceEntry* e = at(stage, layer, head, channel, position);
    return e != nullptr && parts_by_more_than(e->value, e->exact, 0);
  }
  bool wrong(Stage stage, int layer, int channel) const {
    return wrong(stage, layer, 0, channel, position_);
  }
  /// Is a channel of the residual stream wrong before a layer?
  bool wrong_before(int layer, int channel, int position) const {
    return layer == 0 ? wrong(Stage::embedding, 0, 0, channel, position)
                      : wrong(Stage::ffn_sum, layer - 1, 0, channel, position);
  }

  /// Channels in which a weight row is not zero and `is_wrong` holds.
  template <class Predicate>
  static Channels read_by(const Matrix& m, int row, const Predicate& is_wrong) {
    Channels channels;
    for (int c = 0; c < m.cols; ++c) {
      if (m.at(row, c) != 0 && is_wrong(c)) {
        channels.insert(c);
      }
    }
    return channels;
  }

  Channels wrong_logit_channels() const {
    const Matrix& head =
        weights_.config.tied_head ? weights_.token_embedding : weights_.head.weight;
    Channels channels;
    for (int token = 0; token < head.rows; ++token) {
      channels.merge(read_by(head, token, [&](int c) { return wrong(Stage::ffn_sum, layer_, c); }));
    }
    return channels;
  }

  /// One layer back, or to another position; false where the culprit is found.
  bool step_back() {
    const auto l = static_cast<std::size_t>(layer_);
    Channels before_ffn;
    for (const int c : suspects_) {
      if (wrong(Stage::attention_sum, layer_, c)) {
        before_ffn.insert(c);
      }
    }
    if (!through_ffn(weights_.layers[l], before_ffn)) {
      return false;
    }
    if (const auto culprit = wrong_head(weights_.layers[l], before_ffn)) {
      return through_head(weights_.layers[l], culprit->first, culprit->second);
    }
    Channels before;
    for (const int c : before_ffn) {
      if (wrong_before(layer_, c, position_)) {
        before.insert(c);
      }
    }
    if (before.empty()) {
      say("layer {}: the sum into the residual stream comes out wrong there: {}", layer_,
          named(before_ffn, Stage::attention_sum, layer_));
      return false;
    }
    suspects_ = before;
    --layer_;
    return true;
  }

  /// Adds to `before_ffn` the channels that wrong hidden units read; false where the FFN itself errs.
  bool through_ffn(const LayerWeights& w, Channels& before_ffn) {
    for (const int c : suspects_) {
      if (weights_.config.ffn == 0 || !wrong(Stage::down, layer_, c)) {
        continue;
      }
      const Channels units =
          read_by(w.down.weight, c, [&](int u) { return wrong(Stage::hidden, layer_, u); });
      if (units.empty()) {
        say("layer {}: the FFN's sum into {} comes out wrong: {}", layer_, channel(c),
            values(Stage::down, layer_, 0, c));
        return false;
      }
      const auto is_wrong = [&](int x) { return wrong(Stage::attention_sum, layer_, x); };
      Channels inputs = read_by(w.up.weight, *units.begin(), is_wrong);
      if (weights_.config.gated()) {
        inputs.merge(read_by(w.gate.weight, *units.begin(), is_wrong));
      }
      if (inputs.empty()) {
        say("layer {}: hidden unit {}, which writes {}, comes out wrong from right inputs: {}",
            layer_, *units.begin(), channel(c), values(Stage::hidden, layer_, 0, *units.begin()));
        return false;
      }
      before_ffn.merge(inputs);
    }
    return true;
  }

  /// The first head and channel of it that brought something wrong into these channels.
  std::optional<std::pair<int, int>> wrong_head(const LayerWeights& w,
                                                const Channels& channels) const {
    const int dim = weights_.config.head_dim;
    for (const int c : channels) {
      if (!wrong(Stage::attention, layer_, c)) {
        continue;
      }
      const Channels rows = read_by(w.output.weight, c, [&](int r) {
        return wrong(Stage::head_output, layer_, r / dim, r % dim, position_);
      });
      if (!rows.empty()) {
        return std::pair{*rows.begin() / dim, *rows.begin() % dim};
      }
    }
    return std::nullopt;
  }

  Channels heard(int head, bool in_reference) const {
    Channels keys;
    for (int j = 0; j <= position_; ++j) {
      const TraceEntry* e = at(Stage::weight, layer_, head, j, position_);
      if (e != nullptr && !(in_reference ? e->exact : e->value).is_zero()) {
        keys.insert(j);
      }
    }
    return keys;
  }

  bool through_head(const LayerWeights& w, int head, int head_channel) {
    const int dim = weights_.config.head_dim;
    const int kv_head = head / (weights_.config.heads / weights_.config.kv_heads);
    const Channels here = heard(head, false);
    const Channels there = heard(head, true);
    say("layer {}, head {} at {} brings {}", layer_, head, where(position_),
        values(Stage::head_output, layer_, head, head_channel));
    if (here != there) {
      say("  it listens to position {}; right would be {}", positions(here), positions(there));
      return through_scores(w, head, kv_head, here, there);
    }
    const int row = kv_head * dim + head_channel;
    for (const int j : here) {
      const Channels said =
          read_by(w.value.weight, row, [&](int c) { return wrong_before(layer_, c, j); });
      if (!said.empty()) {
        position_ = j;
        suspects_ = said;
        --layer_;
        say("  it rightly listens to {}, where the wrong thing stands: {}", where(j),
            named(said, Stage::ffn_sum, layer_));
        return true;
      }
    }
    say("  it listens to the right {} positions, whose values are right: their sum or its division "
        "is not",
        here.size());
    return false;
  }

  /// Why a row listens to the wrong key: a wrong query, a wrong key, or scores that do not fit.
  bool through_scores(const LayerWeights& w, int head, int kv_head, const Channels& here,
                      const Channels& there) {
    const int dim = weights_.config.head_dim;
    Channels asked = {position_};
    asked.insert(here.begin(), here.end());
    asked.insert(there.begin(), there.end());
    for (const int j : asked) {
      Channels channels;
      for (int c = 0; c < dim; ++c) {
        const auto is_wrong = [&](int x) { return wrong_before(layer_, x, j); };
        if (j == position_) {
          channels.merge(read_by(w.query.weight, head * dim + c, is_wrong));
        }
        channels.merge(read_by(w.key.weight, kv_head * dim + c, is_wrong));
      }
      if (!channels.empty()) {
        position_ = j;
        suspects_ = channels;
        --layer_;
        say("  because of what stands at {}: {}", where(j),
            named(channels, Stage::ffn_sum, layer_));
        return true;
      }
    }
    say("  query and keys are right: the scores do not fit, or exp does not tell them apart");
    for (const int j : asked) {
      const TraceEntry* e = at(Stage::score, layer_, head, j, position_);
      if (e != nullptr && (here.contains(j) || there.contains(j))) {
        say("    score of position {}: {} (right run: {})", j, short_decimal(e->value),
            short_decimal(e->exact));
      }
    }
    return false;
  }

  // --- words ----------------------------------------------------------------------------------------

  template <class... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    text_ += "  " + fmt::format(text, std::forward<Args>(args)...) + "\n";
  }
  std::string where(int position) const {
    return fmt::format("position {} ({})", position, describe(choice_.task, position));
  }
  std::string channel(int c) const {
    return static_cast<std::size_t>(c) < choice_.channels.size()
               ? choice_.channels[static_cast<std::size_t>(c)]
               : fmt::format("channel {}", c);
  }
  std::string values(Stage stage, int layer, int head, int c) const {
    const TraceEntry* e = at(stage, layer, head, c, position_);
    return e == nullptr
               ? "?"
               : fmt::format("{} instead of {}", short_decimal(e->value), short_decimal(e->exact));
  }
  /// "pr = 1 instead of 0, g = …" for channels of the residual stream after a layer (-1: the tables).
  std::string named(const Channels& channels, Stage stage, int layer) const {
    std::string text;
    int shown = 0;
    for (const int c : channels) {
      if (++shown > 4) {
        return text + fmt::format(", … ({} channels)", channels.size());
      }
      const bool table = stage == Stage::embedding || layer < 0;
      text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", channel(c),
                          values(table ? Stage::embedding : stage, table ? 0 : layer, 0, c));
    }
    return text;
  }
  static std::string positions(const Channels& keys) {
    std::string text;
    int shown = 0;
    for (const int j : keys) {
      if (++shown > 4) {
        return text + fmt::format(", … ({} in all)", keys.size());
      }
      text += fmt::format("{}{}", text.empty() ? "" : ", ", j);
    }
    return text.empty() ? "none" : text;
  }

  const ModelChoice& choice_;
  const Weights& weights_;
  std::map<Key, const TraceEntry*> entries_;
  int position_;
  int layer_ = 0;
  Channels suspects_;
  std::string text_;
};

}  // namespace

std::string explain(const ModelChoice& choice, const std::vector<int>& tokens) {
  const Simulator model(choice.weights, choice.arithmetic);
  const Simulator reference(choice.reference, choice.reference_arithmetic);
  const Trace trace = Trace::compare(model, reference, tokens);
  return fmt::format("compared with {}:\n", describe(choice.reference_arithmetic)) +
         Detective(choice, trace, static_cast<int>(tokens.size()) - 1).report();
}

}  // namespace carrybit::app
