#pragma once
// The knobs of the constructions, and their text form "radix=2,code=onehot".

#include <cstdint>
#include <string>
#include <string_view>

namespace carrybit::constructions {

/// How a digit travels: as one number, or as p bits (which takes 2p - 1 out of M, at d_ff 2p^2).
enum class DigitCode : std::uint8_t { scalar, onehot };

/// A knob left at 0, "" or -1 takes the construction's own choice; setting one that a construction
/// does not have is BadInput.
struct Options {
  int radix = 0;             // r, components of an address
  std::string variant = {};  // see each construction
  DigitCode code = DigitCode::scalar;
  int phi = -1;    // iter_add_log: fraction bits of column sums
  int levels = 0;  // add_log: levels of the search for the nearest place
  int rounds = 0;  // mul_log: rounds of column reduction before the blocks
  int parts = 0;   // mul_log: parts in which a column is summed before the first round

  bool operator==(const Options&) const = default;
};

/// Reads "radix=2,code=onehot,variant=rel"; "" is no option. Throws BadInput.
Options parse_options(std::string_view text);
/// Writes what differs from Options{}; parse_options() reads it back.
std::string text(const Options& options);

}  // namespace carrybit::constructions
