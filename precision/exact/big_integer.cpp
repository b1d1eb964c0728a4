#include "precision/exact/big_integer.hpp"

#include <cmath>
#include <utility>

namespace carrybit::exact {

namespace {

constexpr std::int64_t short_quotient = 4096;  // bits, up to which schoolbook division wins
constexpr std::int64_t short_root = 52;        // bits that a double holds

struct Division {
  Integer quotient;
  Integer remainder;
};

Division divide(const Integer& n, const Integer& d);

/// The divisor is longer than the quotient: the leading bits of both give a quotient that is at
/// most a few units too large, and the remainder tells.
Division divide_by_leading_bits(const Integer& n, const Integer& d, std::int64_t cut) {
  const auto s = static_cast<unsigned>(cut);
  Division result;
  result.quotient = divide(n >> s, d >> s).quotient;
  result.remainder = n - result.quotient * d;
  while (result.remainder < 0) {
    --result.quotient;
    result.remainder += d;
  }
  return result;
}

/// As in long division: the leading half of the quotient first.
Division divide_by_halves(const Integer& n, const Integer& d, std::int64_t half) {
  const auto s = static_cast<unsigned>(half);
  const Integer leading = n >> s;
  Division high = divide(leading, d);
  Division low = divide((high.remainder << s) + (n - (leading << s)), d);
  low.quotient += high.quotient << s;
  return low;
}

/// C. Burnikel and J. Ziegler, "Fast recursive division", 1998, in its plainest form.
Division divide(const Integer& n, const Integer& d) {
  const std::int64_t divisor_bits = bit_length(d);
  const std::int64_t quotient_bits = n == 0 ? 0 : bit_length(n) - divisor_bits + 1;
  if (quotient_bits <= short_quotient || divisor_bits <= short_quotient) {
    Division result;
    boost::multiprecision::divide_qr(n, d, result.quotient, result.remainder);
    return result;
  }
  const std::int64_t spare = divisor_bits - (quotient_bits + 4);
  return spare > 0 ? divide_by_leading_bits(n, d, spare)
                   : divide_by_halves(n, d, quotient_bits / 2);
}

}  // namespace

Integer floor_quotient(const Integer& n, const Integer& d) { return divide(n, d).quotient; }

Integer floor_sqrt(const Integer& n) {
  if (n < 2 || bit_length(n) <= short_root) {
    const auto small = static_cast<std::uint64_t>(n);
    const auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(small)));
    return root * root > small ? root - 1 : root;
  }
  // One Newton step from the root of the leading half of the bits, which is never too small, then
  // the last unit.
  const std::int64_t quarter = bit_length(n) / 4;
  const Integer start = (floor_sqrt(n >> static_cast<unsigned>(2 * quarter)) + 1)
                        << static_cast<unsigned>(quarter);
  Integer root = (start + floor_quotient(n, start)) >> 1;
  while (root * root > n) {
    --root;
  }
  return root;
}

}  // namespace carrybit::exact
