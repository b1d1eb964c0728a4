#include "training/network.hpp"

#include <torch/nn/functional/normalization.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

#include "arith_tasks/draws.hpp"
#include "precision/number.hpp"
#include "sim/arithmetic.hpp"
#include "sim/prepared.hpp"
#include "sim/tensors.hpp"
#include "training/rounding.hpp"

namespace carrybit::training {

namespace {

constexpr const char* absolute_name = "positions.absolute";
constexpr const char* shared_name = "positions.shared";
constexpr double embedding_deviation = 0.3;

/// Weights without values, so that for_each_tensor() can name them.
Weights outline(const ModelConfig& config) {
  Weights w;
  w.config = config;
  w.layers.resize(static_cast<std::size_t>(config.layers));
  return w;
}

/// Mean 0, variance 1, nearly normal: twelve uniform draws less their mean. No libm in it.
double nearly_normal(DrawStream& draws) {
  double sum = -6.0;
  for (int i = 0; i < 12; ++i) {
    sum += (draws.word() + 0.5) * 0x1p-32;
  }
  return sum;
}

torch::Tensor table(std::int64_t rows, std::int64_t columns, const torch::TensorOptions& options,
                    const auto& entry) {
  std::vector<double> values;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      values.push_back(entry(static_cast<int>(r), static_cast<int>(c)).to_double());
    }
  }
  return torch::tensor(values, torch::kFloat64).view({rows, columns}).to(options);
}

}  // namespace

Network::Network(const ModelConfig& config, const PositionTable& positions,
                 const TrainPrecision& precision, torch::ScalarType type, torch::Device device)
    : config_(config), positions_(positions), precision_(precision) {
  lay_out();
  const auto options = torch::TensorOptions().dtype(type).device(device);
  const std::int64_t all = slots_.back().offset + slots_.back().count;
  parameters_ = torch::zeros({all}, options).set_requires_grad(true);
  decays_ = torch::zeros({all}, options);
  for (const Slot& s : slots_) {
    decays_.narrow(0, s.offset, s.count).fill_(s.shape.size() == 2 ? 1.0 : 0.0);
  }
  if (!positions_.groups.empty()) {
    const std::vector<std::int64_t> groups(positions_.groups.begin(), positions_.groups.end());
    groups_ = torch::tensor(groups, torch::kInt64).narrow(0, 0, config_.max_length).to(device);
  }
  const int longest = config_.max_length;
  if (config_.positions == Positions::rotary) {
    const auto angle = [&](int i, int pair) {
      return rotary_angle(i, pair, config_.head_dim, config_.rotary_base);
    };
    cos_ = table(longest, config_.head_dim / 2, options,
                 [&](int i, int pair) { return wide_cos(angle(i, pair)); });
    sin_ = table(longest, config_.head_dim / 2, options,
                 [&](int i, int pair) { return wide_sin(angle(i, pair)); });
  } else if (config_.positions == Positions::sinusoidal) {
    fixed_ = table(longest, config_.width, options,
                   [&](int i, int c) { return sinusoid(i, c, config_.width); });
  } else if (config_.positions == Positions::alibi) {
    slopes_ = table(1, config_.heads, options, [&](int, int h) {
                return alibi_slope(h, config_.heads);
              }).view({config_.heads});
  }
}

void Network::add_slot(const std::string& name, const std::vector<int>& shape, double mean,
                       double deviation) {
  Slot s{name, {shape.begin(), shape.end()}, 0, 1, mean, deviation};
  s.offset = slots_.empty() ? 0 : slots_.back().offset + slots_.back().count;
  for (const std::int64_t size : s.shape) {
    s.count *= size;
  }
  slots_.push_back(std::move(s));
}

void Network::lay_out() {
  const double inner = 1.0 / std::sqrt(2.0 * config_.layers);
  const Weights shape = outline(config_);
  for_each_tensor(shape, [&](const TensorSpec& spec, const auto&) {
    if (spec.presence == Presence::absent || spec.name == "position_embedding.weight") {
      return;
    }
    if (spec.shape.size() == 1) {
      add_slot(spec.name, spec.shape, spec.name.ends_with("norm.weight") ? 1.0 : 0.0, 0.0);
    } else if (spec.name == "token_embedding.weight") {
      add_slot(spec.name, spec.shape, 0.0, embedding_deviation);
    } else {
      const bool writes =
          spec.name.ends_with("output.weight") || spec.name.ends_with("down.weight");
      add_slot(spec.name, spec.shape, 0.0, (writes ? inner : 1.0) / std::sqrt(spec.shape[1]));
    }
  });
  body_ = slots_.back().offset + slots_.back().count;
  if (config_.positions != Positions::learned) {
    return;
  }
  if (positions_.sharing != PositionSharing::coupled) {
    add_slot(absolute_name, {config_.max_length, config_.width}, 0.0, embedding_deviation);
  }
  if (positions_.sharing != PositionSharing::absolute) {
    const int rows = 1 + *std::ranges::max_element(positions_.groups);
    add_slot(shared_name, {rows, config_.width}, 0.0, embedding_deviation);
  }
}

