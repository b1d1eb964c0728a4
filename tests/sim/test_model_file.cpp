// Models in folders: our layout there and back, Hugging Face's layouts in, and what is refused.

#include "sim/model_file.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <functional>
#include <nlohmann/json.hpp>

#include "tests/sim/hugging_face_files.hpp"
#include "tests/sim/random_model.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace carrybit;
using namespace carrybit::tests;

namespace {

Weights same_name(Weights weights, const std::string& name) {
  weights.config.name = name;
  return weights;
}

TaskNote some_task() {
  TaskNote note;
  note.task = "iter_add";
  note.base = 7;
  note.length = 12;
  note.addends = 5;
  note.answer_digits = 3;
  note.digits_per_token = 2;
  note.answer_order = "lsb_first";
  note.operand_order = "lsb_first";
  note.padded = false;
  note.construction = "iter_add_log";
  note.radix = 4;
  note.arithmetic = "fixed:i8.f0";
  return note;
}

/// A model saved, its config.json changed, and what loading it then says.
std::string refused_after(const std::function<void(nlohmann::json&)>& change) {
  const TemporaryFolder folder;
  save_model(folder.path(), random_model(llama_shape(), 1), Dtype::f64, some_task());
  auto config = nlohmann::json::parse(read_text(folder / "config.json"));
  change(config);
  write_text(folder / "config.json", config.dump());
  return refusal([&] { load_model(folder.path()); });
}

/// What loading a Hugging Face model says.
std::string refused(const HuggingFaceModel& model) {
  const TemporaryFolder folder;
  model.write(folder.path());
  return refusal([&] { load_model(folder.path()); });
}

template <typename Change>
std::string refused_gpt2(const Change& change) {
  HuggingFaceModel model = as_gpt2(random_model(gpt2_shape(), 1));
  change(model);
  return refused(model);
}

template <typename Change>
std::string refused_llama(const Change& change) {
  HuggingFaceModel model = as_llama(random_model(llama_shape(), 1));
  change(model);
  return refused(model);
}

ModelFile load(const HuggingFaceModel& model) {
  const TemporaryFolder folder;
  model.write(folder.path());
  return load_model(folder.path());
}

#define CHECK_SAYS(text, part)                           \
  do {                                                   \
    const std::string said_ = (text);                    \
    CHECK_MESSAGE(contains(said_, part), said_);         \
    CHECK_MESSAGE(contains(said_, "accepted: "), said_); \
  } while (false)

}  // namespace

TEST_CASE("every shape comes back bit for bit") {
  const TemporaryFolder folder;
  std::uint64_t seed = 0;
  for (const ModelConfig& config : all_shapes()) {
    CAPTURE(config.name);
    ++seed;
    const Weights weights = random_model(config, seed, seed % 2 == 0);
    save_model(folder / "m", weights);
    const ModelFile back = load_model(folder / "m");
    CHECK(back.weights == weights);
    CHECK_FALSE(back.task);
    CHECK(back.layout == "carrybit");
  }
}

TEST_CASE("texts, task and awkward numbers come back") {
  const TemporaryFolder folder;
  ModelConfig config = llama_shape();
  config.name = "quote \" slash / line\nend \u00e9";
  config.norm_epsilon = 0.1;
  config.rotary_base = 1e300;
  config.vocabulary_text = {"0", "1", "2", "3", "4", "5", "6", "+", "=", "", "\u00d7"};
  const Weights weights = random_model(config, 1);
  save_model(folder / "deep" / "er", weights, Dtype::f64, some_task());
  const ModelFile back = load_model(folder / "deep" / "er");
  CHECK(back.weights == weights);
  REQUIRE(back.task);
  CHECK(*back.task == some_task());

  // The same model, the same bytes; nothing but the two files.
  save_model(folder / "again", weights, Dtype::f64, some_task());
  for (const char* file : {"config.json", "model.safetensors"}) {
    CHECK(read_text(folder / "again" / file) == read_text(folder / "deep" / "er" / file));
  }
  CHECK(std::distance(std::filesystem::directory_iterator(folder / "again"), {}) == 2);
}

