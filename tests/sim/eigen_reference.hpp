#pragma once
// The forward pass once more, as a textbook writes it, in Eigen: whole matrices, the machine's own
// arithmetic in float or double, nothing shared with sim/ but the weights.

#include <Eigen/Dense>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

#include "sim/weights.hpp"

namespace carrybit::tests {

template <typename Scalar>
using Rows = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <typename Scalar>
Rows<Scalar> to_eigen(const Matrix& matrix) {
  return Eigen::Map<const Rows<double>>(matrix.values.data(), matrix.rows, matrix.cols)
      .template cast<Scalar>();
}

template <typename Scalar>
Eigen::RowVectorX<Scalar> to_eigen(const Vector& vector) {
  return Eigen::Map<const Eigen::RowVectorXd>(vector.data(),
                                              static_cast<Eigen::Index>(vector.size()))
      .template cast<Scalar>();
}

/// x W^T + b: a position a row.
template <typename Scalar>
Rows<Scalar> apply(const Linear& linear, const Rows<Scalar>& x) {
  Rows<Scalar> y = x * to_eigen<Scalar>(linear.weight).transpose();
  if (!linear.bias.empty()) {
    y.rowwise() += to_eigen<Scalar>(linear.bias);
  }
  return y;
}

template <typename Scalar>
Rows<Scalar> apply(const ModelConfig& config, const NormWeights& norm, Rows<Scalar> x) {
  if (config.norm == Norm::none) {
    return x;
  }
  const auto epsilon = static_cast<Scalar>(config.norm_epsilon);
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    if (config.norm == Norm::layer_norm) {
      x.row(i).array() -= x.row(i).mean();
    }
    const Scalar mean_square = x.row(i).squaredNorm() / static_cast<Scalar>(x.cols());
    x.row(i) /= std::sqrt(mean_square + epsilon);
  }
  x = x.array().rowwise() * to_eigen<Scalar>(norm.scale).array();
  if (config.norm == Norm::layer_norm) {
    x.rowwise() += to_eigen<Scalar>(norm.shift);
  }
  return x;
}

/// Vaswani et al. 2017, section 3.5: channels 2j and 2j+1 are sine and cosine of i / 10000^(2j/d).
inline double sinusoidal(int position, int channel, int width) {
  const int pair = channel / 2;
  const double angle = position / std::pow(10000.0, 2.0 * pair / width);
  return channel % 2 == 0 ? std::sin(angle) : std::cos(angle);
}

/// Press et al. 2022, section 3: 2^(-8/n), 2^(-16/n), ... for n heads, a power of two; else those
/// of the next lower power of two, then every other one of twice as many heads.
inline std::vector<double> alibi_slopes(int heads) {
  const auto geometric = [](int count) {
    std::vector<double> slopes;
    for (int h = 1; h <= count; ++h) {
      slopes.push_back(std::exp2(-8.0 * h / count));
    }
    return slopes;
  };
  int power = 1;
  while (2 * power <= heads) {
    power *= 2;
  }
  std::vector<double> slopes = geometric(power);
  const std::vector<double> finer = geometric(2 * power);
  for (int h = 0; static_cast<int>(slopes.size()) < heads; h += 2) {
    slopes.push_back(finer[static_cast<std::size_t>(h)]);
  }
  return slopes;
}

/// Turns channels (c, c + d/2) of each head of d channels by position * base^(-2c/d).
template <typename Scalar>
void rotate(const ModelConfig& config, int heads, Rows<Scalar>& x) {
  const int half = config.head_dim / 2;
  for (int i = 0; i < x.rows(); ++i) {
    for (int h = 0; h < heads; ++h) {
      for (int c = 0; c < half; ++c) {
        const double angle = i * std::pow(config.rotary_base, -2.0 * c / config.head_dim);
        const auto cosine = static_cast<Scalar>(std::cos(angle));
        const auto sine = static_cast<Scalar>(std::sin(angle));
        Scalar& low = x(i, h * config.head_dim + c);
        Scalar& high = x(i, h * config.head_dim + c + half);
        const Scalar turned = low * cosine - high * sine;
        high = high * cosine + low * sine;
        low = turned;
      }
    }
  }
}

