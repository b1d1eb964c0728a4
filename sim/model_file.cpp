#include "sim/model_file.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "precision/error.hpp"
#include "sim/hugging_face.hpp"
#include "sim/json_text.hpp"
#include "sim/new_file.hpp"
#include "sim/stored_tensors.hpp"
#include "sim/tensors.hpp"

namespace carrybit {

namespace {

namespace fs = std::filesystem;

constexpr const char* config_name = "config.json";
constexpr const char* tensors_name = "model.safetensors";
constexpr std::uintmax_t max_config_bytes = 64'000'000;

constexpr std::array activations = {Activation::relu, Activation::gelu, Activation::reglu,
                                    Activation::swiglu};
constexpr std::array norms = {Norm::none, Norm::layer_norm, Norm::rms_norm};
constexpr std::array position_kinds = {Positions::none, Positions::learned, Positions::sinusoidal,
                                       Positions::rotary, Positions::alibi};
constexpr std::array scales = {AttentionScale::none, AttentionScale::inverse_sqrt};

// ---- config.json

/// The text of FOLDER/config.json.
std::string read_config(const fs::path& folder) {
  const std::string where = plain(folder.string());
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw BadInput(fmt::format("{}: {}; accepted: a folder that holds {} and {}", where,
                               fs::exists(folder, error) ? "not a folder" : "no such folder",
                               config_name, tensors_name));
  }
  const fs::path file = folder / config_name;
  if (!fs::is_regular_file(file, error)) {
    throw BadInput(fmt::format("{}: no {}; accepted: a folder that holds {} and {}", where,
                               config_name, config_name, tensors_name));
  }
  const std::uintmax_t size = fs::file_size(file, error);
  if (error || size > max_config_bytes) {
    throw BadInput(fmt::format("{}: {} bytes; accepted: at most {}", plain(file.string()), size,
                               max_config_bytes));
  }
  std::ifstream in(file, std::ios::binary);
  std::string text(size, '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(size))) {
    throw BadInput(
        fmt::format("{}: cannot be read; accepted: a readable file", plain(file.string())));
  }
  return text;
}

TaskNote read_task(const JsonFields& fields) {
  fields.refuse_others({"task", "base", "length", "addends", "answer_digits", "digits_per_token",
                        "answer_order", "operand_order", "padded", "construction", "radix",
                        "arithmetic"});
  TaskNote note;
  const auto integer = [&](std::string_view key, int& value) {
    if (fields.has(key)) {
      value = fields.integer(key);
    }
  };
  const auto text = [&](std::string_view key, std::string& value) {
    if (fields.has(key)) {
      value = fields.text(key);
    }
  };
  note.task = fields.text("task");
  note.base = fields.integer("base", 2);
  note.length = fields.integer("length");
  integer("addends", note.addends);
  integer("answer_digits", note.answer_digits);
  integer("digits_per_token", note.digits_per_token);
  for (const auto& [key, value] : {std::pair("answer_order", &note.answer_order),
                                   std::pair("operand_order", &note.operand_order)}) {
    text(key, *value);
    if (*value != "msb_first" && *value != "lsb_first") {
      fields.refuse(key, "msb_first, lsb_first");
    }
  }
  if (fields.has("padded")) {
    note.padded = fields.boolean("padded");
  }
  text("construction", note.construction);
  integer("radix", note.radix);
  text("arithmetic", note.arithmetic);
  return note;
}

nlohmann::ordered_json write_task(const TaskNote& note) {
  return {{"task", note.task},
          {"base", note.base},
          {"length", note.length},
          {"addends", note.addends},
          {"answer_digits", note.answer_digits},
          {"digits_per_token", note.digits_per_token},
          {"answer_order", note.answer_order},
          {"operand_order", note.operand_order},
          {"padded", note.padded},
          {"construction", note.construction},
          {"radix", note.radix},
          {"arithmetic", note.arithmetic}};
}

std::string write_config(const ModelConfig& config, const std::optional<TaskNote>& task) {
  nlohmann::ordered_json json = {{"architecture", "carrybit"},
                                 {"version", 1},
                                 {"name", config.name},
                                 {"vocabulary", config.vocabulary},
                                 {"max_length", config.max_length},
                                 {"width", config.width},
                                 {"layers", config.layers},
                                 {"heads", config.heads},
                                 {"kv_heads", config.kv_heads},
                                 {"head_dim", config.head_dim},
                                 {"ffn", config.ffn},
                                 {"activation", name(config.activation)},
                                 {"norm", name(config.norm)},
                                 {"norm_epsilon", config.norm_epsilon},
                                 {"positions", name(config.positions)},
                                 {"rotary_base", config.rotary_base},
                                 {"attention_scale", name(config.attention_scale)},
                                 {"tied_head", config.tied_head}};
  if (!config.vocabulary_text.empty()) {
    json["vocabulary_text"] = config.vocabulary_text;
  }
  if (task) {
    json["task"] = write_task(*task);
  }
  try {
    return json.dump(2) + "\n";
  } catch (const nlohmann::json::exception&) {
    throw BadInput("configuration of the model: a text is not UTF-8; accepted: UTF-8");
  }
}

ModelConfig carrybit_config(const JsonFields& fields) {
  fields.refuse_others(
      {"architecture", "version",         "name",      "vocabulary",      "max_length",
       "width",        "layers",          "heads",     "kv_heads",        "head_dim",
       "ffn",          "activation",      "norm",      "norm_epsilon",    "positions",
       "rotary_base",  "attention_scale", "tied_head", "vocabulary_text", "task"});
  fields.integer("version", 1, 1);
  ModelConfig c;
  c.name = fields.text("name");
  c.vocabulary = fields.integer("vocabulary");
  c.max_length = fields.integer("max_length");
  c.width = fields.integer("width");
  c.layers = fields.integer("layers");
  c.heads = fields.integer("heads");
  c.kv_heads = fields.integer("kv_heads");
  c.head_dim = fields.integer("head_dim");
  c.ffn = fields.integer("ffn");
  c.activation = fields.choice("activation", activations);
  c.norm = fields.choice("norm", norms);
  c.norm_epsilon = fields.number("norm_epsilon");
  c.positions = fields.choice("positions", position_kinds);
  c.rotary_base = fields.number("rotary_base");
  c.attention_scale = fields.choice("attention_scale", scales);
  c.tied_head = fields.boolean("tied_head");
  if (fields.has("vocabulary_text")) {
    c.vocabulary_text = fields.texts("vocabulary_text");
  }
  return c;
}

// ---- model.safetensors

fs::path tensors_file(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder / tensors_name, error)) {
    return folder / tensors_name;
  }
  std::string found;
  for (const char* other : {"model.safetensors.index.json", "pytorch_model.bin"}) {
    if (fs::exists(folder / other, error)) {
      found = fmt::format(" (but {})", other);
    }
  }
  throw BadInput(fmt::format("{}: no {}{}; accepted: all tensors in one {}", plain(folder.string()),
                             tensors_name, found, tensors_name));
}

