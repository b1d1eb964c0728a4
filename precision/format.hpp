#pragma once
// What a number format is: a small value type with a name that parses and prints back unchanged.
//
//   fixed:iI.fF            sign, I integer bits, F fraction bits; m * 2^-F with |m| <= 2^(I+F) - 1
//   fixed:iI.fF:twos       two's complement: -2^(I+F) <= m
//     :sat (default)  :wrap (twos only)  :trap
//   float:eE.mM            sign, E exponent bits, M stored significand bits, IEEE 754 layout
//     :sat      overflow gives the largest finite value; finite inputs never give infinity or NaN
//     :fn       OCP finite layout: the all-ones code is NaN, there is no infinity
//     :finite   every code is a number: no infinity, no NaN (the OCP 6- and 4-bit formats)
//     :ftz      subnormals are flushed to zero
//   float:e*.mM            unbounded exponent
//   li:eE.sS               the floats F_(e,s) of Li et al. 2024 (arXiv 2402.12875, section 3):
//                          2S significand bits scaled by 2^-S, no hidden bit, saturating
//   fp16 bf16 fp8_e4m3 int8 ...   aliases (see `aliases()`)

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace carrybit {

enum class Kind : std::uint8_t { fixed, floating };

/// How the codes of a floating-point format are laid out.
enum class Layout : std::uint8_t {
  ieee,         // top exponent: infinities (fraction 0) and NaN
  fn,           // only the all-ones code is NaN; no infinity
  finite,       // every code is finite
  unnormalised  // Li et al.: significand without a hidden bit, every code finite
};

/// What a result beyond the largest value becomes.
enum class Overflow : std::uint8_t {
  special,   // infinity where the layout has one, else NaN, as IEEE 754 and OCP say
  saturate,  // the largest finite value
  wrap,      // modulo 2^width (two's complement only)
  trap       // the largest finite value, and a fault is recorded
};

struct Format {
  static constexpr int unbounded = -1;  // as `exponent_bits`
  static constexpr int max_width = 8192;
  static constexpr int max_exponent_bits = 32;

  Kind kind = Kind::floating;
  Layout layout = Layout::ieee;
  Overflow overflow = Overflow::special;
  bool twos_complement = false;  // fixed only
  bool flush_subnormals = false;
  int integer_bits = 0;    // fixed: I
  int fraction_bits = 0;   // fixed: F; floating: M; unnormalised: S
  int exponent_bits = 11;  // floating: E, or `unbounded`

  /// fixed:iI.fF, saturating.
  static Format fixed(int integer_bits, int fraction_bits);
  /// float:eE.mM.
  static Format floating(int exponent_bits, int significand_bits);
  /// Parses a name or an alias; throws BadInput with one line: what is wrong, what is accepted.
  static Format parse(std::string_view text);

  /// The canonical name; parse(name()) == *this.
  std::string name() const;

  bool is_fixed() const { return kind == Kind::fixed; }
  bool is_floating() const { return kind == Kind::floating; }
  bool has_unbounded_exponent() const { return is_floating() && exponent_bits == unbounded; }
  bool has_infinity() const { return is_floating() && layout == Layout::ieee; }
  bool has_nan() const;
  /// Li et al.'s numbers and fixed point have one zero.
  bool has_signed_zero() const { return is_floating() && layout != Layout::unnormalised; }
  bool saturates() const { return overflow == Overflow::saturate || overflow == Overflow::trap; }

  /// Bits of one value. For e*, whose exponent has no bound, the width of its interchange pattern
  /// (sign, 64 exponent bits, M fraction bits).
  int width() const;
  /// Significand bits p, the hidden bit included (floating); I + F (fixed).
  int precision() const;
  /// Exponent of the quantum of the smallest numbers: every value is a multiple of 2^min_quantum().
  std::int64_t min_quantum() const;
  /// Exponent of the leading bit of the largest finite value (floating, bounded).
  std::int64_t max_exponent() const;
  /// Exponent of the smallest normal number (floating).
  std::int64_t min_exponent() const { return min_quantum() + precision() - 1; }

  bool operator==(const Format&) const = default;
};

struct Alias {
  std::string_view alias;
  std::string_view name;
};
/// Every alias with the name it stands for.
std::span<const Alias> aliases();

}  // namespace carrybit
