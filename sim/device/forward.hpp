#pragma once
// The forward pass on a device, written once over a backend (precision/cuda/host_backend.hpp says what that has).
// Weights go to the device once; activations stay there from the tokens to the best tokens.
//
// Keys and values stay too, so that reading the whole of an answer, reading a long sequence in parts and writing
// token by token are the same `advance`, and a written token costs one column, not the sequence again.

#include <algorithm>

#include "sim/device/device.hpp"
#include "sim/device/steps.hpp"

namespace carrybit::device {

/// A model's arrays on the device.
template <class Backend>
struct Uploaded {
  template <class T>
  using Array = typename Backend::template Array<T>;

  struct Map {
    explicit Map(const Linear& l)
        : rows(l.rows), terms(l.terms), weight(l.weight), bias(l.bias), reach(l.reach) {}
    int rows, terms;
    Array<double> weight, bias;
    Array<cuda::Reach> reach;
  };
  struct Scale {
    explicit Scale(const Norm& n) : scale(n.scale), shift(n.shift) {}
    Array<double> scale, shift;
  };
  struct Block {
    explicit Block(const Layer& l)
        : attention_norm(l.attention_norm),
          ffn_norm(l.ffn_norm),
          query(l.query),
          key(l.key),
          value(l.value),
          output(l.output),
          gate(l.gate),
          up(l.up),
          down(l.down) {}
    Scale attention_norm, ffn_norm;
    Map query, key, value, output, gate, up, down;
  };

  explicit Uploaded(const Model& m)
      : token_embedding(m.token_embedding),
        position_embedding(m.position_embedding),
        final_norm(m.final_norm),
        head(m.head),
        alibi_slopes(m.alibi_slopes) {
    for (const Layer& l : m.layers) {
      layers.emplace_back(l);
    }
  }

  Array<double> token_embedding, position_embedding;
  std::vector<Block> layers;
  Scale final_norm;
  Map head;
  Array<double> alibi_slopes;
  Array<double> positions;  // Model::positions of `known` positions
  int known = 0;
};

template <class Backend>
class SessionOn final : public Session {
  template <class T>
  using Array = typename Backend::template Array<T>;
  using Weights = Uploaded<Backend>;

 public:
  SessionOn(const Model& model, const Weights& weights, int inputs, int capacity)
      : model_(model),
        config_(model.config),
        weights_(weights),
        capacity_(static_cast<std::size_t>(capacity)),
        undecided_(std::vector<char>(static_cast<std::size_t>(inputs), 0)) {
    window_.inputs = inputs;
    for (int l = 0; l < config_.layers; ++l) {
      const std::size_t size = size_of(config_.kv_heads * config_.head_dim) *
                               static_cast<std::size_t>(inputs) * capacity_;
      keys_.emplace_back(size);
      values_.emplace_back(size);
    }
  }

  Answer advance(std::span<const std::vector<int>> tokens, int from, bool logits) override {
    window_.m = static_cast<int>(tokens.front().size());
    window_.past = past_;
    Array<double> x = embed(tokens);
    for (int l = 0; l < config_.layers; ++l) {
      const typename Weights::Block& layer = weights_.layers[size_of(l)];
      const Array<double> normed = norm(x, layer.attention_norm);
      const Array<double>& h = config_.norm == carrybit::Norm::none ? x : normed;
      remember(l, h);
      if (l + 1 == config_.layers && from > 0) {  // nothing later reads the rest
        const Array<double> asking = columns_from(h, from);
        x = columns_from(x, from);
        begin_at(from);
        attend(l, x, asking);
      } else {
        attend(l, x, h);
      }
      feed_forward(layer, x);
    }
    if (config_.layers == 0 && from > 0) {
      x = columns_from(x, from);
      begin_at(from);
    }
    past_ += static_cast<int>(tokens.front().size());
    const Array<double> normed = norm(x, weights_.final_norm);
    return answer(linear(weights_.head, config_.norm == carrybit::Norm::none ? x : normed), logits);
  }

  std::vector<char> undecided() override { return undecided_.host(); }

