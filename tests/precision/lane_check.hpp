#pragma once
// Both engines side by side: the exact engine is asked for a result, and every carrier that holds
// the result's format must give the same bits and record the same faults.

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "precision/encoding.hpp"
#include "precision/error.hpp"
#include "precision/lane_spec.hpp"
#include "precision/operation.hpp"
#include "precision/text.hpp"

namespace carrybit::test {

/// Builds that are slow by design (sanitizers, no optimisation) look at fewer cases.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
inline constexpr bool slow_build = true;
#else
inline constexpr bool slow_build = false;
#endif

inline constexpr std::array<Carrier, 3> all_carriers = {Carrier::float32, Carrier::float64,
                                                        Carrier::int64};

inline std::string_view name(Carrier carrier) {
  constexpr std::array<std::string_view, 3> names = {"float32", "float64", "int64"};
  return names[static_cast<std::size_t>(carrier)];
}

/// A value once for each engine.
struct Operand {
  Number number;
  double real = 0;           // for float32 and float64 lanes
  std::int64_t integer = 0;  // for int64 lanes: m of m * 2^-F

  Operand() = default;
  Operand(Number value, const Format& format) : number(std::move(value)), real(number.to_double()) {
    if (format.is_fixed() && format.precision() <= 63 && !number.is_zero()) {
      const auto m = static_cast<std::uint64_t>(Integer(
          number.magnitude << static_cast<unsigned>(number.exponent + format.fraction_bits)));
      integer = lane::with_sign(m, number.negative);
    }
  }
};

/// Every value of a format of at most 16 bits, once (several codes of `li`, of `ftz` and of NaN
/// stand for one value).
inline std::vector<Operand> all_values(const Format& format) {
  std::vector<Operand> values;
  std::unordered_map<std::uint64_t, bool> seen;
  for (std::uint32_t code = 0; code < (1U << format.width()); ++code) {
    if (format.is_fixed() && !format.twos_complement && code == 1U << (format.width() - 1)) {
      continue;  // the one code that is no value
    }
    Operand value(decode(code, format), format);
    if (!seen[lane::to_word(value.real)]) {
      seen[lane::to_word(value.real)] = true;
      values.push_back(std::move(value));
    }
  }
  return values;
}

/// Every format of exactly this width, of each kind, layout and overflow rule.
inline std::vector<Format> all_formats(int width) {
  std::vector<Format> formats;
  const auto offer = [&](const Format& format) {
    try {
      if (Format::parse(format.name()) == format && format.width() == width) {
        formats.push_back(format);
      }
    } catch (const BadInput&) {  // no such format: the name says why
    }
  };
  for (int i = 0; i < width; ++i) {
    for (const Overflow overflow : {Overflow::saturate, Overflow::wrap, Overflow::trap}) {
      for (const bool twos : {false, true}) {
        Format f = Format::fixed(i, width - 1 - i);
        f.overflow = overflow;
        f.twos_complement = twos;
        if (twos || overflow != Overflow::wrap) {
          offer(f);
        }
      }
    }
  }
  for (int e = 1; e < width; ++e) {
    for (const Layout layout : {Layout::ieee, Layout::fn, Layout::finite}) {
      for (const Overflow overflow : {Overflow::special, Overflow::saturate, Overflow::trap}) {
        for (const bool ftz : {false, true}) {
          Format f = Format::floating(e, width - 1 - e);
          f.layout = layout;
          f.overflow = overflow;
          f.flush_subnormals = ftz;
          if (layout != Layout::finite || overflow != Overflow::special) {
            offer(f);
          }
        }
      }
    }
  }
  for (int s = 1; 1 + 2 * s <= width; ++s) {
    Format f = Format::floating(width - 1 - 2 * s, s);
    f.layout = Layout::unnormalised;
    f.overflow = Overflow::saturate;
    offer(f);
  }
  return formats;
}

struct Tally {
  std::uint64_t cases = 0;
  std::uint64_t mismatches = 0;
  std::vector<std::string> examples;

  void fail(std::string text) {
    constexpr std::size_t kept = 8;
    ++mismatches;
    if (examples.size() < kept) {
      examples.push_back(std::move(text));
    }
  }
  void operator+=(const Tally& other) {
    cases += other.cases;
    mismatches += other.mismatches;
    examples.insert(examples.end(), other.examples.begin(), other.examples.end());
  }
  std::string text() const {
    std::string all = fmt::format("{} cases, {} mismatches", cases, mismatches);
    for (const std::string& example : examples) {
      all += "\n  " + example;
    }
    return all;
  }
};

/// What the lanes believe about a format; tests change it to see a wrong lane caught.
struct Lanes {
  lane::Spec spec;
  lane::FixedSpec fixed;
  std::optional<Rounding> other_rounding;  // planted: used in place of the asked one
};

/// Compares results in one format. Not for two threads at once.
class Comparer {
 public:
  explicit Comparer(const Format& format) : format_(format) {
    for (const Carrier carrier : all_carriers) {
      if (carries(carrier, format)) {
        carriers_.push_back(carrier);
      }
    }
    if (carries(Carrier::float64, format)) {
      lanes_.spec = lane_spec(format);
    }
    if (carries(Carrier::int64, format)) {
      lanes_.fixed = fixed_spec(format);
    }
  }

