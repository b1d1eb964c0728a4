// Hard cases made on purpose, checked against MPFR in all modes: halfway and one-off-halfway sums,
// products, quotients, roots and conversions; the subnormal boundary; the edges of overflow;
// cancellation; signed zeros; and arguments whose exponential is hardest to round, found by search.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "check_mpfr.hpp"

using namespace carrybit;
using namespace carrybit::oracle;

namespace {

constexpr std::string_view floats[] = {"fp16",
                                       "bf16",
                                       "fp32",
                                       "fp64",
                                       "fp8_e4m3",
                                       "fp8_e5m2",
                                       "float:e15.m112",
                                       "float:e3.m4:ftz",
                                       "float:e5.m10:sat",
                                       "float:e19.m236"};

Integer power(std::int64_t n) { return Integer(1) << static_cast<unsigned>(n); }

/// b^-1 modulo 2^n, b odd: Newton doubles the number of right bits.
Integer inverse(const Integer& b, std::int64_t n) {
  Integer x = 1;
  for (std::int64_t right = 1; right < n; right *= 2) {
    x = x * (2 - b * x % power(n)) % power(n);
    x = x < 0 ? Integer(x + power(n)) : x;
  }
  return x;
}

/// An odd h below 2^n with h^2 = r modulo 2^n, r = 1 modulo 8: one more bit at a time.
Integer root_of(const Integer& r, std::int64_t n) {
  Integer h = 1;
  for (std::int64_t k = 3; k < n; ++k) {
    if ((h * h - r) % power(k + 1) != 0) {
      h += power(k - 1);
    }
  }
  return h;
}

/// How near the exact value is to a value of a format or a midpoint, in quanta: 2^-result.
double nearness(const Exact& exact, int precision) {
  Mpfr nearest(precision + 1);
  mpfr_set(nearest, exact.value, MPFR_RNDN);
  Mpfr distance(64);
  mpfr_sub(distance, exact.value, nearest, MPFR_RNDN);
  mpfr_abs(distance, distance, MPFR_RNDN);
  mpfr_mul_2si(distance, distance, precision - mpfr_get_exp(exact.value), MPFR_RNDN);
  return mpfr_zero_p(distance) != 0 ? INFINITY : -std::log2(mpfr_get_d(distance, MPFR_RNDN));
}

/// Values of a float format around 1: random significands of full length.
struct Maker {
  explicit Maker(std::string_view name, std::uint64_t seed)
      : format(Format::parse(name)), p(format.precision()), operands(format, seed) {}

  Number significand(const Integer& m, std::int64_t exponent = 0) {
    return Number::finite(operands.below(2) != 0, m, exponent);
  }
  /// Exponents that leave room on both sides for formats of few exponents.
  std::int64_t centre() const { return -(p - 1); }

