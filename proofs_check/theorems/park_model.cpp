#include "proofs_check/theorems/park_model.hpp"

#include <algorithm>

#include "precision/random.hpp"

namespace carrybit::proofs {

namespace {

double sum_of(const Scalar& s, Sum order, const std::vector<double>& terms) {
  if (order == Sum::sequential) {
    double sum = 0;
    for (const double term : terms) {
      sum = s.add(sum, term);
    }
    return sum;
  }
  std::vector<Run> runs;
  for (const double term : terms) {
    runs.push_back({term, 1});
  }
  return sum_of_runs(s, order, runs);
}

double dot(const Scalar& s, Sum order, const std::vector<double>& w, const std::vector<double>& x) {
  std::vector<double> terms(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    terms[i] = s.mul(w[i], x[i]);
  }
  return sum_of(s, order, terms);
}

std::vector<double> times(const Scalar& s, Sum order, const Columns& matrix,
                          const std::vector<double>& x) {
  std::vector<double> y;
  for (const auto& row : matrix) {
    y.push_back(dot(s, order, row, x));
  }
  return y;
}

void add_to(const Scalar& s, std::vector<double>& x, const std::vector<double>& y) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = s.add(x[i], y[i]);
  }
}

/// In place: scores to weights.
void softmax(const Scalar& s, Sum order, std::vector<double>& x) {
  double most = x.front();
  for (const double v : x) {
    most = lane::is_nan(v) || v > most ? v : most;
    if (lane::is_nan(most)) {
      break;
    }
  }
  for (double& v : x) {
    v = s.exp(most == 0 ? v : s.sub(v, most));
  }
  const double z = sum_of(s, order, x);
  for (double& v : x) {
    v = s.div(v, z);
  }
}

std::vector<double> attend(const Scalar& s, const ParkRules& rules, const ParkHead& head,
                           const Columns& x, const Columns& keys, const Columns& values,
                           std::size_t column) {
  const std::size_t visible = rules.causal ? column + 1 : x.size();
  const std::vector<double> query = times(s, rules.sum, head.query, x[column]);
  std::vector<double> weights;
  for (std::size_t j = 0; j < visible; ++j) {
    weights.push_back(dot(s, rules.sum, query, keys[j]));
  }
  softmax(s, rules.sum, weights);
  std::vector<double> read;
  for (std::size_t c = 0; c < head.value.size(); ++c) {
    std::vector<double> terms;
    for (std::size_t j = 0; j < visible; ++j) {
      terms.push_back(s.mul(weights[j], values[j][c]));
    }
    read.push_back(sum_of(s, rules.sum, terms));
  }
  return times(s, rules.sum, head.output, read);
}

Columns attention(const Scalar& s, const ParkRules& rules, const ParkLayer& layer,
                  const Columns& x) {
  Columns added(x.size());
  for (std::size_t h = 0; h < layer.heads.size(); ++h) {
    const ParkHead& head = layer.heads[h];
    Columns keys, values;
    for (const auto& column : x) {
      keys.push_back(times(s, rules.sum, head.key, column));
      values.push_back(times(s, rules.sum, head.value, column));
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      std::vector<double> out = attend(s, rules, head, x, keys, values, i);
      if (h == 0) {
        added[i] = std::move(out);
      } else {
        add_to(s, added[i], out);
      }
    }
  }
  Columns y = x;
  for (std::size_t i = 0; i < x.size() && !layer.heads.empty(); ++i) {
    add_to(s, y[i], added[i]);
  }
  return y;
}

void feed_forward(const Scalar& s, Sum order, const ParkLayer& layer, std::vector<double>& x) {
  if (layer.up.empty()) {
    return;
  }
  std::vector<double> hidden = times(s, order, layer.up, x);
  add_to(s, hidden, layer.up_bias);
  for (double& h : hidden) {
    h = h > 0 || lane::is_nan(h) ? h : 0.0;
  }
  std::vector<double> out = times(s, order, layer.down, hidden);
  add_to(s, out, layer.down_bias);
  add_to(s, x, out);
}

/// Random numbers, one after the other.
class Draws {
 public:
  Draws(const Scalar& scalar, std::uint64_t seed, double unit)
      : scalar_(scalar), seed_(seed), unit_(unit) {}
  double next() {
    const std::uint32_t word = philox4x32(seed_, index_++).word[0];
    return scalar_.round(static_cast<double>(static_cast<int>(word % 17U) - 8) * unit_);
  }
  std::vector<double> vector(int size) {
    std::vector<double> v;
    for (int i = 0; i < size; ++i) {
      v.push_back(next());
    }
    return v;
  }
  Columns matrix(int rows, int cols) {
    Columns m;
    for (int r = 0; r < rows; ++r) {
      m.push_back(vector(cols));
    }
    return m;
  }

 private:
  const Scalar& scalar_;
  std::uint64_t seed_;
  double unit_;
  std::uint64_t index_ = 0;
};

}  // namespace

Columns evaluate(const ParkModel& model, const Scalar& scalar, const ParkRules& rules,
                 Columns columns) {
  for (std::size_t i = 0; i < columns.size() && !rules.positions.empty(); ++i) {
    add_to(scalar, columns[i], rules.positions[i]);
  }
  for (const ParkLayer& layer : model.layers) {
    columns = attention(scalar, rules, layer, columns);
    for (auto& column : columns) {
      feed_forward(scalar, rules.sum, layer, column);
    }
  }
  return columns;
}

bool same(const Columns& a, const Columns& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return std::ranges::equal(x, y, [](double u, double v) { return same(u, v); });
  });
}

ParkModel random_park_model(const Scalar& scalar, const ParkShape& shape, std::uint64_t seed) {
  Draws draws(scalar, seed, 0.125);
  ParkModel model;
  for (int l = 0; l < shape.layers; ++l) {
    ParkLayer layer;
    for (int h = 0; h < shape.heads; ++h) {
      ParkHead head;
      head.query = draws.matrix(shape.head_dim, shape.width);
      head.key = draws.matrix(shape.head_dim, shape.width);
      head.value = draws.matrix(shape.head_dim, shape.width);
      head.output = draws.matrix(shape.width, shape.head_dim);
      layer.heads.push_back(std::move(head));
    }
    layer.up = draws.matrix(shape.ffn, shape.width);
    layer.up_bias = draws.vector(shape.ffn);
    layer.down = draws.matrix(shape.width, shape.ffn);
    layer.down_bias = draws.vector(shape.width);
    model.layers.push_back(std::move(layer));
  }
  return model;
}

Columns random_columns(const Scalar& scalar, int width, int count, std::uint64_t seed) {
  Draws draws(scalar, ~seed, 0.125);
  return draws.matrix(count, width);
}

}  // namespace carrybit::proofs