TEST_CASE("narrow types round once") {
  const TemporaryFolder folder;
  const Weights weights = random_model(gpt2_shape(), 3);
  save_model(folder / "f32", weights, Dtype::f32);
  const Weights back = load_model(folder / "f32").weights;
  CHECK(back != weights);
  const auto& values = weights.layers[1].down.weight.values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    CHECK(back.layers[1].down.weight.values[i] == static_cast<float>(values[i]));
  }
  save_model(folder / "f32", back, Dtype::f32);
  CHECK(load_model(folder / "f32").weights == back);

  Weights large = weights;
  large.layers[0].key.weight.at(0, 0) = 1e39;
  CHECK_SAYS(refusal([&] { save_model(folder / "f32", large, Dtype::f32); }),
             "tensor 'layers.0.key.weight': 1e+39 is beyond F32");
  CHECK(load_model(folder / "f32").weights == back);
}

TEST_CASE("GPT-2 as transformers saves it") {
  for (const bool tied : {true, false}) {
    ModelConfig config = gpt2_shape();
    config.tied_head = tied;
    const Weights weights = random_model(config, 4);
    Weights without_bias = weights;
    without_bias.head.bias.clear();  // GPT-2's head has none
    for (const std::string prefix : {"transformer.", ""}) {
      const ModelFile back = load(as_gpt2(without_bias, prefix));
      CHECK(back.layout == "gpt2");
      CHECK(back.weights == same_name(without_bias, "gpt2"));
    }
  }
}

TEST_CASE("GPT-2: the library's defaults, masks of older files, a head stored though tied") {
  const Weights weights = random_model(gpt2_shape(), 4);
  HuggingFaceModel model = as_gpt2(weights);
  model.config.erase("layer_norm_epsilon");
  model.config.erase("tie_word_embeddings");
  model.config["_name_or_path"] = "mine";
  model.config["scale_attn_weights"] = false;
  model.tensors["transformer.h.0.attn.bias"] = {{1, 1, 2, 2}, {1, 0, 1, 1}};
  model.tensors["transformer.h.0.attn.masked_bias"] = {{}, {-1e4}};
  model.tensors["lm_head.weight"] = stored(weights.token_embedding);
  Weights expected = same_name(weights, "mine");
  expected.config.attention_scale = AttentionScale::none;
  CHECK(load(model).weights == expected);

  model.tensors["lm_head.weight"].values[5] += 1;
  CHECK_SAYS(refused(model), "'lm_head.weight' differs from 'transformer.wte.weight'");

  ModelConfig wide = gpt2_shape();
  wide.ffn = 4 * wide.width;
  HuggingFaceModel four = as_gpt2(random_model(wide, 4));
  four.config["n_inner"] = nullptr;
  CHECK(load(four).weights.config.ffn == 48);
  four.config.erase("n_inner");
  CHECK(load(four).weights.config.ffn == 48);

  ModelConfig relu = gpt2_shape();
  relu.activation = Activation::relu;
  CHECK(load(as_gpt2(random_model(relu, 4))).weights.config.activation == Activation::relu);
}

TEST_CASE("Llama as transformers saves it") {
  for (const bool tied : {true, false}) {
    for (const bool biases : {true, false}) {
      ModelConfig config = llama_shape();
      config.tied_head = tied;
      Weights weights = random_model(config, 6, biases);
      weights.head.bias.clear();  // Llama's head has none
      for (const std::string prefix : {"model.", ""}) {
        const ModelFile back = load(as_llama(weights, prefix));
        CHECK(back.layout == "llama");
        CHECK(back.weights == same_name(weights, "llama"));
      }
    }
  }
}

