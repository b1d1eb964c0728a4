#pragma once
// Models written as Hugging Face's transformers would save them, for tests of the loader.

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/safetensors.hpp"
#include "sim/weights.hpp"
#include "tests/sim/temporary_folder.hpp"

namespace carrybit::tests {

using Tensors = std::map<std::string, Tensor>;

/// A folder's two files before they are written, to be tampered with.
struct HuggingFaceModel {
  nlohmann::json config;
  Tensors tensors;

  void write(const std::filesystem::path& folder) const {
    std::filesystem::create_directories(folder);
    write_text(folder / "config.json", config.dump(2));
    std::vector<TensorView> views;
    for (const auto& [name, tensor] : tensors) {
      views.push_back({name, tensor.shape, tensor.values});
    }
    write_safetensors(folder / "model.safetensors", views, Dtype::f64);
  }
};

inline Tensor stored(const Matrix& m) {
  return {{static_cast<std::uint64_t>(m.rows), static_cast<std::uint64_t>(m.cols)}, m.values};
}
inline Tensor stored(const Vector& v) { return {{v.size()}, v}; }

inline Matrix transpose(const Matrix& m) {
  Matrix t(m.cols, m.rows);
  for (int row = 0; row < m.rows; ++row) {
    for (int col = 0; col < m.cols; ++col) {
      t.at(col, row) = m.at(row, col);
    }
  }
  return t;
}

/// GPT2LMHeadModel's files; `prefix` is "transformer." or "".
inline HuggingFaceModel as_gpt2(const Weights& w, const std::string& prefix = "transformer.") {
  const ModelConfig& c = w.config;
  HuggingFaceModel model;
  model.config = {{"model_type", "gpt2"},
                  {"architectures", {"GPT2LMHeadModel"}},
                  {"vocab_size", c.vocabulary},
                  {"n_positions", c.max_length},
                  {"n_ctx", c.max_length},
                  {"n_embd", c.width},
                  {"n_layer", c.layers},
                  {"n_head", c.heads},
                  {"n_inner", c.ffn},
                  {"activation_function", std::string(name(c.activation))},
                  {"layer_norm_epsilon", c.norm_epsilon},
                  {"tie_word_embeddings", c.tied_head},
                  {"resid_pdrop", 0.1},
                  {"torch_dtype", "float64"}};
  Tensors& t = model.tensors;
  const auto norm = [&](const std::string& name, const NormWeights& n) {
    t[name + ".weight"] = stored(n.scale);
    t[name + ".bias"] = stored(n.shift);
  };
  const auto conv = [&](const std::string& name, const Linear& l) {
    t[name + ".weight"] = stored(transpose(l.weight));
    t[name + ".bias"] = stored(l.bias);
  };
  t[prefix + "wte.weight"] = stored(w.token_embedding);
  t[prefix + "wpe.weight"] = stored(w.position_embedding);
  for (std::size_t i = 0; i < w.layers.size(); ++i) {
    const LayerWeights& layer = w.layers[i];
    const std::string at = fmt::format("{}h.{}.", prefix, i);
    norm(at + "ln_1", layer.attention_norm);
    Linear fused{Matrix(3 * c.width, c.width), {}};
    int row = 0;
    for (const Linear* part : {&layer.query, &layer.key, &layer.value}) {
      for (int r = 0; r < c.width; ++r, ++row) {
        for (int col = 0; col < c.width; ++col) {
          fused.weight.at(row, col) = part->weight.at(r, col);
        }
        fused.bias.push_back(part->bias[static_cast<std::size_t>(r)]);
      }
    }
    conv(at + "attn.c_attn", fused);
    conv(at + "attn.c_proj", layer.output);
    norm(at + "ln_2", layer.ffn_norm);
    conv(at + "mlp.c_fc", layer.up);
    conv(at + "mlp.c_proj", layer.down);
  }
  norm(prefix + "ln_f", w.final_norm);
  if (!c.tied_head) {
    t["lm_head.weight"] = stored(w.head.weight);
  }
  return model;
}

/// LlamaForCausalLM's files; `prefix` is "model." or "". Biases, where there are any, are those of
/// attention_bias and mlp_bias.
inline HuggingFaceModel as_llama(const Weights& w, const std::string& prefix = "model.") {
  const ModelConfig& c = w.config;
  HuggingFaceModel model;
  model.config = {{"model_type", "llama"},
                  {"vocab_size", c.vocabulary},
                  {"max_position_embeddings", c.max_length},
                  {"hidden_size", c.width},
                  {"num_hidden_layers", c.layers},
                  {"num_attention_heads", c.heads},
                  {"num_key_value_heads", c.kv_heads},
                  {"head_dim", c.head_dim},
                  {"intermediate_size", c.ffn},
                  {"hidden_act", "silu"},
                  {"rms_norm_eps", c.norm_epsilon},
                  {"rope_theta", c.rotary_base},
                  {"rope_scaling", nullptr},
                  {"attention_bias", !w.layers[0].query.bias.empty()},
                  {"mlp_bias", !w.layers[0].up.bias.empty()},
                  {"tie_word_embeddings", c.tied_head}};
  Tensors& t = model.tensors;
  const auto linear = [&](const std::string& name, const Linear& l) {
    t[name + ".weight"] = stored(l.weight);
    if (!l.bias.empty()) {
      t[name + ".bias"] = stored(l.bias);
    }
  };
  t[prefix + "embed_tokens.weight"] = stored(w.token_embedding);
  for (std::size_t i = 0; i < w.layers.size(); ++i) {
    const LayerWeights& layer = w.layers[i];
    const std::string at = fmt::format("{}layers.{}.", prefix, i);
    t[at + "input_layernorm.weight"] = stored(layer.attention_norm.scale);
    linear(at + "self_attn.q_proj", layer.query);
    linear(at + "self_attn.k_proj", layer.key);
    linear(at + "self_attn.v_proj", layer.value);
    linear(at + "self_attn.o_proj", layer.output);
    t[at + "post_attention_layernorm.weight"] = stored(layer.ffn_norm.scale);
    linear(at + "mlp.gate_proj", layer.gate);
    linear(at + "mlp.up_proj", layer.up);
    linear(at + "mlp.down_proj", layer.down);
  }
  t[prefix + "norm.weight"] = stored(w.final_norm.scale);
  if (!c.tied_head) {
    t["lm_head.weight"] = stored(w.head.weight);
  }
  return model;
}

}  // namespace carrybit::tests
