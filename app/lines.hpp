#pragma once
// Text in and out of the program, a line at a time, on plain file descriptors. Answers are gathered
// into large writes, yet never held back while the program waits: a person typing, or a program
// that talks to us through two pipes, sees every answer before we wait for the next question.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carrybit::app {

/// The output could not be written; `error` is the errno value.
struct OutputError {
  int error;
};

/// Buffered output. What has not been flushed is lost when it is destroyed: whoever writes says
/// when an answer is complete.
class Output {
 public:
  explicit Output(int descriptor) : descriptor_(descriptor) {}

  /// Append answers here, then call `written`.
  std::string& text() { return text_; }
  /// Writes out what has been gathered once it is a good size.
  void written() {
    if (text_.size() >= full) {
      flush();
    }
  }
  /// Throws OutputError.
  void flush();

 private:
  static constexpr std::size_t full = 1U << 16;
  int descriptor_;
  std::string text_;
};

/// Lines of a file descriptor.
class LineReader {
 public:
  static constexpr std::size_t longest_line = 1U << 20;

  /// `before_waiting` is called before a read for which nothing has arrived yet.
  LineReader(int descriptor, std::function<void()> before_waiting);

  /// The next line without its line end (LF or CR LF), valid until the next call; nothing at the
  /// end of the input. Throws BadInput on a line longer than `longest_line` bytes and on a
  /// descriptor that cannot be read.
  std::optional<std::string_view> next();

  /// The number of the line that `next` gave last, from 1.
  std::uint64_t number() const { return number_; }

 private:
  /// Reads more behind what is there; false at the end of the input.
  bool fill();

  int descriptor_;
  std::function<void()> before_waiting_;
  std::vector<char> buffer_;
  std::uint64_t number_ = 0;
  std::size_t begin_ = 0;  // the unread part of the buffer
  std::size_t end_ = 0;
};

}  // namespace carrybit::app