TEST_CASE("Llama: the library's defaults, newer keys, buffers of older files") {
  ModelConfig config = llama_shape();
  config.kv_heads = config.heads;
  config.head_dim = config.width / config.heads;
  config.rotary_base = 10000;
  Weights weights = random_model(config, 6, false);
  HuggingFaceModel model = as_llama(weights);
  for (const char* key :
       {"num_key_value_heads", "head_dim", "rms_norm_eps", "rope_theta", "hidden_act",
        "tie_word_embeddings", "attention_bias", "mlp_bias", "max_position_embeddings"}) {
    model.config.erase(key);
  }
  model.tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = {{2}, {1, 0.5}};
  weights.config.max_length = 0;
  CHECK(load(model).weights == same_name(weights, "llama"));

  model.config["rope_parameters"] = {{"rope_theta", 777.0}, {"rope_type", "default"}};
  CHECK(load(model).weights.config.rotary_base == 777.0);
  model.config.erase("rope_parameters");
  model.config["rope_scaling"] = {{"rope_type", "default"}};
  model.config["hidden_act"] = "relu";
  CHECK(load(model).weights.config.activation == Activation::reglu);
}

TEST_CASE("Hugging Face models may carry a note of ours") {
  HuggingFaceModel model = as_gpt2(random_model(gpt2_shape(), 4));
  model.config["carrybit"] = {
      {"name", "digits"},
      {"vocabulary_text", {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "+", "*", "="}},
      {"task", {{"task", "add"}, {"base", 10}, {"length", 6}}}};
  const ModelFile back = load(model);
  CHECK(back.weights.config.name == "digits");
  CHECK(back.weights.config.vocabulary_text[10] == "+");
  REQUIRE(back.task);
  CHECK(back.task->task == "add");
  CHECK(back.task->length == 6);
  CHECK(back.task->answer_order == "msb_first");
  model.config["carrybit"]["tasks"] = 1;
  CHECK_SAYS(refused(model), "unknown key 'tasks', did you mean 'task'?");
}

TEST_CASE("folders that are none, or hold no model") {
  const TemporaryFolder folder;
  const auto says = [&](const std::filesystem::path& path) {
    return refusal([&] { load_model(path); });
  };
  CHECK_SAYS(says(folder / "none"), "no such folder; accepted: a folder that holds config.json");
  CHECK_SAYS(says(""), "no such folder");
  CHECK_SAYS(says(folder.path()), "no config.json");
  save_model(folder / "m", random_model(gpt2_shape(), 1));
  CHECK_SAYS(says(folder / "m" / "config.json"), "not a folder");
  std::filesystem::remove(folder / "m" / "model.safetensors");
  CHECK_SAYS(says(folder / "m"), "no model.safetensors; accepted");
  write_text(folder / "m" / "model.safetensors.index.json", "{}");
  CHECK_SAYS(says(folder / "m"), "(but model.safetensors.index.json)");
  std::filesystem::create_directory(folder / "m" / "model.safetensors");
  CHECK_SAYS(says(folder / "m"), "not a regular file");
  write_text(folder / "m" / "config.json", "");
  CHECK_SAYS(says(folder / "m"), "config.json: not JSON at line 1, column 1");
  write_text(folder / "m" / "config.json", "[]");
  CHECK_SAYS(says(folder / "m"), "holds an array of 0; accepted: one JSON object");
}

