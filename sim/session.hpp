#pragma once
// The forward pass, written once over an engine. A session holds a batch of sequences of equal length
// and what attention remembers of them; `advance` reads new tokens and gives logits. Teacher forcing
// is one advance over the whole sequence, generation one over the prompt and one a token: the same
// operations on the same operands, so the same bits.

#include <fmt/format.h>

#include <algorithm>

#include "precision/error.hpp"
#include "precision/exact/exact.hpp"
#include "sim/batched_attention.hpp"
#include "sim/embedding.hpp"
#include "sim/rotary.hpp"
#include "sim/uniform_sums.hpp"
#include "sim/watch.hpp"

namespace carrybit {

template <class Engine>
class Session {
  using Value = typename Engine::Value;

 public:
  /// `capacity`: the longest sequence this session will hold.
  Session(const Engine& engine, const PreparedModel<Value>& model, const Arithmetic& arithmetic,
          int inputs, int capacity, Observer* observer = nullptr)
      : engine_(engine),
        model_(model),
        config_(model.config),
        arithmetic_(arithmetic),
        inputs_(inputs),
        capacity_(capacity),
        watch_(engine_, observer),
        faults_before_(engine_.faults()) {
    for (int l = 0; l < config_.layers; ++l) {
      caches_.emplace_back(config_, inputs, capacity, engine_.zero());
    }
    stochastic_ = std::ranges::any_of(arithmetic.roles(),
                                      [](const Role* r) { return r->rounding == Rounding::sr; });
    if (config_.attention_scale == AttentionScale::inverse_sqrt) {
      attention_factor_ = attention_factor(engine_, config_);
    }
  }

  Session(const Session&) = delete;  // watch_ refers to engine_
  Session& operator=(const Session&) = delete;

  /// Reads the next tokens of every sequence; gives the logits at the new positions from `from` on
  /// (counted from the first new one): rows = tokens of the vocabulary.
  Columns<Value> advance(TokenRows tokens, int from = 0) {
    Columns<Value> x = embed(tokens);  // [width][B m]
    observe(Stage::embedding, 0, x);
    for (int l = 0; l < config_.layers; ++l) {
      number_columns(x);
      const Columns<Value> h =
          norm(l, x, Stage::attention_norm, model_.layers[layer(l)].attention_norm);
      remember(l, h);                 // K, V: [kv_heads * head_dim][B m]
      if (l == config_.layers - 1) {  // nothing later reads the rest
        x = columns_from(x, from);
        number_columns(x);
        attend(l, x, columns_from(h, from));
      } else {
        attend(l, x, h);
      }
      feed_forward(l, x);
    }
    if (config_.layers == 0) {
      x = columns_from(x, from);
      number_columns(x);
    }
    past_ += static_cast<int>(tokens.front().size());
    x = norm(config_.layers, x, Stage::final_norm, model_.final_norm);
    Columns<Value> logits =
        linear_stage(model_.head, x, RoleId::activations, config_.layers, Stage::logit);
    observe(Stage::logit, config_.layers, logits);
    return logits;
  }

  int length() const { return past_; }
  std::uint64_t faults() const { return engine_.faults() - faults_before_; }
  /// The first stage at which a `:trap` format faulted, or "".
  const std::string& first_fault() const { return first_fault_; }

 private:
  static std::size_t layer(int l) { return static_cast<std::size_t>(l); }

  Workshop<Engine> shop() {
    return {engine_, arithmetic_, stochastic_ ? column_keys_.data() : nullptr, model_.skip_zeros};
  }

  Columns<Value> embed(TokenRows tokens) {
    const int m = static_cast<int>(tokens.front().size());
    check_length(past_ + m);
    Columns<Value> x(config_.width, inputs_, m, engine_.zero());
    position_ = past_;
    number_prefixes(tokens);
    number_columns(x);
    Workshop<Engine> s = shop();
    carrybit::embed(s, model_, tokens, past_, x);
    return x;
  }

