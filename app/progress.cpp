#include "app/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace carrybit::app {

namespace {

using Clock = std::chrono::steady_clock;

double seconds(Clock::duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

Progress::Progress(std::string what)
    : what_(std::move(what)),
      terminal_(isatty(STDERR_FILENO) != 0),
      start_(Clock::now()),
      last_(start_) {}

void Progress::show(std::uint64_t done, std::uint64_t all) {
  const auto now = Clock::now();
  if (!terminal_ || done == 0 || seconds(now - last_) < 0.2) {
    return;
  }
  const double elapsed = seconds(now - start_);
  const double left = elapsed * static_cast<double>(all - done) / static_cast<double>(done);
  say(fmt::format("{} {} of {}, {:.0f} s left", what_, done, all, left));
  last_ = now;
}

void Progress::say(const std::string& text) {
  if (terminal_) {
    std::fputs(fmt::format("\r\x1b[K{}", text).c_str(), stderr);
    std::fflush(stderr);
  }
}

void Progress::clear() { say(""); }

}  // namespace carrybit::app
