#include "app/lines.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "precision/error.hpp"

namespace carrybit::app {

void Output::flush() {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const ssize_t n = ::write(descriptor_, rest.data(), rest.size());
    if (n >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {  // somebody gave us a non-blocking descriptor
      pollfd ready{descriptor_, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      throw OutputError{errno};
    }
  }
  text_.clear();
}

LineReader::LineReader(int descriptor, std::function<void()> before_waiting)
    : descriptor_(descriptor), before_waiting_(std::move(before_waiting)), buffer_(1U << 16) {}

std::optional<std::string_view> LineReader::next() {
  std::size_t searched = 0;
  while (true) {
    const char* start = buffer_.data() + begin_;
    const void* newline = std::memchr(start + searched, '\n', end_ - begin_ - searched);
    std::size_t length = end_ - begin_;
    if (newline != nullptr) {
      length = static_cast<std::size_t>(static_cast<const char*>(newline) - start);
    } else {
      searched = length;
    }
    if (length > longest_line) {
      throw BadInput(fmt::format("line {}: longer than {} bytes", number_ + 1, longest_line));
    }
    if (newline != nullptr) {
      begin_ += length + 1;
    } else if (fill()) {
      continue;
    } else if (length == 0) {
      return std::nullopt;
    } else {  // the last line lacks its line end
      begin_ = end_;
    }
    ++number_;
    std::string_view line(start, length);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    return line;
  }
}

bool LineReader::fill() {
  if (begin_ != 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    buffer_.resize(2 * buffer_.size());
  }
  while (true) {
    pollfd ready{descriptor_, POLLIN, 0};
    if (::poll(&ready, 1, 0) == 0) {
      before_waiting_();
      ::poll(&ready, 1, -1);
    }
    const ssize_t n = ::read(descriptor_, buffer_.data() + end_, buffer_.size() - end_);
    if (n >= 0) {
      end_ += static_cast<std::size_t>(n);
      return n > 0;
    }
    if (errno != EINTR && errno != EAGAIN) {
      throw BadInput(fmt::format("cannot read standard input: {}", std::strerror(errno)));
    }
  }
}

}  // namespace carrybit::app