  Format format;
  std::int64_t p;
  Operands operands;
};

/// Sum, difference and fma of a value and half of its last place, and of what is next to that half.
void check_halfway_sums(Maker& make, Tally& tally) {
  const Number a = make.significand(make.operands.integer(make.p), make.centre());
  for (const int off : {-1, 0, 1}) {
    for (const bool negative : {false, true}) {
      const std::int64_t room = make.p - 1;
      const Number b = Number::finite(negative, power(room) + off, make.centre() - 1 - room);
      check(add(a, b), make.format, tally);
      check(sub(a, b), make.format, tally);
      check(fma(a, Number::integer(1), b), make.format, tally);
      check(fma(b, Number::integer(-1), a), make.format, tally);
    }
  }
}

/// m1 * m2 = half (or half +- 1) modulo the part that is cut off.
void check_halfway_products(Maker& make, Tally& tally) {
  for (const std::int64_t cut : {make.p - 1, make.p}) {
    for (const int off : {-1, 0, 1}) {
      Integer m1 = make.operands.integer(make.p) | 1;
      Integer m2 = (power(cut - 1) + off) * inverse(m1, cut) % power(cut);
      if (bit_length(m2 + 1) < make.p) {
        m2 += power(make.p - 1);  // of full length, and beyond what is cut
      }
      if (bit_length(m2) > make.p) {
        continue;
      }
      const Number a = make.significand(m1, make.centre());
      const Number b = make.significand(m2, make.centre());
      check(mul(a, b), make.format, tally);
      // The halfway product and a tiny addend that decides.
      for (const bool negative : {false, true}) {
        check(fma(a, b,
                  Number::finite(negative, 1, std::max(make.format.min_quantum(), -4 * make.p))),
              make.format, tally);
      }
    }
  }
  // Exactly halfway: p + 1 bits, the last of them 1.
  const std::int64_t left = make.operands.between(2, make.p - 1);
  const Number a = make.significand(make.operands.integer(left) | 1, -left);
  const Number b = make.significand(make.operands.integer(make.p + 1 - left) | 1, 0);
  check(mul(a, b), make.format, tally);
}

/// a / b = h +- 1/b in units of 2^-(p+1), with an h of p + 1 bits: as near to a value or, where h
/// is odd, to a midpoint as a quotient comes.
std::vector<Case> hardest_quotients(Maker& make) {
  std::vector<Case> cases;
  for (const int off : {-1, 1}) {
    const Integer b = make.operands.integer(make.p) | 1;
    const std::int64_t cut = make.p + 1;
    const Integer h = inverse(b, cut) * (power(cut) + off) % power(cut);
    const Integer a = (h * b - off) / power(cut);
    if (a == 0 || bit_length(a) > make.p) {
      continue;
    }
    const std::int64_t up = make.p - bit_length(a);
    cases.push_back(div(make.significand(a << static_cast<unsigned>(up), make.centre()),
                        make.significand(b, make.centre())));
  }
  return cases;
}

/// x = (h^2 - r) * 2^-cut with an odd h of p + 1 bits and a small r: sqrt(x) is all but a midpoint.
std::vector<Case> hardest_roots(Maker& make) {
  std::vector<Case> cases;
  for (const std::int64_t r : {1, 9, 17, 25, 33, -7, -15, -23}) {
    for (const std::int64_t cut : {make.p + 1, make.p + 2}) {
      const Integer root = root_of(r, cut);
      const Integer half_turn = power(cut - 1);
      for (const Integer& h : {root, Integer(power(cut) - root), Integer(half_turn + root),
                               Integer(half_turn - root)}) {
        const Integer x =
            h > 0 && bit_length(h) == make.p + 1 ? Integer((h * h - r) / power(cut)) : Integer(0);
        if (x == 0 || x * power(cut) != h * h - r || bit_length(x) > make.p) {
          continue;
        }
        const std::int64_t odd = (make.centre() + cut) % 2 == 0 ? 0 : 1;
        cases.push_back(sqrt(Number::finite(false, x, make.centre() + odd)));
      }
    }
  }
  return cases;
}

/// Checks the cases and returns the greatest nearness among them.
double check_all(const std::vector<Case>& cases, Maker& make, Tally& tally) {
  double nearest = 0;
  for (const Case& c : cases) {
    check(c, make.format, tally);
    nearest = std::max(nearest, nearness(compute(c, 4 * make.p), static_cast<int>(make.p)));
  }
  return nearest;
}

/// Conversions of a midpoint, and of a midpoint and a very little more or less.
void check_halfway_conversions(Maker& make, std::int64_t lead, Tally& tally) {
  const std::int64_t quantum = exact::quantum_at(lead, make.format);
  const Integer low = lead < quantum ? Integer(0) : make.operands.integer(lead - quantum + 1);
  for (const std::int64_t depth : {1, 2, 26, 27, 60, 300}) {
    for (const int off : {-1, 0, 1}) {
      const Integer m = (((low << 1) + 1) << static_cast<unsigned>(depth)) + off;
      check(convert(make.significand(m, quantum - 1 - depth)), make.format, tally);
    }
  }
}

template <class Check>
void for_floats(std::uint64_t seed, const Check& body) {
  widest_range();
  for (const std::string_view name : floats) {
    CAPTURE(name);
    Maker make(name, seed);
    Tally tally;
    for (int i = 0; i < (make.p > 200 ? 10 : 60); ++i) {
      body(make, tally);
    }
    CHECK(tally.wrong == 0);
    CHECK(tally.checked > 0);
  }
}

}  // namespace