 private:
  static std::size_t size_of(int n) { return static_cast<std::size_t>(n); }
  std::size_t columns() const { return window_.columns(); }
  void begin_at(int from) {
    window_.past += from;
    window_.m -= from;
  }

  Array<double> embed(std::span<const std::vector<int>> tokens) {
    std::vector<int> flat;
    for (const auto& row : tokens) {
      flat.insert(flat.end(), row.begin(), row.end());
    }
    const Array<int> at(flat);
    const bool added =
        config_.positions == Positions::learned || config_.positions == Positions::sinusoidal;
    const Array<double>& table =
        config_.positions == Positions::learned ? weights_.position_embedding : weights_.positions;
    Array<double> x(size_of(config_.width) * columns());
    Backend::launch(x.size(),
                    Embed{at.get(), weights_.token_embedding.get(), added ? table.get() : nullptr,
                          config_.width, window_, model_.roles.activations, x.get()});
    return x;
  }

  /// Empty without norm.
  Array<double> norm(const Array<double>& x, const typename Weights::Scale& scale) {
    if (config_.norm == carrybit::Norm::none) {
      return {};
    }
    Array<double> squares(x.size());
    Array<double> y(x.size());
    Backend::launch(columns(),
                    NormColumn{x.get(), scale.scale.get(),
                               scale.shift.size() == 0 ? nullptr : scale.shift.get(), config_.width,
                               columns(), config_.norm == carrybit::Norm::layer_norm, model_.roles,
                               squares.get(), y.get()});
    return y;
  }

  Array<double> linear(const typename Weights::Map& map, const Array<double>& x) {
    Array<double> y(size_of(map.rows) * columns());
    cuda::Product p;
    p.w = map.weight.get();
    p.x = x.get();
    p.y = y.get();
    p.rows = map.rows;
    p.terms = map.terms;
    p.columns = columns();
    p.sums = model_.roles.sums;
    p.finish = {map.bias.size() == 0 ? nullptr : map.bias.get(), model_.roles.converts_sums,
                model_.roles.activations};
    p.shortcuts = model_.map_ways;
    if (p.shortcuts.kind == cuda::Shortcuts::Kind::none) {
      Backend::launch(y.size(), cuda::Entry{p});
      return y;
    }
    Array<cuda::Reach> one(columns());
    Array<cuda::Reach> block((columns() + cuda::tile::side - 1) / cuda::tile::side);
    Backend::launch(one.size(), cuda::ColumnReach{x.get(), map.terms, columns(), one.get()});
    Backend::launch(block.size(), cuda::BlockReach{one.get(), columns(), block.get()});
    p.row_reach = map.reach.get();
    p.column_reach = block.get();
    Backend::multiply(p);
    return y;
  }

  void rotate(Array<double>& y, int heads) {
    if (config_.positions == Positions::rotary) {
      Backend::launch(size_of(heads * (config_.head_dim / 2)) * columns(),
                      Rotate{y.get(), weights_.positions.get(), config_.head_dim, window_,
                             model_.roles.activations});
    }
  }

  void remember(int l, const Array<double>& h) {
    const typename Weights::Block& layer = weights_.layers[size_of(l)];
    Array<double> k = linear(layer.key, h);
    rotate(k, config_.kv_heads);
    const Array<double> v = linear(layer.value, h);
    const lane::Context& role = model_.roles.kv_cache;
    Backend::launch(k.size(), Remember{k.get(), window_, capacity_, role, keys_[size_of(l)].get()});
    Backend::launch(v.size(),
                    Remember{v.get(), window_, capacity_, role, values_[size_of(l)].get()});
  }

