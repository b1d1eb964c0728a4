#include "proofs_check/pass.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "precision/error.hpp"
#include "proofs_check/heads.hpp"

namespace carrybit::certificates {

namespace {

bool is_empty(const PreparedLinear<double>& map, int first, int count) {
  for (int r = first; r < first + count; ++r) {
    const auto row = static_cast<std::size_t>(r);
    if (!map.rows[row].index.empty()) return false;
    if (!map.bias.empty() && map.bias[row] != 0) return false;
  }
  return true;
}

bool makes_specials(const Role* role) {
  const Format& f = role->format;
  return f.is_floating() && f.overflow == Overflow::special && (f.has_infinity() || f.has_nan());
}

}  // namespace

Pass::Pass(const Weights& weights, const Arithmetic& arithmetic,
           const std::vector<TokenSlot>& tokens, int digits, int first_answering)
    : arithmetic_(arithmetic), first_answering_(first_answering) {
  const ModelConfig& config = weights.config;
  if (config.norm != Norm::none || config.positions != Positions::learned ||
      config.attention_scale != AttentionScale::none ||
      (config.activation != Activation::relu && config.activation != Activation::reglu) ||
      config.heads != config.kv_heads)
    throw BadInput(
        fmt::format("{}: accepted for a certificate: no norm, learned positions, unscaled scores, "
                    "ReLU or ReGLU",
                    config.name));
  check_arithmetic();
  may_overflow_ = std::ranges::any_of(arithmetic_.roles(), makes_specials);
  safe_.assign(static_cast<std::size_t>(config.layers),
               std::vector<double>(static_cast<std::size_t>(config.width), 0.0));
  rows_ = std::make_unique<Rows>(arithmetic_, ghosts_);
  model_ = prepare(rows_->engine(), weights, arithmetic_);
  for (int l = 0; l < config.layers; ++l)
    if (fetches(l)) last_attentive_ = l;
  embed(tokens, digits);
}

void Pass::check_arithmetic() const {
  const auto refuse = [](const std::string& what) {
    throw NotCertified(fmt::format("no certificates for {}", what));
  };
  for (const Role* role : arithmetic_.roles()) {
    const Format& format = role->format;
    if (role->rounding == Rounding::sr) refuse("stochastic rounding");
    if (format.overflow == Overflow::wrap)
      refuse("formats that wrap around: sums are not monotone");
    if (format.overflow == Overflow::trap) refuse("formats that trap");
    if (format.layout == Layout::unnormalised) refuse("unnormalised formats");
    if (format.has_unbounded_exponent()) refuse("formats without a largest number");
  }
  if (!may_skip_zeros(arithmetic_)) refuse("arithmetics in which a sum of zeros can be -0");
  if (!ProofEngine::supports(arithmetic_))
    refuse("formats beyond 40 significand bits or 10 exponent bits");
}

void Pass::embed(const std::vector<TokenSlot>& tokens, int digits) {
  const auto width = static_cast<std::size_t>(config().width);
  ProofEngine& engine = rows_->engine();
  const auto entry = [&](const SparseRow<double>& row, int channel) {
    const auto at = std::ranges::lower_bound(row.index, channel);
    return at == row.index.end() || *at != channel
               ? engine.zero()
               : row.value[static_cast<std::size_t>(at - row.index.begin())];
  };
  const auto embedded = [&](int token, int position, int channel) {
    const double t =
        engine.convert(entry(model_.token_embedding[static_cast<std::size_t>(token)], channel),
                       RoleId::activations);
    const double p = entry(model_.position_embedding[static_cast<std::size_t>(position)], channel);
    return engine.add(t, p, RoleId::activations, 0);
  };
  if (static_cast<int>(tokens.size()) > config().max_length)
    throw BadInput(
        fmt::format("{} tokens: this model takes at most {}", tokens.size(), config().max_length));
  for (int t = 0; t < static_cast<int>(tokens.size()); ++t) {
    const int token = tokens[static_cast<std::size_t>(t)].token;
    digits_.push_back(
        token >= 0 ? -1 : ghosts_.add({fmt::format("digit at {}", t), digits, 0, digits - 1, {}}));
    std::vector<Cell> cells(width);
    for (int c = 0; c < config().width; ++c) {
      Cell& cell = cells[static_cast<std::size_t>(c)];
      if (token >= 0) {
        cell = Cell::constant(embedded(token, t, c));
      } else {
        std::vector<double> table;
        for (int d = 0; d < digits; ++d) table.push_back(embedded(d, t, c));
        cell = ghosts_.function({digits_.back()}, std::move(table));
      }
    }
    x_.push_back(std::move(cells));
  }
}

HeadInputs Pass::inputs(int layer, int head) {
  const auto& weights = model_.layers[static_cast<std::size_t>(layer)];
  HeadInputs in;
  in.layer = layer;
  in.head = head;
  const int dim = config().head_dim;
  for (int c = 0; c < dim; ++c)
    if (!is_empty(weights.query, head * dim + c, 1) ||
        !is_empty(weights.value, head * dim + c, 1) ||
        (may_overflow_ && !is_empty(weights.key, head * dim + c, 1)))
      in.used.push_back(c);
  const auto role = [&](const Cell& cell, RoleId to) {
    return rows_->map({&cell, 1},
                      [&](const double* v) { return rows_->engine().convert(v[0], to); });
  };
  const auto stored = [&](const PreparedLinear<double>& map, int c, int t) {
    const Cell made = rows_->linear(map, head * dim + c, row(t), RoleId::activations);
    return arithmetic_.kv_cache == arithmetic_.activations ? made : role(made, RoleId::kv_cache);
  };
  for (int t = 0; t < length(); ++t) {
    std::vector<Cell> q, k, v;
    for (const int c : in.used) {
      q.push_back(rows_->linear(weights.query, head * dim + c, row(t), RoleId::activations));
      k.push_back(stored(weights.key, c, t));
      v.push_back(stored(weights.value, c, t));
    }
    in.queries.push_back(std::move(q));
    in.keys.push_back(std::move(k));
    in.values.push_back(std::move(v));
  }
  return in;
}

void Pass::attend(int layer, const std::map<int, HeadRule>& rules) {
  const auto& weights = model_.layers[static_cast<std::size_t>(layer)];
  const int dim = config().head_dim;
  const auto width = static_cast<std::size_t>(config().heads * dim);
  o_.assign(x_.size(), std::vector<Cell>(width, Cell::constant(0)));
  for (int head = 0; head < config().heads; ++head) {
    if (is_empty(weights.value, head * dim, dim) && !may_overflow_)
      continue;  // fetches zeros, whatever it attends to
    const HeadInputs in = inputs(layer, head);
    std::map<int, std::vector<Cell>> ruled;
    const auto rule = rules.find(head);
    if (rule != rules.end()) ruled = rule->second(*this, in);
    std::vector<int> open;
    for (int t = 0; t < length(); ++t)
      if (is_read_later(layer, t) && !ruled.contains(t)) open.push_back(t);
    for (auto& [t, cells] : attend_plainly(*this, in, open)) ruled[t] = std::move(cells);
    for (const auto& [t, cells] : ruled)
      for (std::size_t i = 0; i < in.used.size(); ++i)
        o_[static_cast<std::size_t>(t)][static_cast<std::size_t>(head * dim + in.used[i])] =
            cells[i];
  }
  for (int t = 0; t < length(); ++t) {
    if (!is_read_later(layer, t)) continue;
    for (int c = 0; c < config().width; ++c)
      cell(t, c) = rows_->residual(weights.output, c, o_[static_cast<std::size_t>(t)], cell(t, c));
  }
}

double Pass::hinge_sum(int layer, int channel, double argument, double old) {
  const auto& weights = model_.layers[static_cast<std::size_t>(layer)];
  const PreparedLinear<double>& map = config().gated() ? weights.gate : weights.up;
  const SparseRow<double>& down = weights.down.rows[static_cast<std::size_t>(channel)];
  ProofEngine& e = rows_->engine();
  std::vector<double> units;
  for (const int unit : down.index) {
    const auto u = static_cast<std::size_t>(unit);
    const RowEnd end{map.bias.empty() ? nullptr : &map.bias[u], RoleId::activations, true};
    units.push_back(rows_->finish(argument, end));
  }
  const double sum = rows_->sum(down, config().ffn, units);
  return need_finite(e.add(old, e.convert(sum, RoleId::activations), RoleId::activations, 0));
}

/// Do all units give numbers, whatever these channels hold within their bounds?
bool Pass::units_stay_finite(int layer, std::span<const Cell> x) {
  const auto& weights = model_.layers[static_cast<std::size_t>(layer)];
  const auto bounds = [&](const PreparedLinear<double>& map, std::size_t unit, bool relu) {
    const RowEnd end{map.bias.empty() ? nullptr : &map.bias[unit], RoleId::activations, relu};
    const auto [low, high] = rows_->hull(map.rows[unit], x);
    return std::pair{rows_->finish(low, end), rows_->finish(high, end)};
  };
  const auto finite = [](const std::pair<double, double>& b) {
    return std::isfinite(b.first) && std::isfinite(b.second);
  };
  ProofEngine& e = rows_->engine();
  for (std::size_t unit = 0; unit < static_cast<std::size_t>(config().ffn); ++unit) {
    const auto up = bounds(weights.up, unit, !config().gated());
    if (!finite(up)) return false;
    if (!config().gated()) continue;
    const auto gate = bounds(weights.gate, unit, true);
    if (!finite(gate) || !finite({e.mul(gate.second, up.first, RoleId::activations, 0),
                                  e.mul(gate.second, up.second, RoleId::activations, 0)}))
      return false;
  }
  return true;
}

/// Units that no row reads must be finite too, where infinities are. One look at bounds that hold for
/// many positions, else position by position.
void Pass::check_units(int layer, int position) {
  std::vector<double>& safe = safe_[static_cast<std::size_t>(layer)];
  std::vector<double> reach = safe;
  for (std::size_t c = 0; c < reach.size(); ++c) {
    const Cell& x = row(position)[c];
    reach[c] = std::max({reach[c], std::abs(x.low), std::abs(x.high)});
  }
  if (reach == safe) return;
  std::vector<Cell> bounds;
  for (const double x : reach) bounds.push_back(Cell::interval(-x, x));
  if (units_stay_finite(layer, bounds)) {
    safe = reach;
    return;
  }
  const auto& weights = model_.layers[static_cast<std::size_t>(layer)];
  for (int unit = 0; unit < config().ffn; ++unit) {
    hidden(layer, unit, position);  // throws
    if (config().gated()) rows_->linear(weights.up, unit, row(position), RoleId::activations);
  }
}

/// Where nothing rounds and nothing saturates, a sum of hinges is linear between their corners: its extremes
/// are at these, or at the ends. Nothing where that is not known.
std::optional<std::vector<double>> Pass::hinge_points(int layer, int channel, double low,
                                                      double high) {
  if (!arithmetic_.is_uniform() || !arithmetic_.accumulator.format.is_fixed()) return std::nullopt;
  const auto& weights = model_.layers[static_cast<std::size_t>(layer)];
  const PreparedLinear<double>& map = config().gated() ? weights.gate : weights.up;
  const SparseRow<double>& down = weights.down.rows[static_cast<std::size_t>(channel)];
  const Format& format = arithmetic_.accumulator.format;
  const double largest =
      std::ldexp(1.0, format.integer_bits) - std::ldexp(1.0, -format.fraction_bits);
  const double reach = std::max(std::abs(low), std::abs(high));
  std::vector<double> points = {low, high};
  double all = 0;  // no partial sum is larger, in any order
  for (std::size_t k = 0; k < down.index.size(); ++k) {
    const double bias = map.bias.empty() ? 0 : map.bias[static_cast<std::size_t>(down.index[k])];
    if (down.value[k] != std::trunc(down.value[k])) return std::nullopt;
    all += std::abs(down.value[k]) * (reach + std::abs(bias));
    points.push_back(std::clamp(-bias, low, high));
  }
  return all <= largest ? std::optional(points) : std::nullopt;
}

/// Units that read one and the same number and meet in one channel, as a hinge's do, taken together as a
/// function of that number. Where it is garbage: bounds, by going through every value of the format that
/// it may have (unit by unit would forget that it is the same number). Where it is a sum with many
/// values: without keeping a table for every unit.
std::optional<Cell> Pass::hinges(int layer, int channel, int position) {
  const auto& weights = model_.layers[static_cast<std::size_t>(layer)];
  const PreparedLinear<double>& map = config().gated() ? weights.gate : weights.up;
  const SparseRow<double>& down = weights.down.rows[static_cast<std::size_t>(channel)];
  if (down.index.empty()) return std::nullopt;
  const SparseRow<double>& shared = map.rows[static_cast<std::size_t>(down.index.front())];
  bool vague = false;
  bool varies = false;
  for (const int from : shared.index) {
    vague = vague || cell(position, from).is_interval();
    varies = varies || cell(position, from).is_function();
  }
  if (!vague && !(varies && rows_->always_projects())) return std::nullopt;
  if (!weights.down.bias.empty() || !cell(position, channel).is_constant()) return std::nullopt;
  for (const int unit : down.index) {
    const auto u = static_cast<std::size_t>(unit);
    if (map.rows[u].index != shared.index || map.rows[u].value != shared.value) return std::nullopt;
    if (!config().gated()) continue;
    if (rows_->linear(weights.up, unit, row(position), RoleId::activations) != Cell::constant(1))
      return std::nullopt;
  }
  const double old = cell(position, channel).low;
  const auto [low, high] = rows_->hull(shared, row(position));
  const Rows::Projected* sum = vague ? nullptr : &rows_->project(shared, row(position));
  const std::vector<double> key = {
      double(layer), double(channel), low, high, old, sum == nullptr ? -1.0 : double(sum->atom)};
  const auto known = hinges_.find(key);
  if (known != hinges_.end()) return known->second;
  std::optional<Cell> found;
  if (sum != nullptr) {
    found = rows_->finish(*sum, [&](double x) { return hinge_sum(layer, channel, x, old); });
    ghosts_.cases += sum->relation.rounded.size() * (down.index.size() - 1);
  } else {
    auto values = values_between(arithmetic_.accumulator.format, low, high);
    if (!values) values = hinge_points(layer, channel, low, high);
    if (!values) return std::nullopt;
    double least = hinge_sum(layer, channel, values->front(), old);
    double most = least;
    for (const double x : *values) {
      const double y = hinge_sum(layer, channel, x, old);
      least = std::min(least, y);
      most = std::max(most, y);
    }
    ghosts_.cases += values->size() * down.index.size();
    found = Cell::interval(least, most);
  }
  if (found) hinges_.emplace(key, *found);
  return found;
}

Cell Pass::hidden(int layer, int unit, int position) {
  const auto& weights = model_.layers[static_cast<std::size_t>(layer)];
  if (!config().gated())
    return rows_->linear(weights.up, unit, row(position), RoleId::activations, true);
  const Cell gate = rows_->linear(weights.gate, unit, row(position), RoleId::activations, true);
  if (gate.is_constant() && gate.low == 0) return gate;  // 0 times something finite
  return rows_->times(gate, rows_->linear(weights.up, unit, row(position), RoleId::activations));
}

void Pass::feed_forward(int layer, const std::map<int, RowRule>& rules) {
  for (int t = 0; t < length(); ++t)
    if (is_read_later(layer, t)) feed_forward_at(layer, t, rules);
}

void Pass::feed_forward_at(int layer, int position, const std::map<int, RowRule>& rules) {
  if (config().ffn == 0) return;
  const int t = position;
  if (may_overflow_) check_units(layer, position);
  const auto& weights = model_.layers[static_cast<std::size_t>(layer)];
  std::vector<Cell> hidden_cells(static_cast<std::size_t>(config().ffn));
  std::vector<bool> have(hidden_cells.size(), false);
  std::vector<std::pair<int, Cell>> after;
  for (int c = 0; c < config().width; ++c) {
    const SparseRow<double>& down = weights.down.rows[static_cast<std::size_t>(c)];
    if (is_empty(weights.down, c, 1)) continue;
    const auto rule = rules.find(c);
    if (rule != rules.end())
      if (std::optional<Cell> known = rule->second(*this, t, c)) {
        after.emplace_back(c, *known);
        continue;
      }
    if (std::optional<Cell> known = hinges(layer, c, t)) {
      after.emplace_back(c, *known);
      continue;
    }
    for (const int unit : down.index) {
      const auto u = static_cast<std::size_t>(unit);
      if (!have[u]) hidden_cells[u] = hidden(layer, unit, t);
      have[u] = true;
    }
    after.emplace_back(c, rows_->residual(weights.down, c, hidden_cells, cell(t, c)));
  }
  for (const auto& [c, known] : after) cell(t, c) = known;
}

bool Pass::fetches(int layer) const {
  const auto& weights = model_.layers[static_cast<std::size_t>(layer)];
  const int rows = config().heads * config().head_dim;
  return !is_empty(weights.value, 0, rows) ||
         (may_overflow_ && (!is_empty(weights.query, 0, rows) || !is_empty(weights.key, 0, rows)));
}

bool Pass::attention_writes(int layer, int channel) const {
  return !is_empty(model_.layers[static_cast<std::size_t>(layer)].output, channel, 1);
}

bool Pass::feed_forward_writes(int layer, int channel) const {
  return config().ffn > 0 &&
         !is_empty(model_.layers[static_cast<std::size_t>(layer)].down, channel, 1);
}

Cell Pass::logit(int position, int token) {
  return rows_->linear(model_.head, token, row(position), RoleId::activations);
}

}  // namespace carrybit::certificates
