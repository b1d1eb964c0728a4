#pragma once
// Y = W X by blocks of threads, 64 x 64 entries each, W and X passing through shared memory 16 terms at a time; a
// thread holds 4 x 4 entries. Every entry's sum runs from left to right, so the bits are those of dot().
//
// A block is written as the steps between two barriers, each a function of one thread: a GPU runs the threads
// of a step side by side, a test runs them one after another on the host.

#include "precision/cuda/rounders.hpp"

// Sums stay in registers where loops over them are unrolled; the careful lane operations are long enough as they are.
#if defined(__CUDA_ARCH__)
#define CARRYBIT_UNROLL _Pragma("unroll")
#define CARRYBIT_ROLL _Pragma("unroll 1")
#else
#define CARRYBIT_UNROLL
#define CARRYBIT_ROLL
#endif

namespace carrybit::cuda {

/// What follows a row's sum: its bias, and rounding into a role of another format.
struct Finish {
  const double* bias = nullptr;  // null: none
  bool converts = false;
  lane::Context role;
  CARRYBIT_HD double operator()(double sum, int row, const Sums& s) const {
    const double y = bias == nullptr ? sum : lane::add(sum, bias[row], s.sum);
    return converts ? lane::convert(y, role) : y;
  }
};

/// W: rows x terms, X: terms x columns, Y: rows x columns, each row by row.
struct Product {
  const double* w = nullptr;
  const double* x = nullptr;
  double* y = nullptr;
  int rows = 0;
  int terms = 0;
  std::size_t columns = 0;
  Sums sums;
  Finish finish;
  const Reach* row_reach = nullptr;     // of every block of rows
  const Reach* column_reach = nullptr;  // of every block of columns
  Shortcuts shortcuts;
};

/// One entry of Y by one thread: every order of the sum.
struct Entry {
  Product p;
  CARRYBIT_HD void operator()(std::size_t i) const {
    const auto row = static_cast<int>(i / p.columns);
    const std::size_t column = i % p.columns;
    const double sum =
        dot({p.w + static_cast<std::size_t>(row) * static_cast<std::size_t>(p.terms), 1},
            {p.x + column, p.columns}, p.terms, p.sums);
    p.y[i] = p.finish(sum, row, p.sums);
  }
};

namespace tile {
inline constexpr int side = 64;    // entries of a block, each way
inline constexpr int depth = 16;   // terms at a time
inline constexpr int across = 16;  // threads of a block, each way
inline constexpr int threads = across * across;
inline constexpr int each = side / across;  // entries of a thread, each way
}  // namespace tile

/// What the threads of a block share: `depth` terms of its rows and columns, in lanes of a way.
template <class T>
struct TileShared {
  T w[tile::depth][tile::side + 1];
  T x[tile::depth][tile::side];
};

/// What a thread keeps: entries (ty + 16 i, tx + 16 j) of the block.
template <class T>
struct TileSums {
  T at[tile::each][tile::each];
};

/// One thread of a block: `thread` 0 .. threads - 1.
struct TileThread {
  const Product& p;
  int thread;
  int block_row;
  std::size_t block_column;

  CARRYBIT_HD int tx() const { return thread % tile::across; }
  CARRYBIT_HD int ty() const { return thread / tile::across; }
  CARRYBIT_HD int row(int i) const { return block_row * tile::side + ty() + tile::across * i; }
  CARRYBIT_HD std::size_t column(int j) const {
    return block_column * tile::side + static_cast<std::size_t>(tx() + tile::across * j);
  }

  /// Terms first .. first + depth - 1 into shared memory; zeros beyond the matrices.
  template <class T>
  CARRYBIT_HD void load(TileShared<T>& shared, int first) const {
    for (int at = thread; at < tile::depth * tile::side; at += tile::threads) {
      const int k = at % tile::depth;  // neighbours read neighbouring terms of W
      const int r = at / tile::depth;
      const int from = block_row * tile::side + r;
      const bool inside = from < p.rows && first + k < p.terms;
      const auto start = static_cast<std::size_t>(from) * static_cast<std::size_t>(p.terms);
      shared.w[k][r] =
          inside ? static_cast<T>(p.w[start + static_cast<std::size_t>(first + k)]) : T{0};
    }
    for (int at = thread; at < tile::depth * tile::side; at += tile::threads) {
      const int k = at / tile::side;
      const int c = at % tile::side;
      const std::size_t from = block_column * tile::side + static_cast<std::size_t>(c);
      const bool inside = from < p.columns && first + k < p.terms;
      shared.x[k][c] =
          inside ? static_cast<T>(p.x[static_cast<std::size_t>(first + k) * p.columns + from])
                 : T{0};
    }
  }

