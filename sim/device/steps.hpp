#pragma once
// The stages of a forward pass as a device does them, element by element: each is a function of one index, which a
// GPU thread or a turn of a loop on the host takes. What a stage computes is told where the simulator's own is
// (sim/stages.hpp, sim/attention.hpp, sim/session.hpp); the same operations on the same operands.
//
// Activations are [channel][column], the m new positions of one sequence side by side: column b m + i.

#include "precision/cuda/sums.hpp"
#include "sim/device/model.hpp"

namespace carrybit::device {

/// The columns at hand: positions `past` .. `past + m - 1` of every sequence.
struct Window {
  int inputs = 0;
  int m = 0;
  int past = 0;
  CARRYBIT_HD std::size_t columns() const {
    return static_cast<std::size_t>(inputs) * static_cast<std::size_t>(m);
  }
  CARRYBIT_HD int input(std::size_t column) const {
    return static_cast<int>(column / static_cast<std::size_t>(m));
  }
  CARRYBIT_HD int position(std::size_t column) const {
    return past + static_cast<int>(column % static_cast<std::size_t>(m));
  }
};

/// The value of a transcendental function; where its error bound cannot decide it, the sequence is marked and
/// the host does it.
CARRYBIT_HD inline double settled(const lane::Decision& d, char& undecided) {
  if (!d.decided) {
    undecided = 1;
  }
  return d.value;
}

/// x[channel][column] of the embeddings.
struct Embed {
  const int* tokens;        // [column]
  const double* embedding;  // [token][channel]
  const double* positions;  // [position][channel], null: none
  int width;
  Window window;
  lane::Context role;
  double* x;
  CARRYBIT_HD void operator()(std::size_t i) const {
    const std::size_t column = i % window.columns();
    const std::size_t channel = i / window.columns();
    const auto w = static_cast<std::size_t>(width);
    double v =
        lane::convert(embedding[static_cast<std::size_t>(tokens[column]) * w + channel], role);
    if (positions != nullptr) {
      const auto t = static_cast<std::size_t>(window.position(column));
      v = lane::add(v, positions[t * w + channel], role);
    }
    x[i] = v;
  }
};

/// The norm of one column; y holds what is centred, `squares` the squares.
struct NormColumn {
  const double* x;
  const double* scale;
  const double* shift;  // null: none
  int width;
  std::size_t columns;
  bool centres;  // LayerNorm
  Roles roles;
  double* squares;
  double* y;

  CARRYBIT_HD double mean(const double* values, std::size_t i) const {
    const double sum = cuda::total({values + i, columns}, width, roles.sums);
    return lane::div(sum, static_cast<double>(width), roles.activations);
  }
  CARRYBIT_HD void operator()(std::size_t i) const {
    const lane::Context& role = roles.activations;
    const double middle = centres ? mean(x, i) : 0.0;
    for (int c = 0; c < width; ++c) {
      const std::size_t at = static_cast<std::size_t>(c) * columns + i;
      const double v = centres ? lane::sub(x[at], middle, role) : x[at];
      y[at] = v;
      squares[at] = lane::mul(v, v, roles.sums.product);
    }
    const double root = lane::sqrt(lane::add(mean(squares, i), roles.epsilon, role), role);
    for (int c = 0; c < width; ++c) {
      const std::size_t at = static_cast<std::size_t>(c) * columns + i;
      double v = lane::mul(lane::div(y[at], root, role), scale[c], role);
      if (shift != nullptr) {
        v = lane::add(v, shift[c], role);
      }
      y[at] = v;
    }
  }
};

/// Rotary positions: pair (c, c + dim/2) of a head, one column.
struct Rotate {
  double* y;
  const double* rotations;  // [position][pair][cos, sin]
  int dim;
  Window window;
  lane::Context role;
  CARRYBIT_HD void operator()(std::size_t i) const {
    const std::size_t n = window.columns();
    const std::size_t column = i % n;
    const auto half = static_cast<std::size_t>(dim / 2);
    const std::size_t head = i / n / half;
    const std::size_t pair = i / n % half;
    const double* turn =
        rotations + 2 * (static_cast<std::size_t>(window.position(column)) * half + pair);
    double& a = y[(head * static_cast<std::size_t>(dim) + pair) * n + column];
    double& b = y[(head * static_cast<std::size_t>(dim) + pair + half) * n + column];
    const double ac = lane::mul(a, turn[0], role);
    const double bs = lane::mul(b, turn[1], role);
    const double bc = lane::mul(b, turn[0], role);
    const double as = lane::mul(a, turn[1], role);
    a = lane::sub(ac, bs, role);
    b = lane::add(bc, as, role);
  }
};

/// Keys or values into a layer's memory, [kv row][sequence][position].
struct Remember {
  const double* y;
  Window window;
  std::size_t capacity;
  lane::Context role;
  double* memory;
  CARRYBIT_HD void operator()(std::size_t i) const {
    const std::size_t n = window.columns();
    const std::size_t column = i % n;
    const std::size_t sequence = i / n * static_cast<std::size_t>(window.inputs) +
                                 static_cast<std::size_t>(window.input(column));
    memory[sequence * capacity + static_cast<std::size_t>(window.position(column))] =
        lane::convert(y[i], role);
  }
};

/// Some rows of attention at a time. A row is a query of one head: row (b heads + head) m + i; rows first ..
/// first + count - 1 are at hand, and number r of them has its scores at [key][r].
struct AttentionRows {
  const double* q;  // [head channel][column]
  const double* k;  // [kv channel][sequence][position]
  const double* v;
  double* scores;        // [key][count]: then exponentials, then weights
  double* maxima;        // [count]
  double* normaliser;    // [count]
  double* out;           // [head channel][column]
  char* undecided;       // [sequence]
  const double* slopes;  // ALiBi's, null: none
  int heads, kv_heads, dim;
  Window window;
  std::size_t capacity;
  std::size_t first, count;
  bool scales;
  Roles roles;
  cuda::Shortcuts score_ways, value_ways;

