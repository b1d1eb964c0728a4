#include "arith_tasks/families.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "arith_tasks/integer.hpp"

namespace carrybit::families {

namespace {

std::size_t size(int count) { return static_cast<std::size_t>(count); }

std::string full_name(const Shape& shape, std::string_view family) {
  return (shape.digits_per_digit == 1 ? "" : "token_") + std::string(family);
}

std::uint64_t hash(const Problem& problem) {
  std::uint64_t h = 14695981039346656037U;  // FNV-1a over the digits
  for (const Digits& operand : problem.operands)
    for (const int digit : operand) h = (h ^ static_cast<std::uint64_t>(digit)) * 1099511628211U;
  return h;
}

}  // namespace

Shape Shape::of_digits(const Task& task) {
  return {task.kind(), task.base(), task.digits(), task.operands(), task.answer_digits(), 1};
}

Shape Shape::of_tokens(const Task& task) {
  return {task.kind(),     task.token_base(),    task.operand_tokens(),
          task.operands(), task.answer_tokens(), task.digits_per_token()};
}

bool Collector::full(const Shape& shape, std::string_view family) const {
  const auto at = counts_.find(full_name(shape, family));
  return at != counts_.end() && at->second >= per_family_;
}

void Collector::add(const Shape& shape, std::string_view family,
                    const std::vector<Digits>& operands) {
  NamedProblem made{.problem = {}, .family = full_name(shape, family)};
  int& count = counts_[made.family];
  if (count >= per_family_) return;
  for (const Digits& operand : operands) {
    Digits digits;
    for (int token : operand)
      for (int i = 0; i < shape.digits_per_digit; ++i, token /= task_.base())
        digits.push_back(token % task_.base());
    digits.resize(size(task_.digits()), 0);
    made.problem.operands.push_back(std::move(digits));
  }
  const std::uint64_t key = hash(made.problem);
  const auto [first, last] = seen_.equal_range(key);
  for (auto at = first; at != last; ++at)
    if (problems_[at->second].problem == made.problem) return;
  seen_.emplace(key, problems_.size());
  problems_.push_back(std::move(made));
  ++count;
}

std::vector<int> spread(int count, int most) {
  std::vector<int> out;
  const int kept = std::min(count, most);
  for (int i = 0; i < kept; ++i)
    out.push_back(kept == 1 ? 0 : static_cast<int>(std::int64_t{i} * (count - 1) / (kept - 1)));
  return out;
}

std::vector<int> around_powers_of_two(int limit, int also) {
  std::set<int> out;
  const auto around = [&](std::int64_t t) {
    for (std::int64_t x = t - 1; x <= t + 1; ++x)
      if (x >= 0 && x <= limit) out.insert(static_cast<int>(x));
  };
  around(also);
  for (std::int64_t t = 1; t <= limit; t *= 2) around(t);
  return {out.begin(), out.end()};
}

Digits random_digits(int base, int count, DrawStream& draws) {
  Digits out(size(count));
  for (int& digit : out) digit = draws.between(0, base - 1);
  return out;
}

Digits random_bits(int count, int ones, DrawStream& draws) {
  Digits out(size(count), 0);
  std::fill_n(out.begin(), ones, 1);
  draws.shuffle(out);
  return out;
}

Digits near_power(int base, int count, DrawStream& draws) {
  Digits out = random_digits(base, count, draws);
  const int run = draws.between(0, count);
  const bool nines = draws.chance(1, 2);
  std::fill_n(out.begin(), run, nines ? base - 1 : 0);
  if (run > 0 && draws.chance(1, 3)) out[0] = nines ? base - 2 : 1;
  return out;
}

std::vector<Digits> from_columns(int base, const std::vector<Column>& columns, DrawStream& draws) {
  std::vector<Digits> out(2, Digits(columns.size(), 0));
  for (std::size_t j = 0; j < columns.size(); ++j) {
    int& a = out[0][j];
    int& b = out[1][j];
    switch (columns[j]) {
      case Column::any:
        a = draws.between(0, base - 1);
        b = draws.between(0, base - 1);
        break;
      case Column::propagate:
        a = draws.between(0, base - 1);
        b = base - 1 - a;
        break;
      case Column::generate:
        a = draws.between(1, base - 1);
        b = base - a;
        break;
      case Column::generate_max: a = b = base - 1; break;
      case Column::kill:
        a = draws.between(0, base - 2);
        b = base - 2 - a;
        break;
      case Column::kill_zero: break;
    }
  }
  return out;
}

std::vector<Digits> from_column_sums(const Shape& shape, const std::vector<std::int64_t>& sums,
                                     DrawStream& draws) {
  std::vector<Digits> out(size(shape.operands), Digits(size(shape.digits), 0));
  std::vector<int> order(size(shape.operands));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t j = 0; j < sums.size(); ++j) {
    draws.shuffle(order);
    std::int64_t rest = sums[j];
    std::int64_t others = shape.operands;
    for (const int x : order) {
      --others;  // what the others cannot hold, this digit must
      const std::int64_t least = std::max<std::int64_t>(0, rest - others * shape.top());
      const std::int64_t most = std::min<std::int64_t>(shape.top(), rest);
      const int digit = draws.between(static_cast<int>(least), static_cast<int>(most));
      out[size(x)][j] = digit;
      rest -= digit;
    }
  }
  return out;
}

std::vector<std::int64_t> column_sums_of(const Shape& shape, const Digits& total) {
  const std::int64_t most = std::int64_t{shape.operands} * shape.top();
  std::vector<std::int64_t> sums(size(shape.digits), 0);
  std::int64_t rest = 0;  // of the digits above, in units of the digit at hand
  for (std::size_t j = std::max(total.size(), sums.size()); j-- > 0;) {
    rest = rest * shape.base + (j < total.size() ? total[j] : 0);
    if (j >= sums.size()) continue;
    sums[j] = std::min(most, rest);
    rest -= sums[j];
    rest = std::min<std::int64_t>(rest, shape.operands);  // more cannot be placed below
  }
  return sums;
}

Digits completing_addend(int base, const std::vector<Digits>& others, const Digits& want) {
  Digits out(want.size());
  std::int64_t carry = 0;
  for (std::size_t j = 0; j < want.size(); ++j) {
    std::int64_t sum = carry;
    for (const Digits& other : others) sum += other[j];
    const std::int64_t digit = ((want[j] - sum) % base + base) % base;
    out[j] = static_cast<int>(digit);
    carry = (sum + digit) / base;
  }
  return out;
}

Digits completing_factor(int base, const Digits& a, const Digits& want, DrawStream& draws) {
  const int s = static_cast<int>(want.size());
  const mpz_class modulus = gmp::power(base, s);
  mpz_class b;
  mpz_invert(b.get_mpz_t(), gmp::to_integer(a, base).get_mpz_t(), modulus.get_mpz_t());
  b = b * gmp::to_integer(want, base) % modulus;
  Digits out = gmp::to_digits(b, base, s);
  while (out.size() < a.size()) out.push_back(draws.between(0, base - 1));
  return out;
}

Digits random_unit(int base, int count, DrawStream& draws) {
  Digits out = random_digits(base, count, draws);
  while (std::gcd(out[0], base) != 1) out[0] = draws.between(0, base - 1);
  return out;
}

}  // namespace carrybit::families
