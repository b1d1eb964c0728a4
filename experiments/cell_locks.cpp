#include "experiments/cell_locks.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "experiments/words.hpp"
#include "precision/error.hpp"

namespace carrybit {

namespace {

constexpr std::uint64_t plan_byte = 0;

/// A byte of the file that stands for the content: 64-bit FNV-1a, cut to the range of offsets.
std::uint64_t byte_of(std::string_view content) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : content) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  }
  return 1 + (hash >> 2);
}

}  // namespace

CellLocks::CellLocks(const std::filesystem::path& file) : file_(file) {
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) {
    throw BadInput(fmt::format("cannot write {}: {}; accepted: a folder that can be written",
                               one_line(file.string()), std::strerror(errno)));
  }
}

CellLocks::~CellLocks() { ::close(descriptor_); }

bool CellLocks::lock(short type, std::uint64_t at) {
  // Locks of the open file, not of the process: closing some other descriptor of it does not drop them.
  struct flock range = {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(at);
  range.l_len = 1;
  while (::fcntl(descriptor_, F_OFD_SETLK, &range) != 0) {
    if (errno == EAGAIN || errno == EACCES) {
      return false;
    }
    if (errno != EINTR) {
      throw BadInput(fmt::format("cannot lock {}: {}; accepted: a local file system",
                                 one_line(file_.string()), std::strerror(errno)));
    }
  }
  return true;
}

bool CellLocks::try_take(std::string_view content) { return lock(F_WRLCK, byte_of(content)); }
void CellLocks::release(std::string_view content) { (void)lock(F_UNLCK, byte_of(content)); }
bool CellLocks::try_share_plan() { return lock(F_RDLCK, plan_byte); }
bool CellLocks::try_own_plan() { return lock(F_WRLCK, plan_byte); }

}  // namespace carrybit
