#pragma once
// What one line of `carrybit op` means. docs/cli-op.md describes the lines for users.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "precision/operation.hpp"

namespace carrybit::app {

/// Answers operations given as text, in one format, one rounding mode and one engine.
class Calculator {
 public:
  struct Settings {
    Format format;
    Rounding rounding = Rounding::rne;
    std::uint64_t seed = 0;          // of stochastic rounding
    bool lane = false;               // else the exact engine
    std::optional<Carrier> carrier;  // lane: none means the narrowest that fits
  };

  /// Throws BadInput where the lane engine is asked for and cannot carry the format.
  explicit Calculator(const Settings& settings);

  /// Appends the answer to one line and a line end to `out`. Throws BadInput, and then `out` is as
  /// before. Every call is one operation: the draw of stochastic rounding is keyed by how many
  /// calls came before it.
  void answer(std::string_view line, std::string& out);

  /// What `:trap` formats recorded so far.
  const Faults& faults() const { return faults_; }

 private:
  using Words = std::span<const std::string_view>;

  Number operand(std::string_view code) const;
  exact::Context context(const Format& target);
  void apply(const OperationInfo& info, Words operands, std::string& out);
  void convert(Words operands, std::string& out);
  void compare(std::string_view verb, Words operands, std::string& out);
  void print(const Number& value, const Format& format, std::string& out);
  const Format& target_format(std::string_view name);
  Carrier carrier_for(const Format& format, const Format& target) const;

  Settings settings_;
  std::uint64_t operations_ = 0;
  Faults faults_;
  /// Names of formats seen in `cvt` lines: parsing one costs more than a conversion.
  std::vector<std::pair<std::string, Format>> targets_;
};

}  // namespace carrybit::app
