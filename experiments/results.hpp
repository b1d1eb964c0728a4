#pragma once
// What a folder of results holds beside its store: cells.csv and the tables and figures that follow from it.

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/store.hpp"
#include "experiments/table.hpp"

namespace carrybit {

/// Writes cells.csv; digits.csv where accuracy was asked. Each file appears whole or not at all.
void write_cells(const std::filesystem::path& folder, const std::vector<ResultRow>& rows);

/// Writes study.toml where it is missing or differs.
void write_study(const std::filesystem::path& folder, const std::string& text);

/// Writes what follows from cells.csv and study.toml: widths.csv and fits.csv where widths were asked, and
/// the figures (see figures.hpp). Gives the names of the files written.
std::vector<std::string> write_summaries(const std::filesystem::path& folder, const Table& cells,
                                         const std::string& study_text, bool draw);

/// Finished rows.
std::size_t finished(const std::vector<ResultRow>& rows);

void write_file(const std::filesystem::path& file, const std::string& bytes);

}  // namespace carrybit
