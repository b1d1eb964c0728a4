#pragma once
// What sweep, merge and plot do to a folder of results, in the same words.

#include <filesystem>
#include <string>

#include "experiments/store.hpp"

namespace carrybit::app {

/// Writes cells.csv from the store and what follows from it; figures where `draw` and gnuplot is there.
/// Gives what was written as one line, "results/x: cells.csv, fits.csv, widths.svg".
std::string write_results(const std::filesystem::path& folder, const Store& store, bool draw);

/// The same from the folder's cells.csv, which stays as it is.
std::string write_from_csv(const std::filesystem::path& folder, bool draw);

}  // namespace carrybit::app