  void remember(int l, const Columns<Value>& h) {
    const auto& weights = model_.layers[layer(l)];
    Columns<Value> k = linear_stage(weights.key, h, RoleId::activations, l, Stage::key);
    rotate(k, config_.kv_heads, l, Stage::key);
    Columns<Value> v = linear_stage(weights.value, h, RoleId::activations, l, Stage::value);
    observe(Stage::key, l, k, config_.head_dim);
    observe(Stage::value, l, v, config_.head_dim);
    Cache<Value>& cache = caches_[layer(l)];
    const Keys keys = shop().keys(l, 101);
    for (int r = 0; r < k.rows; ++r) {
      const Keys stored = keys.step(static_cast<std::uint64_t>(r));
      each(engine_, LaneOp::convert, k.row(r), {}, k.count(), k.row(r), RoleId::kv_cache, stored);
      convert_values(v.row(r), v.count(), stored);
      for (int b = 0; b < inputs_; ++b) {
        store_row(cache, r, b, k.row(r) + k.column(b, 0), v.row(r) + v.column(b, 0), k.positions);
      }
    }
  }

  void convert_values(Value* v, std::size_t n, Keys keys) {
    if (!stochastic_) {
      each(engine_, LaneOp::convert, v, {}, n, v, RoleId::kv_cache, {});
      return;
    }
    for (std::size_t i = 0; i < n; ++i) {
      v[i] = engine_.convert(v[i], RoleId::kv_cache, mix64(keys(i)));
    }
  }

  /// Channel `row` of the keys and values of one sequence's new positions.
  void store_row(Cache<Value>& cache, int row, int input, const Value* k, const Value* v,
                 int positions) {
    const int head = row / config_.head_dim;
    const int channel = row % config_.head_dim;
    const auto at = static_cast<std::size_t>(channel);
    Value* keys = cache.keys.data() + cache.key_offset(head, input) + at * cache.key_stride();
    Value* values = cache.values.data() + cache.value_offset(head, input) + at;
    bool finite = true;
    for (int i = 0; i < positions; ++i) {
      const auto t = static_cast<std::size_t>(past_ + i);
      keys[t] = k[i];
      values[t * static_cast<std::size_t>(cache.dim)] = v[i];
      finite = finite && engine_.is_finite(k[i]) && engine_.is_finite(v[i]);
      if constexpr (KnowsScores<Engine>) {
        double& reach = cache.reach_of(head, channel, input);
        reach = std::max(reach, std::fabs(k[i]));
      }
    }
    cache.finite = cache.finite && finite;
  }

  /// x <- x + W_O attention(q, K, V); h: the (normed) columns that ask.
  void attend(int l, Columns<Value>& x, const Columns<Value>& h) {
    const auto& weights = model_.layers[layer(l)];
    Columns<Value> q = linear_stage(weights.query, h, RoleId::activations, l, Stage::query);
    rotate(q, config_.heads, l, Stage::query);
    observe(Stage::query, l, q, config_.head_dim);
    Columns<Value> o(config_.heads * config_.head_dim, x.inputs, x.positions, engine_.zero());
    if (sums_may_be_shared()) {
      share_uniform_sums(engine_, config_, model_.layers[layer(l)].silent, q, position_,
                         caches_[layer(l)]);
    }
    if (!attend_batched(l, q, o)) {
      attend_rows(l, q, o);
    }
    observe(Stage::head_output, l, o, config_.head_dim);
    const Columns<Value> y =
        linear_stage(weights.output, o, RoleId::activations, l, Stage::attention);
    observe(Stage::attention, l, y);
    Workshop<Engine> s = shop();
    add_to(s, x, y, l, static_cast<int>(Stage::attention_sum));
    observe(Stage::attention_sum, l, x);
    note_fault(l, Stage::attention_sum);
  }

