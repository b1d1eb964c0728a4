#pragma once
// Who computes which cell, among all processes that fill one store: locks on bytes of DIR/.locks, which
// the operating system takes back when a process ends in whatever way. The file itself stays empty.

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace carrybit {

class CellLocks {
 public:
  /// Throws BadInput where the file cannot be made.
  explicit CellLocks(const std::filesystem::path& file);
  CellLocks(const CellLocks&) = delete;
  CellLocks& operator=(const CellLocks&) = delete;
  ~CellLocks();

  /// Takes a cell, or says that another process has it. Threads of one process share their locks: they
  /// must not take the same cell. Two contents of equal 62-bit hash count as one cell, which costs
  /// a wait and nothing else.
  bool try_take(std::string_view content);
  void release(std::string_view content);

  /// The plan: every sweep that runs shares it; who wants to change it needs it alone.
  bool try_share_plan();
  bool try_own_plan();

 private:
  bool lock(short type, std::uint64_t at);

  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace carrybit
