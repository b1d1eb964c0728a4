#include "experiments/results.hpp"

#include <algorithm>

#include "experiments/figures.hpp"
#include "experiments/fits.hpp"
#include "experiments/study.hpp"
#include "sim/new_file.hpp"

namespace carrybit {

namespace fs = std::filesystem;

void write_file(const fs::path& file, const std::string& bytes) {
  NewFile out(file);
  out.write(bytes);
  out.commit();
}

std::size_t finished(const std::vector<ResultRow>& rows) {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const ResultRow& r) { return bool(r.result); }));
}

void write_cells(const fs::path& folder, const std::vector<ResultRow>& rows) {
  write_file(folder / "cells.csv", to_csv(cells_table(rows)));
  const Table digits = digits_table(rows);
  if (!digits.rows.empty()) {
    write_file(folder / "digits.csv", to_csv(digits));
  }
}

void write_study(const fs::path& folder, const std::string& text) {
  const fs::path file = folder / "study.toml";
  std::error_code ignored;
  if (!fs::exists(file, ignored) || read_text(file) != text) {
    write_file(file, text);
  }
}

std::vector<std::string> write_summaries(const fs::path& folder, const Table& cells,
                                         const std::string& study_text, bool draw) {
  std::vector<std::string> written;
  const auto put = [&](const char* name, const Table& table) {
    if (!table.rows.empty()) {
      write_file(folder / name, to_csv(table));
      written.emplace_back(name);
    }
  };
  put("widths.csv", widths_table(cells));
  put("fits.csv", fits_table(cells));
  if (draw) {
    const auto figures = draw_figures(folder, cells, study_text);
    written.insert(written.end(), figures.begin(), figures.end());
  }
  return written;
}

}  // namespace carrybit
