// carrybit merge: what the parts of a sweep computed, as one store and one table.

#include "experiments/merge.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <memory>

#include "app/lines.hpp"
#include "app/results_folder.hpp"
#include "app/verbs.hpp"
#include "experiments/results.hpp"
#include "precision/error.hpp"

namespace carrybit::app {

namespace {

struct Options {
  std::string out;
  std::vector<std::string> shards;
  bool no_figures = false;
};

int run(const Options& o) {
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file size becomes an error of the write
  const std::vector<std::filesystem::path> shards(o.shards.begin(), o.shards.end());
  const Merged merged = merge(o.out, shards);
  const Store store(std::filesystem::path(o.out) / "cells.sqlite", Store::Mode::open);
  const auto rows = store.rows();
  const std::size_t missing = rows.size() - finished(rows);
  if (missing != 0) {
    throw ClaimFailed(
        fmt::format("{} of {} rows are missing, so no table was written; finish the "
                    "shards and merge again, or fill {} with carrybit sweep",
                    missing, rows.size(), o.out));
  }
  Output out(STDOUT_FILENO);
  out.text() = fmt::format("{} shards, {} new results\n{}", o.shards.size(), merged.taken,
                           write_results(o.out, store, !o.no_figures));
  out.flush();
  return 0;
}

}  // namespace

Run declare_merge(CLI::App& verb) {
  const auto o = std::make_shared<Options>();
  verb.add_option("out", o->out, "folder for the joined results")->required();
  verb.add_option("shards", o->shards, "folders that carrybit sweep --shard filled")->required();
  verb.add_flag("--no-figures", o->no_figures, "tables only");
  return [o] { return run(*o); };
}

}  // namespace carrybit::app
