#include "proofs_check/theorems/feng_reductions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/parallel.hpp"

namespace carrybit::proofs {

namespace {

struct Sizes {
  int digits = 0;             // D
  std::int64_t constant = 0;  // K
};

Sizes sizes(int bits, int base) {
  Sizes s;
  std::int64_t power = 1;
  while (power <= bits) {
    power *= base;
    ++s.digits;
  }
  s.constant = power - bits / 2 - 1;
  return s;
}

void write(std::int64_t value, int base, int at, Digits& digits) {
  for (; value != 0; value /= base) {
    digits[static_cast<std::size_t>(at++)] = static_cast<int>(value % base);
  }
}

}  // namespace

Reduction majority_to_iter_add(const std::vector<int>& bits, int base) {
  const int n = static_cast<int>(bits.size());
  const Sizes s = sizes(n, base);
  Reduction r{Task::iter_add(base, s.digits, n + 1), {}, s.digits};
  for (const int bit : bits) {
    Digits addend(static_cast<std::size_t>(s.digits), 0);
    addend[0] = bit;
    r.problem.operands.push_back(std::move(addend));
  }
  Digits constant(static_cast<std::size_t>(s.digits), 0);
  write(s.constant, base, 0, constant);
  r.problem.operands.push_back(std::move(constant));
  return r;
}

Reduction majority_to_mul(const std::vector<int>& bits, int base) {
  const int n = static_cast<int>(bits.size());
  const Sizes s = sizes(n, base);
  const int block = s.digits + 1;
  const int length = (n + 1) * block;
  const int digit = n * block + s.digits;
  Reduction r{Task::mul(base, length, digit + 1), {}, digit};
  Digits a(static_cast<std::size_t>(length), 0), b = a;
  for (int i = 0; i < n; ++i) {
    a[static_cast<std::size_t>(i * block)] = bits[static_cast<std::size_t>(i)];
  }
  write(s.constant, base, n * block, a);
  for (int j = 0; j <= n; ++j) {
    b[static_cast<std::size_t>(j * block)] = 1;
  }
  r.problem.operands = {std::move(a), std::move(b)};
  return r;
}

std::string find_wrong_reduction(const Reducer& reduce, int n, int base, std::uint64_t& cases) {
  for (std::uint32_t input = 0; input < 1U << n; ++input) {
    std::vector<int> bits;
    int count = 0;
    for (int i = 0; i < n; ++i) {
      bits.push_back(static_cast<int>(input >> i & 1U));
      count += bits.back();
    }
    const Reduction r = reduce(bits, base);
    const Digits answer = exact_answer(r.task, r.problem);
    ++cases;
    if (answer[static_cast<std::size_t>(r.digit)] != (2 * count > n ? 1 : 0)) {
      std::string text;
      for (const int bit : bits) {
        text += static_cast<char>('0' + bit);
      }
      return fmt::format("n = {}, bits {}, base {}: digit {} of the answer is {}", n, text, base,
                         r.digit, answer[static_cast<std::size_t>(r.digit)]);
    }
  }
  return "";
}

namespace {

constexpr std::array bases = {2, 3, 10};

Report check(const Limits& limits, const Reducer& reduce, std::string claim) {
  const int most = limits.length(16, 1, 20);
  std::vector<std::string> wrong(bases.size() * static_cast<std::size_t>(most));
  std::vector<std::uint64_t> cases(wrong.size());
  parallel_for(wrong.size(), [&](std::size_t i) {
    const std::size_t n = i % static_cast<std::size_t>(most) + 1;
    wrong[i] = find_wrong_reduction(reduce, static_cast<int>(n),
                                    bases[i / static_cast<std::size_t>(most)], cases[i]);
  });
  std::string first;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    first = first.empty() ? wrong[i] : first;
    total += cases[i];
  }
  Report report;
  report.verdicts.push_back(
      exhausted(std::move(claim),
                fmt::format("all strings of 1 to {} bits, bases 2, 3 and 10, exact answers", most),
                total, first));
  return report;
}

}  // namespace

Report check_feng_4_2(const Limits& limits) {
  return check(limits, majority_to_iter_add,
               "MAJORITY of n bits is digit D of a sum of n + 1 numbers of D digits, p^D > n");
}

Report check_feng_4_3(const Limits& limits) {
  return check(limits, majority_to_mul,
               "MAJORITY of n bits is the highest digit asked for of a product of two numbers of "
               "(n + 1)(D + 1) digits, p^D > n");
}

}  // namespace carrybit::proofs
