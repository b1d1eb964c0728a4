// Adversarial iterated additions. A construction with logarithmic precision sums columns, then
// blocks of m columns (P = p^m >= k), then carries between blocks: the families sit on each of
// these steps.

#include <algorithm>

#include "arith_tasks/families.hpp"

namespace carrybit::families {

namespace {

using Sums = std::vector<std::int64_t>;

std::size_t size(int count) { return static_cast<std::size_t>(count); }

/// q * p^place + delta in base p, at least count digits. Needs a result >= 0.
Digits offset_power(int base, int count, std::int64_t q, int place, int delta) {
  std::vector<std::int64_t> value(size(std::max(count, place + 1)), 0);
  value[size(place)] += q;
  value[0] += delta;
  Digits out;
  std::int64_t carry = 0;
  for (std::size_t j = 0; j < value.size() || carry > 0; ++j) {
    const std::int64_t sum = carry + (j < value.size() ? value[j] : 0);
    const std::int64_t digit = (sum % base + base) % base;
    out.push_back(static_cast<int>(digit));
    carry = (sum - digit) / base;
  }
  return out;
}

void total_families(const Shape& shape, DrawStream& draws, Collector& out) {
  const int n = shape.digits;
  const int k = shape.operands;
  const int rows = std::max(1, out.per_family() / 3);
  const auto add = [&](std::string_view family, const Digits& total) {
    out.add(shape, family, from_column_sums(shape, column_sums_of(shape, total), draws));
  };
  for (const int j : spread(n, rows))
    for (int delta = -1; delta <= 1; ++delta)
      add("near_power", offset_power(shape.base, n, 1, n - j, delta));
  // Totals about the multiples of p^n, where the digits above the n-th change.
  for (const int q : spread(k - 1, rows))
    for (int delta = -1; delta <= 1; ++delta)
      add("near_multiple", offset_power(shape.base, n, q + 1, n, delta));
  // p^n - 1 without a carry between digits, and one more at some digit of another addend.
  const Digits nines(size(n), shape.top());
  for (const int j : spread(n, out.per_family())) {
    std::vector<Digits> operands = from_column_sums(shape, column_sums_of(shape, nines), draws);
    for (Digits& operand : operands)
      if (operand[size(j)] < shape.top()) {
        ++operand[size(j)];
        break;
      }
    out.add(shape, "lone_generate", operands);
  }
}

void column_families(const Shape& shape, DrawStream& draws, Collector& out) {
  const int n = shape.digits;
  const int k = shape.operands;
  const std::int64_t most = std::int64_t{k} * shape.top();
  // t addends with a digit 1, or p-1, in every column: the counts of Majority's reduction.
  for (const int t : around_powers_of_two(k, k / 2)) {
    for (const int digit : {1, shape.top()}) {
      if (out.full(shape, "column_counts")) break;
      std::vector<Digits> operands(size(k), Digits(size(n), 0));
      for (std::size_t j = 0; j < size(n); ++j) {
        const Digits chosen = random_bits(k, t, draws);
        for (std::size_t x = 0; x < operands.size(); ++x) operands[x][j] = chosen[x] * digit;
      }
      out.add(shape, "column_counts", operands);
    }
  }
  // Column sums next to powers of two and to multiples of p: the same in all, then mixed.
  std::vector<std::int64_t> sums;
  const auto around = [&](std::int64_t s) {
    for (std::int64_t x = s - 1; x <= s + 1; ++x)
      if (x >= 0 && x <= most) sums.push_back(x);
  };
  for (std::int64_t s = 1; s <= most; s *= 2) around(s);
  for (const int q : spread(k, 16)) around(std::int64_t{q + 1} * shape.base);
  std::sort(sums.begin(), sums.end());
  sums.erase(std::unique(sums.begin(), sums.end()), sums.end());
  for (const int i : spread(static_cast<int>(sums.size()), out.per_family() / 2))
    out.add(shape, "column_sums", from_column_sums(shape, Sums(size(n), sums[size(i)]), draws));
  for (int i = 0; i < out.per_family() / 2; ++i) {
    Sums mixed(size(n));
    for (std::int64_t& s : mixed) s = sums[draws.below(static_cast<std::uint32_t>(sums.size()))];
    out.add(shape, "column_sums", from_column_sums(shape, mixed, draws));
  }
}

/// Blocks of m columns with R_t, the sum of block t in units of its lowest column.
class Blocks {
 public:
  explicit Blocks(const Shape& shape)
      : shape_(shape),
        m_(carry_digits(shape.base, shape.operands)),
        count_((shape.digits + m_ - 1) / m_) {
    for (int i = 0; i < m_; ++i) base_ *= shape.base;
  }

  int count() const { return count_; }
  std::int64_t base() const { return base_; }
  std::int64_t most() const { return shape_.operands * (base_ - 1); }

