#pragma once
// An oracle for the exact engine that shares no code with it: MPFR computes the exact result to
// many bits, rounded towards zero, and says whether anything is left; the definition of each
// format, mode and overflow rule is applied to that here, by comparing with the two neighbours in
// the format and with the point between them at which the mode turns over.

#include <mpfr.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "precision/exact/round.hpp"

namespace carrybit::oracle {

/// An MPFR number of a given precision.
class Mpfr {
 public:
  explicit Mpfr(std::int64_t bits) {
    mpfr_init2(x_, static_cast<mpfr_prec_t>(bits < 2 ? 2 : bits));
  }
  Mpfr(const Mpfr& other) : Mpfr(mpfr_get_prec(other.x_)) { mpfr_set(x_, other.x_, MPFR_RNDN); }
  Mpfr(Mpfr&& other) noexcept : Mpfr(2) { mpfr_swap(x_, other.x_); }
  Mpfr& operator=(Mpfr other) noexcept {
    mpfr_swap(x_, other.x_);
    return *this;
  }
  ~Mpfr() { mpfr_clear(x_); }

  operator mpfr_ptr() { return x_; }
  operator mpfr_srcptr() const { return x_; }
  bool negative() const { return mpfr_signbit(x_) != 0; }

 private:
  mpfr_t x_;
};

/// MPFR's exponents at their widest; set once at the start of each test.
inline void widest_range() {
  mpfr_set_emin(mpfr_get_emin_min());
  mpfr_set_emax(mpfr_get_emax_max());
}

/// magnitude * 2^exponent, exactly.
inline Mpfr to_mpfr(const Integer& magnitude, std::int64_t exponent) {
  std::vector<unsigned char> bytes;
  boost::multiprecision::export_bits(magnitude, std::back_inserter(bytes), 8);
  mpz_t z;
  mpz_init(z);
  mpz_import(z, bytes.size(), 1, 1, 0, 0, bytes.data());
  Mpfr x(static_cast<std::int64_t>(8 * bytes.size()));
  mpfr_set_z_2exp(x, z, exponent, MPFR_RNDN);
  mpz_clear(z);
  return x;
}

inline Mpfr to_mpfr(const Number& n) {
  const int sign = n.negative ? -1 : 1;
  Mpfr x(2);
  switch (n.kind) {
    case Number::Class::zero: mpfr_set_zero(x, sign); break;
    case Number::Class::infinite: mpfr_set_inf(x, sign); break;
    case Number::Class::nan: mpfr_set_nan(x); break;
    case Number::Class::finite:
      x = to_mpfr(n.magnitude, n.exponent);
      mpfr_setsign(x, x, n.negative ? 1 : 0, MPFR_RNDN);
      break;
  }
  return x;
}

/// The exact result of an operation: `value`, or a little beyond it (away from zero, by less than a
/// unit in its last place) where `more` is set.
struct Exact {
  Mpfr value;
  bool more = false;
};

/// What a format makes of it, and whether `:trap` must have recorded a fault.
struct Expected {
  Mpfr value;
  bool fault = false;
};

/// The numbers of a format as its name defines them (see format.hpp): multiples of a quantum up to
/// a largest one.
class Grid {
 public:
  explicit Grid(const Format& format) : format_(format) {}

  /// The exponent of the quantum for numbers in [2^lead, 2^(lead+1)).
  std::int64_t quantum(std::int64_t lead) const {
    if (format_.is_fixed()) {
      return -format_.fraction_bits;
    }
    const std::int64_t relative = lead - (precision() - 1);
    return format_.exponent_bits < 0 ? relative : std::max(relative, smallest_quantum());
  }

  std::int64_t smallest_normal_exponent() const { return smallest_quantum() + precision() - 1; }

