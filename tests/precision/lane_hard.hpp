#pragma once
// Hard operands, made on purpose: results that lie on or beside a tie, at the edges of the
// subnormal and the overflow range, sums that cancel, fractions beside the threshold of stochastic
// rounding.

#include <algorithm>

#include "tests/precision/lane_check.hpp"

namespace carrybit::test {

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t word() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  /// Uniform enough in low ... high.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(word() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool coin() { return (word() >> 63) != 0; }
  bool one_in(int n) { return between(1, n) == 1; }

 private:
  std::uint64_t state_;
};

/// Formats of the operands a, b and c of an operation.
using Sources = std::array<Format, 3>;

/// How hard the operands were: results by what is difficult about them.
struct Hardness {
  std::uint64_t results = 0;  // operations, not counting modes
  std::uint64_t ties = 0;
  std::uint64_t inexact = 0;
  std::uint64_t subnormal = 0;  // inexact ones
  std::uint64_t overflows = 0;
  std::uint64_t cancelling = 0;  // sums far smaller than their operands
};

/// Feeds one comparer with operands.
class HardOperands {
 public:
  HardOperands(Comparer& comparer, const Sources& sources, std::uint64_t seed)
      : comparer_(comparer), result_(comparer.format()), sources_(sources), random_(seed) {}

  /// One set of operands for each operation and each kind of difficulty, in all modes; `sr` several
  /// times.
  void round_of_cases() {
    draw_ = {random_.word(), random_.word()};
    plain();
    for (const bool beside : {false, true}) {
      sum(beside);
      product(beside);
      fused(beside);
      quotient(beside);
      root(beside);
    }
    short_product();
    short_quotient();
    tiny_addend();
    at_the_draw();
  }

  /// Counts, from now on, into `hardness`.
  void count_into(Hardness& hardness) { hardness_ = &hardness; }

  /// Operands for functions of one variable.
  Number argument() {
    return random_.one_in(4) ? random_code(sources_[0]) : hard_value(sources_[0]);
  }
  Draw next_draw() { return {draw_.seed, ++draw_.index}; }

 private:
  // Exact enough for everything below: an intermediate format of 300 bits.
  static const Format& wide() {
    static const Format format = Format::floating(16, 300);
    return format;
  }
  static exact::Context wide_context() { return {wide(), Rounding::rz}; }

  Integer random_integer(int bits) {
    Integer n = 0;
    for (int i = 0; i < bits; i += 64) {
      n = (n << 64) + random_.word();
    }
    return n & ((Integer(1) << static_cast<unsigned>(bits)) - 1);
  }

  /// `bits` bits with a leading one: random, all ones, few ones, or a block of them.
  Integer significand(int bits) {
    const Integer top = Integer(1) << static_cast<unsigned>(bits - 1);
    const Integer low_mask = top - 1;
    switch (random_.between(0, 5)) {
      case 0: return top;
      case 1: return top + low_mask;
      case 2: return top + (bits > 1 ? 1 : 0);
      case 3: {
        const auto cut = static_cast<unsigned>(random_.between(0, bits - 1));
        return top + ((low_mask >> cut) << cut);
      }
      default: return top + (random_integer(bits) & low_mask);
    }
  }

  std::int64_t top_exponent(const Format& f) const {
    return f.is_fixed() ? f.integer_bits - 1 : f.max_exponent();
  }
  std::int64_t bottom_exponent(const Format& f) const { return f.min_quantum(); }

  /// An exponent of the leading bit: near the ends, near one, anywhere.
  std::int64_t lead(const Format& f) {
    const std::int64_t low = bottom_exponent(f);
    const std::int64_t high = top_exponent(f);
    const std::int64_t p = f.precision();
    switch (random_.between(0, 4)) {
      case 0: return std::min(high, low + random_.between(0, p + 2));
      case 1: return std::max(low, high - random_.between(0, p));
      case 2: return std::clamp<std::int64_t>(random_.between(-p, p), low, high);
      default: return random_.between(std::min(low, high), high);
    }
  }

  Number into(const Number& x, const Format& f, Rounding rounding = Rounding::rz) {
    return exact::convert(x, {f, rounding});
  }

  /// A value of the format: a special one, an edge, or a patterned significand at some exponent.
  Number hard_value(const Format& f) {
    const bool negative = random_.coin();
    switch (random_.between(0, 15)) {
      case 0: return exact::deliver_zero(negative, {f});
      case 1: return f.has_infinity() ? Number::infinity(negative) : largest(f, negative);
      case 2: return f.has_nan() && random_.coin() ? Number::nan() : largest(f, negative);
      case 3: return signed_number(exact::smallest(f), negative, f);
      case 4: return signed_number(exact::smallest_normal(f), negative, f);
      default: break;
    }
    const int bits = std::max(1, f.precision());
    return into(Number::finite(negative, significand(bits), lead(f) - bits + 1), f);
  }