  void attend_rows(int l, const Columns<Value>& q, Columns<Value>& o) {
    // An observer hears of one value at a time: then nothing runs in parallel.
    const auto row_work = watch_.watches() ? std::size_t{0}
                                           : static_cast<std::size_t>(past_ + q.positions) * 16U *
                                                 static_cast<std::size_t>(config_.heads);
    for_each(engine_, q.count(), row_work, [&](Engine& e, std::size_t column) {
      for (int head = 0; head < config_.heads; ++head) {
        if (!watch_.watches() && caches_[layer(l)].finite && is_silent(l, head)) {
          continue;
        }
        attend_head(e, l, head, q, o, column);
      }
    });
  }

  bool is_silent(int l, int head) const {
    return model_.layers[layer(l)].silent[static_cast<std::size_t>(head)];
  }

  /// All queries of a sequence and head together, where queries are dense: those of hand-made weights are
  /// mostly zeros, which rows make more of.
  bool attend_batched(int l, const Columns<Value>& q, Columns<Value>& o) {
    if constexpr (HasKernels<Engine> && HasArrays<Engine>) {
      constexpr int least = 4;  // queries: fewer leave most of a tile empty
      const Cache<Value>& cache = caches_[layer(l)];
      if (model_.layers[layer(l)].query.product == nullptr || q.positions < least ||
          watch_.watches() || !cache.finite || !model_.alibi_slopes.empty() ||
          !batches_attention(engine_, arithmetic_)) {
        return false;
      }
      const auto groups = static_cast<std::size_t>(config_.kv_heads);
      const auto work = static_cast<std::size_t>(q.positions) *
                        static_cast<std::size_t>(position_ + q.positions) *
                        static_cast<std::size_t>(config_.heads / config_.kv_heads);
      for_each(engine_, static_cast<std::size_t>(q.inputs) * groups, work,
               [&](Engine& e, std::size_t i) {
                 attend_group(e, l, static_cast<int>(i % groups), static_cast<int>(i / groups), q,
                              o);
               });
      return true;
    }
    return false;
  }

  /// The query heads of one kv head.
  void attend_group(Engine& e, int l, int kv_head, int input, const Columns<Value>& q,
                    Columns<Value>& o) requires HasKernels<Engine> && HasArrays<Engine> {
    const Workshop<Engine> s{e, arithmetic_, nullptr, model_.skip_zeros};
    const int group = config_.heads / config_.kv_heads;
    BatchedAttention<Engine> batch(e, s, caches_[layer(l)], *model_.layers[layer(l)].query.product,
                                   kv_head, input, position_ + q.positions);
    constexpr int window = BatchedAttention<Engine>::window;
    const bool scaled = config_.attention_scale == AttentionScale::inverse_sqrt;
    for (int head = kv_head * group; head < (kv_head + 1) * group; ++head) {
      if (is_silent(l, head)) {
        continue;
      }
      const int channel = head * config_.head_dim;
      for (int i = 0; i < q.positions; i += window) {
        const int count = std::min(window, q.positions - i);
        const std::size_t column = q.column(input, i);
        if (!batch.attend(q.row(channel) + column, q.count(), position_ + i, count,
                          scaled ? &attention_factor_ : nullptr, o.row(channel) + column,
                          o.count())) {
          for (int k = 0; k < count; ++k) {
            attend_head(e, l, head, q, o, column + static_cast<std::size_t>(k));
          }
        }
      }
    }
  }

  /// Whether a partial sum over positions is one operation more than the one before it, and nothing else
  /// depends on the query.
  bool sums_may_be_shared() const {
    const bool may_fault = std::ranges::any_of(
        arithmetic_.roles(), [](const Role* r) { return r->format.overflow == Overflow::trap; });
    return arithmetic_.sum == Sum::sequential && arithmetic_.normalise == Normalise::output &&
           !stochastic_ && !may_fault && !watch_.watches() && model_.skip_zeros &&
           model_.alibi_slopes.empty();
  }