  const Format& format() const { return format_; }
  std::span<const Carrier> carriers() const { return carriers_; }
  Lanes& lanes() { return lanes_; }
  Tally& tally() { return tally_; }
  void only(Carrier carrier) { carriers_ = {carrier}; }
  bool has(Carrier carrier) const {
    return std::find(carriers_.begin(), carriers_.end(), carrier) != carriers_.end();
  }

  /// An algebraic operation on the lanes themselves.
  void check(Operation operation, Rounding rounding, const Draw& draw,
             std::initializer_list<const Operand*> operands) {
    std::size_t count = 0;
    for (const Operand* operand : operands) {
      numbers_[count] = operand->number;
      reals_[count] = operand->real;
      integers_[count++] = operand->integer;
    }
    const std::span<const Number> x(numbers_.data(), count);
    Faults faults;
    const exact::Context context{format_, rounding, draw, &faults};
    const Number expected = apply_exact(operation, x, context);
    check_encodes(expected, operation, x, context);
    for (const Carrier carrier : carriers_) {
      ++tally_.cases;
      std::uint64_t counted = 0;
      const bool same =
          carrier == Carrier::int64
              ? same_integer(expected, fixed_result(operation, lane_context<lane::FixedContext>(
                                                                   lanes_.fixed, context, counted)))
              : same_real(expected,
                          real_result(carrier, operation,
                                      lane_context<lane::Context>(lanes_.spec, context, counted)));
      if (!same || counted != faults.count) {
        report(carrier, operation, x, context, expected, faults.count, counted);
      }
    }
  }

  /// Any operation through `apply_lane`; both results encoded.
  void check_applied(Operation operation, Rounding rounding, const Draw& draw,
                     std::span<const Number> x) {
    Faults faults;
    const exact::Context context{format_, rounding, draw, &faults};
    compare_applied(apply_exact(operation, x, context), faults, context, find_name(operation), x,
                    [&](Carrier carrier, const exact::Context& lane_context) {
                      return apply_lane(carrier, operation, x, lane_context);
                    });
  }

  /// A transcendental function on float64 lanes. Where the lane's bound cannot decide, nothing is
  /// compared, and the answer is false.
  bool check_function(Operation operation, Rounding rounding, const Draw& draw, const Operand& x) {
    std::uint64_t counted = 0;
    Faults faults;
    const exact::Context context{format_, rounding, draw, &faults};
    const lane::Decision lane =
        function(operation, x.real, lane_context<lane::Context>(lanes_.spec, context, counted));
    ++tally_.cases;
    if (!lane.decided) {
      return false;
    }
    const Number expected = apply_exact(operation, {&x.number, 1}, context);
    check_encodes(expected, operation, {&x.number, 1}, context);
    if (!same_real(expected, lane.value) || counted != faults.count) {
      tally_.fail(fmt::format("{}: exact {} ({} faults), lane {} ({} faults)",
                              describe(find_name(operation), {&x.number, 1}, context),
                              to_hexfloat(expected), faults.count,
                              to_hexfloat(Number::from_double(lane.value)), counted));
    }
    return true;
  }

  /// Conversion through `convert_lane`; both results encoded.
  void check_converted(const Number& x, Rounding rounding, const Draw& draw) {
    Faults faults;
    const exact::Context context{format_, rounding, draw, &faults};
    compare_applied(exact::convert(x, context), faults, context, "cvt", {&x, 1},
                    [&](Carrier carrier, const exact::Context& lane_context) {
                      return convert_lane(carrier, x, lane_context);
                    });
  }

 private:
  static std::string find_name(Operation operation) {
    return std::string(operations()[static_cast<std::size_t>(operation)].name);
  }

  template <class Context, class Spec>
  Context lane_context(const Spec& spec, const exact::Context& context,
                       std::uint64_t& faults) const {
    return {spec, lanes_.other_rounding.value_or(context.rounding), context.draw, &faults};
  }

  template <class T>
  T algebraic(Operation operation, const std::array<T, 3>& v, const lane::Context& c) {
    switch (operation) {
      case Operation::add: return lane::add(v[0], v[1], c);
      case Operation::sub: return lane::sub(v[0], v[1], c);
      case Operation::mul: return lane::mul(v[0], v[1], c);
      case Operation::fma: return lane::fma(v[0], v[1], v[2], c);
      case Operation::div: return lane::div(v[0], v[1], c);
      default: return lane::sqrt(v[0], c);
    }
  }

