// Feng et al. 2025: their proofs of 4.2 and 4.3 place constant precision in AC0; the step that rounding
// could break is that iterated rounded addition is counter-free.

#include <fmt/format.h>

#include "proofs_check/theorems/automata.hpp"
#include "proofs_check/theorems/li.hpp"
#include "sim/parallel.hpp"

namespace carrybit::proofs {

namespace {

/// x -> [x + w y], one rounding, for every w and y: the letters of a sum of fused products.
std::string find_fused_inversion(const Format& format, std::uint64_t& cases) {
  const Scalar scalar(format);
  const lane::Context context{lane_spec(format), Rounding::rne, {}, nullptr};
  const std::vector<double> values = scalar.values();
  for (const double w : values) {
    for (const double y : values) {
      double last = lane::quiet_nan<double>();
      for (const double x : values) {
        const double z = lane::fma(w, y, x, context);
        ++cases;
        if (!lane::is_nan(z) && last > z) {
          return fmt::format("{}: x = {}, w = {}, y = {}", format.name(), decimal(x), decimal(w),
                             decimal(y));
        }
        last = lane::is_nan(z) ? last : z;
      }
    }
  }
  return "";
}

}  // namespace

Report check_feng_ac0(const Limits& limits) {
  const int bits = checked_automaton_bits(limits);
  std::vector<Choice> nearest;
  for (const Choice& c : choices(bits, false)) {
    if (c.rounding == Rounding::rne && !c.format.flush_subnormals) {
      nearest.push_back(c);
    }
  }
  const std::string set = fmt::format(
      "saturating fixed point and floats of 2 to {} bits, IEEE, fn, finite or saturating, "
      "nearest even",
      bits);
  Report report;
  const Family f = family(nearest);
  report.verdicts.push_back(
      monotone_verdict(f, "one step of a sum of rounded products, x -> [x + a], is monotone", set));
  const int narrow = std::min(bits, 6);
  std::vector<Format> formats;
  for (const Choice& c : nearest) {
    if (c.format.width() <= narrow) {
      formats.push_back(c.format);
    }
  }
  std::vector<std::string> found(formats.size());
  std::vector<std::uint64_t> cases(formats.size());
  parallel_for(formats.size(),
               [&](std::size_t i) { found[i] = find_fused_inversion(formats[i], cases[i]); });
  std::string counter;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    counter = counter.empty() ? found[i] : counter;
    total += cases[i];
  }
  report.verdicts.push_back(exhausted(
      "one step of a sum of fused products, x -> [x + w y], is monotone",
      fmt::format("the {} such formats of 2 to {} bits, every x, w and y", formats.size(), narrow),
      total, counter));
  aperiodic_verdicts(f, "the same formats, rounded products", report);
  return report;
}

}  // namespace carrybit::proofs