TEST_CASE("halfway and one-off-halfway sums") { for_floats(20, check_halfway_sums); }

TEST_CASE("halfway and one-off-halfway products") { for_floats(21, check_halfway_products); }

TEST_CASE("quotients and square roots nearest to a value or a midpoint") {
  widest_range();
  for (const std::string_view name : floats) {
    CAPTURE(name);
    Maker make(name, 22);
    Tally tally;
    double quotient = 0;
    for (int i = 0; i < 40; ++i) {
      quotient = std::max(quotient, check_all(hardest_quotients(make), make, tally));
    }
    const double root = check_all(hardest_roots(make), make, tally);
    const auto p = static_cast<double>(make.p);
    CHECK(quotient > p);
    CHECK((root > p || make.p < 8));  // of so few bits, not every root is to be had
    CHECK(tally.wrong == 0);
  }
}

TEST_CASE("halfway and one-off-halfway conversions") {
  for_floats(24, [](Maker& make, Tally& tally) {
    check_halfway_conversions(make, make.operands.between(-2, 1), tally);
    check_halfway_conversions(make, make.format.min_exponent() + make.operands.between(-3, 1),
                              tally);
    check_halfway_conversions(make, make.format.min_quantum() - 1, tally);
  });
  widest_range();
  for (const char* name : {"fixed:i3.f4", "fixed:i3.f4:twos:wrap", "fixed:i0.f7", "int8",
                           "fixed:i500.f1500", "li:e3.s4", "fp4_e2m1"}) {
    CAPTURE(name);
    Maker make(name, 25);
    Tally tally;
    for (int i = 0; i < 20; ++i) {
      check_halfway_conversions(make, make.operands.between(-10, 3), tally);
    }
    CHECK(tally.wrong == 0);
  }
}

TEST_CASE("the subnormal boundary") {
  for_floats(26, [](Maker& make, Tally& tally) {
    // Products and quotients around the smallest normal number and half the smallest subnormal.
    const std::int64_t least = make.format.min_quantum();
    const std::int64_t normal = make.format.min_exponent();
    const std::int64_t high = std::min<std::int64_t>(2, make.format.max_exponent() - 2);
    for (const std::int64_t target : {normal, normal - 1, least, least - 1}) {
      const Number a = make.operands.at(high);
      const Number b = make.operands.at(target - high);
      check(mul(a, b), make.format, tally);
      check(div(b, make.operands.at(high)), make.format, tally);
      check(fma(a, b, make.operands.at(least)), make.format, tally);
      check(fma(a, b, make.operands.at(normal)), make.format, tally);
    }
    // Just below the smallest normal number: all ones, one bit more than a subnormal has.
    for (const std::int64_t extra : {1, 2, 30}) {
      for (const int off : {-2, -1, 0, 1}) {
        const Integer m = power(make.p - 1 + extra) + off;
        check(convert(make.significand(m, least - extra)), make.format, tally);
      }
    }
    check(sqrt(exact::smallest(make.format)), make.format, tally);
    check(mul(exact::smallest(make.format), exact::smallest(make.format)), make.format, tally);
  });
}

