#pragma once
// Files that appear whole or not at all: written beside their place, flushed to disk, renamed.

#include <filesystem>
#include <string_view>
#include <vector>

namespace carrybit {

/// A file in the making. Without commit() it leaves no trace. Every failure is a BadInput of one
/// line: the file, the operating system's reason, and what is accepted.
class NewFile {
 public:
  /// Opens a hidden temporary file in the folder of `target`.
  explicit NewFile(std::filesystem::path target);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  void write(std::string_view bytes);
  /// Brings what was written to disk; `target` is still as it was.
  void finish();
  /// Puts the file in its place, instead of what was there.
  void commit();

  const std::filesystem::path& target() const { return target_; }

 private:
  [[noreturn]] void fail(int error) const;

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
  bool committed_ = false;
};

/// A folder that is made where it does not exist, parents too, and taken away again, as far as it
/// is empty, unless keep() is called.
class NewFolder {
 public:
  /// Throws BadInput where the folder cannot be made or is something else.
  explicit NewFolder(const std::filesystem::path& folder);
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  ~NewFolder();

  void keep() { made_.clear(); }

 private:
  std::vector<std::filesystem::path> made_;  // outermost first
};

}  // namespace carrybit
