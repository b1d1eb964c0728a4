// carrybit train: a small decoder for a task, into a folder that `carrybit run --weights` reads.

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <memory>

#include "app/lines.hpp"
#include "app/options.hpp"
#include "app/progress.hpp"
#include "app/task_options.hpp"
#include "app/verbs.hpp"
#include "precision/error.hpp"
#ifdef CARRYBIT_TRAINING
#include "sim/model_file.hpp"
#include "sim/new_file.hpp"
#include "training/card.hpp"
#endif

namespace carrybit::app {

namespace {

struct Options {
  TaskOptions task;
  std::string length, out, from, seed = "1", precision = "fp32";
  int layers = 2, dim = 64, heads = 4, kv_heads = 0, ffn = 0;
  std::string activation = "relu", norm = "layer_norm", positions = "absolute";
  bool tied = false;
  int steps = 4000, batch = 256, warmup = 100, cooling = 400, curriculum = 200;
  std::string schedule = "linear";
  double learning_rate = 2e-3, weight_decay = 0.01, clip = 1, carry_heavy = 0.3, hold_out = 0;
  int validate_every = 200, validate_count = 512;
  double target = 0;
  bool ladder = false, resume = false;
  int pause_at = 0, threads = 1;
  std::string device = "cpu";
  int card_problems = 1000;
};

#ifdef CARRYBIT_TRAINING

/// "10" is 1..10.
std::pair<int, int> parse_lengths(const std::string& text) {
  const std::size_t dots = text.find("..");
  const std::string last = dots == std::string::npos ? text : text.substr(dots + 2);
  const std::string first = dots == std::string::npos ? "1" : text.substr(0, dots);
  const auto number = [&](const std::string& part) {
    const std::uint64_t value = parse_count("--length", part);
    if (value < 1 || value > Task::max_digits) {
      throw BadInput(fmt::format("--length {}: accepted: n, or a..b with 1 <= a <= b", text));
    }
    return static_cast<int>(value);
  };
  return {number(first), number(last)};
}

template <typename Enum, std::size_t N>
Enum parse_enum(std::string_view option, std::string_view text, const std::array<Enum, N>& values) {
  std::vector<std::string_view> names;
  for (const Enum value : values) {
    names.push_back(name(value));
  }
  return values[choose(option, text, names)];
}

void set_positions(const std::string& text, training::TrainSettings& s) {
  constexpr std::array others = {Positions::none, Positions::sinusoidal, Positions::rotary,
                                 Positions::alibi};
  for (const Positions p : others) {
    if (text == name(p)) {
      s.shape.positions = p;
      return;
    }
  }
  s.positions = training::parse_position_sharing(text);
}

/// The shape that the options ask for.
void set_shape(const Options& o, training::TrainSettings& s) {
  s.shape =
      training::shape_for(Task(s.task), o.layers, o.dim, o.heads, o.ffn == 0 ? 4 * o.dim : o.ffn);
  s.shape.kv_heads = o.kv_heads == 0 ? o.heads : o.kv_heads;
  s.shape.activation = parse_enum(
      "--activation", o.activation,
      std::array{Activation::relu, Activation::gelu, Activation::reglu, Activation::swiglu});
  s.shape.norm =
      parse_enum("--norm", o.norm, std::array{Norm::layer_norm, Norm::rms_norm, Norm::none});
  s.shape.tied_head = o.tied;
  set_positions(o.positions, s);
}

training::TrainSettings settings_of(const Options& o) {
  training::TrainSettings s;
  TaskOptions task = o.task;
  std::tie(s.shortest, task.length) = parse_lengths(o.length);
  s.task = Task(task_spec(task)).spec();
  if (o.from.empty()) {
    set_shape(o, s);
  } else {
    s.start = load_model(o.from).weights;
    s.shape = training::shape_to_go_on("--from " + o.from, s.start->config, Task(s.task));
  }
  s.shape.name = std::filesystem::path(o.out).filename().string();
  s.precision = training::TrainPrecision::parse(o.precision);
  s.seed = parse_count("--seed", o.seed);
  s.steps = o.steps;
  s.batch = o.batch;
  s.learning_rate = o.learning_rate;
  s.warmup = o.warmup;
  s.schedule = training::parse_schedule(o.schedule);
  s.cooling = o.cooling;
  s.weight_decay = o.weight_decay;
  s.clip = o.clip;
  s.curriculum = o.curriculum;
  s.carry_heavy = o.carry_heavy;
  s.hold_out = o.hold_out;
  s.validate_every = o.validate_every;
  s.validate_count = o.validate_count;
  s.target = o.target;
  s.ladder = o.ladder;
  s.threads = o.threads;
  s.device = o.device;
  s.validate();
  return s;
}

/// The command that makes the same model again.
std::string command_of(const Options& o, const training::TrainSettings& s) {
  const TaskSpec& t = s.task;
  std::string text = fmt::format("carrybit train --task {} --base {}", name(t.kind), t.base);
  const auto add = [&](const char* option, const auto& value, const auto& usual) {
    if (value != usual) {
      text += fmt::format(" {} {}", option, value);
    }
  };
  const Options usual;
  add("--addends", o.task.addends, 0);
  add("--answer-digits", o.task.answer_digits, 0);
  add("--digits-per-token", o.task.digits_per_token, 1);
  add("--length", fmt::format("{}..{}", s.shortest, t.digits), "");
  add("--answer-order", o.task.answer_order, usual.task.answer_order);
  if (o.from.empty()) {
    add("--layers", o.layers, 0);
    add("--dim", o.dim, 0);
    add("--heads", o.heads, 0);
    add("--kv-heads", o.kv_heads, 0);
    add("--ffn", s.shape.ffn, 4 * o.dim);
    add("--activation", o.activation, usual.activation);
    add("--norm", o.norm, usual.norm);
    text += o.tied ? " --tied" : "";
    add("--positions", o.positions, "");
  } else {
    text += " --from " + o.from;
  }
  add("--precision", s.precision.name(), "");
  add("--steps", o.steps, 0);
  add("--seed", s.seed, std::uint64_t(-1));
  add("--batch", o.batch, usual.batch);
  add("--lr", o.learning_rate, usual.learning_rate);
  add("--warmup", o.warmup, usual.warmup);
  add("--schedule", o.schedule, usual.schedule);
  add("--cooling", o.cooling, usual.cooling);
  add("--weight-decay", o.weight_decay, usual.weight_decay);
  add("--clip", o.clip, usual.clip);
  add("--curriculum", o.curriculum, usual.curriculum);
  add("--carry-heavy", o.carry_heavy, usual.carry_heavy);
  add("--hold-out", o.hold_out, usual.hold_out);
  add("--validate-every", o.validate_every, usual.validate_every);
  add("--validate-count", o.validate_count, usual.validate_count);
  add("--target", o.target, usual.target);
  text += o.ladder ? " --ladder" : "";
  add("--threads", o.threads, usual.threads);
  add("--device", o.device, usual.device);
  add("--card-problems", o.card_problems, usual.card_problems);
  return text + " --out " + o.out;
}

void say(const std::string& line) {
  Output out(STDOUT_FILENO);
  out.text() += line + "\n";
  out.flush();
}

void say_progress(const training::Progress& p) {
  say(
      fmt::format("step {:>6}  loss {:.5f}  exact: all lengths {:.1f}%, full length {:.1f}%, "
                  "carry-heavy {:.1f}%  rate {:.2g}  {:.0f} s",
                  p.step, p.loss, 100 * p.exact.lengths, 100 * p.exact.full,
                  100 * p.exact.carry_heavy, p.learning_rate, p.seconds));
}

/// Says before the first step what would only be found after the last.
void check_folder(const std::filesystem::path& folder, bool resume) {
  namespace fs = std::filesystem;
  if (!resume && fs::exists(folder / "checkpoint.safetensors")) {
    throw BadInput(
        fmt::format("{}: holds the checkpoint of an interrupted run; accepted: --resume, "
                    "or another folder",
                    folder.string()));
  }
  const bool has_model =
      fs::exists(folder / "config.json") || fs::exists(folder / "model.safetensors");
  if (has_model && load_model(folder).layout != "carrybit") {
    throw BadInput(
        fmt::format("{}: holds a model that carrybit did not write; accepted: a new "
                    "folder",
                    folder.string()));
  }
}

extern "C" void stop_training(int) { training::request_stop(); }

int run(const Options& o) {
  if (o.task.task.empty() || o.length.empty() || o.out.empty()) {
    throw BadInput("--task, --length and --out are needed");
  }
  if (o.card_problems < 1) {
    throw BadInput(fmt::format("--card-problems {}: accepted: 1 or more", o.card_problems));
  }
  const training::TrainSettings s = settings_of(o);
  const std::filesystem::path folder(o.out);
  check_folder(folder, o.resume);
  NewFolder made(folder);
  std::signal(SIGINT, stop_training);
  std::signal(SIGTERM, stop_training);
  training::TrainCalls calls;
  calls.progress = say_progress;
  calls.rung = [&](int step, const Weights& weights) {
    training::save_trained(folder / fmt::format("step-{:06}", step), s, weights, "");
  };
  const training::Trained trained =
      training::train(s, {folder / "checkpoint.safetensors", o.resume, o.pause_at}, calls);
  made.keep();
  if (!trained.finished) {
    say(fmt::format("paused at step {}: the same command with --resume goes on", trained.steps));
    return 0;
  }
  Progress progress("card");
  training::CardCounts counts;
  counts.full = counts.carry_heavy = static_cast<std::uint64_t>(o.card_problems);
  counts.each_length = counts.full / 5;
  const std::string card = training::model_card(
      s, trained, command_of(o, s), counts,
      [&](std::uint64_t done, std::uint64_t all) { progress.show(done, all); });
  progress.clear();
  training::save_trained(folder, s, trained.weights, card);
  std::filesystem::remove(folder / "checkpoint.safetensors");
  say(fmt::format("{}: {} parameters, {} steps; card.json says how right it is", o.out,
                  trained.parameters, trained.steps));
  return 0;
}

#else

int run(const Options&) {
  throw BadInput(
      "this carrybit was built without LibTorch; accepted: one built after `apt-get install "
      "libtorch-dev` with cmake -DCARRYBIT_TRAINING=ON");
}

#endif

void add_model_options(CLI::App& verb, Options& o) {
  const char* group = "Model";
  verb.add_option("--layers", o.layers, "default 2")->group(group);
  verb.add_option("--dim", o.dim, "channels of the residual stream (default 64)")->group(group);
  verb.add_option("--heads", o.heads, "default 4")->group(group);
  verb.add_option("--kv-heads", o.kv_heads, "heads of keys and values (default --heads)")
      ->group(group);
  verb.add_option("--ffn", o.ffn, "hidden units (default 4 dim)")->group(group);
  verb.add_option("--activation", o.activation, "relu (default), gelu, reglu or swiglu")
      ->group(group);
  verb.add_option("--norm", o.norm, "layer_norm (default), rms_norm or none")->group(group);
  verb.add_option("--positions", o.positions,
                  "learned: absolute (default), coupled (digits of equal significance share one), "
                  "both; or none, sinusoidal, rotary, alibi")
      ->group(group);
  verb.add_flag("--tied", o.tied, "the output head is the token embedding")->group(group);
  const std::vector<CLI::Option*> shape =
      verb.get_options([&](const CLI::Option* option) { return option->get_group() == group; });
  CLI::Option* from =
      verb.add_option("--from", o.from, "go on from a saved model's weights, in its shape")
          ->group(group);
  for (CLI::Option* option : shape) {
    from->excludes(option);
  }
}

void add_run_options(CLI::App& verb, Options& o) {
  const char* group = "Run";
  verb.add_option("--precision", o.precision,
                  "of the forward pass: fp32 (default), bf16 as hardware does it, or a format")
      ->group(group);
  verb.add_option("--steps", o.steps, "at most (default 4000)")->group(group);
  verb.add_option("--seed", o.seed, "of weights and problems (default 1)")->group(group);
  verb.add_option("--batch", o.batch, "problems a step (default 256)")->group(group);
  verb.add_option("--lr", o.learning_rate, "highest learning rate (default 0.002)")->group(group);
  verb.add_option("--warmup", o.warmup, "steps (default 100)")->group(group);
  verb.add_option("--schedule", o.schedule, "linear (default: constant, then cooling) or cosine")
      ->group(group);
  verb.add_option("--cooling", o.cooling, "last steps, the rate going to 0 (default 400)")
      ->group(group);
  verb.add_option("--weight-decay", o.weight_decay, "of matrices (default 0.01)")->group(group);
  verb.add_option("--clip", o.clip, "largest norm of a gradient (default 1; 0: none)")
      ->group(group);
  verb.add_option("--target", o.target,
                  "cool and end once two validations in a row have this share exact")
      ->group(group);
  verb.add_option("--validate-every", o.validate_every, "steps (default 200)")->group(group);
  verb.add_option("--validate-count", o.validate_count, "problems of each kind (default 512)")
      ->group(group);
  verb.add_flag("--ladder", o.ladder, "keep the models of steps 500, 1000, 2000, 4000, ...")
      ->group(group);
  verb.add_flag("--resume", o.resume, "go on from OUT/checkpoint.safetensors")->group(group);
  verb.add_option("--pause-at", o.pause_at, "stop after this step, to be resumed")->group(group);
  verb.add_option("--threads", o.threads, "default 1")->group(group);
  verb.add_option("--device", o.device, "cpu (default) or cuda")->group(group);
}

}  // namespace

Run declare_train(CLI::App& verb) {
  const auto o = std::make_shared<Options>();
  const char* task = "Task";
  verb.add_option("--task", o->task.task, "add, iter_add, mul, majority or parity")->group(task);
  verb.add_option("--base", o->task.base, "2 to 36 (default 10)")->group(task);
  verb.add_option("--length", o->length, "digits of an operand, as in 1..10")->group(task);
  verb.add_option("--addends", o->task.addends, "k of iter_add")->group(task);
  verb.add_option("--answer-digits", o->task.answer_digits, "l of mul (default 2n)")->group(task);
  verb.add_option("--digits-per-token", o->task.digits_per_token, "c digits a token (default 1)")
      ->group(task);
  verb.add_option("--answer-order", o->task.answer_order, "msb (default) or lsb first")
      ->group(task);
  verb.add_option("--carry-heavy", o->carry_heavy, "share made for long carries (default 0.3)")
      ->group(task);
  verb.add_option("--curriculum", o->curriculum,
                  "steps over which the longest operand grows to n (default 200)")
      ->group(task);
  verb.add_option("--hold-out", o->hold_out, "share of all problems never trained on (default 0)")
      ->group(task);
  add_model_options(verb, *o);
  add_run_options(verb, *o);
  verb.add_option("--card-problems", o->card_problems,
                  "asked for the card, of each of two kinds (default 1000)");
  verb.add_option("--out", o->out, "the folder to write");
  return [o] { return run(*o); };
}

}  // namespace carrybit::app
