#pragma once
// Joining the stores that the parts of a sweep have filled.

#include <filesystem>
#include <vector>

#include "experiments/store.hpp"

namespace carrybit {

/// Takes into OUT/cells.sqlite the plan and the results of every shard's store. Shards may overlap and be
/// unfinished. Throws BadInput, one line, before anything is written, where a shard has no store or the
/// shards are not of one study; and where two disagree on a cell.
struct Merged {
  std::size_t taken = 0;  // results that OUT did not have
};
Merged merge(const std::filesystem::path& out, const std::vector<std::filesystem::path>& shards);

}  // namespace carrybit