void put(Matrix& matrix, const TensorSpec& spec, std::vector<double> values) {
  matrix.rows = spec.shape[0];
  matrix.cols = spec.shape[1];
  matrix.values = std::move(values);
}
void put(Vector& vector, const TensorSpec&, std::vector<double> values) {
  vector = std::move(values);
}

void load_carrybit(const fs::path& folder, StoredTensors& tensors, Weights& weights) {
  constexpr std::size_t least_per_layer = 4;
  const auto layers = static_cast<std::size_t>(weights.config.layers);
  if (layers > tensors.count() / least_per_layer) {
    throw BadInput(
        fmt::format("{}: 'layers' is {}, but {} holds {} tensors; accepted: at least {} "
                    "tensors a layer",
                    plain((folder / config_name).string()), layers, tensors_name, tensors.count(),
                    least_per_layer));
  }
  weights.layers.resize(layers);
  for_each_tensor(weights, [&](const TensorSpec& spec, auto& tensor) {
    if (spec.presence == Presence::required ||
        (spec.presence == Presence::optional && tensors.has(spec.name))) {
      put(tensor, spec, tensors.take(spec.name, spec.shape));
    }
  });
}

/// What Hugging Face's configurations do not know, in an object "carrybit" of our own.
void read_extras(const JsonFields& fields, ModelConfig& config, std::optional<TaskNote>& task) {
  config.name = fields.text("model_type");
  if (fields.has("_name_or_path") && !fields.text("_name_or_path").empty()) {
    config.name = fields.text("_name_or_path");
  }
  if (!fields.has("carrybit")) {
    return;
  }
  const JsonFields extras = fields.object("carrybit");
  extras.refuse_others({"name", "vocabulary_text", "task"});
  if (extras.has("name")) {
    config.name = extras.text("name");
  }
  if (extras.has("vocabulary_text")) {
    config.vocabulary_text = extras.texts("vocabulary_text");
  }
  if (extras.has("task")) {
    task = read_task(extras.object("task"));
  }
}

