#pragma once
// Every a + v w of a small format, by the kernel and by the scalar operations.

#include <doctest/doctest.h>

#include <algorithm>

#include "precision/encoding.hpp"
#include "tests/precision/kernels/products.hpp"

namespace carrybit::kernels_test {

/// The numbers of a format, in the order of their codes: neighbours are of like size.
inline std::vector<double> every_number(const Format& f) {
  std::vector<double> all;
  for (std::uint32_t code = 0; code < 1U << f.width(); ++code) {
    if (f.is_fixed() && !f.twos_complement && code == 1U << (f.width() - 1)) {
      continue;  // no number of a symmetric format
    }
    const double x = decode(Integer(code), f).to_double();
    if (std::none_of(all.begin(), all.end(), [&](double y) { return same(x, y); })) {
      all.push_back(x);
    }
  }
  return all;
}

/// Rows (1, v) times columns (a, w).
inline void every_triple(const Rule& r) {
  const std::vector<double> all = every_number(r.sum);
  const double one = rounded(1.0, r.sum);
  std::vector<double> rows;
  for (const double v : all) {
    rows.insert(rows.end(), {one, v});
  }
  std::vector<double> columns(2 * all.size() * all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      columns[i * all.size() + j] = all[i];
      columns[(all.size() + i) * all.size() + j] = all[j];
    }
  }
  const Shape s{static_cast<int>(all.size()), 2, all.size() * all.size()};
  CAPTURE(describe(r));
  kernels::Tally tally;
  CHECK(differences(by_kernel(r, rows, columns, s, nullptr, &tally),
                    by_scalars(r, rows, columns, s)) == 0);
  if (r.sum.is_floating() && r.sum.precision() > 2) {  // with 2 bits a rounding may add half
    CHECK(tally.fast > 0);
  }
}

}  // namespace carrybit::kernels_test
