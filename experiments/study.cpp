#include "experiments/study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "arith_tasks/constructions/construction.hpp"
#include "arith_tasks/vocabulary.hpp"
#include "experiments/law.hpp"
#include "experiments/study_toml.hpp"
#include "experiments/words.hpp"
#include "sim/model_file.hpp"

namespace carrybit {

using namespace study;

namespace {

constexpr std::size_t most_cells = 1'000'000;
constexpr std::array<std::string_view, 5> root_keys = {"title", "description", "defaults", "sweep",
                                                       "figure"};
constexpr std::array<std::string_view, 16> sweep_keys = {"kind",
                                                         "task",
                                                         "base",
                                                         "length",
                                                         "addends",
                                                         "answer_digits",
                                                         "digits_per_token",
                                                         "answer_order",
                                                         "model",
                                                         "arithmetic",
                                                         "operand_digits",
                                                         "role",
                                                         "keep",
                                                         "inputs",
                                                         "seed",
                                                         "repetitions"};
constexpr std::array<std::string_view, 7> task_keys = {
    "task", "base", "length", "addends", "answer_digits", "digits_per_token", "answer_order"};
constexpr std::array<std::string_view, 7> role_words = {
    "all", "weights", "activations", "products", "accumulator", "probabilities", "kv"};

/// A [[sweep]], with [defaults] behind it.
class Sweep {
 public:
  Sweep(const toml::table& table, const toml::table* defaults, const std::filesystem::path& folder)
      : table_(table), defaults_(defaults), folder_(folder) {
    check_keys(table, "a [[sweep]]", sweep_keys);
    static constexpr std::array<std::string_view, 4> kinds = {"accuracy", "width", "dimensions",
                                                              "kept_width"};
    const Item item{text_of(needed("kind"), "kind"), get("kind")};
    kind_ = static_cast<CellKind>(word(item, "kind", kinds));
    models_ = read_models(needed("model"), folder_);
    read_arithmetic_list();
    read_input_list();
    read_kept();
    read_tasks();
  }

  void add_cells(std::vector<PlannedCell>& out) const {
    for (const ModelEntry& model : models_) {
      bool used = false;
      for (const ArithmeticEntry& arithmetic : arithmetics_) {
        for (const Task& task : tasks_of(model)) {
          if (suits(model, task)) {
            add_cell(model, arithmetic, task, out);
            used = true;
          }
        }
      }
      if (!used) {
        refuse(*model.at,
               fmt::format("model: {} does '{}', which is not among this sweep's tasks",
                           model.model.name(),
                           name(constructions::construction(model.model.construction).task)));
      }
    }
  }

 private:
  const toml::node* get(std::string_view key) const {
    const toml::node* node = table_.get(key);
    return node == nullptr && defaults_ != nullptr ? defaults_->get(key) : node;
  }
  const toml::node& needed(std::string_view key) const {
    const toml::node* node = get(key);
    if (node == nullptr) {
      refuse(table_, fmt::format("this [[sweep]] has no {}", key));
    }
    return *node;
  }
  std::vector<Item> numbers(std::string_view key) const {
    const toml::node* node = get(key);
    return node == nullptr ? std::vector<Item>{{"", &table_}} : items(*node, key, true);
  }

  void read_arithmetic_list() {
    if (const toml::node* node = get("arithmetic")) {
      arithmetics_ = read_arithmetics(*node);
    } else if (kind_ != CellKind::accuracy) {
      arithmetics_ = {{{{"word", Item{"fixed", &table_}}}, &table_}};
    } else {
      refuse(table_, "this [[sweep]] has no arithmetic: a preset, a format, or {width = \"LAW\"}");
    }
  }

  void read_input_list() {
    const toml::node* node = get("inputs");
    inputs_ = node == nullptr ? std::vector<InputsEntry>{{{}, &table_}} : read_inputs(*node);
    for (const Item& digits : numbers("operand_digits")) {
      operand_digits_.push_back(value(digits, "operand_digits", 0, 1, Task::max_digits));
    }
    for (const InputsEntry& entry : inputs_) {
      const InputKind kind = entry.inputs.kind;
      if (operand_digits_.front() != 0 && kind != InputKind::exhaustive &&
          kind != InputKind::sampled) {
        refuse(*entry.at, fmt::format("inputs: with operand_digits, exhaustive and {{sampled = "
                                      "1000}} are accepted, not '{}'",
                                      name(kind)));
      }
      if (operand_digits_.front() != 0 && entry.inputs.sampling == Sampling::lengths) {
        refuse(*entry.at,
               "inputs: sampling lengths draws the operands' length itself; with "
               "operand_digits, uniform and carry_heavy are accepted");
      }
      if (kind_ == CellKind::width &&
          (kind == InputKind::sampled || kind == InputKind::adversarial)) {
        refuse(*entry.at, fmt::format("inputs: a width is not searched on '{}'; accepted: "
                                      "exhaustive, {{up_to = 2000}}, certified",
                                      name(kind)));
      }
    }
    for (const Item& seed : numbers("seed")) {
      seeds_.push_back(
          seed.text.empty() ? 1 : static_cast<std::uint64_t>(whole(seed, "seed", 0, UINT32_MAX)));
    }
    if (const toml::node* many = get("repetitions")) {
      const auto list = items(*many, "repetitions", false);
      repetitions_ = static_cast<int>(whole(list.front(), "repetitions", 1, 1'000'000));
    }
  }

