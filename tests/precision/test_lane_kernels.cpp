// The transcendental kernels of the lane engine, against MPFR at 300 bits: every error that a
// kernel claims, every constant that it uses. CARRYBIT_KERNEL_ARGUMENTS=1000000 asks for a longer
// search (random arguments per function).

#include <doctest/doctest.h>
#include <mpfr.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "precision/lane/erf.hpp"
#include "precision/lane/exp.hpp"
#include "precision/lane/log.hpp"
#include "precision/lane/sincos.hpp"
#include "precision/lane/tanh.hpp"

namespace {

using namespace carrybit::lane;

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Big {
  mpfr_t v;
  explicit Big(mpfr_prec_t bits = 300) { mpfr_init2(v, bits); }
  Big(const Big&) = delete;
  Big& operator=(const Big&) = delete;
  ~Big() { mpfr_clear(v); }
};

void set(Big& out, double hi, double lo) {
  mpfr_set_d(out.v, hi, MPFR_RNDN);
  mpfr_add_d(out.v, out.v, lo, MPFR_RNDN);
}

DoubleDouble nearest(const Big& value) {
  Big rest(400);
  const double hi = mpfr_get_d(value.v, MPFR_RNDN);
  mpfr_sub_d(rest.v, value.v, hi, MPFR_RNDN);
  return {hi, mpfr_get_d(rest.v, MPFR_RNDN)};
}

bool operator==(DoubleDouble a, DoubleDouble b) { return a.hi == b.hi && a.lo == b.lo; }

/// |hi + lo - truth| / |hi|.
double relative_error(double hi, double lo, const Big& truth) {
  static Big difference;
  if (hi == 0) {
    return mpfr_zero_p(truth.v) != 0 ? 0 : infinite;
  }
  mpfr_sub_d(difference.v, truth.v, hi, MPFR_RNDN);
  mpfr_sub_d(difference.v, difference.v, lo, MPFR_RNDN);
  mpfr_div_d(difference.v, difference.v, hi, MPFR_RNDN);
  return std::fabs(mpfr_get_d(difference.v, MPFR_RNDA));
}

std::mt19937_64& random_bits() {
  static std::mt19937_64 generator(20251);
  return generator;
}
/// In [0, 1).
double uniform() { return static_cast<double>(random_bits()() >> 11) * 0x1p-53; }

int random_count() {
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

const Kernel exp_kernel = {"exp", exp_approx, mpfr_exp, exp_error, 0x1p-900, 620, true};
const Kernel log_kernel = {"log", log_approx, mpfr_log, log_error, 0x1p-1000, 0x1.fp1023, false};
const Kernel tanh_kernel = {"tanh", tanh_approx, mpfr_tanh, tanh_error, 0x1p-900, 40, true};
const Kernel erf_kernel = {"erf", erf_approx, mpfr_erf, erf_error, 0x1p-900, 6.5, true};
const Kernel sin_kernel = {"sin", sin_approx, mpfr_sin, sincos_error, 0x1p-900, 0x1p30, true};
const Kernel cos_kernel = {"cos", cos_approx, mpfr_cos, sincos_error, 0x1p-900, 0x1p30, true};

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
void common_structure(Search& search) {
  for (int e = -900; e <= 1023; e += (e < -60 || e > 60) ? 7 : 1) {
    search.both(std::ldexp(1.0, e));
    search.both(std::ldexp(1.5, e));
  }
  for (int i = 1; i <= 400; ++i) {
    search.both(i / 64.0);
    search.both(i / 10.0);
  }
}

Approx exp_spoiled(double xh, double xl, int spoiled) {
  // exp_approx with the last bit of the leading part of 1/spoiled! changed.
  const auto coefficient = [spoiled](int n) {
    DoubleDouble c = inverse_factorial(n);
    c.hi = n == spoiled ? std::nextafter(c.hi, 1.0) : c.hi;
    return c;
  };
  const double n = nearest_integer(xh * 0x1.71547652b82fep+5);
  const DoubleDouble r = exact_sum(xh, -n * 0x1.62e42fefap-6) + -n * 0x1.cf79abc9ep-45 + xl +
                         -n * 0x1.d9cc01f97b57ap-84;
  double tail = 0;
  for (int i = 12; i >= 8; --i) {
    tail = tail * r.hi + coefficient(i).hi;
  }
  DoubleDouble sum = {tail, 0};
  for (int i = 7; i >= 2; --i) {
    sum = plus_small(coefficient(i), sum * r);
  }
  const DoubleDouble p = r + r * r * sum;
  const int index = static_cast<int>(n);
  const int j = ((index + 16) & 31) - 16;
  const DoubleDouble t = exp2_minus_one(j);
  const DoubleDouble y = t + (p + t * p) + 1.0;
  const auto scale = power_of_two<double>((index - j) / 32);
  return {scale * y.hi, scale * y.lo, exp_error};
}

template <int spoiled>
Approx exp_spoiled(double xh, double xl) {
  return exp_spoiled(xh, xl, spoiled);
}

}  // namespace

TEST_CASE("the constants are the nearest double-doubles to their definitions") {
  Big x(400), y(400);
  for (int n = 0; n <= 27; ++n) {
    mpfr_fac_ui(x.v, static_cast<unsigned long>(n), MPFR_RNDN);
    mpfr_ui_div(x.v, 1, x.v, MPFR_RNDN);
    CHECK(inverse_factorial(n) == nearest(x));
  }
  for (int j = -16; j < 16; ++j) {
    mpfr_set_si_2exp(x.v, j, -5, MPFR_RNDN);
    mpfr_exp2(x.v, x.v, MPFR_RNDN);
    mpfr_sub_ui(x.v, x.v, 1, MPFR_RNDN);
    CHECK(exp2_minus_one(j) == nearest(x));
  }
  for (int j = 0; j <= 52; ++j) {
    mpfr_set_si_2exp(x.v, j, -3, MPFR_RNDN);
    mpfr_erf(x.v, x.v, MPFR_RNDN);
    CHECK(erf_of_eighths(j) == nearest(x));
  }
  // The rest are in the kernels' text, and here again.
  mpfr_const_log2(x.v, MPFR_RNDN);
  CHECK(nearest(x) == DoubleDouble{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56});
  mpfr_sub_d(y.v, x.v, 0x1.62e42fefa38p-1, MPFR_RNDN);
  CHECK(nearest(y).hi == 0x1.ef35793c7673p-45);
  mpfr_div_ui(x.v, x.v, 32, MPFR_RNDN);
  mpfr_sub_d(y.v, x.v, 0x1.62e42fefap-6, MPFR_RNDN);
  mpfr_sub_d(y.v, y.v, 0x1.cf79abc9ep-45, MPFR_RNDN);
  CHECK(nearest(y).hi == 0x1.d9cc01f97b57ap-84);
  mpfr_ui_div(y.v, 1, x.v, MPFR_RNDN);
  CHECK(nearest(y).hi == 0x1.71547652b82fep+5);
  mpfr_const_pi(x.v, MPFR_RNDN);
  mpfr_sqrt(y.v, x.v, MPFR_RNDN);
  mpfr_ui_div(y.v, 2, y.v, MPFR_RNDN);
  CHECK(nearest(y) == DoubleDouble{0x1.20dd750429b6dp+0, 0x1.1ae3a914fed8p-56});
  mpfr_div_ui(x.v, x.v, 2, MPFR_RNDN);
  mpfr_ui_div(y.v, 1, x.v, MPFR_RNDN);
  CHECK(nearest(y).hi == 0x1.45f306dc9c883p-1);
  for (const double part : {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110,
                            0x1.4cf98e804177dp-164}) {
    CHECK(nearest(x).hi == part);
    mpfr_sub_d(x.v, x.v, part, MPFR_RNDN);
  }
}

TEST_CASE("sums and products of doubles are exact") {
  Big exact, answer;
  for (int i = 0; i < 200000; ++i) {
    const double a = std::ldexp(uniform() - 0.5, static_cast<int>(random_bits()() % 100) - 50);
    const double b = std::ldexp(uniform() - 0.5, static_cast<int>(random_bits()() % 100) - 50);
    mpfr_set_d(exact.v, a, MPFR_RNDN);
    mpfr_add_d(exact.v, exact.v, b, MPFR_RNDN);
    const DoubleDouble s = exact_sum(a, b);
    set(answer, s.hi, s.lo);
    bool right = mpfr_equal_p(exact.v, answer.v) != 0 && s.hi == a + b;
    mpfr_set_d(exact.v, a, MPFR_RNDN);
    mpfr_mul_d(exact.v, exact.v, b, MPFR_RNDN);
    const DoubleDouble p = exact_product(a, b);
    set(answer, p.hi, p.lo);
    right = right && mpfr_equal_p(exact.v, answer.v) != 0 && p.hi == a * b;
    if (!right) {
      FAIL_CHECK(a << " and " << b);
    }
  }
}

TEST_CASE("the double-double operations keep the bounds of Joldes, Muller and Popescu") {
  constexpr double u2 = 0x1p-106;
  const auto random_pair = [] {
    const double hi = std::ldexp(uniform() - 0.5, static_cast<int>(random_bits()() % 8));
    return exact_sum(hi, std::ldexp(hi * (uniform() - 0.5), -52));
  };
  double worst[6] = {};
  Big a, b, truth;
  for (int i = 0; i < 200000; ++i) {
    const DoubleDouble x = random_pair();
    DoubleDouble y = random_pair();
    if ((i & 3) == 0) {  // cancellation
      y = {-x.hi * (1 + 0x1p-52 * static_cast<double>(i % 5)), y.lo * 0x1p-8};
      y = exact_sum(y.hi, y.lo);
    }
    set(a, x.hi, x.lo);
    set(b, y.hi, y.lo);
    const auto compare = [&truth](double& most, DoubleDouble z) {
      most = std::fmax(most, relative_error(z.hi, z.lo, truth));
    };
    mpfr_add_d(truth.v, a.v, y.hi, MPFR_RNDN);
    compare(worst[0], x + y.hi);
    mpfr_add(truth.v, a.v, b.v, MPFR_RNDN);
    compare(worst[1], x + y);
    mpfr_mul_d(truth.v, a.v, y.hi, MPFR_RNDN);
    compare(worst[2], x * y.hi);
    mpfr_mul(truth.v, a.v, b.v, MPFR_RNDN);
    compare(worst[3], x * y);
    mpfr_div(truth.v, a.v, b.v, MPFR_RNDN);
    compare(worst[4], x / y);
    const DoubleDouble small = {y.hi / 64, y.lo / 64};
    if (std::fabs(small.hi) <= std::fabs(x.hi) / 8) {
      set(b, small.hi, small.lo);
      mpfr_add(truth.v, a.v, b.v, MPFR_RNDN);
      compare(worst[5], plus_small(x, small));
    }
  }
  MESSAGE("in u^2: dd+d " << worst[0] / u2 << ", dd+dd " << worst[1] / u2 << ", dd*d "
                          << worst[2] / u2 << ", dd*dd " << worst[3] / u2 << ", dd/dd "
                          << worst[4] / u2 << ", plus_small " << worst[5] / u2);
  CHECK(worst[0] <= 2 * u2);
  CHECK(worst[1] <= 3.01 * u2);
  CHECK(worst[2] <= 1.51 * u2);
  CHECK(worst[3] <= 7 * u2);
  CHECK(worst[4] <= 15.01 * u2);
  CHECK(worst[5] <= 4 * u2);
}

TEST_CASE("exp") {
  Search search(exp_kernel);
  common_structure(search);
  for (int half = 1; half <= 2 * 28000; half += half < 400 ? 1 : 37) {  // where n, j and k change
    search.both(half * (0x1.62e42fefa39efp-1 / 64));
  }
  search.random(random_count());
  search.done();
  search.all_answered();

  Kernel small = exp_kernel;  // where lo underflows, the claim grows with it
  small.highest = 693;
  Search rest(small);
  for (int i = 0; i < 5000; ++i) {
    rest.at(-620 - 73 * uniform(), 0);
    rest.at(620 + 73 * uniform(), 0);
  }
  rest.done(1);
  rest.all_answered();
  CHECK(exp_approx(-620, 0).error == exp_error);
  CHECK(exp_approx(0, 0).hi == 1);
  CHECK(exp_approx(0, 0).lo == 0);
  CHECK(exp_approx(0x1p-70, 0).lo == 0x1p-70);
  for (const double x : {693.1, -693.1, infinite, -infinite, not_a_number}) {
    CHECK(exp_approx(x, 0).error < 0);
  }
}

TEST_CASE("planted: a changed last bit of one coefficient breaks the bound of exp") {
  Kernel spoiled = exp_kernel;
  const auto worst = [&spoiled](Approx (*approx)(double, double)) {
    spoiled.approx = approx;
    Search search(spoiled);
    for (int i = 0; i < 2000; ++i) {
      search.at(20 * uniform() - 10, 0);
    }
    return search.worst();
  };
  CHECK(worst(exp_spoiled<0>) <= 0.125);  // the copy is faithful
  CHECK(worst(exp_spoiled<2>) > 1000);
  CHECK(worst(exp_spoiled<3>) > 1000);
  CHECK(worst(exp_spoiled<4>) > 1000);
  CHECK(worst(exp_spoiled<5>) > 10);
}

TEST_CASE("log") {
  Search search(log_kernel);
  common_structure(search);
  for (int e = 1; e <= 200; ++e) {  // near 1, where the result is near 0
    search.around(1 + std::ldexp(1.0, -e));
    search.around(1 - std::ldexp(1.0, -e));
    search.at(1, std::ldexp(1 - 0.5 * uniform(), -60 - 4 * e));
    search.at(1, -std::ldexp(1 - 0.5 * uniform(), -60 - 4 * e));
  }
  for (int i = 0; i < 5000; ++i) {
    search.at(1 + std::exp2(-52 * uniform()), std::exp2(-54 - 9 * uniform()));
    search.at(1 - std::exp2(-52 * uniform()), -std::exp2(-55 - 9 * uniform()));
  }
  for (int k = -1000; k < 1023; ++k) {
    search.around(std::ldexp(0x1.6a09e667f3bcdp+0, k));
    search.around(std::ldexp(1.0, k));
  }
  search.around(0x1p-1000);
  search.at(std::numeric_limits<double>::max(), 0);
  search.random(random_count());
  search.done();
  search.all_answered();
  CHECK(log_approx(1, 0).hi == 0);
  CHECK(log_approx(1, 0).lo == 0);
  for (const double x : {0.0, -0.0, -1.0, 0x1p-1001, infinite, -infinite, not_a_number}) {
    CHECK(log_approx(x, 0).error < 0);
  }
}

TEST_CASE("tanh") {
  Search search(tanh_kernel);
  common_structure(search);
  for (int half = 1; half <= 1000; ++half) {
    search.both(half * (0x1.62e42fefa39efp-1 / 128));
  }
  search.random(random_count());
  search.done();
  search.all_answered();
  CHECK(tanh_approx(0, 0).hi == 0);
  for (const double x : {40.1, -41.0, 0x1p-901, infinite, -infinite, not_a_number}) {
    CHECK(tanh_approx(x, 0).error < 0);
  }
}

TEST_CASE("erf") {
  Search search(erf_kernel);
  common_structure(search);
  for (int i = 1; i <= 104; ++i) {  // centres and ends of the intervals
    search.both(i / 16.0);
  }
  search.random(random_count() / 2);
  search.done();
  search.all_answered();
  CHECK(erf_approx(0, 0).hi == 0);
  for (const double x : {6.51, -7.0, 0x1p-901, infinite, -infinite, not_a_number}) {
    CHECK(erf_approx(x, 0).error < 0);
  }
}

TEST_CASE("sin and cos") {
  for (const Kernel& kernel : {sin_kernel, cos_kernel}) {
    Search search(kernel);
    common_structure(search);
    search.random(random_count());
    Big multiple;
    double n = 0;
    for (int i = 0; i < 2000; ++i) {  // the doubles next to n pi/4
      n = i < 1000 ? n + 1 : std::floor(std::exp2(30 * uniform()));
      mpfr_const_pi(multiple.v, MPFR_RNDN);
      mpfr_mul_d(multiple.v, multiple.v, n / 4, MPFR_RNDN);
      search.both(mpfr_get_d(multiple.v, MPFR_RNDN));
    }
    // The doubles below 2^30 that are nearest to a multiple of pi/2, by continued fractions:
    // 2^-60.5 beside 29 pi/2, 2^-59.0 beside 9206271 pi/2.
    for (int doubling = 0; doubling < 24; ++doubling) {
      search.both(std::ldexp(0x1.6c6cbc45dc8dep+5, doubling));
      search.both(std::ldexp(0x1.b951f1572eba5p+23, doubling / 4));
    }
    search.done();
    search.all_answered();

    // As near as a double-double can be: right, or no answer.
    Search near(kernel);
    for (int i = 1; i < 5000; ++i) {
      n = std::floor(std::exp2(29 * uniform()));
      mpfr_const_pi(multiple.v, MPFR_RNDN);
      mpfr_mul_d(multiple.v, multiple.v, n / 2, MPFR_RNDN);
      const DoubleDouble x = nearest(multiple);
      near.at(x.hi, x.lo);
      near.at(x.hi, x.lo * (1 + std::exp2(-50 * uniform())));
    }
    near.done();
    CHECK(near.unanswered() > 0);
    for (const double x : {0x1.1p30, -0x1p31, infinite, -infinite, not_a_number}) {
      CHECK(kernel.approx(x, 0).error < 0);
    }
  }
  CHECK(sin_approx(0, 0).hi == 0);
  CHECK(cos_approx(0, 0).hi == 1);
  CHECK(cos_approx(0, 0).lo == 0);
}

TEST_CASE("exp_quick: the polynomial is within 2^-55.9") {
  // The coefficients of r^2 ... r^11 in the kernel.
  const double coefficient[] = {0x1.0000000000001p-1,  0x1.5555555555557p-3,  0x1.5555555553d63p-5,
                                0x1.11111111100dcp-7,  0x1.6c16c1788b9a4p-10, 0x1.a01a01abe7b65p-13,
                                0x1.a019b90e3c799p-16, 0x1.71de023288d0bp-19, 0x1.289184013c6bbp-22,
                                0x1.af4de76a90952p-26};
  constexpr double radius = 0.3466;
  constexpr int steps = 1 << 14;
  // Between two points of a grid an error e exceeds its larger end by at most step^2 / 8 max |e''|.
  double curvature = 0, inverse = 1;
  for (int n = 2; n < 30; ++n) {
    inverse /= n;
    const double c = n < 12 ? coefficient[n - 2] : 0;
    curvature += n * (n - 1) * std::fabs(c - inverse) * std::pow(radius, n - 2);
  }
  double worst = 0;
  Big r, exact, sum;
  for (int i = -steps; i <= steps; ++i) {
    mpfr_set_d(r.v, radius * i / steps, MPFR_RNDN);
    mpfr_set_ui(sum.v, 0, MPFR_RNDN);
    for (int n = 11; n >= 0; --n) {
      mpfr_mul(sum.v, sum.v, r.v, MPFR_RNDN);
      mpfr_add_d(sum.v, sum.v, n < 2 ? 1.0 : coefficient[n - 2], MPFR_RNDN);
    }
    mpfr_exp(exact.v, r.v, MPFR_RNDN);
    mpfr_sub(sum.v, sum.v, exact.v, MPFR_RNDN);
    worst = std::fmax(worst, std::fabs(mpfr_get_d(sum.v, MPFR_RNDN)));
  }
  const double step = radius / steps;
  const double bound = worst + step * step / 8 * curvature;
  MESSAGE("on the grid 2^" << std::log2(worst) << ", everywhere 2^" << std::log2(bound));
  CHECK(bound < std::exp2(-55.9));
}

TEST_CASE("exp_quick") {
  Big x, truth;
  double worst = 0, worst_at = 0;
  const auto at = [&](double argument) {
    mpfr_set_d(x.v, argument, MPFR_RNDN);
    mpfr_exp(truth.v, x.v, MPFR_RNDN);
    const double error = relative_error(exp_quick(argument), 0, truth);
    if (!(error <= worst)) {
      worst = error;
      worst_at = argument;
    }
  };
  for (int i = 0; i < random_count(); ++i) {
    const double sign = (random_bits()() & 1) != 0 ? 1 : -1;
    at(sign * 708 * uniform());
    at(sign * 2 * uniform());
    at(sign * std::exp2(-60 + 69 * uniform()));
  }
  for (int half = -2042; half <= 2042; ++half) {
    const double edge = half * (0x1.62e42fefa39efp-1 / 2);
    for (int step = -2; step <= 2; ++step) {
      at(edge * (1 + step * 0x1p-52));
    }
  }
  at(708);
  at(-708);
  MESSAGE("exp_quick: worst error 2^" << std::log2(worst) << " at " << worst_at << ", claimed 2^"
                                      << std::log2(exp_quick_error));
  CHECK(worst <= exp_quick_error / 3);  // the proof: 2^-51.9
  CHECK(exp_quick(0) == 1);
  CHECK(exp_quick(-0.0) == 1);
}