TEST_CASE("the edges of overflow") {
  widest_range();
  for (const Subject& subject : subjects) {
    CAPTURE(subject.format);
    const Format format = Format::parse(subject.format);
    if (format.has_unbounded_exponent()) {
      continue;
    }
    Tally tally;
    for (const bool negative : {false, true}) {
      Number top = exact::largest(format, negative);
      top.negative = negative;
      const std::int64_t quantum = exact::quantum_at(top.leading_exponent(), format);
      // largest + half a quantum, and a little less and more than that; then a whole quantum.
      for (const std::int64_t depth : {1, 2, 40}) {
        for (const std::int64_t off : {-1, 0, 1}) {
          for (const int halves : {1, 2, 3}) {
            const auto s = static_cast<unsigned>(depth + top.exponent - quantum + 1);
            const Integer m =
                (top.magnitude << s) + (Integer(halves) << static_cast<unsigned>(depth)) + off;
            check(convert(Number::finite(negative, m, quantum - 1 - depth)), format, tally);
          }
        }
      }
      const Number half = Number::finite(negative, 1, quantum - 1);
      check(add(top, half), format, tally);
      check(add(top, top), format, tally);
      check(sub(top, -half), format, tally);
      check(mul(top, top), format, tally);
      check(mul(top, Number::integer(2)), format, tally);
      check(mul(top, Number::integer(-2)), format, tally);
      check(fma(top, Number::integer(1), half), format, tally);
      check(fma(top, Number::integer(2), -top), format, tally);
      check(fma(top, top, -top), format, tally);
      check(div(top, Number::finite(false, 1, -1)), format, tally);
      check(div(top, Number::finite(false, 3, -2)), format, tally);
      check(div(top, exact::smallest(format)), format, tally);
      check(div(top, Number::zero(negative)), format, tally);
      check(convert(Number::infinity(negative)), format, tally);
    }
    CHECK(tally.wrong == 0);
  }
}

TEST_CASE("cancellation") {
  for_floats(27, [](Maker& make, Tally& tally) {
    const Number a = make.operands.at(0);
    const Number b = make.operands.at(-1);
    const exact::Context nearest{make.format};
    // The error of a product, and of a quotient: what compensated algorithms ask fma for.
    check(fma(a, b, -exact::mul(a, b, nearest)), make.format, tally);
    const Number q = exact::div(a, b, nearest);
    check(fma(-q, b, a), make.format, tally);
    const Number r = exact::sqrt(a.abs(), nearest);
    check(fma(-r, r, a.abs()), make.format, tally);
    check(sub(a, a), make.format, tally);
    Number next = a;
    next.magnitude ^= 1;
    if (next.magnitude != 0) {
      check(sub(a, next), make.format, tally);
    }
  });
}

TEST_CASE("signed zeros") {
  widest_range();
  for (const Subject& subject : subjects) {
    CAPTURE(subject.format);
    const Format format = Format::parse(subject.format);
    Tally tally;
    const Number plus = Number::zero();
    const Number minus = Number::zero(true);
    const Number one = Number::integer(1);
    for (const Number& a : {plus, minus, one, -one}) {
      check(sqrt(a), format, tally);
      check(convert(a), format, tally);
      for (const Number& b : {plus, minus, one, -one}) {
        check(add(a, b), format, tally);
        check(sub(a, b), format, tally);
        check(mul(a, b), format, tally);
        check(div(a, b), format, tally);
        for (const Number& c : {plus, minus, one, -one}) {
          check(fma(a, b, c), format, tally);
        }
      }
    }
    CHECK(tally.wrong == 0);
  }
}

namespace {

/// The arguments of a small format whose exponentials are finite, no subnormals, and nearest to a
/// value or a midpoint; arguments so small that 1 is the nearest are left out.
std::multimap<double, double, std::greater<>> hardest_of_all(const Format& format,
                                                             double smallest_argument) {
  std::multimap<double, double, std::greater<>> hardest;
  const auto p = static_cast<int>(format.precision());
  for (std::int64_t lead = format.min_exponent(); lead <= 6; ++lead) {
    for (std::int64_t m = std::int64_t{1} << (p - 1); m < std::int64_t{1} << p; ++m) {
      for (const int sign : {-1, 1}) {
        const double x = sign * std::ldexp(static_cast<double>(m), static_cast<int>(lead) - p + 1);
        const double exponent = x / std::log(2.0);
        if (std::fabs(x) < smallest_argument ||
            exponent < static_cast<double>(format.min_exponent()) ||
            exponent > static_cast<double>(format.max_exponent())) {
          continue;
        }
        hardest.emplace(nearness(compute(exp(Number::from_double(x)), 128), p), x);
        if (hardest.size() > 20) {
          hardest.erase(std::prev(hardest.end()));
        }
      }
    }
  }
  return hardest;
}

}  // namespace