  void read_kept() {
    for (const char* key : {"role", "keep"}) {
      if (kind_ != CellKind::kept_width && table_.contains(key)) {
        refuse(*table_.get(key), fmt::format("{} is for cells of kind kept_width", key));
      }
    }
    const toml::node* role = get("role");
    for (const Item& item :
         role == nullptr ? std::vector<Item>{{"all", &table_}} : items(*role, "role", false)) {
      roles_.push_back(parse_rounded_role(role_words.at(word(item, "role", role_words))));
    }
    if (const toml::node* keep = get("keep")) {
      const auto share = keep->value<double>();
      if (!share) {
        refuse(*keep, "keep: a number is accepted, as in 0.99");
      }
      keep_millionths_ = located(*keep, [&] { return parse_keep(*share); });
    }
  }

  // --- tasks ----------------------------------------------------------------------------------------

  /// Without a task, saved weights are asked the one that they name.
  const std::vector<Task>& tasks_of(const ModelEntry& model) const {
    if (get("task") != nullptr || model.model.is_construction()) {
      return tasks_;
    }
    return own_tasks_.at(model.model.folder);
  }

  /// Notes the tasks of saved weights; whether there are constructions besides.
  bool read_own_tasks() {
    bool constructions = false;
    for (const ModelEntry& model : models_) {
      if (model.model.is_construction()) {
        constructions = true;
      } else if (!model.own_task) {
        refuse(*model.at, fmt::format("task is missing: {} does not say which it answers",
                                      model.model.weights));
      } else {
        own_tasks_[model.model.folder] = {*model.own_task};
      }
    }
    for (const std::string_view key : task_keys) {
      if (!constructions && table_.contains(key)) {
        refuse(*table_.get(key),
               fmt::format("{}: these weights say their own; accepted: with task, "
                           "or not at all",
                           key));
      }
    }
    return constructions;
  }

  std::vector<TaskKind> task_kinds() const {
    std::vector<TaskKind> kinds;
    if (get("task") == nullptr) {  // each construction knows its own
      for (const ModelEntry& model : models_) {
        if (!model.model.is_construction()) {
          continue;
        }
        const TaskKind kind = constructions::construction(model.model.construction).task;
        if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
          kinds.push_back(kind);
        }
      }
      return kinds;
    }
    constexpr std::array<std::string_view, 5> words = {"add", "iter_add", "mul", "majority",
                                                       "parity"};
    for (const Item& item : items(*get("task"), "task", false)) {
      kinds.push_back(parse_task_kind(words.at(word(item, "task", words))));
    }
    return kinds;
  }

  void check_used(std::string_view key, TaskKind kind, const std::vector<TaskKind>& kinds) const {
    if (table_.contains(key) && std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
      refuse(*table_.get(key), fmt::format("{} is for task {}", key, name(kind)));
    }
  }

  void read_tasks() {
    if (get("task") == nullptr && !read_own_tasks()) {
      return;
    }
    const auto kinds = task_kinds();
    check_used("addends", TaskKind::iter_add, kinds);
    check_used("answer_digits", TaskKind::mul, kinds);
    (void)needed("length");
    TaskSpec spec;
    if (const toml::node* order = get("answer_order")) {
      constexpr std::array<std::string_view, 2> words = {"msb", "lsb"};
      const Item item{text_of(*order, "answer_order"), order};
      spec.answer_order = static_cast<DigitOrder>(word(item, "answer_order", words));
    }
    for (const TaskKind kind : kinds) {
      spec.kind = kind;
      for (const Item& base : numbers("base")) {
        spec.base = value(base, "base", 10, 2, Task::max_base);
        for (const Item& c : numbers("digits_per_token")) {
          spec.digits_per_token = value(c, "digits_per_token", 1, 1, 64);
          add_sizes(spec);
        }
      }
    }
  }