TEST_CASE("our configuration is explicit") {
  using J = nlohmann::json;
  CHECK(refused_after([](J&) {}).empty());
  CHECK_SAYS(refused_after([](J& c) { c["headz"] = 4; }),
             "config.json: unknown key 'headz', did you mean 'heads'?");
  CHECK_SAYS(refused_after([](J& c) { c["x\ny"] = 4; }), "unknown key 'x\\x0ay'; accepted: arch");
  CHECK_SAYS(refused_after([](J& c) { c["heads"] = "four"; }),
             "'heads' is 'four'; accepted: an integer, 0 to 2147483647");
  CHECK_SAYS(refused_after([](J& c) { c["heads"] = 4.0; }), "'heads' is 4.0");
  CHECK_SAYS(refused_after([](J& c) { c["heads"] = 4000000000; }), "'heads' is 4000000000");
  CHECK_SAYS(refused_after([](J& c) { c["heads"] = -4; }), "'heads' is -4");
  CHECK_SAYS(refused_after([](J& c) { c["heads"] = nullptr; }), "'heads' is null");
  CHECK_SAYS(refused_after([](J& c) { c["heads"] = J::array({4}); }), "'heads' is an array of 1");
  CHECK_SAYS(refused_after([](J& c) { c["activation"] = "silu"; }),
             "'activation' is 'silu'; accepted: relu, gelu, reglu, swiglu");
  CHECK_SAYS(refused_after([](J& c) { c["norm"] = 1; }), "'norm' is 1");
  CHECK_SAYS(refused_after([](J& c) { c["tied_head"] = 0; }), "'tied_head' is 0");
  CHECK_SAYS(refused_after([](J& c) { c["rotary_base"] = "1"; }), "'rotary_base' is '1'");
  CHECK_SAYS(refused_after([](J& c) { c["version"] = 2; }),
             "'version' is 2; accepted: an integer, 1 to 1");
  CHECK_SAYS(refused_after([](J& c) { c["architecture"] = "gpt2"; }), "'architecture' is 'gpt2'");
  CHECK_SAYS(refused_after([](J& c) { c.erase("architecture"); }), "no key 'architecture'");
  CHECK_SAYS(refused_after([](J& c) {
               c.erase("architecture");
               c["model_type"] = "mistral";
             }),
             "'model_type' is 'mistral'; accepted: gpt2, llama");
  for (const char* key : {"version", "name", "vocabulary", "max_length", "width", "layers", "heads",
                          "kv_heads", "head_dim", "ffn", "activation", "norm", "norm_epsilon",
                          "positions", "rotary_base", "attention_scale", "tied_head"}) {
    CHECK_SAYS(refused_after([&](J& c) { c.erase(key); }), "no key '" + std::string(key) + "'");
  }
  CHECK_SAYS(refused_after([](J& c) { c["heads"] = 3; }), "config.json: configuration of");
  CHECK_SAYS(refused_after([](J& c) { c["vocabulary_text"] = {"a", 1}; }), "an array of texts");
  CHECK_SAYS(refused_after([](J& c) { c["vocabulary_text"] = {"a"}; }), "1 entries");
  CHECK_SAYS(refused_after([](J& c) { c["task"] = 1; }), "'task' is 1; accepted: an object");
  CHECK_SAYS(refused_after([](J& c) { c["task"]["bass"] = 1; }), "did you mean 'base'?");
  CHECK_SAYS(refused_after([](J& c) { c["task"]["base"] = 1; }), "'base' is 1");
  CHECK_SAYS(refused_after([](J& c) { c["task"]["answer_order"] = "lsb"; }),
             "'answer_order' is 'lsb'; accepted: msb_first, lsb_first");
  CHECK_SAYS(refused_after([](J& c) { c["task"].erase("task"); }), "'task': no key 'task'");
}

