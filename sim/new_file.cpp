#include "sim/new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "precision/error.hpp"
#include "sim/json_text.hpp"

namespace carrybit {

namespace fs = std::filesystem;

namespace {

std::string reason(int error) { return std::generic_category().message(error); }

/// The folder a file lies in, never empty.
fs::path folder_of(const fs::path& file) {
  const fs::path parent = file.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

/// Makes a rename survive a power cut. Not every file system can; the file is in place either way.
void flush_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    ::fsync(descriptor);
    ::close(descriptor);
  }
}

}  // namespace

NewFile::NewFile(fs::path target) : target_(std::move(target)) {
  static std::atomic<unsigned> counter{0};
  for (int attempt = 0; attempt < 100; ++attempt) {
    temporary_ = folder_of(target_) / fmt::format(".{}.{}.{}.tmp", target_.filename().string(),
                                                  ::getpid(), counter.fetch_add(1));
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) {
      return;
    }
    if (errno != EEXIST) {
      break;
    }
  }
  fail(errno);
}

NewFile::~NewFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
  if (!committed_) {
    ::unlink(temporary_.c_str());
  }
}

void NewFile::fail(int error) const {
  throw BadInput(fmt::format("cannot write {}: {}; accepted: a file in a writable folder with room",
                             plain(target_.string()), reason(error)));
}

void NewFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      fail(errno);
    }
  }
}

void NewFile::finish() {
  if (descriptor_ < 0) {
    return;
  }
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != ENOTSUP) {
    fail(errno);
  }
  const int closed = ::close(std::exchange(descriptor_, -1));
  if (closed != 0 && errno != EINTR) {
    fail(errno);
  }
}

void NewFile::commit() {
  finish();
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    fail(errno);
  }
  committed_ = true;
  flush_folder(folder_of(target_));
}

NewFolder::NewFolder(const fs::path& folder) {
  std::error_code error;
  const fs::path whole = fs::absolute(folder, error).lexically_normal();
  std::vector<fs::path> missing;
  for (fs::path p = whole; !error && !p.empty() && p != p.root_path() && !fs::exists(p, error);
       p = p.parent_path()) {
    missing.push_back(p);
  }
  std::reverse(missing.begin(), missing.end());
  for (const fs::path& p : missing) {
    if (!p.has_filename()) {
      continue;  // "a/b/" ends in an empty name
    }
    if (fs::create_directory(p, error)) {
      made_.push_back(p);
    }
    if (error) {
      break;
    }
  }
  if (!error && !fs::is_directory(folder, error) && !error) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (error) {
    for (auto p = made_.rbegin(); p != made_.rend(); ++p) {
      std::error_code ignored;
      fs::remove(*p, ignored);
    }
    throw BadInput(
        fmt::format("cannot make the folder {}: {}; accepted: a folder that can be written",
                    plain(folder.string()), error.message()));
  }
}

NewFolder::~NewFolder() {
  for (auto p = made_.rbegin(); p != made_.rend(); ++p) {
    std::error_code ignored;
    fs::remove(*p, ignored);  // only where empty
  }
}

}  // namespace carrybit
