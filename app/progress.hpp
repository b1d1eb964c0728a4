#pragma once
// A progress line on standard error, where that is a terminal: how far, how fast, how long still.

#include <chrono>
#include <cstdint>
#include <string>

namespace carrybit::app {

class Progress {
 public:
  explicit Progress(std::string what);
  void show(std::uint64_t done, std::uint64_t all);
  /// A line of text in place of counts.
  void say(const std::string& text);
  void clear();

 private:
  std::string what_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace carrybit::app