TEST_CASE("tensors missing, misshapen, of too much, not finite: one line with the name") {
  using J = nlohmann::json;
  CHECK_SAYS(refused_after([](J& c) { c["layers"] = 3; }),
             "no tensor 'layers.2.attention_norm.weight'");
  CHECK_SAYS(refused_after([](J& c) { c["layers"] = 1; }), "unknown tensor 'layers.1.");
  CHECK_SAYS(refused_after([](J& c) { c["layers"] = 2000000000; }), "'layers' is 2000000000, but");
  CHECK_SAYS(refused_after([](J& c) { c["width"] = 15; }),
             "tensor 'token_embedding.weight' has shape [11, 16]; accepted: [11, 15]");
  CHECK_SAYS(refused_after([](J& c) { c["vocabulary"] = 2147483647; }), "[2147483647, 16]");
  CHECK_SAYS(refused_after([](J& c) { c["norm"] = "layer_norm"; }),
             "no tensor 'layers.0.attention_norm.bias'");
  CHECK_SAYS(refused_after([](J& c) { c["tied_head"] = true; }),
             "unknown tensor 'head.bias' (and 1 more)");

  using M = HuggingFaceModel;
  CHECK_SAYS(
      refused_gpt2([](M& m) { m.tensors.erase("transformer.h.1.mlp.c_fc.bias"); }),
      "model.safetensors: no tensor 'transformer.h.1.mlp.c_fc.bias'; accepted: one of shape [20]");
  CHECK_SAYS(refused_gpt2([](M& m) { m.tensors.erase("transformer.wte.weight"); }),
             "no tensor 'transformer.wte.weight'");
  CHECK_SAYS(refused_gpt2([](M& m) {
               m.tensors["transformer.extra"] = {{1}, {1}};
             }),
             "unknown tensor 'transformer.extra'");
  CHECK_SAYS(refused_gpt2([](M& m) {
               m.tensors["transformer.h.0.attn.c_attn.weight"].shape = {36, 12};
             }),
             "has shape [36, 12]; accepted: [12, 36], inputs first, as GPT-2's Conv1D has it");
  CHECK_SAYS(refused_llama([](M& m) { m.tensors.erase("lm_head.weight"); }),
             "no tensor 'lm_head.weight'");
  CHECK_SAYS(refused_llama([](M& m) { m.config["attention_bias"] = false; }),
             "unknown tensor 'model.layers.0.self_attn.k_proj.bias' (and 7 more)");

  const TemporaryFolder folder;
  as_llama(random_model(llama_shape(), 1)).write(folder.path());
  std::string bytes = read_text(folder / "model.safetensors");
  bytes.replace(bytes.size() - 8, 8, std::string("\0\0\0\0\0\0\xf0\x7f", 8));
  write_text(folder / "model.safetensors", bytes);
  CHECK_SAYS(refusal([&] { load_model(folder.path()); }),
             "tensor 'model.norm.weight': value 15 is inf; accepted: finite values");
}

TEST_CASE("what the forward pass does not have is refused, not ignored") {
  using M = HuggingFaceModel;
  CHECK_SAYS(refused_gpt2([](M& m) { m.config["activation_function"] = "gelu_new"; }),
             "'activation_function' is 'gelu_new'; accepted: gelu (the exact one");
  CHECK_SAYS(refused_gpt2([](M& m) { m.config.erase("activation_function"); }),
             "activation_function");
  CHECK_SAYS(refused_gpt2([](M& m) { m.config["scale_attn_by_inverse_layer_idx"] = true; }),
             "inverse_layer");
  CHECK_SAYS(refused_gpt2([](M& m) { m.config["add_cross_attention"] = true; }), "add_cross");
  CHECK_SAYS(refused_gpt2([](M& m) {
               m.config["quantization_config"] = {{"bits", 4}};
             }),
             "quantization_config");
  CHECK_SAYS(refused_gpt2([](M& m) { m.config["n_head"] = 5; }),
             "'n_head' is 5; accepted: a divisor");
  CHECK_SAYS(refused_gpt2([](M& m) { m.config["n_embd"] = 1 << 30; }), "'n_embd' is 1073741824");
  CHECK_SAYS(refused_gpt2([](M& m) { m.config["n_layer"] = 2000000000; }),
             "no tensor 'transformer.h.2.");
  CHECK_SAYS(refused_gpt2([](M& m) { m.config["n_embd"] = 0; }), "'n_embd' is 0");
  CHECK_SAYS(refused_llama([](M& m) { m.config["hidden_act"] = "gelu"; }), "accepted: silu, relu");
  CHECK_SAYS(refused_llama([](M& m) {
               m.config["rope_scaling"] = {{"rope_type", "yarn"}};
             }),
             "'yarn'");
  CHECK_SAYS(refused_llama([](M& m) {
               m.config["rope_scaling"] = {{"type", "linear"}};
             }),
             "'linear'");
  CHECK_SAYS(refused_llama([](M& m) {
               m.config["rope_scaling"] = {{"factor", 2}};
             }),
             "rope_scaling");
  CHECK_SAYS(refused_llama([](M& m) { m.config["partial_rotary_factor"] = 0.5; }),
             "partial_rotary");
  CHECK_SAYS(refused_llama([](M& m) { m.config["num_key_value_heads"] = 3; }),
             "a divisor of heads");
  CHECK_SAYS(refused_llama([](M& m) { m.config["head_dim"] = 7; }), "an even number");
}