  /// Where a row stands.
  struct Place {
    int head, input, position;
    std::size_t column;
  };
  CARRYBIT_HD Place place(std::size_t r) const {
    const auto m = static_cast<std::size_t>(window.m);
    const std::size_t row = first + r;
    const std::size_t i = row % m;
    const std::size_t head = row / m % static_cast<std::size_t>(heads);
    const std::size_t input = row / m / static_cast<std::size_t>(heads);
    return {static_cast<int>(head), static_cast<int>(input), window.past + static_cast<int>(i),
            input * m + i};
  }
  CARRYBIT_HD const double* memory(const double* of, const Place& p, int channel) const {
    const auto kv = static_cast<std::size_t>(p.head / (heads / kv_heads) * dim + channel);
    return of + (kv * static_cast<std::size_t>(window.inputs) + static_cast<std::size_t>(p.input)) *
                    capacity;
  }
  CARRYBIT_HD double& score(std::size_t key, std::size_t r) const {
    return scores[key * count + r];
  }
};

/// Index key * count + r: one score.
struct Score {
  AttentionRows a;
  CARRYBIT_HD void operator()(std::size_t i) const {
    const std::size_t r = i % a.count;
    const std::size_t key = i / a.count;
    const AttentionRows::Place p = a.place(r);
    if (static_cast<int>(key) > p.position) {
      return;
    }
    const std::size_t n = a.window.columns();
    const auto d = static_cast<std::size_t>(a.dim);
    const lane::Context& role = a.roles.activations;
    const cuda::Strided q{a.q + static_cast<std::size_t>(p.head) * d * n + p.column, n};
    const cuda::Strided k{a.memory(a.k, p, 0) + key,
                          static_cast<std::size_t>(a.window.inputs) * a.capacity};
    double s = cuda::dot(q, k, a.dim, a.roles.sums, a.score_ways);
    if (a.roles.converts_sums) {
      s = lane::convert(s, role);
    }
    if (a.scales) {
      s = lane::mul(s, a.roles.attention_factor, role);
    }
    if (a.slopes != nullptr) {
      const double distance =
          lane::convert(static_cast<double>(static_cast<int>(key) - p.position), role);
      s = lane::add(s, lane::mul(a.slopes[p.head], distance, role), role);
    }
    a.score(key, r) = s;
  }
};

/// A row's largest score; NaN where one is.
struct Maximum {
  AttentionRows a;
  CARRYBIT_HD void operator()(std::size_t r) const {
    const int visible = a.place(r).position + 1;
    double most = a.score(0, r);
    for (int j = 0; j < visible; ++j) {
      const double s = a.score(static_cast<std::size_t>(j), r);
      if (lane::is_nan(s)) {
        most = s;
        break;
      }
      most = most < s ? s : most;
    }
    a.maxima[r] = most;
  }
};

/// Index key * count + r: the exponential of one score, shifted by the maximum.
struct Exponential {
  AttentionRows a;
  CARRYBIT_HD void operator()(std::size_t i) const {
    const std::size_t r = i % a.count;
    const std::size_t key = i / a.count;
    const AttentionRows::Place p = a.place(r);
    if (static_cast<int>(key) > p.position) {
      return;
    }
    double s = a.score(key, r);
    if (a.roles.shifts && a.maxima[r] != 0) {  // S - 0 = S
      s = lane::sub(s, a.maxima[r], a.roles.activations);
    }
    a.score(key, r) = settled(lane::exp(s, a.roles.probabilities), a.undecided[p.input]);
  }
};

/// A row's sum of exponentials.
struct Normaliser {
  AttentionRows a;
  CARRYBIT_HD void operator()(std::size_t r) const {
    a.normaliser[r] = cuda::total({a.scores + r, a.count}, a.place(r).position + 1, a.roles.sums);
  }
};

/// Index key * count + r: one weight, divided.
struct DivideWeight {
  AttentionRows a;
  CARRYBIT_HD void operator()(std::size_t i) const {
    const std::size_t r = i % a.count;
    const std::size_t key = i / a.count;
    if (static_cast<int>(key) > a.place(r).position) {
      return;
    }
    double& w = a.score(key, r);
    if (!(a.roles.skips_zeros && w == 0)) {
      w = lane::div(w, a.normaliser[r], a.roles.probabilities);
    }
  }
};

/// Index channel * count + r: the weighted sum of the values of one channel.
struct WeighValues {
  AttentionRows a;
  CARRYBIT_HD void operator()(std::size_t i) const {
    const std::size_t r = i % a.count;
    const auto channel = static_cast<int>(i / a.count);
    const AttentionRows::Place p = a.place(r);
    const double sum = cuda::dot({a.scores + r, a.count}, {a.memory(a.v, p, channel), 1},
                                 p.position + 1, a.roles.sums, a.value_ways);
    const lane::Context& role = a.roles.activations;
    const auto row = static_cast<std::size_t>(p.head * a.dim + channel);
    a.out[row * a.window.columns() + p.column] =
        a.roles.divides_weights ? lane::convert(sum, role) : lane::div(sum, a.normaliser[r], role);
  }
};

/// max(x, 0); NaN stays NaN, -0 becomes +0.
CARRYBIT_HD inline double relu(double x) { return x > 0 || lane::is_nan(x) ? x : 0.0; }

/// One hidden unit of one column, in place of `up`.
struct Activate {
  Activation activation;
  const double* gate;  // of gated activations
  double* up;
  Window window;
  Roles roles;
  char* undecided;

