#pragma once
// Values of options, read the same way by every verb. Each throws BadInput with one line that names
// the option, what was wrong, and what is accepted.

#include <cstdint>
#include <span>
#include <string_view>

#include "precision/format.hpp"
#include "sim/device/choice.hpp"

namespace carrybit::app {

/// The index of `word` among the accepted ones.
std::size_t choose(std::string_view option, std::string_view word,
                   std::span<const std::string_view> accepted);

/// A whole number from 0 to 2^64 - 1, decimal.
std::uint64_t parse_count(std::string_view option, std::string_view text);

/// The value of --device: cpu or cuda. Throws where this program on this machine has no such device.
Device parse_device(std::string_view text);
inline constexpr const char* device_help =
    "cpu or cuda: where forward passes run; the same bits (default cpu)";

/// A format by name or alias; a mistyped alias is told which one was probably meant.
Format parse_format(std::string_view text);

}  // namespace carrybit::app
