#include "proofs_check/theorems/park.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/parallel.hpp"

namespace carrybit::proofs {

namespace {

constexpr int narrowest_park_bits = 7;
constexpr int most_bits = 16;

}  // namespace

int checked_park_bits(const Limits& limits, int usual) {
  return limits.bits(usual, narrowest_park_bits, most_bits);
}

std::int64_t two_to_p(const Format& f) { return std::int64_t{1} << f.fraction_bits; }

std::string formats_text(const std::vector<Format>& formats) {
  return fmt::format("every F_(p,q) of at most {} bits, {} formats from {} to {}",
                     std::ranges::max(formats, {}, &Format::width).width(), formats.size(),
                     park_name(formats.front()), park_name(formats.back()));
}

std::vector<Format> park_formats(int bits) {
  std::vector<Format> formats;
  for (int width = 7; width <= bits; ++width) {
    for (int p = 2; p <= width - 3; ++p) {
      const int q = width - 1 - p;
      if (q <= 10 && p <= (1 << (q - 1)) - 3) {
        formats.push_back(Format::floating(q, p));
      }
    }
  }
  return formats;
}

std::string park_name(const Format& f) {
  return fmt::format("({},{})", f.fraction_bits, f.exponent_bits);
}

Stagnation stagnation(const Adder& add, const std::vector<double>& values) {
  Stagnation s;
  const std::size_t zero = static_cast<std::size_t>(
      std::ranges::find_if(values, [](double v) { return same(v, 0.0); }) - values.begin());
  std::set<std::size_t> rests;                          // where repeated sums from +0 come to rest
  std::vector<std::int64_t> longest(values.size(), 0);  // from each start, over all z
  std::vector<double> longest_z(values.size(), 0);
  for (const double z : values) {
    const auto steps = steps_from_all(add, values, z);
    s.cases += steps.size();
    for (std::size_t x = 0; x < steps.size(); ++x) {
      if (steps[x] < 0 && s.endless.empty()) {
        s.endless = fmt::format("{} + {} + {} + ...", decimal(values[x]), decimal(z), decimal(z));
      }
      if (steps[x] > longest[x]) {
        longest[x] = steps[x];
        longest_z[x] = z;
      }
    }
    double rest = 0;
    for (std::int64_t i = 0; i < steps[zero]; ++i) {
      rest = add(rest, z);
    }
    const auto at = std::ranges::find_if(values, [rest](double v) { return same(v, rest); });
    rests.insert(static_cast<std::size_t>(at - values.begin()));
  }
  s.from_zero = longest[zero];
  s.from_zero_z = longest_z[zero];
  for (std::size_t x = 0; x < values.size(); ++x) {
    if (longest[x] > s.from_any) {
      s.from_any = longest[x];
      s.from_any_start = values[x];
      s.from_any_z = longest_z[x];
    }
    if (rests.contains(x) && longest[x] > s.from_block) {
      s.from_block = longest[x];
      s.from_block_start = values[x];
      s.from_block_z = longest_z[x];
    }
  }
  return s;
}

std::optional<Collision> find_collision(const Adder& add, const std::vector<double>& upwards,
                                        double z) {
  for (std::size_t i = 0; i + 1 < upwards.size(); ++i) {
    if (same(add(upwards[i], z), add(upwards[i + 1], z))) {
      return Collision{upwards[i], upwards[i + 1]};
    }
  }
  return std::nullopt;
}

std::string find_not_commuting(const Adder& add, const std::vector<double>& values) {
  for (const double a : values) {
    for (const double b : values) {
      const double first = add(add(0.0, a), b), second = add(add(0.0, b), a);
      if (!same(first, second)) {
        return fmt::format("0 + {} + {} = {}, but 0 + {} + {} = {}", decimal(a), decimal(b),
                           decimal(first), decimal(b), decimal(a), decimal(second));
      }
    }
  }
  return "";
}

std::string find_telling(const Scalar& scalar, Sum order, std::int64_t alpha_from,
                         std::int64_t alpha_to, std::int64_t gamma, std::uint64_t& cases) {
  for (std::int64_t alpha = alpha_from; alpha <= alpha_to; ++alpha) {
    for (const double z1 : {1.0, scalar.round(1.5)}) {
      for (const double z2 : {0.0, 1.0, -1.0, 0.5}) {
        if (z1 == z2) {
          continue;
        }
        const Run with[] = {{z1, alpha}, {z2, gamma}};
        const Run without[] = {{z1, alpha - 1}, {z2, gamma + 1}};
        const double x = sum_of_runs(scalar, order, with);
        const double y = sum_of_runs(scalar, order, without);
        ++cases;
        if (!same(x, y)) {
          return fmt::format("{}: z1 = {}, z2 = {}, alpha = {}, beta = {}: the sums are {} and {}",
                             park_name(scalar.format()), decimal(z1), decimal(z2), alpha,
                             alpha + gamma, decimal(x), decimal(y));
        }
      }
    }
  }
  return "";
}

std::vector<Stagnation> all_stagnations(const std::vector<Format>& formats) {
  std::vector<Stagnation> all(formats.size());
  parallel_for(formats.size(), [&](std::size_t i) {
    const Scalar scalar(formats[i]);
    all[i] = stagnation(adder(scalar), scalar.values());
  });
  return all;
}

namespace {

void stagnation_cells(const Format& f, const Stagnation& s, Report& report) {
  const std::string table = "Park: repeated sums in F_(p,q)";
  const auto add = [&](const char* column, std::string value) {
    report.cells.push_back({table, park_name(f), column, std::move(value)});
  };
  const std::int64_t p = two_to_p(f);
  add("least alpha", std::to_string(s.from_zero + 1));
  add("3*2^p", std::to_string(3 * p));
  add("least beta-alpha", std::to_string(s.from_block));
  add("6*2^p", std::to_string(6 * p));
  add("first n", std::to_string(s.from_zero + 1 + s.from_block));
  add("steps from any start", std::to_string(s.from_any));
}

}  // namespace

Report check_park_stagnation(const Limits& limits) {
  const std::vector<Format> formats = park_formats(checked_park_bits(limits, usual_park_bits));
  const auto all = all_stagnations(formats);
  Report report;
  std::string endless, zero_wrong, any_wrong;
  std::uint64_t cases = 0;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    const Stagnation& s = all[i];
    const Format& f = formats[i];
    cases += s.cases;
    stagnation_cells(f, s, report);
    const auto note = [&](std::string& text, std::string what) {
      text = text.empty() ? park_name(f) + ": " + what : text;
    };
    if (!s.endless.empty()) {
      note(endless, s.endless);
    }
    if (s.from_zero != 3 * two_to_p(f) - 1) {
      note(zero_wrong, fmt::format("{} additions of {}", s.from_zero, decimal(s.from_zero_z)));
    }
    if (s.from_any != 6 * two_to_p(f) - 1) {
      note(any_wrong, fmt::format("from {}, {} additions of {}", decimal(s.from_any_start),
                                  s.from_any, decimal(s.from_any_z)));
    }
  }
  const std::string set = formats_text(formats) + ", every start x and every z";
  report.verdicts.push_back(
      exhausted("x, x + z, (x + z) + z, ... comes to rest", set, cases, endless));
  report.verdicts.push_back(exhausted("from +0 the longest way takes exactly 3*2^p - 1 additions",
                                      formats_text(formats) + ", every z", cases, zero_wrong));
  report.verdicts.push_back(
      exhausted("from any start the longest way takes exactly 6*2^p - 1", set, cases, any_wrong));
  return report;
}