  CARRYBIT_HD double gelu(double x, char& open) const {
    const lane::Context& role = roles.activations;
    double s = lane::mul(x, roles.inverse_root_two, role);
    s = settled(lane::erf(s, role), open);
    s = lane::add(s, roles.one, role);
    return lane::mul(lane::mul(x, roles.half, role), s, role);
  }
  CARRYBIT_HD double silu(double x, char& open) const {
    const lane::Context& role = roles.activations;
    const double e = settled(lane::exp(lane::sub(0.0, x, role), role), open);
    return lane::div(x, lane::add(e, roles.one, role), role);
  }
  CARRYBIT_HD void operator()(std::size_t i) const {
    char& open = undecided[window.input(i % window.columns())];
    switch (activation) {
      case Activation::relu: up[i] = relu(up[i]); return;
      case Activation::gelu: up[i] = gelu(up[i], open); return;
      case Activation::reglu: up[i] = lane::mul(relu(gate[i]), up[i], roles.activations); return;
      case Activation::swiglu:
        up[i] = lane::mul(silu(gate[i], open), up[i], roles.activations);
        return;
    }
  }
};

/// x <- x + y.
struct AddTo {
  double* x;
  const double* y;
  lane::Context role;
  CARRYBIT_HD void operator()(std::size_t i) const { x[i] = lane::add(x[i], y[i], role); }
};

/// The columns from position `from` of the window on.
struct ColumnsFrom {
  const double* x;
  Window window;
  int from;
  double* y;
  CARRYBIT_HD void operator()(std::size_t i) const {
    const auto left = static_cast<std::size_t>(window.m - from);
    const std::size_t sequence = i / left;  // (channel, input)
    y[i] = x[sequence * static_cast<std::size_t>(window.m) + static_cast<std::size_t>(from) +
             i % left];
  }
};

/// The token of a column's highest logit: the lowest wins ties, NaN never wins, -1 where all are NaN.
struct BestToken {
  const double* logits;  // [token][column]
  int vocabulary;
  std::size_t columns;
  int* best;
  CARRYBIT_HD void operator()(std::size_t i) const {
    int found = -1;
    double most = 0;
    for (int token = 0; token < vocabulary; ++token) {
      const double v = logits[static_cast<std::size_t>(token) * columns + i];
      if (!lane::is_nan(v) && (found < 0 || most < v)) {
        found = token;
        most = v;
      }
    }
    best[i] = found;
  }
};

}  // namespace carrybit::device
