// The Eigen reference against what is known of it and against PyTorch, on both sides of our files.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sim/model_file.hpp"
#include "sim/simulator.hpp"
#include "tests/sim/eigen_reference.hpp"
#include "tests/sim/hugging_face_files.hpp"
#include "tests/sim/random_model.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace carrybit;
using namespace carrybit::tests;

namespace {

ModelFile load(const HuggingFaceModel& model) {
  const TemporaryFolder folder;
  model.write(folder.path());
  return load_model(folder.path());
}

}  // namespace

TEST_CASE("the reference is a causal transformer") {
  for (const ModelConfig& config : all_shapes()) {
    CAPTURE(config.name);
    const Weights weights = random_model(config, 11);
    const auto tokens = random_tokens(config, 9, 12);
    const auto logits = reference_logits<double>(weights, tokens);
    REQUIRE(logits.rows() == 9);
    REQUIRE(logits.cols() == config.vocabulary);
    CHECK(logits.allFinite());
    // What comes later changes nothing before it.
    const std::vector<int> start(tokens.begin(), tokens.begin() + 5);
    CHECK(distance<double>(reference_logits<double>(weights, start), logits.topRows(5)) < 1e-13);
    // float agrees with double to its own accuracy.
    const Rows<double> narrow = reference_logits<float>(weights, tokens).cast<double>();
    CHECK(distance<double>(narrow, logits) < 1e-4);
    CHECK(distance<double>(narrow, logits) > 0);
  }
}

TEST_CASE("the reference's positions") {
  CHECK(sinusoidal(0, 4, 8) == 0.0);
  CHECK(sinusoidal(0, 5, 8) == 1.0);
  CHECK(sinusoidal(3, 0, 8) == doctest::Approx(std::sin(3.0)));
  CHECK(sinusoidal(3, 7, 8) == doctest::Approx(std::cos(3.0 / 1000)));
  CHECK(alibi_slopes(8) ==
        std::vector<double>{0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625});
  // 12 heads, as in the authors' code: those of 8, then every other one of 16.
  const auto twelve = alibi_slopes(12);
  CHECK(twelve[7] == 0x1p-8);
  CHECK(twelve[8] == std::exp2(-0.5));
  CHECK(twelve[9] == std::exp2(-1.5));
  CHECK(twelve[11] == std::exp2(-3.5));
  CHECK(alibi_slopes(1) == std::vector<double>{0x1p-8});

  // Rotary scores depend on the distance of positions only.
  ModelConfig config = llama_shape();
  Rows<double> x = Rows<double>::Constant(6, config.heads * config.head_dim, 0.0);
  x.rowwise() = Eigen::RowVectorXd::LinSpaced(x.cols(), -1, 2);
  rotate(config, config.heads, x);
  const Rows<double> scores = x.leftCols(6) * x.leftCols(6).transpose();
  for (int i = 1; i < 5; ++i) {
    CHECK(scores(i, i + 1) == doctest::Approx(scores(0, 1)).epsilon(1e-13));
  }
}

TEST_CASE("planted: a c_attn whose blocks are transposed loads, and the logits tell") {
  const Weights weights = random_model(gpt2_shape(), 21);
  const auto tokens = random_tokens(weights.config, 10, 22);
  const auto logits = reference_logits<double>(weights, tokens);
  HuggingFaceModel model = as_gpt2(weights);
  CHECK(distance<double>(reference_logits<double>(load(model).weights, tokens), logits) == 0);

  Tensor& fused = model.tensors.at("transformer.h.0.attn.c_attn.weight");
  const Tensor right = fused;
  for (std::size_t block = 0; block < 3; ++block) {
    for (std::size_t i = 0; i < 12; ++i) {
      for (std::size_t j = 0; j < 12; ++j) {
        fused.values[i * 36 + block * 12 + j] = right.values[j * 36 + block * 12 + i];
      }
    }
  }
  CHECK(distance<double>(reference_logits<double>(load(model).weights, tokens), logits) > 1e-3);
}

// ---- exchanged with PyTorch; tests/sim/test_torch.py runs these two

namespace {

const char* from_torch = std::getenv("CARRYBIT_FROM_TORCH");
const char* to_torch = std::getenv("CARRYBIT_TO_TORCH");

Rows<double> table(const nlohmann::json& rows) {
  Rows<double> result(static_cast<Eigen::Index>(rows.size()),
                      static_cast<Eigen::Index>(rows.at(0).size()));
  for (Eigen::Index i = 0; i < result.rows(); ++i) {
    for (Eigen::Index j = 0; j < result.cols(); ++j) {
      result(i, j) = rows.at(static_cast<std::size_t>(i)).at(static_cast<std::size_t>(j));
    }
  }
  return result;
}

/// Logits of the forward pass itself, every operation rounded to fp64.
Rows<double> in_fp64(const Weights& weights, const std::vector<int>& tokens) {
  const Simulator model(weights, Arithmetic::uniform(Format::parse("fp64")));
  const auto logits = model.logits(std::vector<std::vector<int>>{tokens})[0];
  Rows<double> result(static_cast<Eigen::Index>(logits.size()),
                      static_cast<Eigen::Index>(logits[0].size()));
  for (Eigen::Index i = 0; i < result.rows(); ++i) {
    for (Eigen::Index j = 0; j < result.cols(); ++j) {
      result(i, j) = logits[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)].to_double();
    }
  }
  return result;
}

}  // namespace

TEST_CASE("PyTorch's models give PyTorch's logits" * doctest::skip(from_torch == nullptr)) {
  int models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(from_torch)) {
    CAPTURE(entry.path().string());
    const Weights weights = load_model(entry.path()).weights;
    const auto expected = nlohmann::json::parse(read_text(entry.path() / "expected.json"));
    for (const auto& sequence : expected) {
      const auto logits =
          reference_logits<double>(weights, sequence.at("tokens").get<std::vector<int>>());
      const Rows<double> theirs = table(sequence.at("logits"));
      CHECK(distance<double>(logits, theirs) < 1e-12);
      CHECK(distance<double>(in_fp64(weights, sequence.at("tokens").get<std::vector<int>>()),
                             theirs) < 1e-9);
    }
    ++models;
  }
  CHECK(models > 0);
}

TEST_CASE("models for PyTorch are written" * doctest::skip(to_torch == nullptr)) {
  int number = 0;
  for (const ModelConfig& config : all_shapes()) {
    const Weights weights = random_model(config, 31, number % 3 != 0);
    const auto folder = std::filesystem::path(to_torch) / std::to_string(++number);
    save_model(folder, weights);
    nlohmann::json expected;
    for (const int length : {1, 4, 12}) {
      const auto tokens = random_tokens(config, length, 32);
      const auto logits = reference_logits<double>(weights, tokens);
      nlohmann::json rows;
      for (int i = 0; i < logits.rows(); ++i) {
        rows.push_back(std::vector<double>(logits.row(i).begin(), logits.row(i).end()));
      }
      expected.push_back({{"tokens", tokens}, {"logits", rows}});
    }
    write_text(folder / "expected.json", expected.dump());
  }
}
