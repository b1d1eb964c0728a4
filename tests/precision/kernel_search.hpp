#pragma once
// The search for a kernel's worst error, against MPFR at 300 bits. CARRYBIT_KERNEL_ARGUMENTS=1000000
// asks for a longer one (random arguments per function).

#include <doctest/doctest.h>
#include <mpfr.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include "precision/lane/erf.hpp"
#include "precision/lane/exp.hpp"
#include "precision/lane/log.hpp"
#include "precision/lane/sincos.hpp"
#include "precision/lane/tanh.hpp"

namespace carrybit::tests {

using namespace carrybit::lane;

inline constexpr double infinite = std::numeric_limits<double>::infinity();
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Big {
  mpfr_t v;
  explicit Big(mpfr_prec_t bits = 300) { mpfr_init2(v, bits); }
  Big(const Big&) = delete;
  Big& operator=(const Big&) = delete;
  ~Big() { mpfr_clear(v); }
};

inline void set(Big& out, double hi, double lo) {
  mpfr_set_d(out.v, hi, MPFR_RNDN);
  mpfr_add_d(out.v, out.v, lo, MPFR_RNDN);
}

inline DoubleDouble nearest(const Big& value) {
  Big rest(400);
  const double hi = mpfr_get_d(value.v, MPFR_RNDN);
  mpfr_sub_d(rest.v, value.v, hi, MPFR_RNDN);
  return {hi, mpfr_get_d(rest.v, MPFR_RNDN)};
}

inline bool operator==(DoubleDouble a, DoubleDouble b) { return a.hi == b.hi && a.lo == b.lo; }

/// |hi + lo - truth| / |hi|.
inline double relative_error(double hi, double lo, const Big& truth) {
  static Big difference;
  if (hi == 0) {
    return mpfr_zero_p(truth.v) != 0 ? 0 : infinite;
  }
  mpfr_sub_d(difference.v, truth.v, hi, MPFR_RNDN);
  mpfr_sub_d(difference.v, difference.v, lo, MPFR_RNDN);
  mpfr_div_d(difference.v, difference.v, hi, MPFR_RNDN);
  return std::fabs(mpfr_get_d(difference.v, MPFR_RNDA));
}

inline std::mt19937_64& random_bits() {
  static std::mt19937_64 generator(20251);
  return generator;
}
/// In [0, 1).
inline double uniform() { return static_cast<double>(random_bits()() >> 11) * 0x1p-53; }

inline int random_count() {
  const char* text = std::getenv("CARRYBIT_KERNEL_ARGUMENTS");
  return text != nullptr ? std::atoi(text) : 50000;
}

struct Kernel {
  std::string name;
  Approx (*approx)(double, double);
  int (*truth)(mpfr_t, const mpfr_t, mpfr_rnd_t);
  double claim;
  double lowest, highest;  // magnitudes of the range
  bool signs;              // negative arguments too
};

inline const Kernel exp_kernel = {"exp", exp_approx, mpfr_exp, exp_error, 0x1p-900, 620, true};
inline const Kernel log_kernel = {"log",     log_approx, mpfr_log, log_error,
                                  0x1p-1000, 0x1.fp1023, false};
inline const Kernel tanh_kernel = {"tanh", tanh_approx, mpfr_tanh, tanh_error, 0x1p-900, 40, true};
inline const Kernel erf_kernel = {"erf", erf_approx, mpfr_erf, erf_error, 0x1p-900, 6.5, true};
inline const Kernel sin_kernel = {"sin",    sin_approx, mpfr_sin, sincos_error,
                                  0x1p-900, 0x1p30,     true};
inline const Kernel cos_kernel = {"cos",    cos_approx, mpfr_cos, sincos_error,
                                  0x1p-900, 0x1p30,     true};

/// Compares one function with MPFR at one argument after another, and remembers the worst.
class Search {
 public:
  explicit Search(const Kernel& kernel) : kernel_(kernel) {}