void Network::initialise(std::uint64_t seed) {
  std::vector<double> values;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    DrawStream draws(seed, i);
    for (std::int64_t k = 0; k < slots_[i].count; ++k) {
      values.push_back(slots_[i].mean + slots_[i].deviation * nearly_normal(draws));
    }
  }
  const torch::NoGradGuard guard;
  parameters_.copy_(torch::tensor(values, torch::kFloat64));
}

void Network::load(const Weights& weights) {
  const torch::NoGradGuard guard;
  std::map<std::string, const std::vector<double>*> found;
  for_each_tensor(weights, [&](const TensorSpec& spec, const auto& tensor) {
    const bool positions = spec.name == "position_embedding.weight";
    found[positions ? absolute_name : spec.name] = &values_of(tensor);
  });
  for (const Slot& s : slots_) {
    const std::vector<double>& values = *found.at(s.name);
    torch::Tensor part = parameters_.narrow(0, s.offset, s.count);
    if (values.empty()) {
      part.zero_();
    } else {
      part.copy_(torch::tensor(values, torch::kFloat64));
    }
  }
}

Weights Network::weights() const {
  const torch::NoGradGuard guard;
  const Tensors w = tensors();
  Weights out = outline(config_);
  for_each_tensor(out, [&](const TensorSpec& spec, auto& tensor) {
    const auto found = w.find(spec.name);
    if (found == w.end()) {
      return;
    }
    const torch::Tensor t = found->second.to(torch::kCPU, torch::kFloat64).contiguous();
    std::vector<double> values(t.data_ptr<double>(), t.data_ptr<double>() + t.numel());
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(tensor)>, Matrix>) {
      tensor = Matrix(spec.shape[0], spec.shape[1]);
      tensor.values = std::move(values);
    } else {
      tensor = std::move(values);
    }
  });
  out.validate();
  return out;
}

std::int64_t Network::count() const {
  const bool learned = config_.positions == Positions::learned;
  return body_ + (learned ? std::int64_t{config_.max_length} * config_.width : 0);
}

torch::Tensor Network::keep(const torch::Tensor& x) const { return stored(x, precision_); }

/// The table of learned positions from its pieces, the last slots.
torch::Tensor Network::position_table(const std::vector<torch::Tensor>& pieces) const {
  if (positions_.sharing == PositionSharing::absolute) {
    return pieces.back();
  }
  const torch::Tensor shared = pieces.back().index_select(0, groups_);
  return positions_.sharing == PositionSharing::coupled ? shared
                                                        : pieces[pieces.size() - 2] + shared;
}

/// Every tensor of the model by name, rounded: a graph on parameters().
Network::Tensors Network::tensors() const {
  torch::Tensor all = parameters_;
  if (precision_.format()) {  // positions are rounded after they are summed
    all = torch::cat({keep(parameters_.narrow(0, 0, body_)),
                      parameters_.narrow(0, body_, parameters_.numel() - body_)});
  }
  std::vector<std::int64_t> sizes;
  for (const Slot& s : slots_) {
    sizes.push_back(s.count);
  }
  std::vector<torch::Tensor> pieces = all.split_with_sizes(sizes);
  Tensors w;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    pieces[i] = pieces[i].view(slots_[i].shape);
    if (slots_[i].offset < body_) {
      w[slots_[i].name] = pieces[i];
    }
  }
  if (config_.positions == Positions::learned) {
    w["position_embedding.weight"] = keep(position_table(pieces));
  }
  return w;
}

torch::Tensor Network::embed(const Tensors& w, const torch::Tensor& tokens) const {
  const std::int64_t length = tokens.size(1);
  const torch::Tensor x = torch::embedding(w.at("token_embedding.weight"), tokens);
  if (config_.positions == Positions::learned) {
    return keep(x + w.at("position_embedding.weight").narrow(0, 0, length));
  }
  return config_.positions == Positions::sinusoidal ? keep(x + fixed_.narrow(0, 0, length)) : x;
}

torch::Tensor Network::norm(const Tensors& w, const std::string& at, const torch::Tensor& x) const {
  switch (config_.norm) {
    case Norm::none: return x;
    case Norm::layer_norm:
      return keep(torch::layer_norm(x, {config_.width}, w.at(at + ".weight"), w.at(at + ".bias"),
                                    config_.norm_epsilon));
    case Norm::rms_norm: break;
  }
  const torch::Tensor mean = (x * x).mean(-1, true);
  return keep(x * torch::rsqrt(mean + config_.norm_epsilon) * w.at(at + ".weight"));
}

torch::Tensor Network::linear(const Tensors& w, const std::string& at,
                              const torch::Tensor& x) const {
  return keep(torch::linear(x, w.at(at + ".weight"), w.at(at + ".bias")));
}