  Number largest(const Format& f, bool negative) {
    return signed_number(exact::largest(f, negative), negative, f);
  }
  static Number signed_number(Number x, bool negative, const Format& f) {
    x.negative = negative;
    return exact::convert(x, {f, Rounding::rz});
  }

  Number random_code(const Format& f) {
    while (true) {
      try {
        return decode(random_integer(f.width()), f);
      } catch (const BadInput&) {  // the one code of symmetric fixed point that is no value
      }
    }
  }

  Number operand(std::size_t which) {
    return random_.one_in(4) ? random_code(sources_[which]) : hard_value(sources_[which]);
  }
  Number finite_operand(std::size_t which) {
    while (true) {
      Number x = operand(which);
      if (x.kind == Number::Class::finite) {
        return x;
      }
    }
  }

  /// A point where the result is in doubt: a value of the result's format and half a quantum more,
  /// or a little beside that; or the value itself; or the edge of overflow.
  Number doubtful_point() {
    Number v = hard_value(result_);
    if (v.kind != Number::Class::finite) {
      v = largest(result_, random_.coin());
    }
    if (random_.one_in(5)) {
      return v;
    }
    const std::int64_t quantum = exact::quantum_at(v.leading_exponent(), result_);
    const Number half = Number::finite(v.negative, 1, quantum - 1);
    Number t = exact::add(v, half, wide_context());
    if (random_.one_in(3)) {
      const Number hair = Number::finite(random_.coin(), 1, quantum - random_.between(2, 60));
      t = exact::add(t, hair, wide_context());
    }
    return t;
  }

  Number into_operand(const Number& x, std::size_t which) {
    return into(x, sources_[which], random_.coin() ? Rounding::rz : Rounding::rne);
  }

  void check(Operation operation, std::initializer_list<std::pair<std::size_t, Number>> operands) {
    std::array<Operand, 3> x;
    std::size_t n = 0;
    for (const auto& [which, number] : operands) {
      x[n++] = Operand(number, sources_[which]);
    }
    if (hardness_ != nullptr) {
      count(operation, x, n);
    }
    for (const Rounding rounding : all_roundings) {
      const int times = rounding == Rounding::sr ? 4 : 1;
      for (int i = 0; i < times; ++i) {
        check_once(operation, rounding, next_draw(), x, n);
      }
    }
  }

  void count(Operation operation, const std::array<Operand, 3>& operands, std::size_t n) {
    const std::array<Number, 3> x = {operands[0].number, operands[1].number, operands[2].number};
    const auto in_mode = [&](Rounding rounding) {
      return apply_exact(operation, {x.data(), n}, {result_, rounding});
    };
    const Number r = in_mode(Rounding::rne);
    const bool inexact = !identical(in_mode(Rounding::ru), in_mode(Rounding::rd));
    ++hardness_->results;
    hardness_->inexact += inexact ? 1U : 0U;
    hardness_->ties += identical(in_mode(Rounding::rna), in_mode(Rounding::rnz)) ? 0U : 1U;
    hardness_->overflows += r.is_infinite() && inexact ? 1U : 0U;
    const bool small =
        r.kind == Number::Class::finite && r.leading_exponent() < result_.min_exponent();
    hardness_->subnormal += small && inexact ? 1U : 0U;
    const bool sum =
        operation == Operation::add && r.kind == Number::Class::finite && !x[0].is_zero();
    const bool cancels = sum && r.leading_exponent() < x[0].leading_exponent() - 3;
    hardness_->cancelling += cancels ? 1U : 0U;
  }

  void check_once(Operation operation, Rounding rounding, const Draw& draw,
                  const std::array<Operand, 3>& x, std::size_t n) {
    if (n == 1) {
      comparer_.check(operation, rounding, draw, {x.data()});
    } else if (n == 2) {
      comparer_.check(operation, rounding, draw, {x.data(), &x[1]});
    } else {
      comparer_.check(operation, rounding, draw, {x.data(), &x[1], &x[2]});
    }
  }