  template <class Rounder>
  CARRYBIT_HD void begin(const Rounder& rounder, TileSums<typename Rounder::Value>& sums) const {
    CARRYBIT_UNROLL
    for (int i = 0; i < tile::each; ++i) {
      CARRYBIT_UNROLL
      for (int j = 0; j < tile::each; ++j) {
        sums.at[i][j] = rounder.begin();
      }
    }
  }

  /// Adds the first `count` terms of shared memory.
  template <class Rounder>
  CARRYBIT_HD void add(const Rounder& rounder, const TileShared<typename Rounder::Value>& shared,
                       int count, TileSums<typename Rounder::Value>& sums) const {
    for (int k = 0; k < count; ++k) {
      CARRYBIT_UNROLL
      for (int i = 0; i < tile::each; ++i) {
        const auto w = shared.w[k][ty() + tile::across * i];
        CARRYBIT_UNROLL
        for (int j = 0; j < tile::each; ++j) {
          sums.at[i][j] = rounder.step(sums.at[i][j], w, shared.x[k][tx() + tile::across * j]);
        }
      }
    }
  }
  CARRYBIT_HD void add(const Careful& rounder, const TileShared<double>& shared, int count,
                       TileSums<double>& sums) const {
    for (int k = 0; k < count; ++k) {
      CARRYBIT_ROLL
      for (int i = 0; i < tile::each; ++i) {
        CARRYBIT_ROLL
        for (int j = 0; j < tile::each; ++j) {
          sums.at[i][j] = rounder.step(sums.at[i][j], shared.w[k][ty() + tile::across * i],
                                       shared.x[k][tx() + tile::across * j]);
        }
      }
    }
  }

  CARRYBIT_HD bool inside(int i, int j) const { return row(i) < p.rows && column(j) < p.columns; }
  CARRYBIT_HD double& entry(int i, int j) const {
    return p.y[static_cast<std::size_t>(row(i)) * p.columns + column(j)];
  }

  template <class Rounder>
  CARRYBIT_HD void store(const Rounder& rounder,
                         const TileSums<typename Rounder::Value>& sums) const {
    CARRYBIT_UNROLL
    for (int i = 0; i < tile::each; ++i) {
      CARRYBIT_UNROLL
      for (int j = 0; j < tile::each; ++j) {
        if (inside(i, j)) {
          entry(i, j) = rounder.end(sums.at[i][j]);
        }
      }
    }
    if (p.finish.bias == nullptr && !p.finish.converts) {
      return;
    }
    CARRYBIT_ROLL
    for (int i = 0; i < tile::each; ++i) {
      CARRYBIT_ROLL
      for (int j = 0; j < tile::each; ++j) {
        if (inside(i, j)) {
          entry(i, j) = p.finish(entry(i, j), row(i), p.sums);
        }
      }
    }
  }
};

CARRYBIT_HD inline Way way_of(const Product& p, int block_row, std::size_t block_column) {
  return way_of(p.shortcuts, p.row_reach[block_row], p.column_reach[block_column], p.terms);
}

/// The magnitudes of one column of X.
struct ColumnReach {
  const double* x;
  int terms;
  std::size_t columns;
  Reach* reach;
  CARRYBIT_HD void operator()(std::size_t i) const {
    Reach r;
    for (int k = 0; k < terms; ++k) {
      r.see(x[static_cast<std::size_t>(k) * columns + i]);
    }
    reach[i] = r;
  }
};

/// Of a block of columns.
struct BlockReach {
  const Reach* one;
  std::size_t columns;
  Reach* block;
  CARRYBIT_HD void operator()(std::size_t i) const {
    Reach r;
    for (std::size_t c = i * tile::side; c < columns && c < (i + 1) * tile::side; ++c) {
      r.see(one[c]);
    }
    block[i] = r;
  }
};

}  // namespace carrybit::cuda
