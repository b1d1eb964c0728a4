// Models and inputs of a sweep.

#include <fmt/format.h>

#include <array>

#include "arith_tasks/constructions/construction.hpp"
#include "experiments/study_toml.hpp"
#include "experiments/task_note.hpp"
#include "experiments/words.hpp"
#include "sim/model_file.hpp"

namespace carrybit::study {

namespace {

constexpr std::array<std::string_view, 7> option_keys = {"radix", "variant", "code", "levels",
                                                         "phi",   "rounds",  "parts"};
constexpr std::array<std::string_view, 9> model_keys = {
    "construction", "weights", "radix", "variant", "code", "levels", "phi", "rounds", "parts"};

std::string checked_construction(const Item& item) {
  std::vector<std::string_view> names;
  for (const auto& c : constructions::all_constructions()) {
    names.push_back(c.name);
  }
  return std::string(names[word(item, "model", names)]);
}

/// "models/NAME" of "../../models/NAME": what the table calls a folder.
std::string without_ascent(std::string_view path) {
  while (path.starts_with("../")) {
    path.remove_prefix(3);
  }
  return std::string(path);
}

ModelEntry saved_weights(const Choice& choice, const std::filesystem::path& folder) {
  const Item& weights = choice.at("weights");
  if (choice.size() != 1) {
    refuse(*weights.at, "model: saved weights take no further keys");
  }
  ModelEntry entry{{}, weights.at};
  entry.model.weights = without_ascent(weights.text);
  entry.model.folder = folder / weights.text;
  located(*weights.at, [&] {
    entry.model.digest = digest_of_model(entry.model.folder);
    if (const auto note = load_model(entry.model.folder).task) {
      entry.own_task = Task(spec_of(*note));
    }
  });
  return entry;
}

ModelEntry construction_of(const Choice& choice, const toml::node& at) {
  const auto name = choice.find("construction");
  if (name == choice.end()) {
    refuse(at, "model: construction or weights is missing");
  }
  ModelEntry entry{{}, name->second.at};
  entry.model.construction = checked_construction(name->second);
  std::string text;
  const Item* last = &name->second;
  for (const std::string_view key : option_keys) {
    if (const auto option = choice.find(key); option != choice.end()) {
      text += fmt::format("{}{}={}", text.empty() ? "" : ",", key, option->second.text);
      last = &option->second;
    }
  }
  located(*last->at, [&] { entry.model.options = constructions::parse_options(text); });
  return entry;
}

void add_models(const toml::node& node, const std::filesystem::path& folder,
                std::vector<ModelEntry>& out) {
  if (const toml::table* table = node.as_table()) {
    check_keys(*table, "a model", model_keys);
    for (const Choice& choice : combinations(*table, model_keys, option_keys)) {
      out.push_back(choice.contains("weights") ? saved_weights(choice, folder)
                                               : construction_of(choice, node));
    }
    return;
  }
  const Item item{text_of(node, "model"), &node};
  out.push_back(construction_of({{"construction", item}}, node));
}

// --- inputs -----------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 5> input_words = {"exhaustive", "sampled", "adversarial",
                                                         "certified", "up_to"};
constexpr std::array<std::string_view, 3> input_keys = {"sampled", "sampling", "up_to"};

InputsEntry input_word(const Item& item) {
  InputsEntry entry{{}, item.at};
  constexpr std::array kinds = {InputKind::exhaustive, InputKind::sampled, InputKind::adversarial,
                                InputKind::certified, InputKind::up_to};
  entry.inputs.kind = kinds.at(word(item, "inputs", input_words));
  if (entry.inputs.kind == InputKind::sampled) {
    entry.inputs.count = 1000;
  } else if (entry.inputs.kind == InputKind::certified) {
    entry.inputs.count = 500;  // the sample that refutes narrower formats
  }
  return entry;
}

void add_inputs(const toml::node& node, std::vector<InputsEntry>& out) {
  const toml::table* table = node.as_table();
  if (table == nullptr) {
    out.push_back(input_word({text_of(node, "inputs"), &node}));
    return;
  }
  check_keys(*table, "inputs", input_keys);
  for (const Choice& choice : combinations(*table, input_keys, input_keys)) {
    const bool sampled = choice.contains("sampled");
    if (sampled == choice.contains("up_to")) {
      refuse(node, "inputs: one of sampled and up_to is accepted, as in {sampled = 1000}");
    }
    InputsEntry entry{{}, &node};
    entry.inputs.kind = sampled ? InputKind::sampled : InputKind::up_to;
    entry.inputs.count = static_cast<std::uint64_t>(
        whole(choice.at(sampled ? "sampled" : "up_to"), "inputs", 1, 1'000'000'000'000));
    if (const auto sampling = choice.find("sampling"); sampling != choice.end()) {
      if (!sampled) {
        refuse(*sampling->second.at, "inputs: sampling goes with sampled");
      }
      constexpr std::array<std::string_view, 3> words = {"uniform", "lengths", "carry_heavy"};
      entry.inputs.sampling = parse_sampling(words.at(word(sampling->second, "sampling", words)));
    }
    out.push_back(entry);
  }
}

/// One entry, or a list of them.
template <class Add>
void each_entry(const toml::node& node, std::string_view key, Add add) {
  const toml::array* list = node.as_array();
  if (list == nullptr) {
    add(node);
    return;
  }
  if (list->empty()) {
    refuse(node, fmt::format("{}: the list is empty", key));
  }
  for (const toml::node& element : *list) {
    add(element);
  }
}

}  // namespace

std::vector<ModelEntry> read_models(const toml::node& node, const std::filesystem::path& folder) {
  std::vector<ModelEntry> out;
  each_entry(node, "model", [&](const toml::node& one) { add_models(one, folder, out); });
  return out;
}

std::vector<InputsEntry> read_inputs(const toml::node& node) {
  std::vector<InputsEntry> out;
  each_entry(node, "inputs", [&](const toml::node& one) { add_inputs(one, out); });
  return out;
}

}  // namespace carrybit::study