  /// x <- x + W_O attention(q, K, V); h: the (normed) columns that ask.
  void attend(int l, Array<double>& x, const Array<double>& h) {
    const typename Weights::Block& layer = weights_.layers[size_of(l)];
    Array<double> q = linear(layer.query, h);
    rotate(q, config_.heads);
    Array<double> o(q.size());
    const std::size_t rows = size_of(config_.heads) * columns();
    const std::size_t visible = size_of(window_.past + window_.m);
    const std::size_t most = std::clamp<std::size_t>(Backend::scores_at_once / visible, 1, rows);
    Array<double> scores(most * visible);
    Array<double> maxima(most);
    Array<double> normaliser(most);
    AttentionRows a{q.get(),
                    keys_[size_of(l)].get(),
                    values_[size_of(l)].get(),
                    scores.get(),
                    maxima.get(),
                    normaliser.get(),
                    o.get(),
                    undecided_.get(),
                    config_.positions == Positions::alibi ? weights_.alibi_slopes.get() : nullptr,
                    config_.heads,
                    config_.kv_heads,
                    config_.head_dim,
                    window_,
                    capacity_,
                    0,
                    0,
                    config_.attention_scale == AttentionScale::inverse_sqrt,
                    model_.roles,
                    model_.score_ways,
                    model_.value_ways};
    for (a.first = 0; a.first < rows; a.first += a.count) {
      a.count = std::min(most, rows - a.first);
      attend_rows(a, visible);
    }
    const Array<double> y = linear(layer.output, o);
    Backend::launch(x.size(), AddTo{x.get(), y.get(), model_.roles.activations});
  }

  static void attend_rows(const AttentionRows& a, std::size_t visible) {
    Backend::launch(visible * a.count, Score{a});
    if (a.roles.shifts) {
      Backend::launch(a.count, Maximum{a});
    }
    Backend::launch(visible * a.count, Exponential{a});
    Backend::launch(a.count, Normaliser{a});
    if (a.roles.divides_weights) {
      Backend::launch(visible * a.count, DivideWeight{a});
    }
    Backend::launch(static_cast<std::size_t>(a.dim) * a.count, WeighValues{a});
  }

  /// x <- x + W_down act(W_up h [, W_gate h])
  void feed_forward(const typename Weights::Block& layer, Array<double>& x) {
    if (config_.ffn == 0) {
      return;
    }
    const Array<double> normed = norm(x, layer.ffn_norm);
    const Array<double>& h = config_.norm == carrybit::Norm::none ? x : normed;
    Array<double> gate;
    if (config_.gated()) {
      gate = linear(layer.gate, h);
    }
    Array<double> up = linear(layer.up, h);
    Backend::launch(up.size(), Activate{config_.activation, gate.get(), up.get(), window_,
                                        model_.roles, undecided_.get()});
    const Array<double> y = linear(layer.down, up);
    Backend::launch(x.size(), AddTo{x.get(), y.get(), model_.roles.activations});
  }

  Array<double> columns_from(const Array<double>& x, int from) {
    const std::size_t channels = x.size() / columns();
    Array<double> y(channels * size_of(window_.inputs) * size_of(window_.m - from));
    Backend::launch(y.size(), ColumnsFrom{x.get(), window_, from, y.get()});
    return y;
  }

  Answer answer(const Array<double>& logits, bool wanted) {
    Array<int> best(columns());
    Backend::launch(columns(), BestToken{logits.get(), config_.vocabulary, columns(), best.get()});
    return {window_.m, best.host(), wanted ? logits.host() : std::vector<double>{}};
  }

  const Model& model_;
  const ModelConfig& config_;
  const Weights& weights_;
  std::size_t capacity_;
  Window window_;
  int past_ = 0;
  std::vector<Array<double>> keys_, values_;  // of every layer: [kv channel][sequence][position]
  Array<char> undecided_;
};

template <class Backend>
class ForwardOn final : public Forward {
 public:
  explicit ForwardOn(Model model) : model_(std::move(model)), weights_(model_) {}

  std::unique_ptr<Session> session(int inputs, int capacity) override {
    if (weights_.known < capacity) {
      weights_.positions = typename Backend::template Array<double>(model_.positions(capacity));
      weights_.known = capacity;
    }
    return std::make_unique<SessionOn<Backend>>(model_, weights_, inputs, capacity);
  }
  std::uint64_t free_bytes() override { return Backend::free_bytes(); }

 private:
  Model model_;
  Uploaded<Backend> weights_;
};

}  // namespace carrybit::device
