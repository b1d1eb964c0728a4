#include "experiments/merge.hpp"

#include <fmt/format.h>

#include <memory>

#include "experiments/cell_locks.hpp"
#include "experiments/words.hpp"
#include "precision/error.hpp"
#include "sim/new_file.hpp"

namespace carrybit {

namespace fs = std::filesystem;

Merged merge(const fs::path& out, const std::vector<fs::path>& shards) {
  if (shards.empty()) {
    throw BadInput("nothing to merge: accepted are the folders that the parts of a sweep filled");
  }
  std::vector<std::unique_ptr<Store>> stores;
  for (const fs::path& shard : shards) {
    stores.push_back(std::make_unique<Store>(shard / "cells.sqlite", Store::Mode::open));
  }
  const auto plan = stores.front()->plan();
  for (std::size_t i = 0; i < stores.size(); ++i) {
    if (stores[i]->plan() != plan) {
      throw BadInput(fmt::format("{} and {} are of different studies: accepted are parts of one",
                                 one_line(shards.front().string()), one_line(shards[i].string())));
    }
  }
  NewFolder folder(out);
  folder.keep();
  Store joined(out / "cells.sqlite", Store::Mode::create);
  CellLocks locks(out / ".locks");
  if (!locks.try_own_plan()) {
    throw BadInput(
        fmt::format("{} is being filled by a sweep just now; accepted: another folder, "
                    "or the same when that one is done",
                    one_line(out.string())));
  }
  Merged merged;
  for (const auto& store : stores) {
    merged.taken += joined.take_results(*store);
  }
  joined.set_plan(stores.front()->study(), plan);
  return merged;
}

}  // namespace carrybit
