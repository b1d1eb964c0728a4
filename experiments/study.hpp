#pragma once
// A study: one TOML file that names what is measured and what is drawn. docs/studies.md is its manual.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/cell.hpp"

namespace carrybit {

/// A line of theory in a figure: a law in n, k, p, T.
struct TheoryLine {
  std::string law;
  std::string title;
};

enum class FigureShape : std::uint8_t { lines, heatmap };

/// One picture of a study's table.
struct Figure {
  std::string name;  // of its files
  std::string title = {};
  FigureShape shape = FigureShape::lines;
  std::string x = {}, y = {};
  std::string value = {};                // heatmap: the column that is coloured
  std::vector<std::string> series = {};  // lines: columns that tell lines apart
  std::string each = {};                 // one figure for every value of this column
  std::map<std::string, std::vector<std::string>> where = {};  // column -> accepted values
  std::map<std::string, std::string> legend = {};              // what the legend says for a series
  std::string x_label = {}, y_label = {}, value_label = {};
  bool log_x = false, log_y = false;
  bool stated = false;  // lines: what the constructions' contracts state, dashed
  std::vector<TheoryLine> theory = {};
};

struct Study {
  std::string title;
  std::string text;                // the file's bytes
  std::vector<PlannedCell> cells;  // in the order of the table; some may have equal contents
  std::vector<Figure> figures;
};

/// Reads a study. Saved weights lie relative to the file. Throws BadInput, one line that begins with
/// FILE:LINE, on everything that is not understood, impossible or without a cell.
Study read_study(const std::filesystem::path& file);

/// The same of a text; `name` stands for the file in messages, `folder` holds the saved weights.
Study parse_study(std::string_view text, const std::string& name,
                  const std::filesystem::path& folder);

/// Title and figures alone: no cell is made, no weights are read.
Study parse_figures(std::string_view text, const std::string& name);

/// The bytes of a file. Throws BadInput.
std::string read_text(const std::filesystem::path& file);

}  // namespace carrybit
