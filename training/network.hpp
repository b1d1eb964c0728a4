#pragma once
// The decoder of sim/ as a LibTorch graph: the same ModelConfig, the same tensors by the same names
// (sim/tensors.hpp), the same mathematics. Includes LibTorch: for this room's own files and tests.

#include <torch/types.h>

#include <map>
#include <string>
#include <vector>

#include "sim/weights.hpp"
#include "training/settings.hpp"

namespace carrybit::training {

/// How the table of learned positions is put together.
struct PositionTable {
  PositionSharing sharing = PositionSharing::absolute;
  std::vector<int> groups;  // for each position, its shared vector; empty with `absolute`
};

class Network {
 public:
  /// Parameters are zeros until initialise() or load(). `type`: kFloat32, or kFloat64 (fp32 precision
  /// only), which tests use.
  Network(const ModelConfig& config, const PositionTable& positions,
          const TrainPrecision& precision, torch::ScalarType type, torch::Device device);

  /// Random parameters, the same on every machine: embeddings and positions of deviation 0.3, maps
  /// of 1/sqrt(inputs), those that write to the residual stream smaller by sqrt(2 layers).
  void initialise(std::uint64_t seed);
  /// A saved model's weights; biases that are not there are zeros. With `absolute` positions only.
  void load(const Weights& weights);
  /// The model as the forward pass has it: positions summed, everything rounded.
  Weights weights() const;

  /// Logits [batch][T - from][vocabulary] at positions from `from` on; tokens: int64 [batch][T].
  torch::Tensor logits(const torch::Tensor& tokens, std::int64_t from) const;

  /// All master parameters in one row, a leaf of the graph.
  torch::Tensor& parameters() { return parameters_; }
  const torch::Tensor& parameters() const { return parameters_; }
  /// 1 where weight decay applies (matrices and embeddings), 0 for norms and biases.
  const torch::Tensor& decays() const { return decays_; }
  /// Numbers that the saved model holds.
  std::int64_t count() const;

 private:
  struct Slot {
    std::string name;
    std::vector<std::int64_t> shape;
    std::int64_t offset = 0, count = 0;
    double mean = 0, deviation = 0;  // of the initial values
  };
  using Tensors = std::map<std::string, torch::Tensor>;

  void add_slot(const std::string& name, const std::vector<int>& shape, double mean,
                double deviation);
  void lay_out();
  Tensors tensors() const;
  torch::Tensor position_table(const std::vector<torch::Tensor>& pieces) const;
  torch::Tensor keep(const torch::Tensor& x) const;

  torch::Tensor embed(const Tensors& w, const torch::Tensor& tokens) const;
  torch::Tensor norm(const Tensors& w, const std::string& at, const torch::Tensor& x) const;
  torch::Tensor linear(const Tensors& w, const std::string& at, const torch::Tensor& x) const;
  torch::Tensor heads(const Tensors& w, const std::string& at, const torch::Tensor& x, int count,
                      std::int64_t first) const;
  torch::Tensor rotate(const torch::Tensor& x, std::int64_t first) const;
  torch::Tensor attend(const Tensors& w, const std::string& at, const torch::Tensor& asking,
                       const torch::Tensor& all) const;
  torch::Tensor feed_forward(const Tensors& w, const std::string& at, const torch::Tensor& x) const;
  torch::Tensor score_offsets(std::int64_t asking, std::int64_t all) const;

  ModelConfig config_;
  PositionTable positions_;
  TrainPrecision precision_;
  std::vector<Slot> slots_;  // those of positions last
  std::int64_t body_ = 0;    // parameters before those of positions
  torch::Tensor parameters_, decays_;
  torch::Tensor groups_;     // int64 [max_length]
  torch::Tensor cos_, sin_;  // rotary: [max_length][head_dim / 2]
  torch::Tensor fixed_;      // sinusoidal: [max_length][width]
  torch::Tensor slopes_;     // ALiBi: [heads]
};

}  // namespace carrybit::training
