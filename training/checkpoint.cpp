#include "training/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "precision/error.hpp"
#include "proofs_check/certificate.hpp"
#include "sim/json_text.hpp"
#include "sim/safetensors.hpp"

namespace carrybit::training {

namespace {

constexpr std::size_t counters = 7;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

constexpr std::string_view steps_key = "steps ";

/// The steps that were asked for, on their line of the settings.
int steps_in(const std::string& where, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    int steps = 0;
    const char* end = line.data() + line.size();
    if (line.starts_with(steps_key) &&
        std::from_chars(line.data() + steps_key.size(), end, steps).ptr == end) {
      return steps;
    }
  }
  throw BadInput(
      fmt::format("{}: no steps in its settings; accepted: a checkpoint of carrybit train", where));
}

/// The first setting, but for the number of steps, in which two runs differ.
void check_same_settings(const std::string& where, const std::vector<std::string>& there,
                         const std::vector<std::string>& here) {
  for (std::size_t i = 0; i < here.size(); ++i) {
    const bool steps =
        here[i].starts_with(steps_key) && i < there.size() && there[i].starts_with(steps_key);
    if (!steps && (i >= there.size() || there[i] != here[i])) {
      throw BadInput(fmt::format("{}: was trained with '{}', not '{}'; accepted: the same command",
                                 where, i < there.size() ? plain(there[i]) : "", here[i]));
    }
  }
}

/// Until its rate begins to fall, a run does not know its last step: one with more or fewer goes on from here.
void change_steps(const std::string& where, const TrainSettings& settings, int there,
                  RunState& state) {
  if (there == settings.steps) {
    return;
  }
  const auto constant_until = [&](int steps) { return std::max(0, steps - settings.cooling); };
  const bool untouched = settings.schedule == Schedule::linear &&
                         state.step <= state.cooling_from &&
                         state.cooling_from == constant_until(there);
  if (!untouched || state.step > constant_until(settings.steps)) {
    throw BadInput(
        fmt::format("{}: was trained with 'steps {}', not 'steps {}', and step {} depends on it; "
                    "accepted: the same command",
                    where, there, settings.steps, state.step));
  }
  state.cooling_from = constant_until(settings.steps);
}

}  // namespace

std::string settings_text(const TrainSettings& s) {
  const ModelConfig& c = s.shape;
  std::string text;
  const auto add = [&](std::string_view key, const auto& value) {
    text += fmt::format("{} {}\n", key, value);
  };
  add("task", Task(s.task).name());
  add("shortest", s.shortest);
  add("layers", c.layers);
  add("dim", c.width);
  add("heads", c.heads);
  add("kv_heads", c.kv_heads);
  add("ffn", c.ffn);
  add("activation", name(c.activation));
  add("norm", name(c.norm));
  add("tied_head", c.tied_head);
  add("positions", positions_name(s));
  add("precision", s.precision.name());
  add("seed", s.seed);
  add("steps", s.steps);
  add("batch", s.batch);
  add("lr", s.learning_rate);
  add("warmup", s.warmup);
  add("schedule", name(s.schedule));
  add("cooling", s.cooling);
  add("weight_decay", s.weight_decay);
  add("beta1", s.beta1);
  add("beta2", s.beta2);
  add("clip", s.clip);
  add("curriculum", s.curriculum);
  add("carry_heavy", s.carry_heavy);
  add("hold_out", s.hold_out);
  add("validate_every", s.validate_every);
  add("validate_count", s.validate_count);
  add("target", s.target);
  if (s.start) {
    add("from", certificates::digest(*s.start));
  }
  return text;
}

void save_checkpoint(const std::filesystem::path& file, const TrainSettings& settings,
                     const RunState& s) {
  const std::string text = settings_text(settings);
  const std::vector<double> bytes(text.begin(), text.end());
  const std::vector<double> state = {static_cast<double>(s.step),
                                     static_cast<double>(s.cooling_from),
                                     static_cast<double>(s.good),
                                     s.loss_sum,
                                     static_cast<double>(s.loss_count),
                                     s.last_loss,
                                     s.seconds};
  const auto view = [](const char* name, const std::vector<double>& values) {
    return TensorView{name, {values.size()}, values};
  };
  write_safetensors(file,
                    {view("parameters", s.parameters), view("mean", s.mean),
                     view("square", s.square), view("state", state), view("settings", bytes)},
                    Dtype::f64);
}

RunState load_checkpoint(const std::filesystem::path& file, const TrainSettings& settings) {
  const std::string where = plain(file.string());
  auto tensors = read_safetensors(file);
  for (const char* needed : {"parameters", "mean", "square", "state", "settings"}) {
    if (!tensors.contains(needed)) {
      throw BadInput(fmt::format("{}: no tensor '{}'; accepted: a checkpoint of carrybit train",
                                 where, needed));
    }
  }
  std::string text;
  for (const double byte : tensors["settings"].values) {
    text += byte >= 0 && byte < 128 ? static_cast<char>(byte) : '?';
  }
  const auto there = lines_of(text);
  check_same_settings(where, there, lines_of(settings_text(settings)));
  RunState s;
  s.parameters = std::move(tensors["parameters"].values);
  s.mean = std::move(tensors["mean"].values);
  s.square = std::move(tensors["square"].values);
  const auto& state = tensors["state"].values;
  if (state.size() != counters || s.mean.size() != s.parameters.size() ||
      s.square.size() != s.parameters.size()) {
    throw BadInput(
        fmt::format("{}: tensors of wrong sizes; accepted: a checkpoint of carrybit "
                    "train",
                    where));
  }
  s.step = static_cast<int>(state[0]);
  s.cooling_from = static_cast<int>(state[1]);
  s.good = static_cast<int>(state[2]);
  s.loss_sum = state[3];
  s.loss_count = static_cast<int>(state[4]);
  s.last_loss = state[5];
  s.seconds = state[6];
  change_steps(where, settings, steps_in(where, there), s);
  return s;
}

}  // namespace carrybit::training