  void add_sizes(TaskSpec spec) {
    const std::vector<Item> one = {{"", &table_}};
    const bool iterated = spec.kind == TaskKind::iter_add;
    if (iterated) {
      (void)needed("addends");
    }
    for (const Item& k : iterated ? numbers("addends") : one) {
      spec.addends = value(k, "addends", 0, 2, Task::max_addends);
      for (const Item& l : spec.kind == TaskKind::mul ? numbers("answer_digits") : one) {
        spec.answer_digits = value(l, "answer_digits", 0, 1, 2 * Task::max_digits);
        for (const Item& n : numbers("length")) {
          spec.digits = value(n, "length", 0, 1, Task::max_digits);
          const Task task = located(*n.at, [&] { return Task(spec); });
          if (std::find(tasks_.begin(), tasks_.end(), task) == tasks_.end()) {
            tasks_.push_back(task);
          }
        }
      }
    }
  }

  static int value(const Item& item, std::string_view key, int otherwise, int least, int most) {
    return item.text.empty() ? otherwise : static_cast<int>(whole(item, key, least, most));
  }

  // --- cells ----------------------------------------------------------------------------------------

  static bool suits(const ModelEntry& model, const Task& task) {
    return !model.model.is_construction() ||
           constructions::construction(model.model.construction).task == task.kind();
  }

  /// What would make the cell fail later is said now.
  void check_cell(const ModelEntry& model, const Cell& cell) const {
    located(*model.at, [&] {
      if (cell.model.is_construction()) {
        const auto setting =
            constructions::Setting::symbolic(cell.arithmetic.shift, cell.arithmetic.normalise);
        constructions::construction(cell.model.construction)
            .check(cell.task, cell.model.options, setting);
        if (cell.kind == CellKind::kept_width) {
          throw BadInput("model: kept_width is asked of saved weights; constructions have a width");
        }
        return;
      }
      if (cell.kind != CellKind::accuracy && cell.kind != CellKind::kept_width) {
        throw BadInput(
            fmt::format("model: saved weights have no {}: that is asked of "
                        "constructions; accepted: accuracy, kept_width",
                        name(cell.kind)));
      }
      check_weights(cell);
    });
  }

  static void check_weights(const Cell& cell) {
    const ModelConfig config = load_model(cell.model.folder).weights.config;
    const int vocabulary = Vocabulary(cell.task).size();
    const bool too_long =
        config.positions == Positions::learned && config.max_length < cell.task.input_tokens();
    if (config.vocabulary < vocabulary || too_long) {
      throw BadInput(fmt::format(
          "model: {} needs {} tokens and sequences of {}; {} has {} tokens and sequences of {}",
          cell.task.name(), vocabulary, cell.task.input_tokens(), cell.model.name(),
          config.vocabulary, config.max_length));
    }
  }

  void check_inputs(const InputsEntry& entry, const Cell& cell) const {
    const auto all = problem_count(cell.task, cell.inputs.operand_digits);
    if (cell.inputs.kind == InputKind::exhaustive && (!all || *all > (std::uint64_t{1} << 40))) {
      refuse(*entry.at, fmt::format("inputs: {} has {} inputs, too many to run all of them",
                                    cell.task.name(), problem_count_text(cell.task)));
    }
    if (cell.inputs.kind == InputKind::certified && !cell.model.is_construction()) {
      refuse(*entry.at, "inputs: certified is for constructions");
    }
  }

  void add_cell(const ModelEntry& model, const ArithmeticEntry& arithmetic, const Task& task,
                std::vector<PlannedCell>& out) const {
    Cell cell{kind_, task};
    cell.model = model.model;
    set_arithmetic(arithmetic, cell);
    check_cell(model, cell);
    cell.keep_millionths = keep_millionths_;
    const std::string label = arithmetic_name(arithmetic);
    const bool says_seed = arithmetic.choice.contains("rounding_seed");
    for (const RoundedRole role : roles_) {
      cell.role = role;
      for (const int digits : fitting_digits(task)) {
        for (const InputsEntry& inputs : inputs_) {
          cell.inputs = inputs.inputs;
          cell.inputs.operand_digits = digits;
          check_inputs(inputs, cell);
          add_draws(cell, label, says_seed, out);
        }
      }
    }
  }

  /// Lengths beyond the task's are left out, so that one sweep holds models of several widths.
  std::vector<int> fitting_digits(const Task& task) const {
    std::vector<int> fitting;
    for (const int digits : operand_digits_) {
      if (digits <= task.digits()) {
        fitting.push_back(digits);
      }
    }
    const toml::node& at = get("operand_digits") == nullptr ? table_ : *get("operand_digits");
    if (fitting.empty()) {
      refuse(at, fmt::format("operand_digits: {} has operands of 1 to {} digits", task.name(),
                             task.digits()));
    }
    located(at, [&] { check_operand_digits(task, fitting.front()); });
    return fitting;
  }

