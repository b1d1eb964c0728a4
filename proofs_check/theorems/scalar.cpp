#include "proofs_check/theorems/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "precision/encoding.hpp"
#include "precision/error.hpp"
#include "precision/text.hpp"

namespace carrybit::proofs {

Scalar::Scalar(const Format& format, Rounding rounding, Draw draw)
    : format_(format), exact_{format, rounding, draw, nullptr} {
  if (!carries(Carrier::float64, format)) {
    throw BadInput(fmt::format(
        "{}: this check computes in double lanes; accepted: floats of at most 25 significand and "
        "10 exponent bits, fixed point of at most 26 bits",
        format.name()));
  }
  context_ = {lane_spec(format), rounding, draw, nullptr};
}

double Scalar::exp(double a) const {
  const lane::Decision y = lane::exp(a, context_);
  return y.decided ? y.value : exact::exp(Number::from_double(a), exact_).to_double();
}

double Scalar::round(const Number& value) const {
  return exact::convert(value, exact_).to_double();
}

double Scalar::smallest() const { return exact::smallest(format_).to_double(); }

std::vector<double> Scalar::values() const {
  if (format_.width() > 18) {
    throw BadInput(fmt::format("{}: only formats of at most 18 bits are listed value by value",
                               format_.name()));
  }
  std::vector<double> all;
  bool nan = false;
  for (int code = 0; code < 1 << format_.width(); ++code) {
    if (format_.is_fixed() && !format_.twos_complement && code == 1 << (format_.width() - 1)) {
      continue;  // no value of a symmetric format
    }
    const double x = decode(Integer(code), format_).to_double();
    if (lane::is_nan(x)) {
      nan = true;
    } else {
      all.push_back(x);
    }
  }
  std::ranges::sort(all, [](double a, double b) {
    return a != b ? a < b : lane::is_negative(a) && !lane::is_negative(b);
  });
  const auto last = std::ranges::unique(all, [](double a, double b) { return same(a, b); });
  all.erase(last.begin(), last.end());
  if (nan) {
    all.push_back(lane::quiet_nan<double>());
  }
  return all;
}

bool same(double a, double b) {
  return lane::is_nan(a) ? lane::is_nan(b) : lane::to_word(a) == lane::to_word(b);
}

std::string decimal(double value) { return to_decimal(Number::from_double(value)); }

}  // namespace carrybit::proofs