/// "carrybit", "gpt2" or "llama".
std::string layout_of(const JsonFields& fields) {
  if (fields.has("architecture")) {
    if (fields.text("architecture") != "carrybit") {
      fields.refuse("architecture", "carrybit; or 'model_type': gpt2, llama");
    }
    return "carrybit";
  }
  if (!fields.has("model_type")) {
    throw BadInput(
        fmt::format("{}: no key 'architecture'; accepted: carrybit; or 'model_type': "
                    "gpt2, llama",
                    fields.where()));
  }
  std::string type = fields.text("model_type");
  if (type != "gpt2" && type != "llama") {
    fields.refuse("model_type", "gpt2, llama; or 'architecture': carrybit");
  }
  return type;
}

/// A model that somebody brought is not overwritten.
void check_ours(const fs::path& folder) {
  std::error_code error;
  const bool has_config = fs::exists(folder / config_name, error);
  const bool has_tensors = fs::exists(folder / tensors_name, error);
  if (!has_config && !has_tensors) {
    return;
  }
  bool ours = false;
  if (has_config) {
    try {
      const auto document = parse_json_object(read_config(folder), config_name);
      const JsonFields fields(document, config_name);
      ours = fields.has("architecture") && fields.text("architecture") == "carrybit";
    } catch (const BadInput&) {
      ours = false;
    }
  }
  if (!ours) {
    throw BadInput(
        fmt::format("{}: holds {} that carrybit did not write; accepted: a new or empty "
                    "folder, or one that carrybit wrote",
                    plain(folder.string()), has_config ? config_name : tensors_name));
  }
}

}  // namespace

void save_model(const fs::path& folder, const Weights& weights, Dtype dtype,
                const std::optional<TaskNote>& task) {
  weights.validate();
  const std::string config_text = write_config(weights.config, task);
  check_ours(folder);
  NewFolder made(folder);
  std::vector<TensorView> views;
  for_each_tensor(weights, [&](const TensorSpec& spec, const auto& tensor) {
    if (!values_of(tensor).empty()) {
      views.push_back({spec.name, {spec.shape.begin(), spec.shape.end()}, values_of(tensor)});
    }
  });
  NewFile tensors(folder / tensors_name);
  NewFile config(folder / config_name);
  write_safetensors(tensors, std::move(views), dtype);
  config.write(config_text);
  tensors.finish();
  config.finish();
  tensors.commit();
  config.commit();
  made.keep();
}

ModelFile load_model(const fs::path& folder) {
  const std::string config_where = plain((folder / config_name).string());
  const nlohmann::json document = parse_json_object(read_config(folder), config_where);
  const JsonFields fields(document, config_where);

  ModelFile model;
  model.layout = layout_of(fields);
  ModelConfig& config = model.weights.config;
  if (model.layout == "carrybit") {
    config = carrybit_config(fields);
    if (fields.has("task")) {
      model.task = read_task(fields.object("task"));
    }
  } else {
    config = model.layout == "gpt2" ? gpt2_config(fields) : llama_config(fields);
    read_extras(fields, config, model.task);
  }
  try {
    config.validate();
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: {}", config_where, error.what()));
  }

  StoredTensors tensors(tensors_file(folder));
  if (model.layout == "carrybit") {
    load_carrybit(folder, tensors, model.weights);
  } else if (model.layout == "gpt2") {
    load_gpt2(tensors, model.weights);
  } else {
    load_llama(fields, tensors, model.weights);
  }
  tensors.refuse_others();
  model.weights.validate();
  return model;
}

}  // namespace carrybit
