#pragma once
// A folder for a test's files, gone at its end; and what a refusal says.

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "precision/error.hpp"

namespace carrybit::tests {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "carrybit-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

inline std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The message with which `action` refuses, which must be one line of sane length; "" if it does
/// not refuse. Any other exception than BadInput is the test's failure.
template <typename Action>
std::string refusal(const Action& action) {
  try {
    action();
  } catch (const BadInput& error) {
    const std::string message = error.what();
    CHECK_FALSE(message.empty());
    CHECK(message.size() < 2000);
    CHECK(message.find('\n') == std::string::npos);
    return message;
  }
  return "";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace carrybit::tests

/// The action refuses, and its message holds all of this.
#define CHECK_REFUSED(action, part)                                                   \
  do {                                                                                \
    const std::string message_ = ::carrybit::tests::refusal([&] { (void)(action); }); \
    CHECK_MESSAGE(::carrybit::tests::contains(message_, part), message_);             \
  } while (false)
