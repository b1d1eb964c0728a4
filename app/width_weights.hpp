#pragma once
// carrybit width --weights: the fewest bits that keep a trained model's accuracy.

#include <cstdint>
#include <string>
#include <vector>

#include "app/arithmetic_options.hpp"

namespace carrybit::app {

struct KeptOptions {
  std::string folder;            // of the model
  ArithmeticOptions arithmetic;  // a family and everything but formats
  std::vector<int> digits;       // of the operands, exactly; empty: as many as the model reads
  std::string roles = "all";     // names with commas between them, or "each"
  double keep = 0.99;
  int max_width = 0;  // 0: by the family
  std::uint64_t problems = 2000;
  std::uint64_t seed = 1;
  std::string sampling = "uniform";
  Device device = Device::cpu;
  bool json = false, csv = false;
};

/// A row for every length and role. Throws BadInput.
int run_kept_width(const KeptOptions& options);

}  // namespace carrybit::app
