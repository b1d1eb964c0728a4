#include <algorithm>

#include "precision/exact/big_fixed.hpp"
#include "precision/exact/constants.hpp"
#include "precision/exact/enclose.hpp"
#include "precision/exact/exact.hpp"
#include "precision/exact/kernels.hpp"

namespace carrybit::exact {

namespace {

/// x = z * 2^exponent with z near 1: z = 1 + t * 2^-fraction_bits.
struct Reduced {
  std::int64_t exponent = 0;
  Integer t;
  std::int64_t fraction_bits = 0;
};

/// z lies in [3/4, 3/2): then only x near 1, with exponent 0, has a logarithm near 0.
Reduced reduce(const Number& x) {
  Reduced reduced;
  reduced.exponent = x.leading_exponent();
  reduced.fraction_bits = bit_length(x.magnitude) - 1;
  const bool upper_half = reduced.fraction_bits > 0 &&
                          boost::multiprecision::bit_test(
                              x.magnitude, static_cast<unsigned>(reduced.fraction_bits - 1));
  if (upper_half) {
    ++reduced.exponent;
    ++reduced.fraction_bits;
  }
  reduced.t = x.magnitude - (Integer(1) << static_cast<unsigned>(reduced.fraction_bits));
  return reduced;
}

Integer signed_shift(const Integer& n, std::int64_t by) {
  const Integer magnitude = shifted(boost::multiprecision::abs(n), by);
  return n < 0 ? Integer(-magnitude) : magnitude;
}

/// log x = k ln2 + log z.
///
/// In units of 2^-w: k ln2 is taken with as many more bits as k has, two and more: it is wrong by
/// less than 1, and its cut loses 1. Cutting t loses 1, which the logarithm at most multiplies by
/// 1/z <= 4/3; the kernel adds 2. Together below 6.
/// For k = 0, |log x| > |z - 1|/2; for other k, |log x| > 1/4: w makes the relative width less than
/// 2^-bits.
Enclosure enclose_log(const Reduced& x, std::int64_t bits, const Format& format) {
  std::int64_t w = bits + 7;
  if (x.exponent == 0) {
    w += x.fraction_bits - bit_length(boost::multiprecision::abs(x.t)) + 1;
  }
  if (format.is_fixed()) {  // a large result may have to be wrapped
    w = std::max<std::int64_t>(w, format.fraction_bits + 48);
  }
  Integer value = logarithm(signed_shift(x.t, w - x.fraction_bits), w);
  if (x.exponent != 0) {
    const Integer k = x.exponent;
    const std::int64_t extra = bit_length(boost::multiprecision::abs(k)) + 2;
    value += signed_shift(k * ln2(w + extra), -extra);
  }
  constexpr int error = 6;
  const Integer magnitude = boost::multiprecision::abs(value);
  return {value<0, magnitude> error ? Integer(magnitude - error) : Integer(0), magnitude + error,
          -w};
}

}  // namespace

// log x of a dyadic x other than 1 is transcendental (Lindemann), so that the enclosures decide.
Number log(const Number& a, const Context& context) {
  if (a.is_nan()) {
    return deliver_nan(context, "log");
  }
  if (a.is_zero()) {
    return deliver_infinity(true, context, "log");
  }
  if (a.negative) {
    return deliver_invalid(a.is_finite(), context, "log");
  }
  if (a.is_infinite()) {
    return deliver_infinity(false, context, "log");
  }
  const Reduced x = reduce(a);
  if (x.exponent == 0 && x.t == 0) {
    return deliver_zero(false, context);
  }
  return round_enclosed([&](std::int64_t bits) { return enclose_log(x, bits, context.format); },
                        context, "log");
}

}  // namespace carrybit::exact