  void attend_head(Engine& e, int l, int head, const Columns<Value>& q, Columns<Value>& o,
                   std::size_t column) {
    const int b = static_cast<int>(column) / q.positions;
    const int t = position_ + static_cast<int>(column) % q.positions;
    const int kv_head = head / (config_.heads / config_.kv_heads);
    SparseRow<Value> query;
    for (int c = 0; c < config_.head_dim; ++c) {
      const Value& value = q.row(head * config_.head_dim + c)[column];
      if (!model_.skip_zeros || !is_plus_zero(e, value)) {
        query.index.push_back(c);
        query.value.push_back(value);
      }
    }
    Workshop<Engine> s{e, arithmetic_, stochastic_ ? column_keys_.data() : nullptr,
                       model_.skip_zeros};
    AttentionRow<Engine> row(e, s, caches_[layer(l)], s.keys(l, 102, head), column);
    std::vector<Value> out(static_cast<std::size_t>(config_.head_dim), e.zero());
    const UniformSums<Value>& known = caches_[layer(l)].uniform_sums(kv_head, b);
    if (query.index.empty() && sums_may_be_shared() && has_sums(known, t)) {
      row.take_uniform(known, t, out.data());
    } else {
      weigh(row, query, l, head, b, t);
      row.weigh_values(kv_head, b, out.data());
    }
    for (int c = 0; c < config_.head_dim; ++c) {
      o.row(head * config_.head_dim + c)[column] = out[static_cast<std::size_t>(c)];
    }
  }

  /// Scores, shift, exponentials and what normalises them.
  void weigh(AttentionRow<Engine>& row, const SparseRow<Value>& query, int l, int head, int b,
             int t) {
    const int kv_head = head / (config_.heads / config_.kv_heads);
    bool found = false;
    if constexpr (KnowsScores<Engine>) {
      found = !watch_.watches() && model_.alibi_slopes.empty() &&
              config_.attention_scale == AttentionScale::none &&
              row.find_weights(query, kv_head, b, t + 1);
    }
    if (!found) {
      row.scores(query, kv_head, b, t + 1);
      if (config_.attention_scale == AttentionScale::inverse_sqrt) {
        row.scale(attention_factor_);
      }
      if (!model_.alibi_slopes.empty()) {
        row.add_distance(model_.alibi_slopes[static_cast<std::size_t>(head)], t);
      }
      watch_.row(Stage::score, l, head, b, t, row.scores());
      if (arithmetic_.shift == Shift::max) {
        row.subtract_maximum();
        watch_.row(Stage::shifted, l, head, b, t, row.scores());
      }
      row.exponentiate();
    }
    if (arithmetic_.normalise == Normalise::weights) {
      row.divide_weights();
    }
    watch_.weights(l, head, b, t, row);
  }

  /// x <- x + W_down act(W_up h [, W_gate h])
  void feed_forward(int l, Columns<Value>& x) {
    if (config_.ffn == 0) {
      return;
    }
    const auto& weights = model_.layers[layer(l)];
    const Columns<Value> h = norm(l, x, Stage::ffn_norm, weights.ffn_norm);
    Columns<Value> gate;
    if (config_.gated()) {
      gate = linear_stage(weights.gate, h, RoleId::activations, l, Stage::gate);  // [ffn][B m]
      observe(Stage::gate, l, gate);
    }
    Columns<Value> up = linear_stage(weights.up, h, RoleId::activations, l, Stage::up);
    observe(Stage::up, l, up);
    Workshop<Engine> s = shop();
    activate(s, config_.activation, gate, up, l, static_cast<int>(Stage::hidden));
    observe(Stage::hidden, l, up);
    const Columns<Value> y = linear_stage(weights.down, up, RoleId::activations, l, Stage::down);
    observe(Stage::down, l, y);
    add_to(s, x, y, l, static_cast<int>(Stage::ffn_sum));
    observe(Stage::ffn_sum, l, x);
    note_fault(l, Stage::ffn_sum);
  }