  static lane::Decision function(Operation operation, double x, const lane::Context& c) {
    switch (operation) {
      case Operation::exp: return lane::exp(x, c);
      case Operation::log: return lane::log(x, c);
      case Operation::tanh: return lane::tanh(x, c);
      case Operation::erf: return lane::erf(x, c);
      case Operation::sin: return lane::sin(x, c);
      case Operation::cos: return lane::cos(x, c);
      default: return lane::decided(lane::sqrt(x, c));
    }
  }

  double real_result(Carrier carrier, Operation operation, const lane::Context& c) {
    if (carrier == Carrier::float64) {
      return algebraic<double>(operation, reals_, c);
    }
    const std::array<float, 3> v = {static_cast<float>(reals_[0]), static_cast<float>(reals_[1]),
                                    static_cast<float>(reals_[2])};
    return algebraic<float>(operation, v, c);
  }

  std::int64_t fixed_result(Operation operation, const lane::FixedContext& c) {
    const auto& v = integers_;
    switch (operation) {
      case Operation::add: return lane::add(v[0], v[1], c);
      case Operation::sub: return lane::sub(v[0], v[1], c);
      case Operation::mul: return lane::mul(v[0], v[1], c);
      case Operation::fma: return lane::fma(v[0], v[1], v[2], c);
      case Operation::div: return lane::div(v[0], v[1], c);
      default: return lane::sqrt(v[0], c);
    }
  }

  static bool same_real(const Number& expected, double lane) {
    return lane::to_word(expected.to_double()) == lane::to_word(lane);
  }

  bool same_integer(const Number& expected, std::int64_t lane) const {
    return Operand(expected, format_).integer == lane;
  }

  /// The exact result is a value of the format. (A lane that has the same bits encodes alike.)
  void check_encodes(const Number& result, Operation operation, std::span<const Number> x,
                     const exact::Context& context) {
    const std::uint64_t word = lane::to_word(result.to_double());
    const bool small = format_.width() <= 16;
    if (small && encodes_.contains(word)) {
      return;
    }
    try {
      if (!identical(decode(encode(result, format_), format_), result)) {
        tally_.fail(describe(find_name(operation), x, context) +
                    ": the exact result decodes to another");
      } else if (small) {
        encodes_[word] = true;
      }
    } catch (const std::exception& error) {
      tally_.fail(describe(find_name(operation), x, context) + ": " + error.what());
    }
  }

  template <class Lane>
  void compare_applied(const Number& expected, const Faults& faults, const exact::Context& context,
                       const std::string& operation, std::span<const Number> x, const Lane& lane) {
    for (const Carrier carrier : carriers_) {
      ++tally_.cases;
      Faults lane_faults;
      exact::Context lane_context = context;
      lane_context.faults = &lane_faults;
      try {
        const Number result = lane(carrier, lane_context);
        if (!identical(expected, result) || encode(expected, format_) != encode(result, format_) ||
            faults.count != lane_faults.count || faults.first != lane_faults.first) {
          tally_.fail(fmt::format("{} on {}: exact {} ({} faults '{}'), lane {} ({} faults '{}')",
                                  describe(operation, x, context), name(carrier),
                                  to_hexfloat(expected), faults.count, faults.first,
                                  to_hexfloat(result), lane_faults.count, lane_faults.first));
        }
      } catch (const std::exception& error) {
        tally_.fail(fmt::format("{} on {}: {}", describe(operation, x, context), name(carrier),
                                error.what()));
      }
    }
  }

  static std::string describe(const std::string& operation, std::span<const Number> x,
                              const exact::Context& context) {
    std::string text =
        fmt::format("{} {} {}", context.format.name(), carrybit::name(context.rounding), operation);
    for (const Number& operand : x) {
      text += " " + to_hexfloat(operand);
    }
    if (context.rounding == Rounding::sr) {
      text += fmt::format(" (seed {}, index {})", context.draw.seed, context.draw.index);
    }
    return text;
  }

  void report(Carrier carrier, Operation operation, std::span<const Number> x,
              const exact::Context& context, const Number& expected, std::uint64_t faults,
              std::uint64_t lane_faults) {
    std::uint64_t counted = 0;
    const std::string lane =
        carrier == Carrier::int64
            ? fmt::format("{} quanta", fixed_result(operation, lane_context<lane::FixedContext>(
                                                                   lanes_.fixed, context, counted)))
            : to_hexfloat(Number::from_double(real_result(
                  carrier, operation, lane_context<lane::Context>(lanes_.spec, context, counted))));
    tally_.fail(fmt::format("{} on {}: exact {} ({} faults), lane {} ({} faults)",
                            describe(find_name(operation), x, context), name(carrier),
                            to_hexfloat(expected), faults, lane, lane_faults));
  }

  Format format_;
  std::vector<Carrier> carriers_;
  Lanes lanes_;
  Tally tally_;
  std::array<Number, 3> numbers_;
  std::array<double, 3> reals_{};
  std::array<std::int64_t, 3> integers_{};
  std::unordered_map<std::uint64_t, bool> encodes_;
};

inline bool is_algebraic(Operation operation) { return operation <= Operation::sqrt; }

}  // namespace carrybit::test