  void plain() {
    const Number a = operand(0);
    const Number b = operand(1);
    const Number c = operand(2);
    check(Operation::add, {{0, a}, {1, b}});
    check(Operation::sub, {{0, a}, {1, b}});
    check(Operation::mul, {{0, a}, {1, b}});
    check(Operation::div, {{0, a}, {1, b}});
    check(Operation::sqrt, {{0, a}});
    check(Operation::sqrt, {{0, into(a.abs(), sources_[0])}});
    check(Operation::fma, {{0, a}, {1, b}, {2, c}});
  }

  /// a + b = t; or b beside -a; or b half a quantum of a, or a hair beside that.
  void sum(bool beside) {
    const Number a = finite_operand(0);
    const std::int64_t quantum = exact::quantum_at(a.leading_exponent(), result_);
    Number b = exact::sub(doubtful_point(), a, wide_context());
    if (beside) {
      b = exact::add(-a, Number::finite(random_.coin(), random_.between(0, 3), quantum),
                     wide_context());
    }
    check_sums(a, into_operand(b, 1));
    const Number half = Number::finite(random_.coin(), 1, quantum - 1);
    const Number hair = beside ? Number::finite(random_.coin(), 1, quantum - random_.between(2, 26))
                               : Number::zero();
    check_sums(a, into_operand(exact::add(half, hair, wide_context()), 1));
  }

  void check_sums(const Number& a, const Number& b) {
    check(Operation::add, {{0, a}, {1, b}});
    check(Operation::sub, {{0, a}, {1, exact::convert(-b, {sources_[1]})}});
  }

  /// a * b = t, or nearly.
  void product(bool small) {
    const Number a = finite_operand(0);
    const Number t = small ? Number::finite(random_.coin(), significand(3),
                                            result_.min_quantum() - random_.between(0, 5))
                           : doubtful_point();
    check(Operation::mul, {{0, a}, {1, into_operand(exact::div(t, a, wide_context()), 1)}});
  }

  /// a * b + c = t, or cancelling.
  void fused(bool cancelling) {
    const Number a = finite_operand(0);
    const Number b = finite_operand(1);
    const Number product = exact::mul(a, b, wide_context());
    const Number c = into_operand(
        cancelling ? -product : exact::sub(doubtful_point(), product, wide_context()), 2);
    check(Operation::fma, {{0, a}, {1, b}, {2, c}});
  }

  void quotient(bool small) {
    const Number b = finite_operand(1);
    const Number t = small ? Number::finite(random_.coin(), significand(3),
                                            result_.min_quantum() - random_.between(0, 5))
                           : doubtful_point();
    check(Operation::div, {{0, into_operand(exact::mul(t, b, wide_context()), 0)}, {1, b}});
  }

  void root(bool exact_root) {
    Number t = doubtful_point();
    if (exact_root && result_.precision() > 1) {
      t = Number::finite(false, significand(std::max(1, result_.precision() / 2)),
                         lead(result_) / 2);
    }
    check(Operation::sqrt, {{0, into_operand(exact::mul(t, t, wide_context()), 0)}});
  }

  /// Two short odd factors: products of exactly p + 1 bits (ties), or whose last bit lies a few
  /// bits below the smallest quantum.
  void short_product() {
    const int p = result_.precision();
    const int total = static_cast<int>(random_.between(1, p + 3));
    const int first =
        std::min<int>(static_cast<int>(random_.between(1, total)), sources_[0].precision());
    const int second = std::clamp(total - first + 1, 1, sources_[1].precision());
    const Integer u = significand(first) | 1;
    const Integer v = significand(second) | 1;
    std::int64_t exponent = lead(result_) - total + 1;
    if (random_.coin()) {
      exponent = result_.min_quantum() - random_.between(1, 4);
    }
    const Number a =
        into_operand(Number::finite(random_.coin(), u, lead(sources_[0]) - first + 1), 0);
    if (a.kind != Number::Class::finite) {
      return;
    }
    const Number b = into_operand(Number::finite(random_.coin(), v, exponent - a.exponent), 1);
    check(Operation::mul, {{0, a}, {1, b}});
    check(Operation::fma, {{0, a}, {1, b}, {2, operand(2)}});
  }

  /// q * b / b with a short q that ends just below a quantum.
  void short_quotient() {
    const int bits = static_cast<int>(random_.between(1, std::max(1, sources_[0].precision() / 2)));
    const Number q = Number::finite(random_.coin(), significand(bits) | 1,
                                    result_.min_quantum() - random_.between(1, 3));
    const Number b = into_operand(
        Number::finite(random_.coin(), significand(std::max(1, sources_[0].precision() - bits)),
                       lead(sources_[1]) - bits),
        1);
    if (b.kind == Number::Class::finite) {
      check(Operation::div, {{0, into_operand(exact::mul(q, b, wide_context()), 0)}, {1, b}});
    }
  }

