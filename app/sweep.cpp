// carrybit sweep: a study's cells into DIR/cells.sqlite and, once all are there, tables and figures.

#include <fmt/format.h>
#include <tbb/global_control.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>

#include "app/json_text.hpp"
#include "app/lines.hpp"
#include "app/options.hpp"
#include "app/progress.hpp"
#include "app/results_folder.hpp"
#include "app/verbs.hpp"
#include "experiments/results.hpp"
#include "experiments/sweep.hpp"
#include "precision/error.hpp"
#include "sim/new_file.hpp"

namespace carrybit::app {

namespace {

struct Options {
  std::string study;
  std::string out;
  std::string shard = "1/1";
  int jobs = 0;
  int memory = 0;
  std::string device = "cpu";
  bool dry_run = false, json = false, no_figures = false;
};

// --- signals ----------------------------------------------------------------------------------------

std::atomic<bool> stop_wanted = false;
std::atomic<int> stop_signal = 0;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

/// The first signal asks cells to give up; the second ends us at once, which loses nothing either.
extern "C" void stop_on_signal(int signal) {
  stop_signal = signal;
  stop_wanted = true;
  std::signal(signal, SIG_DFL);
}

void listen_to_signals() {
  std::signal(SIGINT, stop_on_signal);
  std::signal(SIGTERM, stop_on_signal);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file size becomes an error of the write
}

// --- words ------------------------------------------------------------------------------------------

std::string duration(double seconds) {
  return seconds < 1      ? "under 1 s"
         : seconds < 90   ? fmt::format("{:.0f} s", seconds)
         : seconds < 5400 ? fmt::format("{:.0f} min", seconds / 60)
                          : fmt::format("{:.1f} h", seconds / 3600);
}

std::string plural(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string describe(const PlannedCell& planned) {
  const auto& c = planned.columns;
  const auto text = [&c](const char* key) {
    return c.at(key).is_null() ? std::string() : c.at(key).get<std::string>();
  };
  std::string out =
      fmt::format("{:<10} {:<22} {}", text("kind"), planned.cell.task.name(), text("model"));
  if (!text("options").empty()) {
    out += " " + text("options");
  }
  out += " | " + text("arithmetic");
  if (!text("format").empty() && text("format") != text("arithmetic")) {
    out += " = " + text("format");
  }
  if (!text("inputs").empty()) {
    out += " | " + text("inputs");
  }
  if (const int m = planned.cell.inputs.operand_digits; m != 0) {
    out += fmt::format(", {}", plural(static_cast<std::size_t>(m), "digit"));
  }
  if (planned.cell.kind == CellKind::kept_width) {
    out += fmt::format(" | {} keeping {}", text("role"), text("keep"));
  }
  if (c.at("repetition").is_number() && c.at("repetition") != 1) {
    out += fmt::format(" | repetition {}", c.at("repetition").get<int>());
  }
  return out;
}

int dry_run(const Study& study, const Shard& shard) {
  Output out(STDOUT_FILENO);
  const auto work = work_of(study, shard);
  double seconds = 0;
  double largest = 0;
  for (const Work& one : work) {
    seconds += one.cost.seconds;
    largest = std::max(largest, one.cost.megabytes);
  }
  for (std::size_t i = 0; i < study.cells.size(); ++i) {
    out.text() += fmt::format("{:>5}  {}\n", i + 1, describe(study.cells[i]));
    out.written();
  }
  const std::string part =
      shard.count == 1 ? "" : fmt::format(", shard {}/{}", shard.number, shard.count);
  out.text() +=
      fmt::format("{}, {} to compute{}; roughly {} of one core, the largest some {:.0f} MB\n",
                  plural(study.cells.size(), "row"), plural(work.size(), "cell"), part,
                  duration(seconds), largest);
  out.flush();
  return 0;
}

// --- progress ---------------------------------------------------------------------------------------

/// A line on a terminal, events as JSON, or both.
class Teller {
 public:
  explicit Teller(bool json) : json_(json), start_(Clock::now()) {}

  void tell(const SweepProgress& p) {
    if (json_) {
      event(p);
    }
    const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
    if (p.position == 0 || p.cost_done <= 0) {
      return;
    }
    ++computed_;
    line_.say(fmt::format("{} of {} cells, {:.2g} a second, {} left", p.done, p.all,
                          static_cast<double>(computed_) / std::max(elapsed, 1e-3),
                          duration(elapsed * p.cost_left / p.cost_done)));
  }
  void clear() { line_.clear(); }

 private:
  using Clock = std::chrono::steady_clock;

  void event(const SweepProgress& p) const {
    JsonText json;
    json.add("event", p.position == 0 ? "begin" : "cell");
    json.raw("done", std::to_string(p.done));
    json.raw("of", std::to_string(p.all));
    if (p.position != 0) {
      json.raw("row", std::to_string(p.position));
      json.raw("cell", p.content);
      json.raw("seconds", fmt::format("{:.3f}", p.seconds));
    }
    Output out(STDOUT_FILENO);
    out.text() = json.text() + "\n";
    out.flush();
  }

  bool json_;
  Clock::time_point start_;
  std::size_t computed_ = 0;
  Progress line_{"cells"};
};

// --- ends -------------------------------------------------------------------------------------------

/// What the sweep came to, on standard output.
void conclude(const Options& o, const SweepEnd& end, const std::string& files) {
  Output out(STDOUT_FILENO);
  if (o.json) {
    JsonText json;
    json.add("event", "end");
    json.raw("computed", std::to_string(end.computed));
    json.raw("had", std::to_string(end.had));
    json.raw("of", std::to_string(end.all));
    json.add("complete", !files.empty());
    out.text() += json.text() + "\n";
  } else {
    out.text() += fmt::format("{}: {} computed, {} there before\n{}", plural(end.all, "cell"),
                              end.computed, end.had, files);
  }
  out.flush();
}

int stopped(const Options& o, const SweepEnd& end) {
  std::fputs(fmt::format("carrybit sweep: stopped; {} of {} are in {}/cells.sqlite, and the same "
                         "command goes on from there\n",
                         end.had + end.computed, plural(end.all, "cell"), o.out)
                 .c_str(),
             stderr);
  return 128 + stop_signal.load();
}

int fill(const Options& o, const Study& study, const Shard& shard, Device device) {
  NewFolder folder(o.out);
  Store store(std::filesystem::path(o.out) / "cells.sqlite", Store::Mode::create);
  folder.keep();
  CellLocks locks(std::filesystem::path(o.out) / ".locks");
  SweepHow how{shard, o.jobs, static_cast<double>(o.memory), &stop_wanted, device};
  Teller teller(o.json);
  how.progress = [&teller](const SweepProgress& p) { teller.tell(p); };
  const SweepEnd end = sweep(store, locks, study, how);
  teller.clear();
  if (end.stopped) {
    return stopped(o, end);
  }
  const auto rows = store.rows();
  std::string files;
  if (finished(rows) == rows.size()) {
    files = write_results(o.out, store, !o.no_figures);
  } else {
    write_study(o.out, study.text);
  }
  conclude(o, end, files);
  if (!end.failures.empty()) {
    throw BadInput(fmt::format("{} could not be computed: {}", plural(end.failures.size(), "cell"),
                               end.failures.front()));
  }
  return 0;
}

int run(const Options& o) {
  const Device device = parse_device(o.device);
  const Shard shard = parse_shard(o.shard);
  const Study study = read_study(o.study);
  if (o.dry_run) {
    return dry_run(study, shard);
  }
  if (o.out.empty()) {
    throw BadInput("--out is missing: the folder for the results, as in --out results/NAME");
  }
  listen_to_signals();
  std::unique_ptr<tbb::global_control> limit;
  if (o.jobs > 0) {
    limit = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                  static_cast<std::size_t>(o.jobs));
  }
  return fill(o, study, shard, device);
}

}  // namespace

Run declare_sweep(CLI::App& verb) {
  const auto o = std::make_shared<Options>();
  verb.add_option("study", o->study, "the study file (docs/studies.md)")->required();
  verb.add_option("--out", o->out, "folder for the results; what it holds already is kept");
  verb.add_option("--shard", o->shard, "compute part I of N only, as in 3/8");
  verb.add_option("--jobs", o->jobs, "cores to use (default all)")->check(CLI::Range(1, 4096));
  verb.add_option("--memory", o->memory, "megabytes to use, by estimate (default half of all)")
      ->check(CLI::Range(1, 1 << 30));
  verb.add_option("--device", o->device,
                  "cpu or cuda: where saved weights run; the same results (default cpu)");
  verb.add_flag("--dry-run", o->dry_run, "list the cells and estimate the time; compute nothing");
  verb.add_flag("--json", o->json, "events on standard output, one JSON object a line");
  verb.add_flag("--no-figures", o->no_figures, "tables only");
  return [o] { return run(*o); };
}

}  // namespace carrybit::app