  /// The largest magnitude on one side of zero; of e*, an infinity.
  Mpfr largest(bool negative) const {
    Mpfr x(precision() + 1);
    if (format_.is_fixed()) {
      mpfr_set_ui_2exp(x, 1, format_.integer_bits, MPFR_RNDN);
      return negative && format_.twos_complement ? x : less_one(x, -format_.fraction_bits);
    }
    if (format_.exponent_bits < 0) {
      mpfr_set_inf(x, 1);
      return x;
    }
    std::int64_t lead = 0;
    switch (format_.layout) {
      case Layout::unnormalised:
        lead = format_.fraction_bits - 1 + (format_.exponent_bits == 0 ? 0 : half_range() - 1);
        break;
      case Layout::ieee: lead = bias(); break;
      case Layout::fn: lead = format_.fraction_bits == 0 ? bias() : bias() + 1; break;
      case Layout::finite: lead = bias() + 1; break;
    }
    mpfr_set_ui_2exp(x, 1, lead + 1, MPFR_RNDN);
    x = less_one(x, quantum(lead));
    return format_.layout == Layout::fn && format_.fraction_bits > 0 ? less_one(x, quantum(lead))
                                                                     : x;
  }

 private:
  std::int64_t half_range() const { return std::int64_t{1} << (format_.exponent_bits - 1); }
  std::int64_t bias() const { return half_range() - 1; }
  std::int64_t precision() const {
    return format_.is_fixed()                       ? format_.integer_bits + format_.fraction_bits
           : format_.layout == Layout::unnormalised ? 2 * format_.fraction_bits
                                                    : format_.fraction_bits + 1;
  }
  std::int64_t smallest_quantum() const {
    if (format_.layout == Layout::unnormalised) {
      return -format_.fraction_bits - (format_.exponent_bits == 0 ? 0 : half_range());
    }
    return 1 - bias() - format_.fraction_bits;
  }
  static Mpfr less_one(const Mpfr& x, std::int64_t quantum) {
    Mpfr unit(2);
    mpfr_set_ui_2exp(unit, 1, quantum, MPFR_RNDN);
    Mpfr y = x;
    if (mpfr_sub(y, x, unit, MPFR_RNDN) != 0) {
      throw std::logic_error("oracle: the largest value is inexact");
    }
    return y;
  }

  Format format_;
};

/// The rounding of a magnitude to one of its neighbours low <= magnitude < high.
class Neighbours {
 public:
  Neighbours(const Exact& exact, const Grid& grid) : exact_(exact), magnitude_(exact.value) {
    mpfr_setsign(magnitude_, magnitude_, 0, MPFR_RNDN);
    mpz_init(low_);
    // The result may be zero "and a little more": anything then serves as its leading bit.
    const std::int64_t lead =
        mpfr_zero_p(magnitude_) != 0 ? mpfr_get_emin() / 2 : mpfr_get_exp(magnitude_) - 1;
    quantum_ = grid.quantum(lead);
    if (mpfr_zero_p(magnitude_) == 0) {
      if (exact.more && lead - mpfr_get_prec(magnitude_) + 1 > quantum_ - Draw::bits - 2) {
        throw std::logic_error("oracle: too few bits");
      }
      Mpfr scaled = magnitude_;
      mpfr_mul_2si(scaled, scaled, -quantum_, MPFR_RNDN);
      mpfr_get_z(low_, scaled, MPFR_RNDZ);
    }
  }
  Neighbours(const Neighbours&) = delete;
  Neighbours& operator=(const Neighbours&) = delete;
  ~Neighbours() { mpz_clear(low_); }

  /// -1, 0 or 1 as the exact magnitude lies below, on or above the point that divides the gap
  /// between the neighbours at parts / 2^bits.
  int compare(std::uint32_t parts, int bits) const {
    mpz_t z;
    mpz_init(z);
    mpz_mul_2exp(z, low_, static_cast<unsigned long>(bits));
    mpz_add_ui(z, z, parts);
    Mpfr point(static_cast<std::int64_t>(mpz_sizeinbase(z, 2)));
    mpfr_set_z_2exp(point, z, quantum_ - bits, MPFR_RNDN);
    mpz_clear(z);
    const int order = mpfr_cmp(magnitude_, point);
    return order == 0 && exact_.more ? 1 : order < 0 ? -1 : order > 0 ? 1 : 0;
  }

  bool takes_high(const exact::Context& context) const {
    if (compare(0, 0) == 0) {
      return false;
    }
    const bool odd = mpz_odd_p(low_) != 0;
    const bool negative = exact_.value.negative();
    switch (context.rounding) {
      case Rounding::rne: return compare(1, 1) > 0 || (compare(1, 1) == 0 && odd);
      case Rounding::rna: return compare(1, 1) >= 0;
      case Rounding::rnz: return compare(1, 1) > 0;
      case Rounding::rz: return false;
      case Rounding::ru: return !negative;
      case Rounding::rd: return negative;
      case Rounding::ro: return !odd;
      case Rounding::sr: return compare(context.draw.threshold(), Draw::bits + 1) > 0;
    }
    return false;
  }

