#include "experiments/sweep.hpp"

#include <fmt/format.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "experiments/words.hpp"
#include "precision/error.hpp"

namespace carrybit {

Shard parse_shard(std::string_view text) {
  Shard shard;
  const std::size_t slash = text.find('/');
  const auto number = [](std::string_view part, int& out) {
    const char* const end = part.data() + part.size();
    const auto [stop, error] = std::from_chars(part.data(), end, out);
    return error == std::errc{} && stop == end;
  };
  const bool read = slash != std::string_view::npos &&
                    number(text.substr(0, slash), shard.number) &&
                    number(text.substr(slash + 1), shard.count);
  if (!read || shard.number < 1 || shard.number > shard.count) {
    throw BadInput(
        fmt::format("'{}' is no shard; accepted: I/N with 1 <= I <= N, as in 3/8", one_line(text)));
  }
  return shard;
}

std::vector<Work> work_of(const Study& study, const Shard& shard) {
  std::vector<Work> all;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < study.cells.size(); ++i) {
    const Cell& cell = study.cells[i].cell;
    std::string text = content(cell);
    if (seen.insert(text).second) {
      all.push_back({cell, std::move(text), i + 1, cost(cell)});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Work& a, const Work& b) { return a.cost.seconds > b.cost.seconds; });
  std::vector<Work> mine;
  for (std::size_t j = 0; j < all.size(); ++j) {
    const auto count = static_cast<std::size_t>(shard.count);
    const std::size_t place = j % count;
    const std::size_t part = (j / count) % 2 == 0 ? place : count - 1 - place;
    if (part + 1 == static_cast<std::size_t>(shard.number)) {
      mine.push_back(std::move(all[j]));
    }
  }
  return mine;
}

std::vector<PlanRow> plan_of(const Study& study) {
  std::vector<PlanRow> rows;
  for (const PlannedCell& planned : study.cells) {
    rows.push_back({content(planned.cell), planned.columns.dump()});
  }
  return rows;
}

namespace {

/// Thrown out of a cell that is to be given up.
struct Stopped {};

double half_of_memory() {
  const double pages = static_cast<double>(::sysconf(_SC_PHYS_PAGES));
  return std::max(256.0, pages * static_cast<double>(::sysconf(_SC_PAGE_SIZE)) / 0x1p21);
}

/// One process's part in a sweep. Threads meet only under `mutex_`.
class Filler {
 public:
  Filler(Store& store, CellLocks& locks, const SweepHow& how) : store_(store), locks_(locks) {
    how_ = how;
    if (how_.jobs <= 0) {
      how_.jobs = tbb::this_task_arena::max_concurrency();
    }
    if (how_.megabytes <= 0) {
      how_.megabytes = half_of_memory();
    }
  }

  SweepEnd fill(std::vector<Work> work) {
    end_.all = work.size();
    for (Work& one : work) {
      if (store_.has(one.content)) {
        ++end_.had;
      } else {
        progress_.cost_left += one.cost.seconds;
        pending_.push_back(std::move(one));
      }
    }
    report(nullptr, 0);
    run_pending();
    while (!others_.empty() && !given_up()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      pending_ = std::exchange(others_, {});
      run_pending();
    }
    if (broken_) {
      std::rethrow_exception(broken_);
    }
    end_.stopped = stopping();
    return end_;
  }

 private:
  bool stopping() const { return how_.stop != nullptr && how_.stop->load(); }
  bool given_up() const { return stopping() || gave_up_.load(); }

  void run_pending() {
#if defined(__SANITIZE_THREAD__)
    // Debian's oneTBB is not built with the sanitizer (sim/parallel.hpp): one cell after another.
    how_.jobs = 1;
    for (launch(); !ready_.empty(); launch()) {
      Work work = std::move(ready_.front());
      ready_.pop_front();
      run(work);
    }
#else
    launch();
    group_.wait();
#endif
  }

  /// Starts as many cells as may run now. Nobody waits for memory: who finishes a cell launches again.
  void launch() {
    const std::scoped_lock lock(mutex_);
    while (running_ < how_.jobs && !given_up()) {
      const auto fits = [this](const Work& w) {
        return running_ == 0 || megabytes_ + w.cost.megabytes <= how_.megabytes;
      };
      const auto at = std::find_if(pending_.begin(), pending_.end(), fits);
      if (at == pending_.end()) {
        return;
      }
      Work work = std::move(*at);
      pending_.erase(at);
      if (!mine_to_compute(work)) {
        continue;
      }
      ++running_;
      megabytes_ += work.cost.megabytes;
#if defined(__SANITIZE_THREAD__)
      ready_.push_back(std::move(work));
#else
      group_.run([this, work = std::move(work)] { run(work); });
#endif
    }
  }

