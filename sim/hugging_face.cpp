#include "sim/hugging_face.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "precision/error.hpp"

namespace carrybit {

namespace {

/// Refuses a key whose presence changes what a model computes, unless it is null or false.
void refuse_if_set(const JsonFields& fields, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (fields.has(key)) {
      if (key == "quantization_config" || fields.boolean(key)) {
        fields.refuse(key, "none, this is not supported");
      }
    }
  }
}

/// width / heads, which must divide.
int head_dim_of(const JsonFields& fields, std::string_view heads_key, const ModelConfig& config) {
  if (config.width % config.heads != 0) {
    fields.refuse(heads_key, fmt::format("a divisor of the width, {}", config.width));
  }
  return config.width / config.heads;
}

/// rope_theta, or rope_parameters.rope_theta of newer files; other kinds of rotary positions than
/// the plain one are refused.
double rotary_base(const JsonFields& fields) {
  constexpr const char* accepted = "null, or the plain rotary positions, rope_type \"default\"";
  double base = fields.has("rope_theta") ? fields.number("rope_theta") : 10000.0;
  for (const std::string_view key : {"rope_scaling", "rope_parameters"}) {
    if (!fields.has(key)) {
      continue;
    }
    const JsonFields rope = fields.object(key);
    for (const std::string_view type : {"rope_type", "type"}) {
      if (rope.has(type) && rope.text(type) != "default") {
        rope.refuse(type, accepted);
      }
    }
    if (key == "rope_scaling" && !rope.has("rope_type") && !rope.has("type")) {
      fields.refuse(key, accepted);
    }
    if (rope.has("rope_theta")) {
      base = rope.number("rope_theta");
    }
  }
  if (fields.has("partial_rotary_factor") && fields.number("partial_rotary_factor") != 1.0) {
    fields.refuse("partial_rotary_factor", "1");
  }
  return base;
}

/// Rows first, first + 1, ... of a matrix.
Matrix rows_of(const Matrix& matrix, int first, int count) {
  Matrix part(count, matrix.cols);
  const auto from = matrix.values.begin() + std::ptrdiff_t{first} * matrix.cols;
  std::copy(from, from + std::ptrdiff_t{count} * matrix.cols, part.values.begin());
  return part;
}

/// A head stored beside the embedding that it is tied to must be the same.
void check_tied_head(StoredTensors& tensors, const std::string& head,
                     const std::string& embedding_name, const Matrix& embedding) {
  if (tensors.has(head) && tensors.matrix(head, embedding.rows, embedding.cols) != embedding) {
    throw BadInput(
        fmt::format("{}: tensor {} differs from {}, to which tie_word_embeddings ties "
                    "it; accepted: the same values, or tie_word_embeddings false",
                    tensors.where(), shown(head), shown(embedding_name)));
  }
}

}  // namespace

ModelConfig gpt2_config(const JsonFields& fields) {
  refuse_if_set(fields,
                {"scale_attn_by_inverse_layer_idx", "add_cross_attention", "quantization_config"});
  ModelConfig c;
  c.vocabulary = fields.integer("vocab_size", 1);
  c.max_length = fields.integer("n_positions", 1);
  c.width = fields.integer("n_embd", 1, std::numeric_limits<int>::max() / 4);  // has 4 * width
  c.layers = fields.integer("n_layer", 1);
  c.heads = fields.integer("n_head", 1);
  c.kv_heads = c.heads;
  c.head_dim = head_dim_of(fields, "n_head", c);
  c.ffn = fields.has("n_inner") ? fields.integer("n_inner", 1) : 4 * c.width;
  constexpr const char* accepted =
      "gelu (the exact one, x * (1 + erf(x / sqrt 2)) / 2), relu; gelu_new is its tanh "
      "approximation, another function";
  const std::string activation =
      fields.has("activation_function") ? fields.text("activation_function") : "gelu_new";
  if (activation == "gelu") {
    c.activation = Activation::gelu;
  } else if (activation == "relu") {
    c.activation = Activation::relu;
  } else {
    fields.refuse("activation_function", accepted);
  }
  c.norm = Norm::layer_norm;
  c.norm_epsilon = fields.has("layer_norm_epsilon") ? fields.number("layer_norm_epsilon") : 1e-5;
  c.positions = Positions::learned;
  const bool scaled = !fields.has("scale_attn_weights") || fields.boolean("scale_attn_weights");
  c.attention_scale = scaled ? AttentionScale::inverse_sqrt : AttentionScale::none;
  c.tied_head = !fields.has("tie_word_embeddings") || fields.boolean("tie_word_embeddings");
  return c;
}

ModelConfig llama_config(const JsonFields& fields) {
  refuse_if_set(fields, {"quantization_config"});
  ModelConfig c;
  c.vocabulary = fields.integer("vocab_size", 1);
  c.max_length =
      fields.has("max_position_embeddings") ? fields.integer("max_position_embeddings") : 0;
  c.width = fields.integer("hidden_size", 1);
  c.layers = fields.integer("num_hidden_layers", 1);
  c.heads = fields.integer("num_attention_heads", 1);
  c.kv_heads =
      fields.has("num_key_value_heads") ? fields.integer("num_key_value_heads", 1) : c.heads;
  c.head_dim = fields.has("head_dim") ? fields.integer("head_dim", 1)
                                      : head_dim_of(fields, "num_attention_heads", c);
  c.ffn = fields.integer("intermediate_size", 1);
  const std::string activation = fields.has("hidden_act") ? fields.text("hidden_act") : "silu";
  if (activation == "silu" || activation == "swish") {
    c.activation = Activation::swiglu;
  } else if (activation == "relu") {
    c.activation = Activation::reglu;
  } else {
    fields.refuse("hidden_act", "silu, relu");
  }
  c.norm = Norm::rms_norm;
  c.norm_epsilon = fields.has("rms_norm_eps") ? fields.number("rms_norm_eps") : 1e-6;
  c.positions = Positions::rotary;
  c.rotary_base = rotary_base(fields);
  c.attention_scale = AttentionScale::inverse_sqrt;
  c.tied_head = fields.has("tie_word_embeddings") && fields.boolean("tie_word_embeddings");
  return c;
}