  /// The neighbour taken, with the sign of the exact value, and its integer multiple of the
  /// quantum.
  Mpfr take(bool high, mpz_t multiple) const {
    mpz_set(multiple, low_);
    mpz_add_ui(multiple, multiple, high ? 1 : 0);
    Mpfr x(static_cast<std::int64_t>(mpz_sizeinbase(multiple, 2)));
    mpfr_set_z_2exp(x, multiple, quantum_, MPFR_RNDN);
    const bool negative = exact_.value.negative();
    mpfr_setsign(x, x, negative ? 1 : 0, MPFR_RNDN);
    if (negative) {
      mpz_neg(multiple, multiple);
    }
    return x;
  }

 private:
  const Exact& exact_;
  Mpfr magnitude_;
  mpz_t low_;  // in quanta
  std::int64_t quantum_ = 0;
};

inline Mpfr special(int sign, char kind) {
  Mpfr x(2);
  if (kind == 'i') {
    mpfr_set_inf(x, sign);
  } else if (kind == 'n') {
    mpfr_set_nan(x);
  } else {
    mpfr_set_zero(x, sign);
  }
  return x;
}

/// Signs of zero exist in the IEEE-like layouts only.
inline Mpfr zero(bool negative, const Format& format) {
  const bool is_signed = format.is_floating() && format.layout != Layout::unnormalised;
  return special(negative && is_signed ? -1 : 1, 'z');
}

inline Mpfr largest(const Format& format, bool negative) {
  Mpfr x = Grid(format).largest(negative);
  if (negative && mpfr_zero_p(x) == 0) {
    mpfr_neg(x, x, MPFR_RNDN);
  }
  return x;
}

inline Expected infinite(bool negative, const Format& format) {
  switch (format.overflow) {
    case Overflow::special:
      return {special(negative ? -1 : 1, format.layout == Layout::ieee ? 'i' : 'n'), false};
    case Overflow::wrap: return {special(1, 'z'), false};
    case Overflow::saturate: return {largest(format, negative), false};
    case Overflow::trap: return {largest(format, negative), true};
  }
  throw std::logic_error("oracle: overflow rule");
}

inline bool has_nan(const Format& f) {
  return f.is_floating() &&
         (f.layout == Layout::fn ||
          (f.layout == Layout::ieee && (f.fraction_bits > 0 || f.exponent_bits < 0)));
}

/// NaN where there is one; saturating formats give it only to operands that are not finite.
inline Expected invalid(bool finite_operands, const Format& format) {
  const bool saturating =
      format.overflow == Overflow::saturate || format.overflow == Overflow::trap;
  const bool nan = has_nan(format) && !(saturating && finite_operands);
  return {special(1, nan ? 'n' : 'z'), format.overflow == Overflow::trap};
}

/// Beyond the largest value (`multiple` is read under `wrap` only). Modes that go towards zero
/// there, and `ro`, stay finite.
inline Expected overflowed(bool negative, mpz_t multiple, const exact::Context& context) {
  const Format& format = context.format;
  if (format.overflow == Overflow::wrap) {
    const auto width = static_cast<unsigned long>(1 + format.integer_bits + format.fraction_bits);
    mpz_fdiv_r_2exp(multiple, multiple, width);
    if (mpz_tstbit(multiple, width - 1) != 0) {
      mpz_t modulus;
      mpz_init_set_ui(modulus, 1);
      mpz_mul_2exp(modulus, modulus, width);
      mpz_sub(multiple, multiple, modulus);
      mpz_clear(modulus);
    }
    Mpfr x(static_cast<std::int64_t>(width) + 1);
    mpfr_set_z_2exp(x, multiple, -format.fraction_bits, MPFR_RNDN);
    return {x, false};
  }
  const Rounding mode = context.rounding;
  const bool inwards = mode == Rounding::rz || mode == Rounding::ro ||
                       mode == (negative ? Rounding::ru : Rounding::rd);
  if (format.overflow == Overflow::special && inwards) {
    return {largest(format, negative), false};
  }
  return infinite(negative, format);
}

/// The result that a format and a mode must give. `finite_operands` matters where it is invalid.
inline Expected round(const Exact& exact, const exact::Context& context,
                      bool finite_operands = true) {
  const Format& format = context.format;
  const bool negative = exact.value.negative();
  if (mpfr_nan_p(exact.value) != 0) {
    return invalid(finite_operands, format);
  }
  if (mpfr_inf_p(exact.value) != 0) {
    return infinite(negative, format);
  }
  if (mpfr_zero_p(exact.value) != 0 && !exact.more) {
    return {zero(negative, format), false};
  }
  const Grid grid(format);
  const Mpfr bound = grid.largest(negative);
  if (format.overflow != Overflow::wrap && mpfr_zero_p(exact.value) == 0 &&
      mpfr_inf_p(bound) == 0 && mpfr_get_exp(exact.value) > mpfr_get_exp(bound) + 1) {
    return overflowed(negative, nullptr, context);
  }
  const Neighbours neighbours(exact, grid);
  mpz_t multiple;
  mpz_init(multiple);
  Expected result{neighbours.take(neighbours.takes_high(context), multiple)};
  if (mpfr_cmpabs(result.value, bound) > 0) {
    result = overflowed(negative, multiple, context);
  } else if (mpfr_zero_p(result.value) != 0 ||
             (format.flush_subnormals &&
              mpfr_get_exp(result.value) - 1 < grid.smallest_normal_exponent())) {
    result.value = zero(negative, format);
  }
  mpz_clear(multiple);
  return result;
}

/// Same value, same sign of zero, NaN is NaN.
inline bool same(const Number& got, const Mpfr& expected) {
  const Mpfr x = to_mpfr(got);
  if (mpfr_nan_p(x) != 0 || mpfr_nan_p(expected) != 0) {
    return mpfr_nan_p(x) != 0 && mpfr_nan_p(expected) != 0;
  }
  return mpfr_equal_p(x, expected) != 0 && x.negative() == expected.negative();
}

/// The number of an MPFR value, exactly.
inline Number to_number(const Mpfr& x) {
  if (mpfr_nan_p(x) != 0) {
    return Number::nan();
  }
  if (mpfr_inf_p(x) != 0) {
    return Number::infinity(x.negative());
  }
  if (mpfr_zero_p(x) != 0) {
    return Number::zero(x.negative());
  }
  mpz_t z;
  mpz_init(z);
  const std::int64_t exponent = mpfr_get_z_2exp(z, x);
  std::vector<unsigned char> bytes((mpz_sizeinbase(z, 2) + 7) / 8);
  mpz_export(bytes.data(), nullptr, 1, 1, 0, 0, z);
  mpz_clear(z);
  Integer magnitude;
  boost::multiprecision::import_bits(magnitude, bytes.begin(), bytes.end());
  return Number::finite(x.negative(), magnitude, exponent);
}

inline std::string text(const Mpfr& x) {
  char* raw = nullptr;
  mpfr_asprintf(&raw, "%Ra", static_cast<mpfr_srcptr>(x));
  std::string s(raw);
  mpfr_free_str(raw);
  return s;
}

/// MPFR's own rounding into a format with IEEE 754's layout, which needs nothing of the above: its
/// exponent range is narrowed and its result subnormalized. `compute(y, mode)` is one MPFR call.
template <class Compute>
Mpfr round_by_mpfr(const Compute& compute, const Format& format, mpfr_rnd_t mode) {
  const std::int64_t top = (std::int64_t{1} << (format.exponent_bits - 1)) - 1;
  mpfr_set_emin(static_cast<mpfr_exp_t>(2 - top - format.fraction_bits));  // MPFR's significands
  mpfr_set_emax(static_cast<mpfr_exp_t>(top + 1));                         // lie in [1/2, 1)
  Mpfr y(format.fraction_bits + 1);
  const int ternary = compute(static_cast<mpfr_ptr>(y), mode);
  mpfr_subnormalize(y, mpfr_check_range(y, ternary, mode), mode);
  widest_range();
  return y;
}

inline bool has_ieee_layout(const Format& f) {
  return f.is_floating() && f.layout == Layout::ieee && f.overflow == Overflow::special &&
         !f.flush_subnormals && f.exponent_bits > 1;
}

}  // namespace carrybit::oracle
