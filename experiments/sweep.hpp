#pragma once
// Filling a store with a study's cells: in parallel, beside other processes on the same store, until done,
// told to stop, or out of disk.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "experiments/cell_locks.hpp"
#include "experiments/cell_run.hpp"
#include "experiments/store.hpp"
#include "experiments/study.hpp"

namespace carrybit {

/// One of `count` parts of a study, 1 <= number <= count. Cells are dealt by descending cost, to and fro,
/// so that parts take about equally long; the same on every machine.
struct Shard {
  int number = 1;
  int count = 1;
};
/// Reads "3/8". Throws BadInput.
Shard parse_shard(std::string_view text);

/// A cell to be computed once, however many rows of the plan show it.
struct Work {
  Cell cell;
  std::string content;
  std::size_t position = 0;  // of its first row, from 1
  Cost cost;
};
/// The shard's cells, each content once, most expensive first.
std::vector<Work> work_of(const Study& study, const Shard& shard);

struct SweepProgress {
  std::size_t done = 0;  // cells of the shard that are in the store
  std::size_t all = 0;   // cells of the shard
  double cost_done = 0;  // computed by this process
  double cost_left = 0;
  std::size_t position = 0;  // the row of the cell just finished; 0 at the start
  std::string content = {};
  double seconds = 0;  // it took
};

struct SweepHow {
  Shard shard;
  int jobs = 0;  // cells at a time; 0: as many as there are cores
  double megabytes =
      0;  // cells at a time together take no more, by estimate; 0: half of the machine's
  const std::atomic<bool>* stop = nullptr;
  Device device = Device::cpu;                              // CellRun::device
  std::function<void(const SweepProgress&)> progress = {};  // never called twice at once
};

struct SweepEnd {
  std::size_t all = 0;       // cells of the shard
  std::size_t had = 0;       // were in the store, or came from another process
  std::size_t computed = 0;  // by this process
  bool stopped = false;
  std::vector<std::string> failures;  // cells that threw BadInput: one line each
};

/// Writes the plan, then computes what is missing, each cell committed when it is finished. Throws
/// BadInput where the store cannot be written, or another process fills it for another study. The result of
/// a cell depends on nothing but the cell.
SweepEnd sweep(Store& store, CellLocks& locks, const Study& study, const SweepHow& how);

/// The plan of a study as the store keeps it.
std::vector<PlanRow> plan_of(const Study& study);

}  // namespace carrybit
