#pragma once
// Helping with words: which accepted word did the user mean, and text made fit for one line.

#include <span>
#include <string>
#include <string_view>

namespace carrybit {

/// The candidate that differs from `word` by few slips of the finger (a letter wrong, missing, one
/// too many, two swapped); empty where none is close.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// "; did you mean add?", or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

/// Words for a message: "rne, rna, sr".
std::string listed(std::span<const std::string_view> words);

/// `message` as one printable line of bounded length: input quoted in it may hold anything.
std::string one_line(std::string_view message);

}  // namespace carrybit