  Columns<Value> norm(int l, const Columns<Value>& x, Stage stage,
                      const PreparedNorm<Value>& weights) {
    Workshop<Engine> s = shop();
    Columns<Value> y = normalised(s, config_, weights, x, l, static_cast<int>(stage));
    if (config_.norm != Norm::none) {
      observe(stage, l, y);
    }
    return y;
  }

  Columns<Value> linear_stage(const PreparedLinear<Value>& map, const Columns<Value>& x,
                              RoleId role, int l, Stage stage) {
    Workshop<Engine> s = shop();
    return linear(s, map, x, role, l, static_cast<int>(stage));
  }

  void rotate(Columns<Value>& y, int heads, int l, Stage stage) {
    if (config_.positions == Positions::rotary) {
      Workshop<Engine> s = shop();
      rotary_.turn(s, config_, heads, position_, s.keys(l, 103 + static_cast<int>(stage)), y);
    }
  }

  Columns<Value> columns_from(const Columns<Value>& x, int from) {
    if (from == 0) {
      return x;
    }
    position_ = past_ + from;
    Columns<Value> y(x.rows, x.inputs, x.positions - from, engine_.zero());
    for (int r = 0; r < x.rows; ++r) {
      for (int b = 0; b < x.inputs; ++b) {
        std::copy_n(x.row(r) + x.column(b, from), y.positions, y.row(r) + y.column(b, 0));
      }
    }
    return y;
  }

  /// What has been read of a sequence numbers the operations on its last token: a sequence takes the same
  /// draws in every batch and place.
  void number_prefixes(TokenRows tokens) {
    if (!stochastic_) {
      return;
    }
    prefixes_.resize(tokens.size());
    for (std::size_t b = 0; b < tokens.size(); ++b) {
      for (const int token : tokens[b]) {
        const std::uint64_t before = prefixes_[b].empty() ? 1 : prefixes_[b].back();
        prefixes_[b].push_back(mix64(mix64(before) + static_cast<std::uint64_t>(token) + 1));
      }
    }
  }
  void number_columns(const Columns<Value>& x) {
    if (!stochastic_) {
      return;
    }
    column_keys_.resize(x.count());
    for (std::size_t i = 0; i < x.count(); ++i) {
      const auto positions = static_cast<std::size_t>(x.positions);
      column_keys_[i] =
          prefixes_[i / positions][static_cast<std::size_t>(position_) + i % positions];
    }
  }

  void check_length(int length) const {
    const bool bounded = config_.positions == Positions::learned;
    if (length > capacity_ || (bounded && length > config_.max_length)) {
      throw BadInput(fmt::format("a sequence of {} tokens: this model takes at most {}", length,
                                 bounded ? config_.max_length : capacity_));
    }
  }

  void note_fault(int l, Stage stage) {
    if (first_fault_.empty() && faults() != 0) {
      first_fault_ = describe({stage, l, 0, 0, 0, 0});
    }
  }

  void observe(Stage stage, int l, const Columns<Value>& x, int head_dim = 0) {
    watch_.columns(stage, l, position_, x, head_dim);
  }

  Engine engine_;
  const PreparedModel<Value>& model_;
  const ModelConfig& config_;
  Arithmetic arithmetic_;
  int inputs_;
  int capacity_;
  int past_ = 0;      // positions read so far
  int position_ = 0;  // the position of the first column at hand
  Watch<Engine> watch_;
  std::uint64_t faults_before_;
  bool stochastic_ = false;
  std::vector<std::vector<std::uint64_t>> prefixes_;  // [input][position]
  std::vector<std::uint64_t> column_keys_;
  std::vector<Cache<Value>> caches_;
  Rotary<Engine> rotary_;
  Value attention_factor_{};
  std::string first_fault_;
};

}  // namespace carrybit
