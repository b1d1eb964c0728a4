#pragma once
// Answering a cell, and what it costs.

#include <functional>
#include <nlohmann/json.hpp>

#include "experiments/cell.hpp"
#include "sim/device/choice.hpp"

namespace carrybit {

/// What a cell runs with. No result depends on it.
struct CellRun {
  /// Called now and then; what it throws ends the computation. May be empty.
  std::function<void()> check = {};
  /// Where saved weights run in the arithmetics that it carries. Constructions, over 95% zeros, stay on the cpu.
  Device device = Device::cpu;
};

/// The columns that a cell's result fills, and "by_position", [[answers, right], ...], of accuracy
/// cells. Whole numbers and texts only: the same on every machine. A question without an answer (no format of the arithmetic can
/// carry the construction, no width passes) is a result too: its "outcome" says so.
nlohmann::ordered_json answer(const Cell& cell, const CellRun& how = {});

/// Rough cost of a cell: the order in which cells are taken, largest first, and the time left. No
/// result depends on it.
struct Cost {
  double seconds = 0;    // of one core
  double megabytes = 0;  // while it runs
};
Cost cost(const Cell& cell);

}  // namespace carrybit