  void at(double xh, double xl) {
    if (xh + xl != xh || !(std::fabs(xh) >= kernel_.lowest && std::fabs(xh) <= kernel_.highest)) {
      return;
    }
    const Approx y = kernel_.approx(xh, xl);
    set(x_, xh, xl);
    ++count_;
    if (y.error < 0) {
      ++unanswered_;
      return;
    }
    kernel_.truth(truth_.v, x_.v, MPFR_RNDN);
    const double ratio = relative_error(y.hi, y.lo, truth_) / y.error;
    if (!(ratio <= worst_)) {
      worst_ = ratio;
      worst_at_ = {xh, xl};
    }
    if (!(std::fabs(y.lo) <= 0x1p-52 * std::fabs(y.hi))) {
      ++not_normal_;
    }
  }

  /// At the argument, its neighbours, and double-doubles near it.
  void around(double xh) {
    const double ulp = std::nextafter(std::fabs(xh), infinite) - std::fabs(xh);
    for (int step = -2; step <= 2; ++step) {
      const double x = xh + step * ulp;
      at(x, 0);
      at(x, ulp * 0x1p-12);
      at(x, -ulp * (0.49 * uniform()));
    }
  }

  void random(int arguments) {
    const double low = std::log2(kernel_.lowest);
    const double high = std::log2(kernel_.highest);
    for (int i = 0; i < arguments; ++i) {
      double x = 0;
      switch (i & 3) {
        case 0: x = std::exp2(low + (high - low) * uniform()); break;
        case 1: x = std::exp2(-30 + (std::fmin(high, 30) + 30) * uniform()); break;
        default: x = std::fmin(kernel_.highest, 700) * uniform(); break;
      }
      if (kernel_.signs && (random_bits()() & 1) != 0) {
        x = -x;
      }
      const double ulp = std::nextafter(std::fabs(x), infinite) - std::fabs(x);
      at(x, (i & 4) != 0 ? 0 : ulp * (uniform() - 0.5));
      if ((i & 15) == 0) {
        fixed_point(static_cast<int>(random_bits()() % 63), static_cast<int>(random_bits()() % 63));
      }
    }
  }

  /// A value of up to 63 bits with `fraction` of them behind the point.
  void fixed_point(int fraction, int leading_zeros) {
    auto m = static_cast<std::int64_t>((random_bits()() | (1ULL << 63)) >> (leading_zeros + 1));
    if (kernel_.signs && (random_bits()() & 1) != 0) {
      m = -m;
    }
    const auto hi = static_cast<double>(m);
    if (std::fabs(hi) < 0x1p63) {
      const auto lo = static_cast<double>(m - static_cast<std::int64_t>(hi));
      at(std::ldexp(hi, -fraction), std::ldexp(lo, -fraction));
    }
  }

  void both(double x) {
    around(x);
    if (kernel_.signs) {
      around(-x);
    }
  }

  void done(double share = 0.125) const {
    MESSAGE(kernel_.name << ": " << count_ << " arguments, worst error 2^"
                         << std::log2(worst_ * kernel_.claim) << ", claimed 2^"
                         << std::log2(kernel_.claim) << ", margin "
                         << (worst_ > 0 ? 1 / worst_ : infinite) << ", unanswered " << unanswered_);
    INFO("worst at " << worst_at_.hi << " + " << worst_at_.lo);
    CHECK(count_ > 1000);
    CHECK(worst_ <= share);  // what the proof says; 1 would be what the kernel claims
    CHECK(not_normal_ == 0);
  }
  void all_answered() const { CHECK(unanswered_ == 0); }
  double worst() const { return worst_; }
  int unanswered() const { return unanswered_; }

 private:
  const Kernel kernel_;
  Big x_{1100};  // holds every argument exactly
  Big truth_;
  double worst_ = 0;
  DoubleDouble worst_at_ = {0, 0};
  int count_ = 0, unanswered_ = 0, not_normal_ = 0;
};

/// Powers of two and their neighbours, and small fractions.
inline void common_structure(Search& search) {
  for (int e = -900; e <= 1023; e += (e < -60 || e > 60) ? 7 : 1) {
    search.both(std::ldexp(1.0, e));
    search.both(std::ldexp(1.5, e));
  }
  for (int i = 1; i <= 400; ++i) {
    search.both(i / 64.0);
    search.both(i / 10.0);
  }
}

}  // namespace carrybit::tests
