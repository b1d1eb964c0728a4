#include "proofs_check/certificate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "precision/error.hpp"
#include "proofs_check/plans.hpp"

namespace carrybit::certificates {

namespace {

struct Plan {
  std::string_view construction;
  void (*prove)(Proof&, const constructions::Options&);
};

constexpr std::array plans = {
    Plan{"add_constant", prove_add_constant},     Plan{"add_log", prove_add_log},
    Plan{"iter_add_log", prove_iter_add_log},     Plan{"mul_log", prove_mul_log},
    Plan{"add_prefix_sum", prove_add_prefix_sum}, Plan{"majority_mean", prove_majority_mean},
};

const Plan* find_plan(std::string_view construction) {
  const auto* at = std::ranges::find(plans, construction, &Plan::construction);
  return at == plans.end() ? nullptr : at;
}

/// Two streams of the same words, mixed differently.
class Digest {
 public:
  void add(std::uint64_t word) {
    a_ = mix64(a_ ^ word) + 0x9E3779B97F4A7C15U;
    b_ = mix64(b_ + word * 0xC2B2AE3D27D4EB4FU) ^ std::rotl(b_, 23);
  }
  void add(const std::vector<double>& values) {
    add(values.size());
    // +0.0: a zero's sign is no difference.
    for (const double x : values) add(std::bit_cast<std::uint64_t>(x + 0.0));
  }
  void add(const Matrix& m) {
    add(static_cast<std::uint64_t>(m.rows));
    add(static_cast<std::uint64_t>(m.cols));
    add(m.values);
  }
  void add(const Linear& l) {
    add(l.weight);
    add(l.bias);
  }
  std::string text() const { return fmt::format("{:016x}{:016x}", a_, b_); }

 private:
  std::uint64_t a_ = 0x243F6A8885A308D3U;  // the first digits of pi
  std::uint64_t b_ = 0x13198A2E03707344U;
};

}  // namespace

std::uint64_t Certificate::cases() const {
  std::uint64_t total = 0;
  for (const Step& step : steps) total += step.cases;
  return total;
}

bool has_certifier(std::string_view construction) { return find_plan(construction) != nullptr; }

std::string digest(const Weights& weights) {
  Digest d;
  d.add(static_cast<std::uint64_t>(weights.config.activation));
  d.add(static_cast<std::uint64_t>(weights.config.heads));
  d.add(static_cast<std::uint64_t>(weights.config.head_dim));
  d.add(weights.token_embedding);
  d.add(weights.position_embedding);
  for (const LayerWeights& layer : weights.layers)
    for (const Linear* map : {&layer.query, &layer.key, &layer.value, &layer.output, &layer.gate,
                              &layer.up, &layer.down})
      d.add(*map);
  d.add(weights.head);
  return d.text();
}

Certificate certify(const constructions::Construction& construction,
                    const constructions::Program& program, const Weights& weights,
                    const Arithmetic& arithmetic, const constructions::Options& options) {
  const Plan* plan = find_plan(construction.name);
  if (plan == nullptr) throw NotCertified(fmt::format("{} has no proof plan", construction.name));
  Proof proof(program, weights, arithmetic);
  plan->prove(proof, options);
  return {.construction = std::string(construction.name),
          .task = program.task().name(),
          .options = constructions::text(options),
          .arithmetic = arithmetic,
          .weights = digest(weights),
          .steps = std::move(proof.steps)};
}

Certificate certify(const constructions::Construction& construction, const Task& task,
                    const Arithmetic& arithmetic, const constructions::Options& options) {
  const constructions::Built built = constructions::build(construction, task, arithmetic, options);
  return certify(construction, built.program, built.weights, arithmetic, options);
}

void verify(const Certificate& certificate, const Weights* weights) {
  const constructions::Construction& construction =
      constructions::construction(certificate.construction);
  const constructions::Options options = constructions::parse_options(certificate.options);
  const constructions::Built built = constructions::build(
      construction, Task::parse(certificate.task), certificate.arithmetic, options);
  const Weights& used = weights == nullptr ? built.weights : *weights;
  if (digest(used) != certificate.weights)
    throw NotCertified(fmt::format("the weights are others than the record's: digest {}, record {}",
                                   digest(used), certificate.weights));
  const Certificate again =
      certify(construction, built.program, used, certificate.arithmetic, options);
  for (std::size_t i = 0; i < std::max(again.steps.size(), certificate.steps.size()); ++i)
    if (i >= again.steps.size() || i >= certificate.steps.size() ||
        again.steps[i] != certificate.steps[i])
      throw NotCertified(fmt::format("step {} of the record is not what the proof finds", i + 1));
}

}  // namespace carrybit::certificates