  /// Takes the cell's lock. Where another process has it, the cell waits among others_; where another has
  /// finished it since we looked, it is done.
  bool mine_to_compute(Work& work) {
    if (!locks_.try_take(work.content)) {
      others_.push_back(std::move(work));
      return false;
    }
    if (store_.has(work.content)) {
      locks_.release(work.content);
      ++end_.had;
      progress_.cost_left -= work.cost.seconds;
      report(&work, 0);
      return false;
    }
    return true;
  }

  void run(const Work& work) {
    const auto begin = std::chrono::steady_clock::now();
    std::string result;
    std::string failure;
    try {
      const auto check = [this] {
        if (given_up()) {
          throw Stopped{};
        }
      };
      // Isolated: while this cell waits for its own inner loops, its thread begins no other cell.
      tbb::this_task_arena::isolate([&] {
        result = answer(work.cell, {check, how_.device}).dump();
      });
    } catch (const Stopped&) {
    } catch (const BadInput& error) {
      failure = fmt::format("row {} ({} of {} on {}): {}", work.position, name(work.cell.kind),
                            work.cell.model.name(), work.cell.task.name(), error.what());
    } catch (...) {
      give_up();
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    finish(work, result, failure, took.count());
    launch();
  }

  void give_up() {
    const std::scoped_lock lock(mutex_);
    if (!broken_) {
      broken_ = std::current_exception();
    }
    gave_up_ = true;
  }

  void finish(const Work& work, const std::string& result, const std::string& failure,
              double seconds) {
    const std::scoped_lock lock(mutex_);
    if (!result.empty()) {
      try {
        store_.put(work.content, result);
        ++end_.computed;
        progress_.cost_done += work.cost.seconds;
        progress_.cost_left -= work.cost.seconds;
        report(&work, seconds);
      } catch (...) {
        broken_ = broken_ ? broken_ : std::current_exception();
        gave_up_ = true;
      }
    } else if (!failure.empty()) {
      end_.failures.push_back(failure);
      progress_.cost_left -= work.cost.seconds;
    }
    locks_.release(work.content);
    --running_;
    megabytes_ -= work.cost.megabytes;
  }

  void report(const Work* work, double seconds) {
    if (!how_.progress) {
      return;
    }
    progress_.done = end_.had + end_.computed;
    progress_.all = end_.all;
    progress_.position = work == nullptr ? 0 : work->position;
    progress_.content = work == nullptr ? "" : work->content;
    progress_.seconds = seconds;
    how_.progress(progress_);
  }

  Store& store_;
  CellLocks& locks_;
  SweepHow how_;
  std::mutex mutex_;
  std::deque<Work> pending_;  // most expensive first
  std::deque<Work> others_;   // being computed by another process
  int running_ = 0;
  double megabytes_ = 0;
  std::atomic<bool> gave_up_ = false;
  std::exception_ptr broken_;
  SweepEnd end_;
  SweepProgress progress_;
#if defined(__SANITIZE_THREAD__)
  std::deque<Work> ready_;
#else
  tbb::task_group group_;
#endif
};

void agree_on_plan(Store& store, CellLocks& locks, const Study& study) {
  const auto plan = plan_of(study);
  // While two begin at once, one of them may hold the plan for a moment.
  for (int attempt = 0; attempt < 300; ++attempt) {
    if (locks.try_own_plan()) {
      if (store.plan() != plan || store.study() != study.text) {
        store.set_plan(study.text, plan);
      }
      (void)locks.try_share_plan();
      return;
    }
    if (locks.try_share_plan() && store.plan() == plan) {
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw BadInput(
      fmt::format("{} is being filled for another study just now; accepted: another "
                  "folder, or the same when that one is done",
                  one_line(store.file().string())));
}

}  // namespace

SweepEnd sweep(Store& store, CellLocks& locks, const Study& study, const SweepHow& how) {
  agree_on_plan(store, locks, study);
  return Filler(store, locks, how).fill(work_of(study, how.shard));
}

}  // namespace carrybit
