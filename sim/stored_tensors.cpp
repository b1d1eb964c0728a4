#include "sim/stored_tensors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "precision/error.hpp"
#include "sim/json_text.hpp"

namespace carrybit {

StoredTensors::StoredTensors(const std::filesystem::path& path)
    : file_(path), where_(plain(path.string())) {}

bool StoredTensors::has(std::string_view tensor) const { return file_.entries().contains(tensor); }

std::vector<double> StoredTensors::take(const std::string& tensor, const std::vector<int>& shape,
                                        std::string_view hint) {
  const auto entry = file_.entries().find(tensor);
  if (entry == file_.entries().end()) {
    throw BadInput(fmt::format("{}: no tensor {}; accepted: one of shape [{}]", where_,
                               shown(tensor), fmt::join(shape, ", ")));
  }
  const auto& stored = entry->second.shape;
  if (!std::equal(shape.begin(), shape.end(), stored.begin(), stored.end(),
                  [](int accepted, std::uint64_t size) {
                    return static_cast<std::uint64_t>(accepted) == size;
                  })) {
    throw BadInput(fmt::format("{}: tensor {} has shape {}; accepted: [{}]{}", where_,
                               shown(tensor), entry->second.shape_text(), fmt::join(shape, ", "),
                               hint));
  }
  taken_.insert(tensor);
  std::vector<double> values = file_.read(tensor);
  const auto bad = std::find_if(values.begin(), values.end(),
                                [](double value) { return !std::isfinite(value); });
  if (bad != values.end()) {
    throw BadInput(fmt::format("{}: tensor {}: value {} is {}; accepted: finite values", where_,
                               shown(tensor), bad - values.begin(), *bad));
  }
  return values;
}

Vector StoredTensors::vector(const std::string& tensor, int size) { return take(tensor, {size}); }

Matrix StoredTensors::matrix(const std::string& tensor, int rows, int cols) {
  Matrix matrix;
  matrix.values = take(tensor, {rows, cols});
  matrix.rows = rows;
  matrix.cols = cols;
  return matrix;
}

Matrix StoredTensors::transposed(const std::string& tensor, int rows, int cols) {
  const std::vector<double> values =
      take(tensor, {cols, rows}, ", inputs first, as GPT-2's Conv1D has it");
  Matrix matrix(rows, cols);
  for (int row = 0; row < rows; ++row) {
    for (int col = 0; col < cols; ++col) {
      matrix.at(row, col) = values[static_cast<std::size_t>(col) * static_cast<std::size_t>(rows) +
                                   static_cast<std::size_t>(row)];
    }
  }
  return matrix;
}

void StoredTensors::ignore_ending(std::string_view ending) {
  for (const auto& [tensor, entry] : file_.entries()) {
    if (tensor.ends_with(ending)) {
      taken_.insert(tensor);
    }
  }
}

void StoredTensors::refuse_others() const {
  std::vector<std::string_view> left;
  for (const auto& [tensor, entry] : file_.entries()) {
    if (!taken_.contains(tensor)) {
      left.push_back(tensor);
    }
  }
  if (!left.empty()) {
    const std::string more = left.size() == 1 ? "" : fmt::format(" (and {} more)", left.size() - 1);
    throw BadInput(
        fmt::format("{}: unknown tensor {}{}; accepted: only those that this configuration has",
                    where_, shown(left.front()), more));
  }
}

}  // namespace carrybit