void load_gpt2(StoredTensors& tensors, Weights& weights) {
  const ModelConfig& c = weights.config;
  const std::string prefix = tensors.has("wte.weight") ? "" : "transformer.";
  const auto norm = [&](const std::string& name) {
    return NormWeights{tensors.vector(name + ".weight", c.width),
                       tensors.vector(name + ".bias", c.width)};
  };
  const auto conv = [&](const std::string& name, int outputs, int inputs) {
    return Linear{tensors.transposed(name + ".weight", outputs, inputs),
                  tensors.vector(name + ".bias", outputs)};
  };
  weights.token_embedding = tensors.matrix(prefix + "wte.weight", c.vocabulary, c.width);
  weights.position_embedding = tensors.matrix(prefix + "wpe.weight", c.max_length, c.width);
  for (int i = 0; i < c.layers; ++i) {
    const std::string at = fmt::format("{}h.{}.", prefix, i);
    LayerWeights layer;
    layer.attention_norm = norm(at + "ln_1");
    const Linear fused = conv(at + "attn.c_attn", 3 * c.width, c.width);
    const auto third = [&](int which) {
      const auto bias = fused.bias.begin() + std::ptrdiff_t{which} * c.width;
      return Linear{rows_of(fused.weight, which * c.width, c.width), Vector(bias, bias + c.width)};
    };
    layer.query = third(0);
    layer.key = third(1);
    layer.value = third(2);
    layer.output = conv(at + "attn.c_proj", c.width, c.width);
    layer.ffn_norm = norm(at + "ln_2");
    layer.up = conv(at + "mlp.c_fc", c.ffn, c.width);
    layer.down = conv(at + "mlp.c_proj", c.width, c.ffn);
    weights.layers.push_back(std::move(layer));
  }
  weights.final_norm = norm(prefix + "ln_f");
  if (c.tied_head) {
    check_tied_head(tensors, "lm_head.weight", prefix + "wte.weight", weights.token_embedding);
  } else {
    weights.head.weight = tensors.matrix("lm_head.weight", c.vocabulary, c.width);
  }
  tensors.ignore_ending(".attn.bias");  // the causal mask, as older files keep it
  tensors.ignore_ending(".attn.masked_bias");
}

void load_llama(const JsonFields& fields, StoredTensors& tensors, Weights& weights) {
  const ModelConfig& c = weights.config;
  const bool attention_bias = fields.has("attention_bias") && fields.boolean("attention_bias");
  const bool ffn_bias = fields.has("mlp_bias") && fields.boolean("mlp_bias");
  const std::string prefix = tensors.has("embed_tokens.weight") ? "" : "model.";
  const auto norm = [&](const std::string& name) {
    return NormWeights{tensors.vector(name + ".weight", c.width), {}};
  };
  const auto linear = [&](const std::string& name, int outputs, int inputs, bool bias) {
    return Linear{tensors.matrix(name + ".weight", outputs, inputs),
                  bias ? tensors.vector(name + ".bias", outputs) : Vector{}};
  };
  weights.token_embedding = tensors.matrix(prefix + "embed_tokens.weight", c.vocabulary, c.width);
  for (int i = 0; i < c.layers; ++i) {
    const std::string at = fmt::format("{}layers.{}.", prefix, i);
    const int queries = c.heads * c.head_dim;
    const int keys = c.kv_heads * c.head_dim;
    LayerWeights layer;
    layer.attention_norm = norm(at + "input_layernorm");
    layer.query = linear(at + "self_attn.q_proj", queries, c.width, attention_bias);
    layer.key = linear(at + "self_attn.k_proj", keys, c.width, attention_bias);
    layer.value = linear(at + "self_attn.v_proj", keys, c.width, attention_bias);
    layer.output = linear(at + "self_attn.o_proj", c.width, queries, attention_bias);
    layer.ffn_norm = norm(at + "post_attention_layernorm");
    layer.gate = linear(at + "mlp.gate_proj", c.ffn, c.width, ffn_bias);
    layer.up = linear(at + "mlp.up_proj", c.ffn, c.width, ffn_bias);
    layer.down = linear(at + "mlp.down_proj", c.width, c.ffn, ffn_bias);
    weights.layers.push_back(std::move(layer));
  }
  weights.final_norm = norm(prefix + "norm");
  if (c.tied_head) {
    check_tied_head(tensors, "lm_head.weight", prefix + "embed_tokens.weight",
                    weights.token_embedding);
  } else {
    weights.head.weight = tensors.matrix("lm_head.weight", c.vocabulary, c.width);
  }
  tensors.ignore_ending("rotary_emb.inv_freq");  // computed from rope_theta
}

}  // namespace carrybit
