#include "precision/kernels/operands.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "precision/kernels/operands.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace carrybit::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::ScalableTag<double>;
using Words = hn::RebindToUnsigned<Doubles>;
using Halves = hn::Rebind<float, Doubles>;
using DoubleVec = hn::Vec<Doubles>;

/// As floats; infinities stay (Highway's portable DemoteTo makes them the largest float).
HWY_INLINE hn::Vec<Halves> Narrow(DoubleVec x) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(Halves(), static_cast<float>(hn::GetLane(x)));
#else
  return hn::DemoteTo(Halves(), x);
#endif
}

/// Facts, lane by lane.
class Scan {
 public:
  HWY_INLINE Scan()
      : infinite_(hn::Zero(Doubles())),
        largest_(hn::Zero(Doubles())),
        smallest_(hn::Set(Doubles(), std::numeric_limits<double>::infinity())),
        last_(smallest_),
        fractions_(hn::Zero(Words())) {}
  /// Looks at x; gives |x|, infinity where x is 0.
  HWY_INLINE DoubleVec Look(DoubleVec x) {
    const Doubles d;
    const Words w;
    const DoubleVec a = hn::Abs(x);
    const DoubleVec inf = hn::Set(d, std::numeric_limits<double>::infinity());
    const auto bits = hn::BitCast(w, a);
    // Without its last bit; a power of two has none in its fraction and is its own last bit.
    const auto fraction = hn::And(bits, hn::Set(w, lane::fraction_mask<double>));
    const auto without = hn::And(bits, hn::Sub(bits, hn::Set(w, std::uint64_t{1})));
    const DoubleVec rest =
        hn::IfThenZeroElse(hn::Eq(hn::BitCast(d, fraction), hn::Zero(d)), hn::BitCast(d, without));
    const DoubleVec value = hn::IfThenElse(hn::Eq(a, hn::Zero(d)), inf, a);
    infinite_ = hn::Or(infinite_, hn::VecFromMask(d, hn::Not(hn::Lt(a, inf))));
    largest_ = hn::Max(largest_, a);
    smallest_ = hn::Min(smallest_, value);
    last_ = hn::Min(last_, hn::Sub(value, rest));
    fractions_ = hn::Or(fractions_, fraction);
    return value;
  }
  HWY_INLINE Facts Found() const {
    const Doubles d;
    const Words w;
    alignas(64) std::uint64_t fractions[HWY_MAX_BYTES / 8];
    hn::Store(fractions_, w, fractions);
    Facts f;
    f.finite = hn::AllTrue(w, hn::Eq(hn::BitCast(w, infinite_), hn::Zero(w)));
    f.largest = hn::GetLane(hn::MaxOfLanes(d, largest_));
    f.smallest = hn::GetLane(hn::MinOfLanes(d, smallest_));
    f.last_bit = hn::GetLane(hn::MinOfLanes(d, last_));
    for (std::size_t i = 0; i < hn::Lanes(w); ++i) {
      f.fractions |= fractions[i];
    }
    return f;
  }

 private:
  DoubleVec infinite_, largest_, smallest_, last_;
  hn::Vec<Words> fractions_;
};

void ScanRows(const double* w, int terms, RowFacts& facts, double* smallest) {
  const Doubles d;
  const std::size_t n = hn::Lanes(d);
  const std::size_t stride = padded(terms);
  Scan scan;
  double total[tile_rows] = {};
  for (std::size_t first = 0; first < stride; first += check_chunk) {
    DoubleVec chunk[tile_rows] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    for (std::size_t k = first; k < first + check_chunk; k += n) {
      DoubleVec least = hn::Set(d, std::numeric_limits<double>::infinity());
      for (std::size_t r = 0; r < tile_rows; ++r) {
        const DoubleVec x = hn::LoadU(d, w + r * stride + k);
        least = hn::Min(least, scan.Look(x));
        chunk[r] = hn::Add(chunk[r], hn::Abs(x));
      }
      hn::StoreU(least, d, smallest + k);
    }
    for (std::size_t r = 0; r < tile_rows; ++r) {
      const double sum = hn::GetLane(hn::SumOfLanes(d, chunk[r]));
      facts.chunk = std::max(facts.chunk, sum);
      total[r] += sum;
    }
  }
  static_cast<Facts&>(facts) = scan.Found();
  facts.total = std::max({total[0], total[1], total[2], total[3]}) * (1 + 0x1p-20);
  facts.chunk *= 1 + 0x1p-20;  // these sums were rounded; the factor is more than that
  facts.terms = terms;
}

