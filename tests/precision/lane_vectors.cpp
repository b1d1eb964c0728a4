// What the lane header computes, in words: every operation on a fixed stream of operands, for some
// formats, all carriers and all rounding modes. Nothing but the lane header is used, so that any
// compiler for any machine can build this file alone; all of them must print the same bytes.
//
//   c++ -std=c++20 -ffp-contract=off -I . tests/precision/lane_vectors.cpp && ./a.out
//
// A line "FORMAT CARRIER OPERATION MODE CHECKSUM" stands for `operands` results, the lines below it
// are the first of them: operands and result as hexadecimal words, and faults. With nvcc
// (lane_vectors.cu) and a GPU, every result is computed on the device too and compared.

#include <cstdio>

#include "precision/lane.hpp"

namespace {

using namespace carrybit;

constexpr int operands = 240;
constexpr int printed = 3;
constexpr std::uint64_t not_decided = 0x756e646563696465U;  // in place of a result

enum class Operation { add, sub, mul, fma, div, sqrt, convert, exp, log, tanh, erf, sin, cos };
constexpr const char* operation_names[] = {"add", "sub", "mul",  "fma", "div", "sqrt", "convert",
                                           "exp", "log", "tanh", "erf", "sin", "cos"};
constexpr int algebraic_operations = 7;
constexpr int all_operations = 13;
constexpr const char* rounding_names[] = {"rne", "rna", "rnz", "rz", "ru", "rd", "ro", "sr"};

enum class CarrierKind { float32, float64, int64 };
constexpr const char* carrier_names[] = {"float32", "float64", "int64"};

/// One line of the output.
struct Block {
  CarrierKind carrier = CarrierKind::float64;
  Operation operation = Operation::add;
  Rounding rounding = Rounding::rne;
  lane::Spec spec;
  lane::FixedSpec fixed;
};

struct Result {
  std::uint64_t word = 0;
  std::uint64_t faults = 0;
};

CARRYBIT_HD std::uint64_t decision_word(const lane::Decision& d) {
  return d.decided ? lane::to_word(d.value) : not_decided;
}

template <class T>
CARRYBIT_HD std::uint64_t floating_word(const Block& block, const std::uint64_t* x,
                                        const lane::Context& c) {
  const T a = static_cast<T>(lane::from_word<double>(x[0]));
  const T b = static_cast<T>(lane::from_word<double>(x[1]));
  const T d = static_cast<T>(lane::from_word<double>(x[2]));
  switch (block.operation) {
    case Operation::add: return lane::to_word(lane::add(a, b, c));
    case Operation::sub: return lane::to_word(lane::sub(a, b, c));
    case Operation::mul: return lane::to_word(lane::mul(a, b, c));
    case Operation::fma: return lane::to_word(lane::fma(a, b, d, c));
    case Operation::div: return lane::to_word(lane::div(a, b, c));
    case Operation::sqrt: return lane::to_word(lane::sqrt(a, c));
    case Operation::convert: return lane::to_word(lane::convert(a, c));
    case Operation::exp: return decision_word(lane::exp(a, c));
    case Operation::log: return decision_word(lane::log(a, c));
    case Operation::tanh: return decision_word(lane::tanh(a, c));
    case Operation::erf: return decision_word(lane::erf(a, c));
    case Operation::sin: return decision_word(lane::sin(a, c));
    case Operation::cos: return decision_word(lane::cos(a, c));
  }
  return 0;
}

CARRYBIT_HD std::int64_t fixed_word(const Block& block, const std::uint64_t* x,
                                    const lane::FixedContext& c) {
  const auto a = static_cast<std::int64_t>(x[0]);
  const auto b = static_cast<std::int64_t>(x[1]);
  const auto d = static_cast<std::int64_t>(x[2]);
  switch (block.operation) {
    case Operation::add: return lane::add(a, b, c);
    case Operation::sub: return lane::sub(a, b, c);
    case Operation::mul: return lane::mul(a, b, c);
    case Operation::fma: return lane::fma(a, b, d, c);
    case Operation::div: return lane::div(a, b, c);
    default: return lane::sqrt(a, c);
  }
}

/// The result of operands x[0..2], the `index`th of the block.
CARRYBIT_HD Result evaluate(const Block& block, const std::uint64_t* x, int index) {
  Result r;
  const Draw draw{0xCA44B17, static_cast<std::uint64_t>(index)};
  if (block.carrier == CarrierKind::int64) {
    const lane::FixedContext c{block.fixed, block.rounding, draw, &r.faults};
    r.word = static_cast<std::uint64_t>(fixed_word(block, x, c));
  } else {
    const lane::Context c{block.spec, block.rounding, draw, &r.faults};
    r.word = block.carrier == CarrierKind::float32 ? floating_word<float>(block, x, c)
                                                   : floating_word<double>(block, x, c);
  }
  return r;
}

#if defined(__CUDACC__)
bool device_agrees(const Block& block, const std::uint64_t* x, const Result* host);
#else
bool device_agrees(const Block&, const std::uint64_t*, const Result*) { return true; }
#endif

struct Named {
  const char* name;
  CarrierKind carrier;
  lane::Spec spec;
  lane::FixedSpec fixed;
};

double power(int exponent) { return lane::power_of_two<double>(exponent); }

enum class Layout { ieee, fn, finite };

Named floating(const char* name, CarrierKind carrier, int e, int m, Layout layout,
               lane::Beyond beyond, bool ftz = false, bool traps = false) {
  Named n{name, carrier, {}, {}};
  const int top = (1 << (e - 1)) - (layout == Layout::ieee ? 1 : 0);
  lane::Spec& s = n.spec;
  s.has_infinity = layout == Layout::ieee;
  s.has_nan = layout != Layout::finite;
  s.signed_zero = true;
  s.flush_subnormals = ftz;
  s.traps = traps;
  s.beyond = beyond;
  s.precision = m + 1;
  s.min_quantum = 2 - (1 << (e - 1)) - m;
  s.width = 1 + e + m;
  s.largest = (power(m + 1) - (layout == Layout::fn ? 2 : 1)) * power(top - m);
  s.lowest = -s.largest;
  s.smallest_normal = power(s.min_quantum + m);
  return n;
}

Named fixed(const char* name, CarrierKind carrier, int i, int f, bool twos, lane::Beyond beyond,
            bool traps = false) {
  Named n{name, carrier, {}, {}};
  const int bits = i + f;
  lane::FixedSpec& x = n.fixed;
  const std::uint64_t top = std::uint64_t{1} << bits;
  x.fraction_bits = f;
  x.width = 1 + bits;
  x.largest = static_cast<std::int64_t>(top - 1);
  x.lowest = twos ? static_cast<std::int64_t>(~top + 1) : -x.largest;
  x.wraps = beyond == lane::Beyond::wrap;
  x.traps = traps;
  lane::Spec& s = n.spec;
  s.fixed = true;
  s.traps = traps;
  s.beyond = beyond;
  s.precision = bits;
  s.min_quantum = -f;
  s.width = 1 + bits;
  if (bits <= 26) {
    s.largest = static_cast<double>(x.largest) * power(-f);
    s.lowest = static_cast<double>(x.lowest) * power(-f);
  }
  s.smallest_normal = power(-f);
  return n;
}

/// SplitMix64.
std::uint64_t next_random() {
  static std::uint64_t state = 20251;
  std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

/// A value of the format: special, at the edges, or any significand at any exponent near the range.
double random_double(const lane::Spec& s) {
  const std::uint64_t r = next_random();
  const bool negative = (r & 1U) != 0;
  const auto kind = static_cast<int>(r >> 1 & 15U);
  const double signed_one = negative ? -1 : 1;
  if (kind == 0) {
    return s.signed_zero ? signed_one * 0.0 : 0.0;
  }
  if (kind == 1) {
    return s.has_infinity ? lane::infinity<double>(negative) : negative ? s.lowest : s.largest;
  }
  if (kind == 2) {
    return s.has_nan ? lane::quiet_nan<double>() : s.largest;
  }
  if (kind == 3) {
    return negative ? s.lowest : s.largest;
  }
  if (kind == 4) {
    return signed_one * s.smallest_normal;
  }
  const int high = lane::leading_exponent(s.largest);
  int exponent =
      s.min_quantum +
      static_cast<int>(next_random() % static_cast<std::uint64_t>(high - s.min_quantum + 1));
  if (kind < 10 && high > 3) {  // near one: sums meet, functions are not all flat
    exponent = static_cast<int>(next_random() % 8) - 5;
  }
  std::uint64_t fraction = next_random() & lane::fraction_mask<double>;
  if (kind == 5 || kind == 6) {
    fraction &= ~std::uint64_t{0} << (30 + next_random() % 22);
  }
  if (kind == 7) {
    fraction = lane::fraction_mask<double>;
  }
  lane::Context c{s, Rounding::rz, {}, nullptr};
  c.spec.traps = false;
  const double x = lane::from_word<double>(lane::to_word(power(exponent)) | fraction);
  return lane::round(signed_one * x, c);
}

std::int64_t random_fixed(const lane::FixedSpec& s) {
  const std::uint64_t r = next_random();
  const int unused = 64 - s.width;
  auto m = static_cast<std::int64_t>(next_random() << unused) >> unused;
  m >>= next_random() % static_cast<std::uint64_t>(s.width);
  if ((r & 7U) == 0) {
    m = (r & 8U) != 0 ? s.largest : s.lowest;
  } else if ((r & 7U) == 1) {
    m = static_cast<std::int64_t>(std::uint64_t{1}
                                  << (r >> 8) % static_cast<std::uint64_t>(s.width - 1));
  }
  return m < s.lowest ? s.lowest : m;
}

/// Operands of floating lanes are values of `source`.
bool run_block(const Named& format, const Block& block, const lane::Spec& source) {
  std::uint64_t x[3 * operands];
  Result results[operands];
  std::uint64_t checksum = 0xCBF29CE484222325U;  // FNV-1a
  for (int i = 0; i < 3 * operands; ++i) {
    x[i] = block.carrier == CarrierKind::int64
               ? static_cast<std::uint64_t>(random_fixed(block.fixed))
               : lane::to_word(random_double(source));
  }
  for (int i = 0; i < operands; ++i) {
    results[i] = evaluate(block, x + 3 * i, i);
    for (int byte = 0; byte < 9; ++byte) {
      const std::uint64_t b = byte < 8 ? results[i].word >> (8 * byte) : results[i].faults;
      checksum = (checksum ^ (b & 255U)) * 0x100000001B3U;
    }
  }
  std::printf("%s %s %s %s %016llx\n", format.name, carrier_names[static_cast<int>(block.carrier)],
              operation_names[static_cast<int>(block.operation)],
              rounding_names[static_cast<int>(block.rounding)],
              static_cast<unsigned long long>(checksum));
  for (int i = 0; i < printed; ++i) {
    std::printf(
        "  %016llx %016llx %016llx -> %016llx %d\n", static_cast<unsigned long long>(x[3 * i]),
        static_cast<unsigned long long>(x[3 * i + 1]),
        static_cast<unsigned long long>(x[3 * i + 2]),
        static_cast<unsigned long long>(results[i].word), static_cast<int>(results[i].faults));
  }
  return device_agrees(block, x, results);
}

bool run_operation(const Named& format, Operation operation, const lane::Spec& source) {
  bool agree = true;
  for (int rounding = 0; rounding < 8; ++rounding) {
    const Block block{format.carrier, operation, static_cast<Rounding>(rounding), format.spec,
                      format.fixed};
    agree = run_block(format, block, source) && agree;
  }
  return agree;
}

bool run_format(const Named& format) {
  bool agree = true;
  const int last = format.carrier == CarrierKind::float64 ? all_operations
                   : format.carrier == CarrierKind::int64 ? algebraic_operations - 1
                                                          : algebraic_operations;
  for (int operation = 0; operation < last; ++operation) {
    agree = run_operation(format, static_cast<Operation>(operation), format.spec) && agree;
  }
  return agree;
}

bool run_all() {
  using enum CarrierKind;
  using enum lane::Beyond;
  const Named formats[] = {
      floating("fp16", float32, 5, 10, Layout::ieee, infinity),
      floating("fp16", float64, 5, 10, Layout::ieee, infinity),
      floating("bf16", float32, 8, 7, Layout::ieee, infinity),
      floating("bf16", float64, 8, 7, Layout::ieee, infinity),
      floating("tf32", float32, 8, 10, Layout::ieee, infinity),
      floating("float:e8.m10:ftz", float32, 8, 10, Layout::ieee, infinity, true),
      floating("fp8_e4m3", float32, 4, 3, Layout::fn, nan),
      floating("fp8_e4m3", float64, 4, 3, Layout::fn, nan),
      floating("float:e5.m2:trap", float32, 5, 2, Layout::ieee, saturate, false, true),
      floating("fp4_e2m1", float32, 2, 1, Layout::finite, saturate),
      floating("fp32", float64, 8, 23, Layout::ieee, infinity),
      floating("float:e10.m24", float64, 10, 24, Layout::ieee, infinity),
      floating("float:e10.m24:sat:ftz", float64, 10, 24, Layout::ieee, saturate, true),
      fixed("fixed:i7.f8:twos", float64, 7, 8, true, saturate),
      fixed("fixed:i13.f13:trap", float64, 13, 13, false, saturate, true),
      fixed("fixed:i10.f16:twos:wrap", float64, 10, 16, true, wrap),
      fixed("fixed:i0.f26:twos:wrap", float64, 0, 26, true, wrap),
      fixed("fixed:i31.f32", int64, 31, 32, false, saturate),
      fixed("fixed:i63.f0:twos:wrap", int64, 63, 0, true, wrap),
      fixed("fixed:i0.f63:twos", int64, 0, 63, true, saturate),
      fixed("fixed:i20.f43:twos:trap", int64, 20, 43, true, saturate, true),
      fixed("fixed:i3.f4", int64, 3, 4, false, saturate),
  };
  bool agree = true;
  for (const Named& format : formats) {
    agree = run_format(format) && agree;
  }
  return agree;
}

/// Conversions that leave the range of the target by far.
bool run_conversions() {
  using enum CarrierKind;
  using enum lane::Beyond;
  const Named source = floating("float:e10.m24", float64, 10, 24, Layout::ieee, infinity);
  bool agree = true;
  for (const Named& target :
       {fixed("float:e10.m24-to-fixed:i10.f16:twos:wrap", float64, 10, 16, true, wrap),
        fixed("float:e10.m24-to-fixed:i7.f8:trap", float64, 7, 8, false, saturate, true),
        floating("float:e10.m24-to-bf16", float64, 8, 7, Layout::ieee, infinity),
        floating("float:e10.m24-to-fp8_e4m3", float64, 4, 3, Layout::fn, nan)}) {
    agree = run_operation(target, Operation::convert, source.spec) && agree;
  }
  return agree;
}

}  // namespace

int main() {
  const bool agree = run_all();
  return run_conversions() && agree ? 0 : 1;
}