template <typename Scalar>
Rows<Scalar> attend(const ModelConfig& config, const LayerWeights& layer, const Rows<Scalar>& x) {
  Rows<Scalar> q = apply<Scalar>(layer.query, x);
  Rows<Scalar> k = apply<Scalar>(layer.key, x);
  const Rows<Scalar> v = apply<Scalar>(layer.value, x);
  if (config.positions == Positions::rotary) {
    rotate(config, config.heads, q);
    rotate(config, config.kv_heads, k);
  }
  const std::vector<double> slopes = alibi_slopes(config.heads);
  const int d = config.head_dim;
  Rows<Scalar> o(x.rows(), config.heads * d);
  for (int h = 0; h < config.heads; ++h) {
    const int kv = h / (config.heads / config.kv_heads);
    Rows<Scalar> p = q.middleCols(h * d, d) * k.middleCols(kv * d, d).transpose();
    if (config.attention_scale == AttentionScale::inverse_sqrt) {
      p /= std::sqrt(static_cast<Scalar>(d));
    }
    for (int i = 0; i < p.rows(); ++i) {
      for (int j = 0; j < p.cols(); ++j) {
        if (config.positions == Positions::alibi) {
          p(i, j) += static_cast<Scalar>(slopes[static_cast<std::size_t>(h)] * (j - i));
        }
        if (j > i) {
          p(i, j) = -std::numeric_limits<Scalar>::infinity();
        }
      }
      p.row(i) = (p.row(i).array() - p.row(i).maxCoeff()).exp().matrix().eval();
      p.row(i) /= p.row(i).sum();
    }
    o.middleCols(h * d, d) = p * v.middleCols(kv * d, d);
  }
  return apply<Scalar>(layer.output, o);
}

template <typename Scalar>
Rows<Scalar> feed_forward(const ModelConfig& config, const LayerWeights& layer,
                          const Rows<Scalar>& x) {
  const auto relu = [](Scalar z) { return z > 0 ? z : Scalar(0); };
  const auto gelu = [](Scalar z) {
    return z / 2 * (1 + std::erf(z / std::numbers::sqrt2_v<Scalar>));
  };
  const auto silu = [](Scalar z) { return z / (1 + std::exp(-z)); };
  const Rows<Scalar> up = apply<Scalar>(layer.up, x);
  switch (config.activation) {
    case Activation::relu: return apply<Scalar>(layer.down, up.unaryExpr(relu));
    case Activation::gelu: return apply<Scalar>(layer.down, up.unaryExpr(gelu));
    case Activation::reglu:
      return apply<Scalar>(layer.down,
                           apply<Scalar>(layer.gate, x).unaryExpr(relu).cwiseProduct(up));
    case Activation::swiglu:
      return apply<Scalar>(layer.down,
                           apply<Scalar>(layer.gate, x).unaryExpr(silu).cwiseProduct(up));
  }
  return {};
}

/// Logits after each token, tokens.size() x vocabulary.
template <typename Scalar>
Rows<Scalar> reference_logits(const Weights& weights, std::span<const int> tokens) {
  const ModelConfig& config = weights.config;
  const Rows<Scalar> embedding = to_eigen<Scalar>(weights.token_embedding);
  Rows<Scalar> x(static_cast<Eigen::Index>(tokens.size()), config.width);
  for (int i = 0; i < x.rows(); ++i) {
    x.row(i) = embedding.row(tokens[static_cast<std::size_t>(i)]);
    for (int c = 0; c < config.width; ++c) {
      if (config.positions == Positions::learned) {
        x(i, c) += static_cast<Scalar>(weights.position_embedding.at(i, c));
      } else if (config.positions == Positions::sinusoidal) {
        x(i, c) += static_cast<Scalar>(sinusoidal(i, c, config.width));
      }
    }
  }
  for (const LayerWeights& layer : weights.layers) {
    x += attend<Scalar>(config, layer, apply<Scalar>(config, layer.attention_norm, x));
    if (config.ffn > 0) {
      x += feed_forward<Scalar>(config, layer, apply<Scalar>(config, layer.ffn_norm, x));
    }
  }
  x = apply<Scalar>(config, weights.final_norm, x);
  return config.tied_head ? Rows<Scalar>(x * embedding.transpose())
                          : apply<Scalar>(weights.head, x);
}

/// The largest difference of two tables of logits, relative to the largest logit; infinite where a
/// value is not finite or the shapes differ.
template <typename Scalar>
Scalar distance(const Rows<Scalar>& a, const Rows<Scalar>& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols() || !a.allFinite() || !b.allFinite()) {
    return std::numeric_limits<Scalar>::infinity();
  }
  return (a - b).cwiseAbs().maxCoeff() / b.cwiseAbs().maxCoeff();
}

}  // namespace carrybit::tests