TEST_CASE("saving refuses without a trace") {
  const TemporaryFolder folder;
  Weights weights = random_model(gpt2_shape(), 1);
  const auto says = [&](const std::filesystem::path& path) {
    return refusal([&] { save_model(path, weights); });
  };
  write_text(folder / "plain", "text");
  CHECK_SAYS(says(folder / "plain"), "Not a directory");
  CHECK_SAYS(says(folder / "plain" / "below"), "Not a directory");
  CHECK_SAYS(says("/proc/none/at/all"), "cannot make the folder /proc/none/at/all");
  weights.layers[0].up.bias[1] = std::numeric_limits<double>::infinity();
  CHECK_SAYS(says(folder / "a" / "b"), "layers.0.up.bias is inf at [1]");
  CHECK_FALSE(std::filesystem::exists(folder / "a"));
  weights.layers[0].up.bias[1] = 0;
  weights.config.name = "\xff";
  CHECK_SAYS(says(folder / "a" / "b"), "not UTF-8");
  CHECK_FALSE(std::filesystem::exists(folder / "a"));
  weights.config.name = "fine";

  // Somebody else's model stays.
  as_gpt2(weights).write(folder / "theirs");
  const std::string before = read_text(folder / "theirs" / "config.json");
  CHECK_SAYS(says(folder / "theirs"), "holds config.json that carrybit did not write");
  CHECK(read_text(folder / "theirs" / "config.json") == before);
  std::filesystem::remove(folder / "theirs" / "config.json");
  CHECK_SAYS(says(folder / "theirs"), "holds model.safetensors that carrybit did not write");

  // A full disk: what was there is still there, and new folders are gone again.
  save_model(folder / "ours", random_model(gpt2_shape(), 1));
  weights = random_model(gpt2_shape(), 2);
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = limit;
  small.rlim_cur = 4096;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string over = says(folder / "ours");
  const std::string fresh = says(folder / "new" / "er");
  ::setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler);
  CHECK_SAYS(over, "File too large");
  CHECK_SAYS(fresh, "File too large");
  CHECK_FALSE(std::filesystem::exists(folder / "new"));
  CHECK(load_model(folder / "ours").weights == random_model(gpt2_shape(), 1));
  CHECK(std::distance(std::filesystem::directory_iterator(folder / "ours"), {}) == 2);
}

TEST_CASE("every truncation and every flipped bit of config.json is refused or loaded") {
  const TemporaryFolder folder;
  ModelConfig config = llama_shape();
  config.vocabulary = 2;
  config.vocabulary_text = {"0", "\u00e9"};
  config.width = 2;
  config.heads = config.kv_heads = 1;
  config.head_dim = 2;
  config.ffn = 1;
  config.layers = 1;
  save_model(folder.path(), random_model(config, 1), Dtype::f64, some_task());
  const auto file = folder / "config.json";
  const std::string whole = read_text(file);
  const auto says = [&](const std::string& text) {
    write_text(file, text);
    return refusal([&] { load_model(folder.path()); });
  };
  REQUIRE(says(whole).empty());
  for (std::size_t size = 0; size + 2 < whole.size(); ++size) {
    CHECK_FALSE(says(whole.substr(0, size)).empty());
  }
  int accepted = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      accepted += says(flipped).empty() ? 1 : 0;
    }
  }
  CHECK(accepted > 0);
  CHECK(accepted < static_cast<int>(whole.size()) * 2);
}
