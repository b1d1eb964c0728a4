#pragma once
// Looking at operands and putting them in the order in which tiles read them, in vectors.

#include <vector>

#include "precision/kernels/facts.hpp"
#include "precision/kernels/tiles.hpp"

namespace carrybit::kernels {

/// Memory at vector alignment, without values to begin with.
template <class T>
class Aligned {
 public:
  T* resize(std::size_t n) {
    if (store_.size() < n + slack) {
      store_.resize(n + slack);
    }
    const auto address = reinterpret_cast<std::uintptr_t>(store_.data());
    start_ = (64 - address % 64) % 64 / sizeof(T);
    return data();
  }
  T* data() { return store_.data() + start_; }
  const T* data() const { return store_.data() + start_; }

 private:
  static constexpr std::size_t slack = 64 / sizeof(T);
  std::vector<T> store_;
  std::size_t start_ = 0;
};

/// Terms rounded up to whole vectors, the stride of weights.
inline std::size_t padded(int terms) { return (static_cast<std::size_t>(terms) + 7) / 8 * 8; }

/// Four rows of weights, [row][padded(terms)], zeros at the end. smallest[k]: of the four |w[r][k]| that
/// are not zero (infinity where all are).
void scan_rows(const double* w, int terms, RowFacts& facts, double* smallest);

/// The same rows as [term][row], scaled; `index` names the terms (count of them). out: float or double.
void pack_rows(const double* w, int terms, const int* index, int count, double scale, Lane lane,
               void* out);

/// A panel of the right operand: columns <= width of x, row k at x + k * stride.
struct Panel {
  const double* x = nullptr;
  std::size_t stride = 0;
  int terms = 0;
  std::size_t columns = 0;
};
/// smallest[k]: of the |x| of row k that are not zero. The panel goes to `out`, of the lanes' type, as
/// [term][width], zeros beyond its last column; width = tile_columns(lane).
void scan_panel(const Panel& panel, Facts& facts, double* smallest, Lane lane, void* out);

/// The k < n with a[k] * b[k] < limit, into `found` (room for n + 8); their number. It may stop when there
/// are `enough`.
int find_small(const double* a, const double* b, int n, double limit, int enough, int* found);

/// The same in doubles, without looking.
void pack_panel(const Panel& panel, double* out);
/// x = multiple + rest, the multiple of 2^cut nearest to x; doubles.
void split_panel(const Panel& panel, int cut, double* multiple, double* rest);

}  // namespace carrybit::kernels
