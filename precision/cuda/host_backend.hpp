#pragma once
// The device's text in plain loops on the processor: what tests run. Any backend has these members.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "precision/cuda/product.hpp"

namespace carrybit::cuda {

class HostBackend {
 public:
  /// n numbers "on the device", not set.
  template <class T>
  class Array {
   public:
    Array() = default;
    explicit Array(std::size_t n) : values_(n) {}
    explicit Array(const std::vector<T>& host) : values_(host) {}
    T* get() { return values_.data(); }
    const T* get() const { return values_.data(); }
    std::size_t size() const { return values_.size(); }
    std::vector<T> host() const { return values_; }

   private:
    std::vector<T> values_;
  };

  /// Scores of attention at a time; few, so that tests see them come in parts.
  static constexpr std::size_t scores_at_once = 64;
  /// Bytes that a batch may take beside these; few enough to part some of the tests' batches.
  static std::uint64_t free_bytes() { return std::uint64_t{1} << 19; }

  /// step(i) for i < n.
  template <class Step>
  static void launch(std::size_t n, const Step& step) {
    for (std::size_t i = 0; i < n; ++i) {
      step(i);
    }
  }

  /// The product by blocks of threads.
  static void multiply(const Product& p) {
    const int down = (p.rows + tile::side - 1) / tile::side;
    const std::size_t along = (p.columns + tile::side - 1) / tile::side;
    for (int r = 0; r < down; ++r) {
      for (std::size_t c = 0; c < along; ++c) {
        with_rounder(way_of(p, r, c), p.sums, p.shortcuts,
                     [&](const auto& rounder) { block(p, r, c, rounder); });
      }
    }
  }

 private:
  template <class Rounder>
  static void block(const Product& p, int row, std::size_t column, const Rounder& rounder) {
    using Value = typename Rounder::Value;
    TileShared<Value> shared;
    std::vector<TileSums<Value>> sums(tile::threads);
    const auto all = [&](const auto& step) {
      for (int t = 0; t < tile::threads; ++t) {
        step(TileThread{p, t, row, column}, sums[static_cast<std::size_t>(t)]);
      }
    };
    all([&](const TileThread& t, auto& s) { t.begin(rounder, s); });
    for (int first = 0; first < p.terms; first += tile::depth) {
      const int count = std::min(tile::depth, p.terms - first);
      all([&](const TileThread& t, auto&) { t.load(shared, first); });
      all([&](const TileThread& t, auto& s) { t.add(rounder, shared, count, s); });
    }
    all([&](const TileThread& t, auto& s) { t.store(rounder, s); });
  }
};

}  // namespace carrybit::cuda
