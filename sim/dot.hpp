#pragma once
// Dot products in every order an Arithmetic knows, over columns: y[c] = sum_k w_k x_k[c], all columns
// side by side. The one place where sums happen.

#include <vector>

#include "sim/engine.hpp"

namespace carrybit {

/// The entries of a weight row that are not +0, in increasing order of index.
template <class Value>
struct SparseRow {
  std::vector<int> index;
  std::vector<Value> value;
};

template <class Engine>
bool is_plus_zero(const Engine& e, const typename Engine::Value& x) {
  return e.is_zero(x) && !e.is_negative_zero(x);
}

/// The row with its zeros written out.
template <class Engine>
SparseRow<typename Engine::Value> with_zeros(const Engine& e,
                                             const SparseRow<typename Engine::Value>& row,
                                             int terms) {
  SparseRow<typename Engine::Value> full;
  std::size_t next = 0;
  for (int k = 0; k < terms; ++k) {
    const bool present = next < row.index.size() && row.index[next] == k;
    full.index.push_back(k);
    full.value.push_back(present ? row.value[next++] : e.zero());
  }
  return full;
}

namespace detail {

/// A pairwise sum over terms [low, high) of a row, into `out`. `first`/`last` delimit the row's
/// entries that fall in the range. Returns false, leaving `out` alone, where every term is zero.
template <class Engine>
bool pairwise(Engine& e, const SparseRow<typename Engine::Value>& row, std::size_t first,
              std::size_t last, int low, int high, const typename Engine::Value* x,
              std::size_t stride, std::size_t n, typename Engine::Value* out, Keys keys) {
  using Value = typename Engine::Value;
  if (first == last) {
    return false;
  }
  if (high - low == 1) {
    const Value* term = x + static_cast<std::size_t>(low) * stride;
    for (std::size_t i = 0; i < n; ++i) {
      out[i] = e.mul(row.value[first], term[i], RoleId::products,
                     keys.step(static_cast<std::uint64_t>(low))(i));
    }
    return true;
  }
  const int middle = low + (high - low) / 2;
  std::size_t split = first;
  while (split < last && row.index[split] < middle) {
    ++split;
  }
  const bool left = pairwise(e, row, first, split, low, middle, x, stride, n, out, keys);
  std::vector<Value> other(n, e.zero());
  const bool right = pairwise(e, row, split, last, middle, high, x, stride, n, other.data(), keys);
  const auto stage = (static_cast<std::uint64_t>(low) << 32) + static_cast<std::uint64_t>(high);
  for (std::size_t i = 0; i < n; ++i) {
    out[i] = e.add(left ? out[i] : e.zero(), other[i], RoleId::accumulator, keys.step(stage)(i));
  }
  return left || right;
}

/// A sequential sum that left out terms of zero may stand at -0, to which underflow took it and which a
/// term of +0 would have made +0. Any other sum is right. Sums such columns again, zeros and all.
template <class Engine>
void add_zeros_to_negative_zeros(Engine& e, const SparseRow<typename Engine::Value>& row, int terms,
                                 const typename Engine::Value* x, std::size_t stride, std::size_t n,
                                 typename Engine::Value* out, Keys keys) {
  SparseRow<typename Engine::Value> full;
  for (std::size_t i = 0; i < n; ++i) {
    if (!e.is_negative_zero(out[i])) {
      continue;
    }
    if (full.index.empty()) {
      full = with_zeros(e, row, terms);
    }
    const std::uint64_t faults = e.faults();
    out[i] = e.zero();
    for (std::size_t k = 0; k < full.index.size(); ++k) {
      e.accumulate(out + i, full.value[k], x + k * stride + i, 1,
                   keys.step(static_cast<std::uint64_t>(k)).at(i));
    }
    e.add_faults(faults - e.faults());  // modulo 2^64: they have been counted before
  }
}

}  // namespace detail

/// out[i] = +0 (+) sum over the row of w_k (x) x[k * stride + i], i < n, in the accumulator's format;
/// `terms` is the full length of the row.
template <class Engine>
void dot(Engine& e, const Arithmetic& a, const SparseRow<typename Engine::Value>& row, int terms,
         const typename Engine::Value* x, std::size_t stride, std::size_t n,
         typename Engine::Value* out, Keys keys) {
  using Value = typename Engine::Value;
  const std::size_t entries = row.index.size();
  const auto source = [&](std::size_t k) {
    return x + static_cast<std::size_t>(row.index[k]) * stride;
  };
  std::fill(out, out + n, e.zero());
  switch (a.sum) {
    case Sum::sequential:
      for (std::size_t k = 0; k < entries; ++k) {
        e.accumulate(out, row.value[k], source(k), n,
                     keys.step(static_cast<std::uint64_t>(row.index[k])));
      }
      if (a.accumulator.format.has_signed_zero() && entries < static_cast<std::size_t>(terms)) {
        detail::add_zeros_to_negative_zeros(e, row, terms, x, stride, n, out, keys);
      }
      return;
    case Sum::pairwise: {
      std::vector<Value> tree(n, e.zero());
      detail::pairwise(e, row, 0, entries, 0, terms, x, stride, n, tree.data(), keys);
      for (std::size_t i = 0; i < n; ++i) {
        out[i] = e.add(out[i], tree[i], RoleId::accumulator, keys.step(~std::uint64_t{0})(i));
      }
      return;
    }
    case Sum::exact:
      for (std::size_t i = 0; i < n; ++i) {
        typename Engine::ExactSum sum;
        for (std::size_t k = 0; k < entries; ++k) {
          const Value& term = source(k)[i];
          if (a.product == Product::fused) {
            sum.add(e.exact_product(row.value[k], term));
          } else {
            const auto key = keys.step(static_cast<std::uint64_t>(row.index[k]))(i);
            sum.add(e.to_number(e.mul(row.value[k], term, RoleId::products, key)));
          }
        }
        out[i] = e.finish(sum, RoleId::accumulator, keys(i));
      }
      return;
  }
}

namespace detail {

template <class Engine>
typename Engine::Value pairwise_total(Engine& e, const SparseRow<typename Engine::Value>& row,
                                      std::size_t first, std::size_t last, int low, int high,
                                      Keys keys, std::size_t column) {
  if (first == last) {
    return e.zero();
  }
  if (high - low == 1) {
    return row.value[first];
  }
  const int middle = low + (high - low) / 2;
  std::size_t split = first;
  while (split < last && row.index[split] < middle) {
    ++split;
  }
  const auto left = pairwise_total(e, row, first, split, low, middle, keys, column);
  const auto right = pairwise_total(e, row, split, last, middle, high, keys, column);
  const auto stage = (static_cast<std::uint64_t>(low) << 32) + static_cast<std::uint64_t>(high);
  return e.add(left, right, RoleId::accumulator, keys.step(stage)(column));
}

}  // namespace detail

/// The sum of a row's own values (no products), in the accumulator's format.
template <class Engine>
typename Engine::Value total(Engine& e, const Arithmetic& a,
                             const SparseRow<typename Engine::Value>& row, int terms, Keys keys,
                             std::size_t column) {
  auto sum = e.zero();
  switch (a.sum) {
    case Sum::sequential:
      for (std::size_t k = 0; k < row.index.size(); ++k) {
        const auto key = keys.step(static_cast<std::uint64_t>(row.index[k]))(column);
        sum = e.add(sum, row.value[k], RoleId::accumulator, key);
      }
      return sum;
    case Sum::pairwise: {
      const auto tree = detail::pairwise_total(e, row, 0, row.index.size(), 0, terms, keys, column);
      return e.add(sum, tree, RoleId::accumulator, keys.step(~std::uint64_t{0})(column));
    }
    case Sum::exact: {
      typename Engine::ExactSum exact;
      for (const auto& value : row.value) {
        exact.add(e.to_number(value));
      }
      return e.finish(exact, RoleId::accumulator, keys(column));
    }
  }
  return sum;
}

}  // namespace carrybit
