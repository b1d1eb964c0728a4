#pragma once
// Figures of a table by gnuplot: NAME.gp (the script with its data in it, to be changed by hand), NAME.svg
// and, from that by librsvg, NAME.png and NAME.pdf. The same table and study give the same bytes: no
// date is written.

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/study.hpp"
#include "experiments/table.hpp"

namespace carrybit {

/// A figure's gnuplot script, which draws on whatever terminal is set before it.
struct Script {
  std::string name;
  std::string text;
};

/// One script for a figure or, where it has `each`, one for every value. None where the table has no
/// row for it. Throws BadInput where a column that must hold numbers holds something else.
std::vector<Script> scripts_of(const Figure& figure, const Table& cells);

/// Where a study names no figure: widths against length, accuracy over a grid or against length,
/// dimensions against length, as the table has them.
std::vector<Figure> usual_figures(const Table& cells);

/// Draws the study's figures, or the usual ones, into the folder; gives the files' names. Throws BadInput
/// where gnuplot or rsvg-convert is missing or fails.
std::vector<std::string> draw_figures(const std::filesystem::path& folder, const Table& cells,
                                      const std::string& study_text);

/// Whether both programs are there.
bool can_draw();

}  // namespace carrybit
