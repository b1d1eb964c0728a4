#pragma once
// Running another program without a shell.

#include <filesystem>
#include <string>
#include <vector>

namespace carrybit {

/// Whether PATH has the program.
bool on_path(const std::string& program);

/// Runs a program in a folder with LC_ALL=C and SOURCE_DATE_EPOCH=0, its output thrown away; gives its exit
/// status, 127 where it cannot be started.
int run_program(const std::filesystem::path& folder, const std::vector<std::string>& arguments);

}  // namespace carrybit