/// [batch][T][count * head_dim] as [batch][count][T][head_dim], turned where positions are rotary;
/// `first`: the position of the first row.
torch::Tensor Network::heads(const Tensors& w, const std::string& at, const torch::Tensor& x,
                             int count, std::int64_t first) const {
  const torch::Tensor y =
      linear(w, at, x).view({x.size(0), x.size(1), count, config_.head_dim}).transpose(1, 2);
  const bool turns = config_.positions == Positions::rotary && !at.ends_with("value");
  return turns ? rotate(y, first) : y;
}

torch::Tensor Network::rotate(const torch::Tensor& x, std::int64_t first) const {
  const std::int64_t half = config_.head_dim / 2;
  const torch::Tensor a = x.narrow(-1, 0, half);
  const torch::Tensor b = x.narrow(-1, half, half);
  const torch::Tensor cos = cos_.narrow(0, first, x.size(2));
  const torch::Tensor sin = sin_.narrow(0, first, x.size(2));
  return keep(torch::cat({a * cos - b * sin, b * cos + a * sin}, -1));
}

/// What is added to scores: -infinity where a key lies behind the query, ALiBi's distances.
torch::Tensor Network::score_offsets(std::int64_t asking, std::int64_t all) const {
  const auto options = parameters_.options().requires_grad(false);
  const torch::Tensor mask =
      torch::full({asking, all}, -std::numeric_limits<double>::infinity(), options)
          .triu(all - asking + 1);
  if (config_.positions != Positions::alibi) {
    return mask;
  }
  const torch::Tensor query = torch::arange(all - asking, all, options).view({asking, 1});
  const torch::Tensor distance = torch::arange(all, options).view({1, all}) - query;
  return mask + slopes_.view({config_.heads, 1, 1}) * distance;
}

torch::Tensor Network::attend(const Tensors& w, const std::string& at, const torch::Tensor& asking,
                              const torch::Tensor& all) const {
  const std::int64_t queries = asking.size(1);
  const std::int64_t keys = all.size(1);
  const int share = config_.heads / config_.kv_heads;
  torch::Tensor q = heads(w, at + "query", asking, config_.heads, keys - queries);
  torch::Tensor k = heads(w, at + "key", all, config_.kv_heads, 0);
  torch::Tensor v = heads(w, at + "value", all, config_.kv_heads, 0);
  if (share > 1) {
    k = k.repeat_interleave(share, 1);
    v = v.repeat_interleave(share, 1);
  }
  if (config_.attention_scale == AttentionScale::inverse_sqrt) {
    q = q * (1.0 / std::sqrt(static_cast<double>(config_.head_dim)));
  }
  const torch::Tensor scores =
      keep(torch::matmul(q, k.transpose(2, 3))) + score_offsets(queries, keys);
  const torch::Tensor weights = keep(torch::softmax(scores, -1));
  const torch::Tensor mixed = keep(torch::matmul(weights, v));
  return linear(w, at + "output",
                mixed.transpose(1, 2).reshape(
                    {asking.size(0), queries, std::int64_t{config_.heads} * config_.head_dim}));
}

torch::Tensor Network::feed_forward(const Tensors& w, const std::string& at,
                                    const torch::Tensor& x) const {
  const torch::Tensor up = linear(w, at + "up", x);
  torch::Tensor hidden;
  switch (config_.activation) {
    case Activation::relu: hidden = torch::relu(up); break;
    case Activation::gelu: hidden = keep(torch::gelu(up)); break;
    case Activation::reglu: hidden = keep(torch::relu(linear(w, at + "gate", x)) * up); break;
    case Activation::swiglu: hidden = keep(torch::silu(linear(w, at + "gate", x)) * up); break;
  }
  return linear(w, at + "down", hidden);
}

torch::Tensor Network::logits(const torch::Tensor& tokens, std::int64_t from) const {
  const Tensors w = tensors();
  torch::Tensor x = embed(w, tokens);
  const std::int64_t wanted = tokens.size(1) - from;
  for (int l = 0; l < config_.layers; ++l) {
    const std::string at = "layers." + std::to_string(l) + ".";
    const torch::Tensor all = norm(w, at + "attention_norm", x);
    torch::Tensor asking = all;
    if (l == config_.layers - 1) {  // nothing later reads the rest
      x = x.narrow(1, from, wanted);
      asking = all.narrow(1, from, wanted);
    }
    x = keep(x + attend(w, at, asking, all));
    if (config_.ffn > 0) {
      x = keep(x + feed_forward(w, at, norm(w, at + "ffn_norm", x)));
    }
  }
  x = norm(w, "final_norm", x);
  return config_.tied_head ? keep(torch::linear(x, w.at("token_embedding.weight")))
                           : linear(w, "head", x);
}

}  // namespace carrybit::training
