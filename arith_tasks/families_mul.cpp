// Adversarial multiplications.

#include <algorithm>

#include "arith_tasks/families.hpp"

namespace carrybit::families {

namespace {

std::size_t size(int count) { return static_cast<std::size_t>(count); }

/// `digit` at the places first, first + stride, ... below `last`.
Digits comb(int count, int digit, int first, int last, int stride) {
  Digits out(size(count), 0);
  for (int j = first; j < last; j += stride) out[size(j)] = digit;
  return out;
}

}  // namespace

void mul_families(const Shape& shape, DrawStream& draws, Collector& out) {
  const int n = shape.digits;
  const int p = shape.base;
  const int most = out.per_family();
  const auto add = [&](std::string_view family, const Digits& a, const Digits& b) {
    out.add(shape, family, {a, b});
    out.add(shape, family, {b, a});
  };
  const Digits zero(size(n), 0);
  const Digits max(size(n), shape.top());
  const auto unit = [&](int place) { return comb(n, 1, place, place + 1, 1); };

  add("extremes", zero, zero);
  add("extremes", max, max);
  add("extremes", max, zero);
  add("extremes", max, unit(0));
  add("extremes", max, unit(n - 1));
  add("extremes", unit(n - 1), unit(n - 1));
  add("extremes", unit(0), unit(0));

  for (const int j : spread(n, most)) {
    // (p^n - 1) * x for x = p^j, p^j + 1, p^j - 1: the product is runs of p-1 and of 0.
    add("max_times_power", max, unit(j));
    Digits x = unit(j);
    if (j > 0) x[0] = 1;
    add("max_times_power", max, x);
    add("max_times_power", max, comb(n, shape.top(), 0, j, 1));
    // One digit times p^j: nothing to sum, one place to find.
    add("power", comb(n, draws.between(1, shape.top()), j, j + 1, 1),
        unit(draws.between(0, n - 1)));
  }
  for (int i = 0; i < most / 2; ++i) add("max_times", max, random_digits(p, n, draws));

  // All ones, all p-1, of lengths about each power of two: column j counts min(...) pairs.
  for (const int length : around_powers_of_two(n, n)) {
    if (length == 0) continue;
    for (const int digit : {1, shape.top()}) {
      const Digits low = comb(n, digit, 0, length, 1);
      const Digits high = comb(n, digit, n - length, n, 1);
      add("column_counts", low, low);
      add("column_counts", low, high);
      add("column_counts", high, comb(n, 1, 0, n, 1));
    }
  }
  // (p^n - 1) = (p^d - 1) * (1 + p^d + p^2d + ...) for d | n; other strides leave a broken tail.
  for (int d = 1; d < n && d <= most; ++d) {
    add("divisors", comb(n, 1, 0, n, d), comb(n, shape.top(), 0, d, 1));
    add("divisors", comb(n, shape.top(), 0, n, d), comb(n, shape.top(), 0, n, d));
  }
  for (int i = 0; i < most; ++i) {
    Digits a = random_digits(p, n, draws);
    out.add(shape, "square", {a, a});
    Digits b = random_digits(p, n, draws);
    for (std::size_t j = 0; j < a.size(); ++j) {
      if (draws.chance(3, 4)) a[j] = 0;
      if (draws.chance(3, 4)) b[j] = shape.top();
    }
    out.add(shape, "sparse_dense", {a, b});
  }
  // a at random, b = w / a modulo p^s: the low s digits of a*b are w, a number at the end of a long
  // carry chain. First the whole low half: -1, 1, and -1 - a, the prototype's three.
  if (shape.digits_per_digit != 1) return;
  const int s = std::min(n, shape.answer_digits);
  for (int i = 0; i < most / 2; ++i) {
    const Digits a = random_unit(p, n, draws);
    Digits less(a.begin(), a.begin() + s);  // -1 - a has the complements of a's digits
    for (int& digit : less) digit = p - 1 - digit;
    out.add(shape, "low_all_max", {a, completing_factor(p, a, Digits(size(s), p - 1), draws)});
    out.add(shape, "low_one", {a, completing_factor(p, a, comb(s, 1, 0, 1, 1), draws)});
    out.add(shape, "low_complement", {a, completing_factor(p, a, less, draws)});
    out.add(shape, "low_near_power", {a, completing_factor(p, a, near_power(p, s, draws), draws)});
  }
}

}  // namespace carrybit::families
