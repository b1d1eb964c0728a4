// carrybit plot: tables and figures of a folder of results, once more; also while a sweep fills it.

#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "app/lines.hpp"
#include "app/results_folder.hpp"
#include "app/verbs.hpp"
#include "experiments/figures.hpp"
#include "experiments/results.hpp"
#include "precision/error.hpp"
#include "sim/new_file.hpp"

namespace carrybit::app {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string folder;
  std::string out;
  bool partial = false;
};

std::string plot_store(const Options& o, const fs::path& out) {
  const Store store(fs::path(o.folder) / "cells.sqlite", Store::Mode::open);
  const auto rows = store.rows();
  const std::size_t done = finished(rows);
  if (done < rows.size() && !o.partial) {
    throw BadInput(
        fmt::format("{} has {} of {} rows: run carrybit sweep again to finish it, or "
                    "give --partial --out FOLDER for what is there",
                    o.folder, done, rows.size()));
  }
  return (done < rows.size() ? fmt::format("{} of {} rows\n", done, rows.size()) : "") +
         write_results(out, store, true);
}

int run(const Options& o) {
  const fs::path out = o.out.empty() ? o.folder : o.out;
  std::error_code ignored;
  if (o.partial && (o.out.empty() || fs::equivalent(o.out, o.folder, ignored))) {
    throw BadInput(
        "--partial needs --out, another folder: a partial table does not take the "
        "place of a whole one");
  }
  if (!can_draw()) {
    throw BadInput(
        "figures need gnuplot and rsvg-convert: install the Debian packages gnuplot-nox "
        "and librsvg2-bin (or run scripts/setup.sh)");
  }
  const bool has_store = fs::exists(fs::path(o.folder) / "cells.sqlite", ignored);
  const bool has_table = fs::exists(fs::path(o.folder) / "cells.csv", ignored);
  if (!has_store && !has_table) {
    throw BadInput(
        fmt::format("{} has neither cells.sqlite nor cells.csv: accepted is a folder "
                    "that carrybit sweep or merge filled",
                    o.folder));
  }
  NewFolder folder(out);
  if (!has_store && out != fs::path(o.folder)) {
    for (const char* name : {"cells.csv", "study.toml"}) {
      if (fs::exists(fs::path(o.folder) / name, ignored)) {
        write_file(out / name, read_text(fs::path(o.folder) / name));
      }
    }
  }
  Output text(STDOUT_FILENO);
  text.text() = has_store ? plot_store(o, out) : write_from_csv(out, true);
  folder.keep();
  text.flush();
  return 0;
}

}  // namespace

Run declare_plot(CLI::App& verb) {
  const auto o = std::make_shared<Options>();
  verb.add_option("folder", o->folder, "results: cells.sqlite, or cells.csv and study.toml")
      ->required();
  verb.add_option("--out", o->out, "another folder for what is written");
  verb.add_flag("--partial", o->partial, "also from an unfinished store: the rows that are there");
  return [o] { return run(*o); };
}

}  // namespace carrybit::app