template <class T, class Out>
HWY_INLINE void PackRow(const double* w, int terms, const int* index, int count, double scale,
                        Out d, T* out) {
  const Doubles wide;
  const std::size_t n = hn::Lanes(wide);
  const std::size_t stride = padded(terms);
  const DoubleVec s = hn::Set(wide, scale);
  std::size_t k = 0;
  if (count == terms) {
    for (; k + n <= static_cast<std::size_t>(terms); k += n, out += tile_rows * n) {
      const DoubleVec a = hn::Mul(hn::LoadU(wide, w + k), s);
      const DoubleVec b = hn::Mul(hn::LoadU(wide, w + stride + k), s);
      const DoubleVec c = hn::Mul(hn::LoadU(wide, w + 2 * stride + k), s);
      const DoubleVec e = hn::Mul(hn::LoadU(wide, w + 3 * stride + k), s);
      if constexpr (sizeof(T) == sizeof(float)) {
        hn::StoreInterleaved4(Narrow(a), Narrow(b), Narrow(c), Narrow(e), d, out);
      } else {
        hn::StoreInterleaved4(a, b, c, e, d, out);
      }
    }
  }
  for (; k < static_cast<std::size_t>(count); ++k) {
    const auto at = static_cast<std::size_t>(index[k]);
    for (std::size_t r = 0; r < tile_rows; ++r) {
      *out++ = static_cast<T>(w[r * stride + at] * scale);
    }
  }
}

void PackRows(const double* w, int terms, const int* index, int count, double scale, Lane lane,
              void* out) {
  if (lane == Lane::float32) {
    PackRow(w, terms, index, count, scale, Halves(), static_cast<float*>(out));
  } else {
    PackRow(w, terms, index, count, scale, Doubles(), static_cast<double*>(out));
  }
}

/// Row k of a panel, filled up with zeros to `width`.
class PanelRows {
 public:
  PanelRows(const Panel& panel, std::size_t width) : panel_(panel), width_(width) {}
  const double* Row(int k) {
    const double* row = panel_.x + static_cast<std::size_t>(k) * panel_.stride;
    if (panel_.columns == width_) {
      return row;
    }
    std::copy_n(row, panel_.columns, buffer_);
    return buffer_;
  }

 private:
  const Panel& panel_;
  std::size_t width_;
  alignas(64) double buffer_[max_tile_columns] = {};
};

HWY_INLINE void Put(DoubleVec x, float* out) { hn::StoreU(Narrow(x), Halves(), out); }
HWY_INLINE void Put(DoubleVec x, double* out) { hn::StoreU(x, Doubles(), out); }

template <class T>
HWY_INLINE void ScanAndPack(const Panel& panel, std::size_t width, Facts& facts, double* smallest,
                            T* out) {
  const Doubles d;
  const std::size_t n = hn::Lanes(d);
  PanelRows rows(panel, width);
  Scan scan;
  for (int k = 0; k < panel.terms; ++k, out += width) {
    const double* row = rows.Row(k);
    DoubleVec least = hn::Set(d, std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i < width; i += n) {
      const DoubleVec x = hn::LoadU(d, row + i);
      least = hn::Min(least, scan.Look(x));
      Put(x, out + i);
    }
    smallest[k] = hn::GetLane(hn::MinOfLanes(d, least));
  }
  facts = scan.Found();
}

