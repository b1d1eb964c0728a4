#pragma once
// Every operation on every operand of a small format: what the exhaustive tests run, the
// representative ones by default and all of them by scripts/exhaustive.sh.

#include <algorithm>
#include <iterator>

#include "tests/precision/lane_check.hpp"

namespace carrybit::test {

struct SweepPlan {
  int triples_up_to = 5;     // width up to which fma sees every triple
  std::size_t thirds = 12;   // above it: structured third operands of each pair
  std::size_t sr_seeds = 1;  // passes of stochastic rounding, each with draws of its own
  std::size_t pair_stride = 1;
};

class Sweep {
 public:
  Sweep(const Format& format, const SweepPlan& plan)
      : plan_(plan), comparer_(format), values_(all_values(format)) {
    choose_thirds();
  }

  Comparer& comparer() { return comparer_; }

  Tally run() {
    for (const Rounding rounding : all_roundings) {
      const std::size_t passes = rounding == Rounding::sr ? plan_.sr_seeds : 1;
      for (std::size_t pass = 0; pass < passes; ++pass) {
        draw_ = {0x5eed + pass, 0};
        unary(rounding);
        pairs(rounding);
        if (comparer_.format().width() <= plan_.triples_up_to) {
          triples(rounding);
        } else {
          structured_triples(rounding);
        }
      }
    }
    return comparer_.tally();
  }

 private:
  const Draw& next() {
    ++draw_.index;
    return draw_;
  }

  void unary(Rounding rounding) {
    for (const Operand& a : values_) {
      comparer_.check(Operation::sqrt, rounding, next(), {&a});
      for (const OperationInfo& info : operations()) {
        if (info.operands == 1) {
          comparer_.check_applied(info.operation, rounding, next(), {&a.number, 1});
        }
      }
      comparer_.check_converted(a.number, rounding, next());
    }
  }

  void pairs(Rounding rounding) {
    for (std::size_t k = 0; k < values_.size() * values_.size(); k += plan_.pair_stride) {
      const Operand& a = values_[k / values_.size()];
      const Operand& b = values_[k % values_.size()];
      for (const Operation operation :
           {Operation::add, Operation::sub, Operation::mul, Operation::div}) {
        comparer_.check(operation, rounding, next(), {&a, &b});
      }
    }
  }

  void triples(Rounding rounding) {
    for (const Operand& a : values_) {
      for (const Operand& b : values_) {
        for (const Operand& c : values_) {
          comparer_.check(Operation::fma, rounding, next(), {&a, &b, &c});
        }
      }
    }
  }

  void structured_triples(Rounding rounding) {
    for (std::size_t k = 0; k < values_.size() * values_.size(); k += plan_.pair_stride) {
      const Operand& a = values_[k / values_.size()];
      const Operand& b = values_[k % values_.size()];
      for (std::size_t t = 0; t < std::min(plan_.thirds, thirds_.size()); ++t) {
        // Fewer than all: another few for each pair.
        const std::size_t turn = plan_.thirds < thirds_.size() ? k + k / values_.size() : 0;
        comparer_.check(Operation::fma, rounding, next(),
                        {&a, &b, &values_[thirds_[(turn * plan_.thirds + t) % thirds_.size()]]});
      }
      cancel(a, b, rounding);
    }
  }

  /// a * b - c with c the rounded product, or beside it.
  void cancel(const Operand& a, const Operand& b, Rounding rounding) {
    const double product = a.real * b.real;
    const auto found =
        std::lower_bound(sorted_.begin(), sorted_.end(), -product,
                         [&](std::size_t i, double x) { return values_[i].real < x; });
    if (found != sorted_.end()) {
      comparer_.check(Operation::fma, rounding, next(), {&a, &b, &values_[*found]});
      if (found != sorted_.begin()) {
        comparer_.check(Operation::fma, rounding, next(), {&a, &b, &values_[*std::prev(found)]});
      }
    }
  }

  /// Zeros, the smallest and largest values, the middle, infinities, NaN, and a few between.
  void choose_thirds() {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (!std::isfinite(values_[i].real) || values_[i].real == 0) {
        thirds_.push_back(i);
      }
      if (std::isfinite(values_[i].real)) {
        sorted_.push_back(i);
      }
    }
    std::stable_sort(sorted_.begin(), sorted_.end(), [&](std::size_t i, std::size_t j) {
      return values_[i].real < values_[j].real;
    });
    const std::size_t n = sorted_.size();
    const std::size_t middle = n / 2;
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}, n - 1, n - 2, middle - 2,
                                 middle + 2, n / 4, 3 * n / 4, n / 3, 5 * n / 8}) {
      if (at < n) {
        thirds_.push_back(sorted_[at]);
      }
    }
    std::sort(thirds_.begin(), thirds_.end());
    thirds_.erase(std::unique(thirds_.begin(), thirds_.end()), thirds_.end());
  }

  SweepPlan plan_;
  Comparer comparer_;
  std::vector<Operand> values_;
  std::vector<std::size_t> thirds_;
  std::vector<std::size_t> sorted_;  // finite values, ascending
  Draw draw_;
};

inline Tally sweep(const Format& format, const SweepPlan& plan) {
  return Sweep(format, plan).run();
}

/// The values of every format of at most `bits` bits, each once.
inline std::vector<Number> values_of_all_formats(int bits) {
  std::vector<Number> values;
  std::unordered_map<std::uint64_t, bool> seen;
  for (int width = 2; width <= bits; ++width) {
    for (const Format& format : all_formats(width)) {
      for (const Operand& value : all_values(format)) {
        if (!seen[lane::to_word(value.real)]) {
          seen[lane::to_word(value.real)] = true;
          values.push_back(value.number);
        }
      }
    }
  }
  return values;
}

/// Conversion of each value into the format.
inline Tally sweep_conversions(const Format& target, std::span<const Number> values) {
  Comparer comparer(target);
  Draw draw{0xC0, 0};
  for (const Rounding rounding : all_roundings) {
    for (const Number& value : values) {
      ++draw.index;
      comparer.check_converted(value, rounding, draw);
    }
  }
  return comparer.tally();
}

}  // namespace carrybit::test