  /// Column sums that make up the block sums; a block cut short by n takes what it can.
  Sums columns(const std::vector<std::int64_t>& blocks) const {
    const std::int64_t most_column = std::int64_t{shape_.operands} * shape_.top();
    Sums out(size(shape_.digits), 0);
    for (int t = 0; t < count_; ++t) {
      std::int64_t rest = blocks[size(t)];
      std::int64_t unit = base_ / shape_.base;
      for (int j = m_ - 1; j >= 0; --j, unit /= shape_.base) {
        const std::size_t column = size(t * m_ + j);
        if (column >= out.size()) continue;
        out[column] = std::min(most_column, rest / unit);
        rest -= out[column] * unit;
      }
    }
    return out;
  }

 private:
  Shape shape_;
  int m_;
  int count_;
  std::int64_t base_ = 1;
};

void block_families(const Shape& shape, DrawStream& draws, Collector& out) {
  const Blocks blocks(shape);
  const std::int64_t big = blocks.base();
  const int k = shape.operands;
  const auto add = [&](std::string_view family, const std::vector<std::int64_t>& sums) {
    out.add(shape, family, from_column_sums(shape, blocks.columns(sums), draws));
  };
  // Block sums next to the multiples of P: the margins of floor(R / P).
  for (const int q : spread(k - 1, std::max(1, out.per_family() / 6)))
    for (int delta = -1; delta <= 1; ++delta)
      add("block_floor",
          std::vector(size(blocks.count()), std::min(blocks.most(), (q + 1) * big + delta)));
  for (int i = 0; i < out.per_family() / 2; ++i) {
    std::vector<std::int64_t> sums(size(blocks.count()));
    for (std::int64_t& s : sums)
      s = std::clamp<std::int64_t>(draws.between(0, k) * big + draws.between(-1, 1), 0,
                                   blocks.most());
    add("block_floor", sums);
  }
  // With floor(R_t / P) = q everywhere, block t adds up to v_t = R_t - P q + q: P-1 propagates.
  // Then one block, away from the first, that generates or kills.
  for (int i = 0; i < out.per_family(); ++i) {
    const std::int64_t q = i < 4 ? std::vector{0, k - 1, (k - 1) / 2, std::max(0, k - 2)}[size(i)]
                                 : draws.between(0, k - 1);
    std::vector<std::int64_t> sums(size(blocks.count()), (q + 1) * (big - 1));
    sums[0] = std::min(blocks.most(), q * big + big - 1);
    add("block_propagate", sums);
    if (blocks.count() < 2) continue;
    const std::size_t at = size(i < 2 ? 1 : draws.between(1, blocks.count() - 1));
    ++sums[at];
    if (sums[at] <= blocks.most()) add("block_generate", sums);
    sums[at] -= 2;
    add("block_kill", sums);
  }
}

}  // namespace

void iter_add_families(const Shape& shape, DrawStream& draws, Collector& out) {
  const int n = shape.digits;
  const int k = shape.operands;
  const std::vector<Digits> zeros(size(k), Digits(size(n), 0));
  const std::vector<Digits> max(size(k), Digits(size(n), shape.top()));

  out.add(shape, "extremes", zeros);
  out.add(shape, "extremes", max);
  for (const int x : spread(k, 4)) {
    std::vector<Digits> operands = zeros;
    operands[size(x)] = max[0];
    out.add(shape, "extremes", operands);
    operands = max;
    operands[size(x)] = zeros[0];
    out.add(shape, "extremes", operands);
  }
  for (const int j : spread(n, std::max(1, out.per_family() / 2))) {
    std::vector<Digits> operands = max;
    --operands[size(draws.between(0, k - 1))][size(j)];
    out.add(shape, "max_less_one", operands);
    int& second = operands[size(draws.between(0, k - 1))][size(draws.between(0, n - 1))];
    second = std::max(0, second - 1);
    out.add(shape, "max_less_two", operands);
  }
  total_families(shape, draws, out);
  column_families(shape, draws, out);
  block_families(shape, draws, out);
  // All addends but one at random; the last brings the sum to the end of a long carry chain.
  for (int i = 0; i < out.per_family(); ++i) {
    std::vector<Digits> operands;
    for (int x = 0; x + 1 < k; ++x) operands.push_back(random_digits(shape.base, n, draws));
    operands.push_back(completing_addend(shape.base, operands, near_power(shape.base, n, draws)));
    out.add(shape, "completed", operands);
  }
  // The chains of ADD in two of the addends, the others zero.
  if (shape.digits_per_digit != 1) return;
  Collector pairs(Task::add(shape.base, n), std::max(1, out.per_family() / 8));
  add_families(Shape::of_digits(Task::add(shape.base, n)), draws, pairs);
  for (const NamedProblem& pair : pairs.take()) {
    std::vector<Digits> operands = zeros;
    const int first = draws.between(0, k - 2);
    operands[size(first)] = pair.problem.operands[0];
    operands[size(draws.between(first + 1, k - 1))] = pair.problem.operands[1];
    out.add(shape, "two_addends", operands);
  }
}

}  // namespace carrybit::families
