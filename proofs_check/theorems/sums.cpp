#include "proofs_check/theorems/sums.hpp"

#include <algorithm>
#include <map>

#include "sim/exact_engine.hpp"

namespace carrybit::proofs {

namespace {

double sequential(const Scalar& scalar, std::span<const Run> runs) {
  double sum = 0;
  for (const Run& run : runs) {
    for (std::int64_t i = 0; i < run.count; ++i) {
      const double next = scalar.add(sum, run.value);
      if (same(next, sum)) {
        break;  // nor will the rest of the run move it
      }
      sum = next;
    }
  }
  return sum;
}

/// Pairwise over [low, high) of the runs laid end to end, split at half as the forward pass does.
class Pairwise {
 public:
  Pairwise(const Scalar& scalar, std::span<const Run> runs) : scalar_(scalar), runs_(runs) {
    for (const Run& run : runs) {
      ends_.push_back((ends_.empty() ? 0 : ends_.back()) + run.count);
    }
  }
  double total() {
    return ends_.empty() || ends_.back() == 0 ? 0.0 : scalar_.add(0.0, sum(0, ends_.back()));
  }

 private:
  double sum(std::int64_t low, std::int64_t high) {
    const auto run = static_cast<std::size_t>(std::ranges::upper_bound(ends_, low) - ends_.begin());
    if (high <= ends_[run]) {
      return uniform(run, high - low);
    }
    const std::int64_t middle = low + (high - low) / 2;
    return scalar_.add(sum(low, middle), sum(middle, high));
  }
  double uniform(std::size_t run, std::int64_t count) {
    if (count == 1) {
      return runs_[run].value;
    }
    const auto known = known_.find({run, count});
    if (known != known_.end()) {
      return known->second;
    }
    const double s = scalar_.add(uniform(run, count / 2), uniform(run, count - count / 2));
    return known_[{run, count}] = s;
  }

  const Scalar& scalar_;
  std::span<const Run> runs_;
  std::vector<std::int64_t> ends_;
  std::map<std::pair<std::size_t, std::int64_t>, double> known_;
};

double exact_total(const Scalar& scalar, std::span<const Run> runs) {
  ExactEngine::ExactSum sum;
  for (const Run& run : runs) {
    Number term = Number::from_double(run.value);
    if (run.count == 0) {
      continue;
    }
    if (term.kind == Number::Class::finite) {
      term.magnitude *= Integer(run.count);
    }
    sum.add(term);
  }
  return sum.total().is_zero() ? 0.0 : scalar.round(sum.total());
}

/// The index of a value; -0 and +0 are two, NaN is the last.
std::size_t index_of(const std::vector<double>& values, double x) {
  if (lane::is_nan(x)) {
    return values.size() - 1;
  }
  const auto nan = lane::is_nan(values.back()) ? values.end() - 1 : values.end();
  const auto at = std::lower_bound(values.begin(), nan, x, [](double a, double b) {
    return a != b ? a < b : lane::is_negative(a) && !lane::is_negative(b);
  });
  return static_cast<std::size_t>(at - values.begin());
}

}  // namespace

double sum_of_runs(const Scalar& scalar, Sum order, std::span<const Run> runs) {
  switch (order) {
    case Sum::sequential: return sequential(scalar, runs);
    case Sum::pairwise: return Pairwise(scalar, runs).total();
    case Sum::exact: return exact_total(scalar, runs);
  }
  return 0;
}

std::optional<std::int64_t> steps_until_still(const Adder& add, double start, double z,
                                              std::int64_t limit) {
  double sum = start;
  for (std::int64_t steps = 0; steps <= limit; ++steps) {
    const double next = add(sum, z);
    if (same(next, sum)) {
      return steps;
    }
    sum = next;
  }
  return std::nullopt;
}

std::vector<std::int64_t> steps_from_all(const Adder& add, const std::vector<double>& values,
                                         double z) {
  const std::size_t n = values.size();
  std::vector<std::size_t> next(n);
  for (std::size_t i = 0; i < n; ++i) {
    next[i] = index_of(values, add(values[i], z));
  }
  constexpr std::int64_t unknown = -2, on_path = -3;
  std::vector<std::int64_t> steps(n, unknown);
  std::vector<std::size_t> path;
  for (std::size_t start = 0; start < n; ++start) {
    std::size_t at = start;
    path.clear();
    while (steps[at] == unknown) {
      steps[at] = on_path;
      path.push_back(at);
      at = next[at];
    }
    std::int64_t count = 0;
    if (steps[at] == on_path) {  // this walk has come back to itself
      count = next[at] == at ? -1 : -2;
    } else {
      count = steps[at];
    }
    // count is what follows the last of the path: -1 stands for "the last one stays where it is".
    const bool circle = count == -2 || (steps[at] != on_path && steps[at] == -1);
    for (; !path.empty(); path.pop_back()) {
      steps[path.back()] = circle ? -1 : ++count;
    }
  }
  return steps;
}

}  // namespace carrybit::proofs