  /// A product that is half a quantum of c, a hair more or a hair less; and the tiniest addends
  /// beside a product that is a tie.
  void tiny_addend() {
    const Number c = finite_operand(2);
    const int p = std::min(sources_[0].precision(), sources_[1].precision());
    const std::int64_t quantum = exact::quantum_at(c.leading_exponent(), result_);
    const Integer top = Integer(1) << static_cast<unsigned>(p - 1);
    const Integer u = p > 1 ? Integer(top + 1) : top;
    const Integer v = p > 1 && random_.coin() ? Integer(top - 1) : u;
    const std::int64_t scale = quantum - 1 - 2 * (p - 1);
    const std::int64_t a_exponent = random_.between(-p - 4, 4) + scale / 2;
    const Number a = into_operand(Number::finite(random_.coin(), u, a_exponent), 0);
    const Number b = into_operand(Number::finite(random_.coin(), v, scale - a_exponent), 1);
    check(Operation::fma, {{0, a}, {1, b}, {2, c}});
    const Number tiny = signed_number(exact::smallest(sources_[2]), random_.coin(), sources_[2]);
    const Number x = finite_operand(0);
    const Number y = into_operand(exact::div(doubtful_point(), x, wide_context()), 1);
    check(Operation::fma, {{0, x}, {1, y}, {2, tiny}});
  }

  /// c + t * 2^-25 quanta, t the drawn threshold: equal is not beyond; and a hair to each side.
  void at_the_draw() {
    const Draw draw = next_draw();
    const Number c = finite_operand(2);
    const std::int64_t quantum = exact::quantum_at(c.leading_exponent(), result_);
    for (const int beside : {-1, 0, 1}) {
      const Integer t = Integer(draw.threshold()) + beside;
      if (bit_length(t) > sources_[0].precision()) {
        continue;
      }
      const std::int64_t up = sources_[0].is_fixed() ? -sources_[0].fraction_bits : 0;
      Operand a(into(Number::finite(c.negative, t, up), sources_[0]), sources_[0]);
      Operand b(into(Number::finite(false, 1, quantum - Draw::bits - 1 - up), sources_[1]),
                sources_[1]);
      Operand d(c, sources_[2]);
      comparer_.check(Operation::fma, Rounding::sr, draw, {&a, &b, &d});
      comparer_.check(Operation::mul, Rounding::sr, draw, {&a, &b});
    }
  }

  Comparer& comparer_;
  Format result_;
  Sources sources_;
  Random random_;
  Draw draw_;
  Hardness* hardness_ = nullptr;
};

/// Algebraic operations in `result` on operands of `sources`; `only` where operands of the other
/// formats need a certain carrier.
inline Tally hard_cases(const Format& result, const Sources& sources, int rounds,
                        std::optional<Carrier> only = std::nullopt) {
  Comparer comparer(result);
  if (only) {
    comparer.only(*only);
  }
  HardOperands operands(comparer, sources, 0xBADC0DE);
  for (int i = 0; i < rounds; ++i) {
    operands.round_of_cases();
  }
  return comparer.tally();
}

/// Conversions of hard values of `source`, on carriers that hold both.
inline Tally hard_conversions(const Format& source, const Format& target, int rounds) {
  Tally tally;
  for (const Carrier carrier : all_carriers) {
    if (!carries(carrier, source) || !carries(carrier, target)) {
      continue;
    }
    Comparer comparer(target);
    comparer.only(carrier);
    HardOperands operands(comparer, {source, source, source}, 0xC0DE);
    for (int i = 0; i < rounds; ++i) {
      const Number x = operands.argument();
      for (const Rounding rounding : all_roundings) {
        comparer.check_converted(x, rounding, operands.next_draw());
      }
    }
    tally += comparer.tally();
  }
  return tally;
}

/// The functions of one variable.
inline Tally hard_functions(const Format& format, int rounds) {
  Comparer comparer(format);
  HardOperands operands(comparer, {format, format, format}, 0xF00D);
  for (int i = 0; i < rounds; ++i) {
    const Number x = operands.argument();
    for (const OperationInfo& info : operations()) {
      if (info.operands == 1) {
        const Rounding rounding = all_roundings[static_cast<std::size_t>(i) % all_roundings.size()];
        comparer.check_applied(info.operation, rounding, operands.next_draw(), {&x, 1});
      }
    }
  }
  return comparer.tally();
}

}  // namespace carrybit::test
