// What a configuration and weights must satisfy, and how they say so.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "sim/tensors.hpp"
#include "tests/sim/random_model.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace carrybit;
using namespace carrybit::tests;

namespace {

/// What a changed configuration answers.
template <typename Change>
std::string refused_config(ModelConfig config, const Change& change) {
  change(config);
  return refusal([&] { config.validate(); });
}

template <typename Change>
std::string refused_weights(Weights weights, const Change& change) {
  change(weights);
  return refusal([&] { weights.validate(); });
}

}  // namespace

TEST_CASE("every shape is valid, and so are its random weights") {
  for (const ModelConfig& config : all_shapes()) {
    CAPTURE(config.name);
    CHECK_NOTHROW(config.validate());
    CHECK_NOTHROW(random_model(config, 1).validate());
    CHECK_NOTHROW(random_model(config, 1, false).validate());
  }
}

TEST_CASE("impossible configurations are refused in one line") {
  const ModelConfig gpt2 = gpt2_shape();
  const ModelConfig llama = llama_shape();
  using C = ModelConfig;
  CHECK(refused_config(gpt2, [](C& c) { c.vocabulary = 0; }) ==
        "configuration of 'gpt2-shape': vocabulary is 0; accepted: 1 or more");
  CHECK(contains(refused_config(gpt2, [](C& c) { c.width = -1; }), "width is -1"));
  CHECK(contains(refused_config(gpt2, [](C& c) { c.layers = 0; }), "layers is 0"));
  CHECK(contains(refused_config(gpt2, [](C& c) { c.heads = 0; }), "heads is 0"));
  CHECK(contains(refused_config(gpt2, [](C& c) { c.kv_heads = 0; }), "kv_heads is 0"));
  CHECK(contains(refused_config(gpt2, [](C& c) { c.kv_heads = 2; }), "a divisor of heads"));
  CHECK(contains(refused_config(gpt2, [](C& c) { c.kv_heads = 6; }), "a divisor of heads"));
  CHECK(contains(refused_config(gpt2, [](C& c) { c.head_dim = 0; }), "head_dim is 0"));
  CHECK(contains(refused_config(gpt2, [](C& c) { c.ffn = -1; }), "ffn is -1"));
  CHECK(contains(refused_config(gpt2, [](C& c) { c.max_length = 0; }), "max_length is 0"));
  CHECK(contains(refused_config(llama, [](C& c) { c.head_dim = 5; }), "an even number"));
  CHECK(contains(refused_config(llama, [](C& c) { c.rotary_base = 0; }), "rotary_base is 0"));
  CHECK(contains(refused_config(llama, [](C& c) { c.norm_epsilon = -1; }), "norm_epsilon is -1"));
  CHECK(contains(refused_config(llama, [](C& c) { c.norm_epsilon = std::nan(""); }), "nan"));
  CHECK(contains(refused_config(gpt2,
                                [](C& c) {
                                  c.heads = c.kv_heads = 1 << 16;
                                  c.head_dim = 1 << 16;
                                }),
                 "heads * head_dim is 65536 * 65536"));
  CHECK(contains(refused_config(gpt2,
                                [](C& c) {
                                  c.vocabulary_text = {"a", "b"};
                                }),
                 "vocabulary_text has 2 entries; accepted: none, or 13"));
  CHECK(contains(refused_config(gpt2, [](C& c) { c.vocabulary_text.assign(13, "\n7"); }),
                 "has '\\x0a7' twice"));
  CHECK(refused_config(gpt2, [](C& c) { c.vocabulary_text.assign(13, ""); }).empty());
  CHECK(refused_config(llama, [](C& c) { c.max_length = 0; }).empty());  // no bound
  CHECK(contains(refused_config(gpt2,
                                [](C& c) {
                                  c.name.clear();
                                  c.heads = 0;
                                }),
                 "configuration of the model: heads"));
}

TEST_CASE("weights that do not fit their configuration are refused by name") {
  const Weights gpt2 = random_model(gpt2_shape(), 2);
  const Weights llama = random_model(llama_shape(), 3);
  using W = Weights;
  CHECK(refused_weights(gpt2, [](W& w) { w.layers[1].query.weight = Matrix(12, 11); }) ==
        "tensor layers.1.query.weight has shape [12, 11]; accepted: [12, 12]");
  CHECK(refused_weights(gpt2, [](W& w) { w.layers[0].up.weight.at(3, 5) = std::nan(""); }) ==
        "tensor layers.0.up.weight is nan at [3, 5]; accepted: finite values");
  CHECK(contains(
      refused_weights(
          gpt2, [](W& w) { w.final_norm.shift[7] = -std::numeric_limits<double>::infinity(); }),
      "final_norm.bias is -inf at [7]"));
  CHECK(
      contains(refused_weights(gpt2, [](W& w) { w.layers.pop_back(); }), "1 layers; accepted: 2"));
  CHECK(contains(refused_weights(gpt2, [](W& w) { w.token_embedding = {}; }), "[0, 0]"));
  CHECK(contains(refused_weights(gpt2, [](W& w) { w.position_embedding.rows = 17; }), "[17, 12]"));
  CHECK(contains(refused_weights(gpt2, [](W& w) { w.position_embedding.values.pop_back(); }),
                 "position_embedding.weight has 191 values"));
  CHECK(contains(refused_weights(gpt2, [](W& w) { w.layers[0].gate.weight = Matrix(20, 12); }),
                 "layers.0.gate.weight has 240 values; accepted: none"));
  CHECK(contains(refused_weights(gpt2, [](W& w) { w.head.weight = Matrix(13, 12); }),
                 "head.weight has 156 values; accepted: none"));
  CHECK(contains(refused_weights(llama, [](W& w) { w.layers[0].ffn_norm.shift = Vector(16); }),
                 "layers.0.ffn_norm.bias has 16 values; accepted: none"));
  CHECK(contains(refused_weights(llama, [](W& w) { w.layers[0].value.bias.pop_back(); }),
                 "layers.0.value.bias has shape [11]; accepted: [12]"));
  CHECK(refused_weights(llama, [](W& w) { w.layers[0].value.bias.clear(); }).empty());
  CHECK(contains(refused_weights(llama, [](W& w) { w.layers[0].attention_norm.scale.clear(); }),
                 "layers.0.attention_norm.weight has shape [0]; accepted: [16]"));
}

TEST_CASE("names of the enumerations") {
  CHECK(name(Activation::relu) == "relu");
  CHECK(name(Activation::gelu) == "gelu");
  CHECK(name(Activation::reglu) == "reglu");
  CHECK(name(Activation::swiglu) == "swiglu");
  CHECK(name(Norm::none) == "none");
  CHECK(name(Norm::layer_norm) == "layer_norm");
  CHECK(name(Norm::rms_norm) == "rms_norm");
  CHECK(name(Positions::none) == "none");
  CHECK(name(Positions::learned) == "learned");
  CHECK(name(Positions::sinusoidal) == "sinusoidal");
  CHECK(name(Positions::rotary) == "rotary");
  CHECK(name(Positions::alibi) == "alibi");
  CHECK(name(AttentionScale::none) == "none");
  CHECK(name(AttentionScale::inverse_sqrt) == "inverse_sqrt");
}
