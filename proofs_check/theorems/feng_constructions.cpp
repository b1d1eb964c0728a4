#include "proofs_check/theorems/feng_constructions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "precision/error.hpp"
#include "proofs_check/certificate.hpp"
#include "proofs_check/theorems/exhaust.hpp"

namespace carrybit::proofs {

using constructions::Construction;
using constructions::Dimensions;
using constructions::Options;
using constructions::Setting;

namespace {

std::string text(const Dimensions& d) {
  return fmt::format("{} layers, width {}, {} heads of {}, ffn {}", d.layers, d.width, d.heads,
                     d.head_dim, d.ffn);
}

bool fits(const Construction& construction, const Task& task, const Options& options) {
  try {
    construction.check(task, options, Setting::symbolic());
    return true;
  } catch (const BadInput&) {
    return false;
  }
}

}  // namespace

std::string find_wrong_dimensions(const Construction& construction, const Options& options,
                                  const std::vector<Task>& tasks, const DimensionFormula& formula) {
  for (const Task& task : tasks) {
    const Dimensions built = constructions::dimensions(
        constructions::make_program(construction, task, Setting::symbolic(), options));
    if (built != formula(task)) {
      return fmt::format("{}: {}; by the formula {}", task.name(), text(built),
                         text(formula(task)));
    }
  }
  return "";
}

std::string find_growth(const std::vector<Task>& tasks, const DimensionFormula& formula) {
  for (const Task& task : tasks) {
    for (const Task& other : tasks) {
      if (task.base() == other.base() && formula(task) != formula(other)) {
        return fmt::format("{}: {}; {}: {}", task.name(), text(formula(task)), other.name(),
                           text(formula(other)));
      }
    }
  }
  return "";
}

std::string find_beyond_square(const std::vector<Task>& tasks, const DimensionFormula& formula,
                               int factor) {
  for (const Task& task : tasks) {
    const Dimensions d = formula(task);
    const std::int64_t n = task.digits(), p = task.base();
    const std::int64_t bound = factor * p * p * n * n;
    if (std::max({d.width, d.heads, d.head_dim, d.ffn}) > bound ||
        d.layers != formula(tasks.front()).layers) {
      return fmt::format("{}: {}", task.name(), text(d));
    }
  }
  return "";
}

std::string find_wrong_answer(const Construction& construction, const Options& options,
                              const std::vector<Task>& tasks, int missing, std::uint64_t& cases) {
  for (const Task& task : tasks) {
    Format format =
        constructions::smallest_fixed(constructions::required(construction, task, options));
    format.integer_bits -= missing;
    const Arithmetic arithmetic = Arithmetic::uniform(format);
    const auto built = constructions::build(construction, task, arithmetic, options);
    const Outcome outcome =
        run_all(Simulator(built.weights, arithmetic), ProblemSet::exhaustive(task));
    cases += outcome.cases;
    if (outcome.failure) {
      return fmt::format("{} in {}: {}", task.name(), format.name(),
                         short_text(task, *outcome.failure));
    }
  }
  return "";
}

std::string find_uncertified(const Construction& construction, const Options& options,
                             const std::vector<Task>& tasks, int missing, std::uint64_t& cases) {
  for (const Task& task : tasks) {
    Format format =
        constructions::smallest_fixed(constructions::required(construction, task, options));
    format.integer_bits -= missing;
    try {
      cases +=
          certificates::certify(construction, task, Arithmetic::uniform(format), options).cases();
    } catch (const certificates::NotCertified& refusal) {
      return fmt::format("{} in {}: {}", task.name(), format.name(), refusal.what());
    }
  }
  return "";
}

namespace {

constexpr std::array bases = {2, 3, 10};

/// What one theorem promises of the dimensions.
enum class Promise : std::uint8_t { constant, square };

struct Realisation {
  std::string_view construction;
  std::vector<std::string> options;  // variants, each checked
  Promise promise;
  std::vector<Task> sizes;  // for the dimensions
  std::vector<Task> small;  // for every input
  std::vector<Task> long_;  // for certificates, at lengths beyond enumeration
};

/// Small enough to go through in full.
void keep_small(std::vector<Task>& tasks, std::uint64_t limit) {
  std::erase_if(tasks, [limit](const Task& t) {
    const auto count = problem_count(t);
    return !count || *count > limit;
  });
}

std::string range(const std::vector<Task>& tasks) {
  int digits = 0, addends = 0;
  for (const Task& t : tasks) {
    digits = std::max(digits, t.digits());
    addends = std::max(addends, t.operands());
  }
  return fmt::format(
      "{} sizes, bases 2, 3 and 10, n up to {}{}", tasks.size(), digits,
      tasks.front().kind() == TaskKind::iter_add ? fmt::format(", k up to {}", addends) : "");
}

constexpr int square_factor = 8;

void check_dimensions(const Realisation& r, const Construction& c, const std::string& variant,
                      Report& report) {
  const Options options = constructions::parse_options(variant);
  std::vector<Task> sizes = r.sizes;
  std::erase_if(sizes, [&](const Task& t) { return !fits(c, t, options); });
  const DimensionFormula formula = [&](const Task& t) {
    return c.dimensions(t, options, Setting::symbolic());
  };
  const std::string name =
      variant.empty() ? std::string(c.name) : fmt::format("{} ({})", c.name, variant);
  const std::uint64_t count = sizes.size();
  report.verdicts.push_back(
      exhausted(fmt::format("{} compiles to the dimensions of its formula", name), range(sizes),
                count, find_wrong_dimensions(c, options, sizes, formula)));
  if (r.promise == Promise::constant) {
    report.verdicts.push_back(
        exhausted(fmt::format("depth and every dimension of {} depend on the base alone", name),
                  range(sizes), count, find_growth(sizes, formula)));
  } else {
    report.verdicts.push_back(
        exhausted(fmt::format("depth of {} is constant, every dimension at most {} p^2 n^2", name,
                              square_factor),
                  range(sizes), count, find_beyond_square(sizes, formula, square_factor)));
  }
}

Report check(const Realisation& r) {
  const Construction& c = constructions::construction(r.construction);
  Report report;
  for (const std::string& variant : r.options) {
    check_dimensions(r, c, variant, report);
    const Options options = constructions::parse_options(variant);
    std::vector<Task> small = r.small;
    if (variant != r.options.front()) {
      keep_small(small, 1000);  // the first variant goes further
    }
    std::erase_if(small, [&](const Task& t) { return !fits(c, t, options); });
    std::uint64_t cases = 0;
    const std::string wrong = find_wrong_answer(c, options, small, 0, cases);
    report.verdicts.push_back(exhausted(
        fmt::format("{}{} answers every input right in the narrowest fixed point that its formula "
                    "allows",
                    c.name, variant.empty() ? "" : fmt::format(" ({})", variant)),
        range(small) + ", all inputs", cases, wrong));
  }
  std::uint64_t cases = 0;
  const std::string refused =
      find_uncertified(c, constructions::parse_options(r.options.front()), r.long_, 0, cases);
  std::string sizes;
  for (const Task& task : r.long_) sizes += (sizes.empty() ? "" : ", ") + task.name();
  report.verdicts.push_back(exhausted(
      fmt::format("{} answers every input right in the narrowest fixed point that its formula "
                  "allows: by certificate",
                  c.name),
      sizes + ", all inputs", cases, refused));
  return report;
}

/// Sizes n = 1.., in every base, and their small ones.
template <class Make>
void add_sizes(const Limits& limits, int usual, const Make& make, Realisation& r) {
  const int most = limits.length(usual, 1, 256);
  for (const int base : bases) {
    for (int n = 1; n <= most; n += n < 16 ? 1 : n / 4) {
      make(base, n);
    }
  }
  r.small = r.sizes;
}

constexpr std::uint64_t most_inputs = 4096;

}  // namespace

Report check_feng_4_1(const Limits& limits) {
  Realisation r{"add_constant", {"", "variant=rel"}, Promise::square, {}, {}, {}};
  add_sizes(
      limits, 24, [&](int p, int n) { r.sizes.push_back(Task::add(p, n)); }, r);
  keep_small(r.small, most_inputs);
  r.long_ = {Task::add(2, 64), Task::add(10, 32)};
  return check(r);
}

Report check_feng_5_1(const Limits& limits) {
  Realisation r{"add_log", {"", "code=onehot"}, Promise::constant, {}, {}, {}};
  add_sizes(
      limits, 64, [&](int p, int n) { r.sizes.push_back(Task::add(p, n)); }, r);
  keep_small(r.small, most_inputs);
  r.long_ = {Task::add(2, 128), Task::add(2, 1024), Task::add(3, 128), Task::add(10, 256)};
  return check(r);
}

Report check_feng_5_2(const Limits& limits) {
  Realisation r{"iter_add_log", {"", "variant=relu"}, Promise::constant, {}, {}, {}};
  add_sizes(
      limits, 24,
      [&](int p, int n) {
        for (const int k : {2, 3, 5, 8, 16}) {
          r.sizes.push_back(Task::iter_add(p, n, k));
        }
      },
      r);
  keep_small(r.small, 2048);
  r.long_ = {Task::iter_add(2, 64, 32), Task::iter_add(3, 32, 9), Task::iter_add(10, 64, 5)};
  return check(r);
}

Report check_feng_5_3(const Limits& limits) {
  Realisation r{"mul_log", {"", "variant=relu"}, Promise::square, {}, {}, {}};
  add_sizes(
      limits, 12, [&](int p, int n) { r.sizes.push_back(Task::mul(p, n)); }, r);
  keep_small(r.small, 2048);
  r.long_ = {Task::iter_add(2, 64, 32), Task::iter_add(3, 32, 9), Task::iter_add(10, 64, 5)};
  r.long_ = {Task::mul(2, 16), Task::mul(2, 32), Task::mul(3, 8), Task::mul(10, 4)};
  return check(r);
}

}  // namespace carrybit::proofs