Report check_park_l6(const Limits& limits) {
  const std::vector<Format> formats = park_formats(checked_park_bits(limits, most_bits));
  std::vector<std::string> counters(formats.size());
  std::vector<std::uint64_t> cases(formats.size());
  parallel_for(formats.size(), [&](std::size_t i) {
    const Scalar scalar(formats[i]);
    std::vector<double> upwards;
    for (const double v : scalar.values()) {
      if (lane::is_finite(v) && (v > 0 || same(v, 0.0))) {
        upwards.push_back(v);
      }
    }
    const auto add = adder(scalar);
    // x + z = -(-x + -z) under RNE: for z < 0 look among the x <= 0.
    for (std::size_t z = 1; z < upwards.size(); ++z) {
      cases[i] += 2;
      const Adder below = [&](double a, double b) { return add(-a, -b); };
      if (counters[i].empty() && (!find_collision(add, upwards, upwards[z]) ||
                                  !find_collision(below, upwards, upwards[z]))) {
        counters[i] = fmt::format("{}: z = +-{}", park_name(formats[i]), decimal(upwards[z]));
      }
    }
  });
  std::string counter;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    counter = counter.empty() ? counters[i] : counter;
    total += cases[i];
  }
  Report report;
  report.verdicts.push_back(exhausted(
      "x -> [x + z] is not injective: two different finite values x, y with equal sums were found",
      formats_text(formats) + ", every finite z != 0", total, counter));
  return report;
}

}  // namespace carrybit::proofs