TEST_CASE("exp of the hardest arguments of fp16 and bf16, of all there are") {
  widest_range();
  struct Search {
    const char* format;
    double smallest_argument;  // below, e^x is 1 within a quarter of a quantum
    double nearest;            // the search must find one this near
  };
  for (const Search& search : {Search{"fp16", 0x1p-13, 14}, Search{"bf16", 0x1p-10, 11}}) {
    CAPTURE(search.format);
    const Format format = Format::parse(search.format);
    const auto hardest = hardest_of_all(format, search.smallest_argument);
    CHECK(hardest.size() == 20);
    CHECK(hardest.begin()->first >= search.nearest);
    Tally tally;
    for (const auto& [near, x] : hardest) {
      check(exp(Number::from_double(x)), format, tally);
    }
    CHECK(tally.wrong == 0);
  }
}

TEST_CASE("exp of hard arguments of fp32, by a seeded search") {
  // A double exponential, right to about 2^-52, tells how near the value is to one of 24 or 25 bits
  // down to about 2^-27 quanta; what it finds is then measured with MPFR.
  widest_range();
  std::mt19937_64 random(31);
  std::multimap<double, double> hardest;
  for (int i = 0; i < 8'000'000; ++i) {
    const auto m = static_cast<double>((1U << 23) + random() % (1U << 23));
    const double x =
        std::ldexp(random() % 2 == 0 ? m : -m, -23 + static_cast<int>(random() % 9) - 4);
    const double scaled = std::scalbn(std::exp(x), 24 - std::ilogb(std::exp(x)));
    const double distance = std::fabs(scaled - std::nearbyint(scaled));
    if (hardest.size() < 50 || distance < std::prev(hardest.end())->first) {
      hardest.emplace(distance, x);
      if (hardest.size() > 50) {
        hardest.erase(std::prev(hardest.end()));
      }
    }
  }
  const Format format = Format::parse("fp32");
  Tally tally;
  double nearest = 0;
  for (const auto& [distance, x] : hardest) {
    const Case c = exp(Number::from_double(x));
    nearest = std::max(nearest, nearness(compute(c, 200), 24));
    check(c, format, tally);
  }
  CHECK(nearest > 21);
  CHECK(tally.wrong == 0);
}

TEST_CASE("exp of the hardest arguments of fp64") {
  // The first is the hardest of all in binary64: V. Lefevre and J.-M. Muller, "Worst cases for
  // correct rounding of the elementary functions in double precision", 2001. The others are among
  // those with at least 45 equal bits after the rounding bit that the CORE-MATH project lists for
  // tests. How hard they are is measured here, not believed.
  widest_range();
  const Format format = Format::parse("fp64");
  struct Worst {
    double argument;
    double nearness;
  };
  const Worst worst[] = {
      {0x1.9e9cbbfd6080bp-31, 58}, {0x1.accfbe46b4efp-1, 55},  {0x1.305cf6d213b3fp-1, 51},
      {0x1.d4fa82ced839p-1, 50},   {0x1.130d6d74301b2p+0, 49}, {0x1.0122ef37212ebp-1, 48},
  };
  Tally tally;
  for (const Worst& w : worst) {
    CAPTURE(w.argument);
    const Case c = exp(Number::from_double(w.argument));
    CHECK(nearness(compute(c, 300), 53) >= w.nearness);
    check(c, format, tally);
  }
  CHECK(tally.wrong == 0);
}
