#include "sim/device/build.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "precision/cuda/product.hpp"
#include "precision/cuda/shortcuts.hpp"

namespace carrybit::device {

namespace {

bool any_role(const Arithmetic& a, bool (*is)(const Role&)) {
  return std::ranges::any_of(a.roles(), [is](const Role* r) { return is(*r); });
}

lane::Context context(const Role& role) {
  return {lane_spec(role.format), role.rounding, {}, nullptr};
}

Linear dense(const PreparedLinear<double>& map) {
  Linear l;
  l.rows = static_cast<int>(map.rows.size());
  l.terms = map.terms;
  l.bias = map.bias;
  const auto terms = static_cast<std::size_t>(l.terms);
  l.weight.assign(map.rows.size() * terms, 0.0);
  l.reach.resize((map.rows.size() + cuda::tile::side - 1) / cuda::tile::side);
  for (std::size_t r = 0; r < map.rows.size(); ++r) {
    cuda::Reach row;
    for (std::size_t k = 0; k < map.rows[r].index.size(); ++k) {
      const double w = map.rows[r].value[k];
      l.weight[r * terms + static_cast<std::size_t>(map.rows[r].index[k])] = w;
      row.see(w);
      row.sum += lane::magnitude(w);
    }
    l.reach[r / cuda::tile::side].see(row);
  }
  return l;
}

std::vector<double> dense(const std::vector<SparseRow<double>>& rows, int width) {
  const auto w = static_cast<std::size_t>(width);
  std::vector<double> table(rows.size() * w, 0.0);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t k = 0; k < rows[r].index.size(); ++k) {
      table[r * w + static_cast<std::size_t>(rows[r].index[k])] = rows[r].value[k];
    }
  }
  return table;
}

Norm norm(const PreparedNorm<double>& n) { return {n.scale, n.shift}; }

Roles roles(DoubleEngine& e, const ModelConfig& config, const Arithmetic& a) {
  Roles r;
  r.activations = context(a.activations);
  r.probabilities = context(a.probabilities);
  r.kv_cache = context(a.kv_cache);
  r.sums.product = context(a.products);
  r.sums.sum = context(a.accumulator);
  r.sums.fused = a.product == Product::fused;
  r.sums.order = a.sum == Sum::sequential ? cuda::Order::sequential
                 : a.sum == Sum::pairwise ? cuda::Order::pairwise
                                          : cuda::Order::exact;
  r.converts_sums = a.activations.format != a.accumulator.format;
  r.skips_zeros = may_skip_zeros(a);
  r.shifts = a.shift == Shift::max;
  r.divides_weights = a.normalise == Normalise::weights;
  r.one = e.constant(Constant::one);
  r.half = e.constant(Constant::half);
  r.inverse_root_two = e.constant(Constant::inverse_root_two);
  r.epsilon = e.from_number(Number::from_double(config.norm_epsilon), RoleId::weights);
  r.attention_factor = attention_factor(e, config);
  return r;
}

/// The tables of sinusoidal and rotary positions, which cost many digits each: kept, and lengthened.
class PositionTable {
 public:
  PositionTable(const DoubleEngine& engine, const ModelConfig& config)
      : engine_(engine), config_(config) {}

  std::vector<double> operator()(int n) {
    for (; known_ < n; ++known_) {
      if (config_.positions == Positions::sinusoidal) {
        for (int c = 0; c < config_.width; ++c) {
          entries_.push_back(sinusoid_entry(engine_, config_, known_, c));
        }
      } else if (config_.positions == Positions::rotary) {
        for (int pair = 0; pair < config_.head_dim / 2; ++pair) {
          const auto [cosine, sine] = rotation_entry(engine_, config_, known_, pair);
          entries_.insert(entries_.end(), {cosine, sine});
        }
      }
    }
    return entries_;
  }

 private:
  DoubleEngine engine_;
  ModelConfig config_;
  std::vector<double> entries_;
  int known_ = 0;
};

}  // namespace

std::string refusal(const Arithmetic& a) {
  std::string why;
  if (!DoubleEngine::supports(a)) {
    why = "its numbers are too long";
  } else if (any_role(a, [](const Role& r) { return r.rounding == Rounding::sr; })) {
    why = "sr draws random bits";
  } else if (any_role(a, [](const Role& r) { return r.format.overflow == Overflow::trap; })) {
    why = ":trap counts faults";
  } else if (a.sum == Sum::exact && any_role(a, [](const Role& r) {
               return r.format.overflow == Overflow::wrap || r.format.min_quantum() < -270 ||
                      (r.format.is_floating() && r.format.max_exponent() > 256);
             })) {
    why = "sums that are exact take floats of up to 8 exponent bits and fixed point without :wrap";
  } else {
    return "";
  }
  return fmt::format(
      "no device carries {}: {}; accepted: floats of up to 25 significand and 10 exponent bits, "
      "fixed point of "
      "up to 26 bits (:wrap in every role or none), every rounding but sr, no :trap",
      describe(a), why);
}

Model build(const DoubleEngine& engine, const PreparedModel<double>& prepared,
            const Arithmetic& a) {
  DoubleEngine e(engine);
  const ModelConfig& config = prepared.config;
  Model m;
  m.config = config;
  m.roles = roles(e, config, a);
  const kernels::Rule rule = kernel_rule(a);
  m.map_ways = cuda::shortcuts(rule, a.weights.format, a.activations.format);
  m.score_ways = cuda::shortcuts(rule, a.activations.format, a.kv_cache.format);
  m.value_ways = cuda::shortcuts(rule, a.probabilities.format, a.kv_cache.format);
  m.token_embedding = dense(prepared.token_embedding, config.width);
  m.position_embedding = dense(prepared.position_embedding, config.width);
  for (const PreparedLayer<double>& l : prepared.layers) {
    m.layers.push_back({norm(l.attention_norm), norm(l.ffn_norm), dense(l.query), dense(l.key),
                        dense(l.value), dense(l.output), dense(l.gate), dense(l.up),
                        dense(l.down)});
  }
  m.final_norm = norm(prepared.final_norm);
  m.head = dense(prepared.head);
  m.alibi_slopes = prepared.alibi_slopes;
  m.positions = PositionTable(e, config);
  return m;
}

}  // namespace carrybit::device
