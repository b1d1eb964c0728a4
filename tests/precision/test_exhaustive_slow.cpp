// Every format of at most 8 bits, exhaustively; scripts/exhaustive.sh runs this file and says how
// long it takes. The environment may set
//   CARRYBIT_EXHAUSTIVE_BITS   the widest formats to look at (2 to 10; default 8)
//   CARRYBIT_JOBS              threads (default: as many as there are processors)

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "tests/precision/exhaustive_sweep.hpp"

namespace carrybit::test {
namespace {

int setting(const char* name, int fallback, int low, int high) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::clamp(std::atoi(text), low, high);
}

/// About how many operations a sweep takes.
double weight(const Format& format, const SweepPlan& plan) {
  const double values = std::ldexp(1.0, format.width());
  const double thirds =
      format.width() <= plan.triples_up_to ? values : static_cast<double>(plan.thirds) + 2;
  return values * values * (4 + thirds);
}

/// Takes the formats one after another, prints a line for each.
class Sweeper {
 public:
  Sweeper(std::vector<Format> formats, const SweepPlan& plan, int conversion_bits)
      : formats_(std::move(formats)),
        plan_(plan),
        conversion_values_(values_of_all_formats(conversion_bits)) {
    for (const Format& format : formats_) {
      weight_ += weight(format, plan_);
    }
  }

  Tally run(int threads) {
    std::vector<std::thread> pool;
    pool.reserve(static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i) {
      pool.emplace_back([this] {
        for (std::size_t at = next_++; at < formats_.size(); at = next_++) {
          sweep_one(formats_[at]);
        }
      });
    }
    for (std::thread& thread : pool) {
      thread.join();
    }
    fmt::print("{} formats, {} cases, {} mismatches, {:.0f} s on {} threads\n", formats_.size(),
               total_.cases, total_.mismatches, seconds(), threads);
    return total_;
  }

 private:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

  void sweep_one(const Format& format) {
    Tally tally = sweep(format, plan_);
    tally += sweep_conversions(format, conversion_values_);
    const std::lock_guard lock(mutex_);
    weight_done_ += weight(format, plan_);
    total_ += tally;
    const double left = seconds() * (weight_ / weight_done_ - 1);
    fmt::print("{:<28} {:>9} cases {:>3} mismatches   (about {:.0f} s left)\n", format.name(),
               tally.cases, tally.mismatches, left);
    for (const std::string& example : tally.examples) {
      fmt::print("  {}\n", example);
    }
    std::fflush(stdout);
  }

  std::vector<Format> formats_;
  SweepPlan plan_;
  std::vector<Number> conversion_values_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  Tally total_;
  double weight_ = 0;
  double weight_done_ = 0;
};

TEST_CASE("every format of at most 8 bits") {
  const int bits = setting("CARRYBIT_EXHAUSTIVE_BITS", 8, 2, 10);
  const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::vector<Format> formats;
  for (int width = 2; width <= bits; ++width) {
    for (const Format& format : all_formats(width)) {
      formats.push_back(format);
    }
  }
  Sweeper sweeper(std::move(formats),
                  {.triples_up_to = 6, .thirds = 16, .sr_seeds = 2, .pair_stride = 1},
                  std::min(bits, 8));
  const Tally tally = sweeper.run(setting("CARRYBIT_JOBS", processors, 1, 256));
  CHECK(tally.mismatches == 0);
  CHECK(tally.cases > 0);
}

}  // namespace
}  // namespace carrybit::test
