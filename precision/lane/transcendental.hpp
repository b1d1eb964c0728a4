#pragma once
// exp, log, tanh, erf, sin and cos on `double` lanes: an approximation with a proven error bound,
// rounded at both ends of its interval. Where the ends round alike the result is the correct one;
// where they do not, the lane says so and the caller asks the exact engine. Never "close enough".

#include "precision/lane/erf.hpp"
#include "precision/lane/exp.hpp"
#include "precision/lane/log.hpp"
#include "precision/lane/round.hpp"
#include "precision/lane/sincos.hpp"
#include "precision/lane/tanh.hpp"

namespace carrybit::lane {

/// A result, or the word that the bound could not decide it.
struct Decision {
  double value = 0;
  bool decided = true;
};

CARRYBIT_HD inline Decision decided(double value) { return {value, true}; }
CARRYBIT_HD inline Decision undecided() { return {0, false}; }

/// hi + lo with |lo| at most about half an ulp of hi, rounded to odd.
CARRYBIT_HD inline double collapse(double hi, double lo) {
  const double sum = hi + lo;
  return to_odd(sum, lo - (sum - hi));
}

/// Rounds both ends of an interval that holds the exact value.
CARRYBIT_HD inline Decision round_ends(double low, double high, const Context& c) {
  Context quiet = c;
  quiet.faults = nullptr;
  const double a = round(low, quiet);
  const double b = round(high, quiet);
  if (to_word(a) != to_word(b)) {
    return undecided();
  }
  // A wrapped result needs every bit of a value that may be far larger than its own width.
  if (c.spec.beyond == Beyond::wrap && magnitude(low) > c.spec.largest) {
    return undecided();
  }
  return decided(round(low, c));
}

CARRYBIT_HD inline Decision round_approx(const Approx& y, const Context& c) {
  if (!(y.error >= 0)) {
    return undecided();
  }
  const double slack = y.error * magnitude(y.hi);
  return round_ends(collapse(y.hi, y.lo - slack), collapse(y.hi, y.lo + slack), c);
}

/// A value that differs from `x` by less than 2^-54 of it, towards zero or away from it.
CARRYBIT_HD inline Decision round_beside(double x, bool away, const Context& c) {
  return decided(round(from_word<double>(away ? to_word(x) + 1 : to_word(x) - 1), c));
}

CARRYBIT_HD inline Decision exp(double x, const Context& c) {
  if (is_nan(x)) {
    return decided(deliver_invalid<double>(false, c));
  }
  if (!is_finite(x)) {
    return decided(is_negative(x) ? deliver_zero<double>(false, c)
                                  : deliver_infinity<double>(false, c));
  }
  if (x == 0) {
    return decided(round(1.0, c));
  }
  if (magnitude(x) < 0x1p-60) {
    return round_beside(1.0, !is_negative(x), c);
  }
  if (x > 600) {  // beyond 2^865
    return c.spec.beyond == Beyond::wrap ? undecided() : decided(round(infinity<double>(false), c));
  }
  if (x < -600) {
    return decided(round(0x1p-865, c));
  }
  const double quick = exp_quick(x);
  const double slack = quick * exp_quick_error;
  const Decision first = round_ends(quick - 2 * slack, quick + 2 * slack, c);
  return first.decided ? first : round_approx(exp_approx(x, 0.0), c);
}

CARRYBIT_HD inline Decision log(double x, const Context& c) {
  if (is_nan(x) || (is_negative(x) && x != 0)) {
    return decided(deliver_invalid<double>(is_finite(x), c));
  }
  if (x == 0) {
    return decided(deliver_infinity<double>(true, c));
  }
  if (!is_finite(x)) {
    return decided(deliver_infinity<double>(false, c));
  }
  return x == 1 ? decided(deliver_zero<double>(false, c)) : round_approx(log_approx(x, 0.0), c);
}

CARRYBIT_HD inline Decision tanh(double x, const Context& c) {
  if (is_nan(x)) {
    return decided(deliver_invalid<double>(false, c));
  }
  if (x == 0) {
    return decided(deliver_zero<double>(is_negative(x), c));
  }
  if (!is_finite(x)) {
    return decided(round(with_sign(1.0, is_negative(x)), c));
  }
  if (magnitude(x) < 0x1p-30) {  // x - x^3/3
    return round_beside(x, false, c);
  }
  return magnitude(x) > 24 ? round_beside(with_sign(1.0, is_negative(x)), false, c)
                           : round_approx(tanh_approx(x, 0.0), c);
}

CARRYBIT_HD inline Decision erf(double x, const Context& c) {
  if (is_nan(x)) {
    return decided(deliver_invalid<double>(false, c));
  }
  if (x == 0) {
    return decided(deliver_zero<double>(is_negative(x), c));
  }
  if (!is_finite(x)) {
    return decided(round(with_sign(1.0, is_negative(x)), c));
  }
  if (magnitude(x) > 6.375) {  // erfc(6.375) < 2^-61
    return round_beside(with_sign(1.0, is_negative(x)), false, c);
  }
  return round_approx(erf_approx(x, 0.0), c);
}

CARRYBIT_HD inline Decision sin(double x, const Context& c) {
  if (!is_finite(x)) {
    return decided(deliver_invalid<double>(false, c));
  }
  if (x == 0) {
    return decided(deliver_zero<double>(is_negative(x), c));
  }
  return magnitude(x) < 0x1p-30 ? round_beside(x, false, c) : round_approx(sin_approx(x, 0.0), c);
}

CARRYBIT_HD inline Decision cos(double x, const Context& c) {
  if (!is_finite(x)) {
    return decided(deliver_invalid<double>(false, c));
  }
  if (x == 0) {
    return decided(round(1.0, c));
  }
  return magnitude(x) < 0x1p-30 ? round_beside(1.0, false, c) : round_approx(cos_approx(x, 0.0), c);
}

}  // namespace carrybit::lane
