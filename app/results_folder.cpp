#include "app/results_folder.hpp"

#include <fmt/format.h>

#include "experiments/figures.hpp"
#include "experiments/results.hpp"
#include "experiments/study.hpp"

namespace carrybit::app {

namespace fs = std::filesystem;

namespace {

std::string summarise(const fs::path& folder, const Table& cells, const std::string& study,
                      bool draw, std::string written) {
  const bool able = can_draw();
  for (const std::string& name : write_summaries(folder, cells, study, draw && able)) {
    written += (written.empty() ? "" : ", ") + name;
  }
  if (draw && !able) {
    written += " (no figures: gnuplot or rsvg-convert is missing; scripts/setup.sh installs them)";
  }
  return fmt::format("{}: {}\n", folder.string(), written);
}

}  // namespace

std::string write_results(const fs::path& folder, const Store& store, bool draw) {
  const auto rows = store.rows();
  const std::string study = store.study();
  write_study(folder, study);
  write_cells(folder, rows);
  return summarise(folder, cells_table(rows), study, draw, "cells.csv");
}

std::string write_from_csv(const fs::path& folder, bool draw) {
  const Table cells = parse_csv(read_text(folder / "cells.csv"), (folder / "cells.csv").string());
  std::error_code ignored;
  const std::string study =
      fs::exists(folder / "study.toml", ignored) ? read_text(folder / "study.toml") : "";
  return summarise(folder, cells, study, draw, "");
}

}  // namespace carrybit::app