void ScanPanel(const Panel& panel, Facts& facts, double* smallest, Lane lane, void* out) {
  if (lane == Lane::float32) {
    ScanAndPack(panel, 2 * hn::Lanes(hn::ScalableTag<float>()), facts, smallest,
                static_cast<float*>(out));
  } else {
    ScanAndPack(panel, 2 * hn::Lanes(Doubles()), facts, smallest, static_cast<double*>(out));
  }
}

void PackPanel(const Panel& panel, double* out) {
  const Doubles d;
  const std::size_t n = hn::Lanes(d);
  PanelRows rows(panel, 2 * n);
  for (int k = 0; k < panel.terms; ++k, out += 2 * n) {
    const double* row = rows.Row(k);
    Put(hn::LoadU(d, row), out);
    Put(hn::LoadU(d, row + n), out + n);
  }
}

int FindSmall(const double* a, const double* b, int n, double limit, int enough, int* found) {
  const Doubles d;
  const auto lanes = static_cast<int>(hn::Lanes(d));
  const DoubleVec bound = hn::Set(d, limit);
  int count = 0;
  int k = 0;
  for (; k + lanes <= n && count < enough; k += lanes) {
    const auto small = hn::Lt(hn::Mul(hn::LoadU(d, a + k), hn::LoadU(d, b + k)), bound);
    if (hn::AllFalse(d, small)) {
      continue;
    }
    for (int i = k; i < k + lanes; ++i) {
      found[count] = i;
      count += a[i] * b[i] < limit;
    }
  }
  for (; k < n && count < enough; ++k) {
    found[count] = k;
    count += a[k] * b[k] < limit;
  }
  return count;
}

void SplitPanel(const Panel& panel, int cut, double* multiple, double* rest) {
  const Doubles d;
  const std::size_t n = hn::Lanes(d);
  PanelRows rows(panel, 2 * n);
  // Adding and subtracting 1.5 * 2^52 units leaves the nearest multiple of the unit.
  const DoubleVec magic = hn::Set(d, std::ldexp(1.5, 52 + cut));
  for (int k = 0; k < panel.terms; ++k) {
    const double* row = rows.Row(k);
    for (std::size_t i = 0; i < 2 * n; i += n, multiple += n, rest += n) {
      const DoubleVec x = hn::LoadU(d, row + i);
      const DoubleVec m = hn::Sub(hn::Add(x, magic), magic);
      hn::StoreU(m, d, multiple);
      hn::StoreU(hn::Sub(x, m), d, rest);
    }
  }
}

}  // namespace carrybit::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace carrybit::kernels {

HWY_EXPORT(ScanRows);
HWY_EXPORT(PackRows);
HWY_EXPORT(ScanPanel);
HWY_EXPORT(PackPanel);
HWY_EXPORT(SplitPanel);
HWY_EXPORT(FindSmall);

void scan_rows(const double* w, int terms, RowFacts& facts, double* smallest) {
  HWY_DYNAMIC_DISPATCH(ScanRows)(w, terms, facts, smallest);
}
void pack_rows(const double* w, int terms, const int* index, int count, double scale, Lane lane,
               void* out) {
  HWY_DYNAMIC_DISPATCH(PackRows)(w, terms, index, count, scale, lane, out);
}
void scan_panel(const Panel& panel, Facts& facts, double* smallest, Lane lane, void* out) {
  HWY_DYNAMIC_DISPATCH(ScanPanel)(panel, facts, smallest, lane, out);
}
void pack_panel(const Panel& panel, double* out) { HWY_DYNAMIC_DISPATCH(PackPanel)(panel, out); }
int find_small(const double* a, const double* b, int n, double limit, int enough, int* found) {
  return HWY_DYNAMIC_DISPATCH(FindSmall)(a, b, n, limit, enough, found);
}
void split_panel(const Panel& panel, int cut, double* multiple, double* rest) {
  HWY_DYNAMIC_DISPATCH(SplitPanel)(panel, cut, multiple, rest);
}

}  // namespace carrybit::kernels
#endif
