#include "experiments/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "experiments/figure_text.hpp"
#include "experiments/program_run.hpp"
#include "experiments/results.hpp"
#include "experiments/words.hpp"
#include "precision/error.hpp"

namespace carrybit {

namespace fs = std::filesystem;

namespace {

std::vector<std::size_t> rows_where(const Figure& figure, const Table& cells) {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < cells.rows.size(); ++i) {
    const bool wanted = std::all_of(figure.where.begin(), figure.where.end(), [&](const auto& w) {
      return std::find(w.second.begin(), w.second.end(), cells.at(i, w.first)) != w.second.end();
    });
    if (wanted && !cells.at(i, figure.x).empty() && !cells.at(i, figure.y).empty()) {
      rows.push_back(i);
    }
  }
  return rows;
}

/// A column's value as part of a file's name.
std::string file_part(const std::string& value) {
  std::string out;
  for (const char c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += plain || c == '_' ? c : '-';
  }
  return out.empty() ? "none" : out.substr(0, 60);
}

/// Legends for series that are not there are slips of the pen.
void check_legend(const Figure& figure, const std::set<std::string>& series) {
  for (const auto& [name, text] : figure.legend) {
    if (!series.contains(name)) {
      const std::vector<std::string_view> known(series.begin(), series.end());
      throw BadInput(fmt::format("figure {}: legend: there is no series '{}'; there are: {}",
                                 figure.name, one_line(name), one_line(listed(known))));
    }
  }
}

}  // namespace

std::vector<Script> scripts_of(const Figure& figure, const Table& cells) {
  std::vector<Script> scripts;
  const auto rows = rows_where(figure, cells);
  std::vector<Series> parts = {{"", rows}};
  if (!figure.each.empty()) {
    const std::array<std::string, 1> by = {figure.each};
    parts = split_series(cells, rows, by, {});
  }
  std::set<std::string> series;
  for (const Series& part : parts) {
    if (part.rows.empty()) {
      continue;
    }
    Figure one = figure;
    if (!figure.each.empty()) {
      one.name += "-" + file_part(cells.at(part.rows.front(), figure.each));
      one.title += (one.title.empty() ? "" : ": ") + part.name;
    }
    scripts.push_back({one.name, one.shape == FigureShape::heatmap
                                     ? figure_text::heatmap(one, cells, part.rows)
                                     : figure_text::lines(one, cells, part.rows, series)});
  }
  if (!scripts.empty()) {
    check_legend(figure, series);
  }
  return scripts;
}

namespace {

bool has_numbers(const Table& cells, const std::vector<std::size_t>& rows,
                 std::string_view column) {
  std::set<std::string> values;
  for (const std::size_t row : rows) {
    values.insert(cells.at(row, column));
  }
  values.erase("");
  return values.size() > 1;
}

}  // namespace

std::vector<Figure> usual_figures(const Table& cells) {
  std::vector<Figure> figures;
  const auto add = [&](const char* name, const char* kind, FigureShape shape, const char* x,
                       const char* y, const char* value) {
    Figure f{name};
    f.shape = shape;
    f.x = x;
    f.y = y;
    f.value = value;
    f.where = {{"kind", {kind}}};
    figures.push_back(std::move(f));
  };
  if (!rows_of_kind(cells, "width").empty()) {
    add("widths", "width", FigureShape::lines, "length_digits", "required_width_bits", "");
    figures.back().log_x = figures.back().stated = true;
  }
  const auto accuracy = rows_of_kind(cells, "accuracy");
  if (has_numbers(cells, accuracy, "integer_bits") &&
      has_numbers(cells, accuracy, "fraction_bits")) {
    add("accuracy", "accuracy", FigureShape::heatmap, "integer_bits", "fraction_bits",
        "exact_match");
    figures.back().each = "model";
  } else if (!accuracy.empty()) {
    add("accuracy", "accuracy", FigureShape::lines, "length_digits", "exact_match", "");
  }
  if (!rows_of_kind(cells, "dimensions").empty()) {
    add("dimensions", "dimensions", FigureShape::lines, "length_digits", "d_model", "");
    figures.back().log_x = true;
  }
  return figures;
}

// --- drawing ----------------------------------------------------------------------------------------

bool can_draw() { return on_path("gnuplot") && on_path("rsvg-convert"); }

namespace {

void run_or_say(const fs::path& folder, const std::vector<std::string>& arguments,
                const std::string& input, const std::string& part) {
  const int status = run_program(folder, arguments);
  if (status != 0) {
    std::error_code ignored;
    fs::remove(folder / part, ignored);
    throw BadInput(fmt::format("{} failed (status {}) on {}", arguments.front(), status,
                               one_line((folder / input).string())));
  }
}

void draw(const fs::path& folder, const Script& script) {
  write_file(folder / (script.name + ".gp"), script.text);
  const std::string part = "." + script.name + ".part";
  const auto file = [&](const char* ending) { return script.name + ending; };
  run_or_say(folder,
             {"gnuplot", "-d", "-e",
              "set terminal svg size 960,500 font 'DejaVu Sans,13' background rgb 'white'; set "
              "output '" +
                  part + "'",
              file(".gp")},
             file(".gp"), part);
  fs::rename(folder / part, folder / file(".svg"));
  for (const std::string format : {"png", "pdf"}) {
    const std::string zoom = format == "png" ? "2" : "0.75";  // pixels and points of an inch
    run_or_say(folder, {"rsvg-convert", "-f", format, "-z", zoom, "-o", part, file(".svg")},
               file(".svg"), part);
    fs::rename(folder / part, folder / (script.name + "." + format));
  }
}

}  // namespace

std::vector<std::string> draw_figures(const fs::path& folder, const Table& cells,
                                      const std::string& study_text) {
  if (!can_draw()) {
    throw BadInput(
        "figures need gnuplot and rsvg-convert: install the Debian packages gnuplot-nox "
        "and librsvg2-bin (or run scripts/setup.sh)");
  }
  Study study;
  if (!study_text.empty()) {
    study = parse_figures(study_text, (folder / "study.toml").string());
  }
  std::vector<std::string> names;
  for (const Figure& figure : study.figures.empty() ? usual_figures(cells) : study.figures) {
    for (const Script& script : scripts_of(figure, cells)) {
      draw(folder, script);
      names.push_back(script.name + ".svg");
    }
  }
  return names;
}

}  // namespace carrybit
