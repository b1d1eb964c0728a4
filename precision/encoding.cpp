#include "precision/encoding.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "precision/error.hpp"
#include "precision/exact/round.hpp"

namespace carrybit {

namespace {

constexpr int unbounded_exponent_field = 64;  // in the interchange pattern of float:e*.mM

unsigned bits(std::int64_t n) { return static_cast<unsigned>(n); }

Integer ones(int n) { return (Integer(1) << bits(n)) - 1; }

/// The sign, exponent and fraction fields of a floating-point code.
struct Fields {
  bool negative = false;
  Integer exponent = 0;
  Integer fraction = 0;
};

int exponent_field_width(const Format& f) {
  return f.has_unbounded_exponent() ? unbounded_exponent_field : f.exponent_bits;
}

Integer exponent_all_ones(const Format& f) { return ones(exponent_field_width(f)); }

Fields split(const Integer& code, const Format& f) {
  Fields fields;
  fields.fraction = code & ones(f.fraction_bits);
  fields.exponent = (code >> bits(f.fraction_bits)) & exponent_all_ones(f);
  fields.negative = boost::multiprecision::bit_test(code, bits(f.width() - 1));
  return fields;
}

Integer join(const Fields& fields, const Format& f) {
  return ((Integer(fields.negative ? 1 : 0) << bits(exponent_field_width(f))) + fields.exponent
          << bits(f.fraction_bits)) +
         fields.fraction;
}

/// The number that an exponent field of 1 stands for is 2^min_exponent; of e*, 2^-(2^63 - 2).
Integer exponent_of_field_one(const Format& f) {
  return f.has_unbounded_exponent() ? 2 - (Integer(1) << 63) : Integer(f.min_exponent());
}

bool is_nan_code(const Fields& fields, const Format& f) {
  if (!f.has_nan() || fields.exponent != exponent_all_ones(f)) {
    return false;
  }
  return f.layout == Layout::fn ? fields.fraction == ones(f.fraction_bits) : fields.fraction != 0;
}

Number decode_floating(const Integer& code, const Format& f) {
  const Fields fields = split(code, f);
  if (is_nan_code(fields, f)) {
    return Number::nan();
  }
  if (f.has_infinity() && fields.exponent == exponent_all_ones(f)) {
    return Number::infinity(fields.negative);
  }
  if (fields.exponent == 0) {
    if (fields.fraction == 0 || f.flush_subnormals) {
      return Number::zero(fields.negative);
    }
    if (f.has_unbounded_exponent()) {
      throw BadInput(fmt::format("{} is no value of {}: an unbounded exponent has no subnormals",
                                 to_hex(code, f), f.name()));
    }
    return Number::finite(fields.negative, fields.fraction, f.min_quantum());
  }
  const Integer lead = fields.exponent - 1 + exponent_of_field_one(f);
  if (boost::multiprecision::abs(lead) > (Integer(1) << 61)) {
    throw BadInput(fmt::format("{}: its exponent is beyond 2^61", to_hex(code, f)));
  }
  return Number::finite(fields.negative, fields.fraction + (Integer(1) << bits(f.fraction_bits)),
                        static_cast<std::int64_t>(lead) - f.fraction_bits);
}

Number decode_fixed(const Integer& code, const Format& f) {
  const Integer sign = Integer(1) << bits(f.width() - 1);
  if (code < sign) {
    return Number::finite(false, code, -f.fraction_bits);
  }
  if (code == sign && !f.twos_complement) {
    throw BadInput(fmt::format("{} is no value of {} (symmetric: |m| <= {})", to_hex(code, f),
                               f.name(), to_hex(sign - 1, f)));
  }
  return Number::finite(true, (sign << 1) - code, -f.fraction_bits);
}

/// Li et al.: sign, 2S significand bits, E exponent bits; any significand with any exponent.
Number decode_unnormalised(const Integer& code, const Format& f) {
  const Integer field = code & ones(f.exponent_bits);
  const Integer significand = (code >> bits(f.exponent_bits)) & ones(f.precision());
  const bool negative = boost::multiprecision::bit_test(code, bits(f.width() - 1));
  return Number::finite(negative && significand != 0, significand,
                        static_cast<std::int64_t>(field) + f.min_quantum());
}

/// magnitude * 2^exponent as a multiple of 2^quantum.
Integer in_quanta(const Number& value, std::int64_t quantum, const Format& f) {
  if (value.exponent >= quantum) {
    return value.magnitude << bits(value.exponent - quantum);
  }
  const unsigned drop = bits(quantum - value.exponent);
  const Integer kept = value.magnitude >> drop;
  if ((kept << drop) != value.magnitude) {
    throw std::logic_error("encode: not a value of " + f.name());
  }
  return kept;
}

Integer encode_fixed(const Number& value, const Format& f) {
  if (value.is_zero()) {
    return 0;
  }
  const Integer m = in_quanta(value, -f.fraction_bits, f);
  return value.negative ? (Integer(1) << bits(f.width())) - m : m;
}

Integer encode_unnormalised(const Number& value, const Format& f) {
  if (value.is_zero()) {
    return 0;
  }
  const std::int64_t quantum = exact::quantum_at(value.leading_exponent(), f);
  const Integer significand = in_quanta(value, quantum, f);
  const Integer sign = Integer(value.negative ? 1 : 0) << bits(f.width() - 1);
  return sign + (significand << bits(f.exponent_bits)) + (quantum - f.min_quantum());
}

Integer encode_nan(const Format& f) {
  const Integer quiet =
      f.layout == Layout::fn ? ones(f.fraction_bits) : Integer(1) << bits(f.fraction_bits - 1);
  return join({false, exponent_all_ones(f), quiet}, f);
}

Integer encode_floating(const Number& value, const Format& f) {
  if (value.is_nan()) {
    return encode_nan(f);
  }
  if (value.is_zero()) {
    return join({value.negative, 0, 0}, f);
  }
  if (value.is_infinite()) {
    return join({value.negative, exponent_all_ones(f), 0}, f);
  }
  const std::int64_t lead = value.leading_exponent();
  const Integer significand = in_quanta(value, exact::quantum_at(lead, f), f);
  if (!f.has_unbounded_exponent() && lead < f.min_exponent()) {
    return join({value.negative, 0, significand}, f);
  }
  return join({value.negative, lead - exponent_of_field_one(f) + 1,
               significand - (Integer(1) << bits(f.fraction_bits))},
              f);
}

/// Beyond the largest binade (a cheap test: within it, `in_quanta` looks at every bit).
bool is_beyond_range(const Number& value, const Format& f) {
  if (value.kind != Number::Class::finite || f.has_unbounded_exponent()) {
    return false;
  }
  const std::int64_t lead = value.leading_exponent();
  if (!f.is_fixed()) {
    return lead > f.max_exponent();
  }
  const bool lowest = value.negative && f.twos_complement && lead == f.integer_bits &&
                      identical(value.abs(), Number::finite(false, 1, lead));
  return lead >= f.integer_bits && !lowest;
}

}  // namespace

Number decode(const Integer& code, const Format& format) {
  if (format.is_fixed()) {
    return decode_fixed(code, format);
  }
  return format.layout == Layout::unnormalised ? decode_unnormalised(code, format)
                                               : decode_floating(code, format);
}

Integer encode(const Number& value, const Format& format) {
  if ((value.is_nan() && !format.has_nan()) || (value.is_infinite() && !format.has_infinity()) ||
      is_beyond_range(value, format)) {
    throw std::logic_error("encode: not a value of " + format.name());
  }
  if (format.is_fixed()) {
    return encode_fixed(value, format);
  }
  return format.layout == Layout::unnormalised ? encode_unnormalised(value, format)
                                               : encode_floating(value, format);
}

namespace {

/// The value of each character as a hexadecimal digit, or -1. A table, because the digits of test
/// vectors are as random as can be: every branch on them is mispredicted half the time.
constexpr std::array<std::int8_t, 256> hex_digits = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < 16; ++i) {
    table[static_cast<unsigned char>("0123456789abcdef"[i])] = static_cast<std::int8_t>(i);
    table[static_cast<unsigned char>("0123456789ABCDEF"[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}();

}  // namespace

std::string to_hex(const Integer& code, const Format& format) {
  const auto digits = static_cast<std::size_t>((format.width() + 3) / 4);
  std::string text(digits, '0');
  if (format.width() <= 64) {
    auto rest = static_cast<std::uint64_t>(code);
    for (std::size_t i = digits; i-- > 0; rest >>= 4) {
      text[i] = "0123456789abcdef"[rest & 15U];
    }
    return text;
  }
  const std::string hex = code.str(0, std::ios_base::hex);
  for (std::size_t i = 0; i < hex.size();
       ++i) {  // Boost prints upper or lower case by locale flags
    const char c = hex[i];
    text[digits - hex.size() + i] = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

Integer parse_hex(std::string_view text, const Format& format) {
  const auto digits = static_cast<std::size_t>((format.width() + 3) / 4);
  std::string_view rest = text;
  if (rest.starts_with("0x") || rest.starts_with("0X")) {
    rest.remove_prefix(2);
  }
  Integer code = 0;
  std::uint64_t chunk = 0;
  int chunk_bits = 0;
  for (const char c : rest) {
    const int value = hex_digits[static_cast<unsigned char>(c)];
    if (value < 0) {
      throw BadInput(fmt::format("'{}' is no hexadecimal bit pattern", text));
    }
    if (chunk_bits == 64) {
      code = (code << 64) + chunk;
      chunk = 0;
      chunk_bits = 0;
    }
    chunk = chunk << 4 | static_cast<std::uint64_t>(value);
    chunk_bits += 4;
  }
  code = rest.size() <= 16 ? Integer(chunk) : (code << bits(chunk_bits)) + chunk;
  if (rest.empty() || (code != 0 && bit_length(code) > format.width())) {
    throw BadInput(
        fmt::format("'{}' is no bit pattern of {}: expected up to {} hexadecimal digits "
                    "({} bits)",
                    text, format.name(), digits, format.width()));
  }
  return code;
}

}  // namespace carrybit