  /// A cell for every seed and repetition or, where nothing is drawn, one.
  void add_draws(Cell cell, const std::string& label, bool says_seed,
                 std::vector<PlannedCell>& out) const {
    const bool inputs_drawn = kind_ != CellKind::dimensions && cell.inputs.is_random();
    const bool random =
        inputs_drawn || (kind_ != CellKind::dimensions && is_stochastic(cell.arithmetic));
    for (const std::uint64_t seed : seeds_) {
      for (int r = 1; r <= repetitions_; ++r) {
        const std::uint64_t drawn = seed + (static_cast<std::uint64_t>(r - 1) << 32);
        cell.seed = inputs_drawn ? drawn : 0;
        if (!says_seed) {
          cell.arithmetic.seed = is_stochastic(cell.arithmetic) ? drawn : 0;
        }
        out.push_back({cell, describe_columns(cell, label, seed, r)});
        if (out.size() > most_cells) {
          refuse(table_, fmt::format("the study has more than {} cells", most_cells));
        }
        if (!random) {
          return;
        }
      }
    }
  }

  static bool is_stochastic(const Arithmetic& a) {
    const auto roles = a.roles();
    return std::any_of(roles.begin(), roles.end(),
                       [](const Role* role) { return role->rounding == Rounding::sr; });
  }

  const toml::table& table_;
  const toml::table* defaults_;
  const std::filesystem::path& folder_;
  CellKind kind_ = CellKind::accuracy;
  std::vector<ModelEntry> models_;
  std::vector<ArithmeticEntry> arithmetics_;
  std::vector<InputsEntry> inputs_;
  std::vector<int> operand_digits_;  // 0: any
  std::vector<RoundedRole> roles_;
  std::uint32_t keep_millionths_ = 990'000;
  std::map<std::filesystem::path, std::vector<Task>> own_tasks_;  // by the weights' folder
  std::vector<std::uint64_t> seeds_;
  int repetitions_ = 1;
  std::vector<Task> tasks_;
};

toml::table parse_toml(std::string_view text, const std::string& name) {
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    throw BadInput(
        fmt::format("{}:{}: {}", name, error.source().begin.line, one_line(error.description())));
  }
}

std::vector<PlannedCell> read_cells(const toml::table& root, const std::filesystem::path& folder) {
  const toml::table* defaults = nullptr;
  if (const toml::node* node = root.get("defaults")) {
    defaults = node->as_table();
    if (defaults == nullptr) {
      refuse(*node, "defaults: a table [defaults] is accepted");
    }
    check_keys(*defaults, "[defaults]", sweep_keys);
  }
  const toml::node* sweeps = root.get("sweep");
  if (sweeps == nullptr || sweeps->as_array() == nullptr) {
    refuse(sweeps == nullptr ? static_cast<const toml::node&>(root) : *sweeps,
           "a study has at least one [[sweep]]");
  }
  std::vector<PlannedCell> cells;
  for (const toml::node& node : *sweeps->as_array()) {
    if (node.as_table() == nullptr) {
      refuse(node, "sweep: tables [[sweep]] are accepted");
    }
    Sweep(*node.as_table(), defaults, folder).add_cells(cells);
  }
  // A cell that two sweeps name alike has one row.
  std::set<std::string> seen;
  std::erase_if(cells, [&seen](const PlannedCell& c) {
    return !seen.insert(content(c.cell) + c.columns.dump()).second;
  });
  return cells;
}

Study parse(std::string_view text, const std::string& name, const std::filesystem::path* folder) {
  const toml::table root = parse_toml(text, name);
  check_keys(root, "a study", root_keys);
  Study study;
  study.text = std::string(text);
  study.title = text_value(root, "title");
  (void)text_value(root, "description");
  study.figures = read_figures(root);
  if (folder != nullptr) {
    study.cells = read_cells(root, *folder);
  }
  return study;
}

}  // namespace

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    throw BadInput(fmt::format("cannot read {}: accepted is a file with something in it",
                               one_line(file.string())));
  }
  return text.str();
}

Study read_study(const std::filesystem::path& file) {
  return parse_study(read_text(file), file.string(), file.parent_path());
}

Study parse_study(std::string_view text, const std::string& name,
                  const std::filesystem::path& folder) {
  return parse(text, name, &folder);
}

Study parse_figures(std::string_view text, const std::string& name) {
  return parse(text, name, nullptr);
}

}  // namespace carrybit
