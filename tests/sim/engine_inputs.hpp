#pragma once
// What engines are tried on: formats of the double lanes, numbers that are hard to round, arithmetics
// drawn at random.

#include <fmt/format.h>

#include <array>
#include <vector>

#include "precision/exact/round.hpp"
#include "sim/engine.hpp"
#include "tests/sim/random_model.hpp"

namespace carrybit::tests {

inline constexpr std::array lane_formats = {"bf16",
                                            "fp16",
                                            "tf32",
                                            "fp8_e4m3",
                                            "fp8_e5m2",
                                            "fp6_e3m2",
                                            "fp6_e2m3",
                                            "fp4_e2m1",
                                            "float:e8.m24",
                                            "float:e10.m24",
                                            "float:e10.m3",
                                            "float:e2.m10",
                                            "float:e1.m4",
                                            "float:e4.m3:sat",
                                            "float:e8.m10:sat",
                                            "float:e5.m4:ftz",
                                            "float:e6.m0",
                                            "float:e5.m3:trap",
                                            "li:e2.s3",
                                            "li:e4.s5",
                                            "fixed:i6.f6",
                                            "fixed:i4.f8:twos",
                                            "fixed:i26.f0",
                                            "fixed:i0.f26",
                                            "fixed:i0.f7",
                                            "fixed:i1.f0",
                                            "fixed:i12.f14",
                                            "fixed:i3.f2:twos:wrap",
                                            "fixed:i5.f5:trap"};

/// Values of a format where rounding goes wrong if it can: zeros of both signs, the smallest, the
/// largest, infinities, NaN, halves of quanta of coarser formats, and random ones of every size.
inline std::vector<Number> ugly_values(const Format& format, Draws& draws, int random_count) {
  const exact::Context to{format, Rounding::rz, {}, nullptr};
  std::vector<Number> values = {Number::zero()};
  const auto add = [&](const Number& x) {
    values.push_back(exact::convert(x, to));
    values.push_back(exact::convert(-x, to));
  };
  if (format.has_signed_zero()) {
    values.push_back(Number::zero(true));
  }
  if (format.has_infinity()) {
    values.push_back(Number::infinity());
    values.push_back(Number::infinity(true));
  }
  if (format.has_nan()) {
    values.push_back(Number::nan());
  }
  const std::int64_t quantum = format.min_quantum();
  for (const int m : {1, 2, 3, 5}) {
    add(Number::finite(false, Integer(m), quantum));
  }
  const Number largest = exact::largest(format);
  add(largest);
  values.push_back(exact::convert(Number::finite(true, exact::largest(format, true).magnitude,
                                                 exact::largest(format, true).exponent),
                                  to));
  add(Number::finite(false, largest.magnitude, largest.exponent - 1));
  for (const double x : {1.0, 0.5, 1.5, 3.0, 0.75, 255.0, 0.00390625}) {
    add(Number::from_double(x));
  }
  const std::int64_t span = largest.leading_exponent() - quantum + 1;
  for (int i = 0; i < random_count; ++i) {
    const auto bits = static_cast<std::uint64_t>(draws.below(1 << 30));
    const int lead = draws.below(static_cast<int>(std::min<std::int64_t>(span, 1 << 20)));
    add(Number::finite(false, Integer(bits | (1U << 30)), quantum + lead - 30));
  }
  return values;
}

/// Roles with formats drawn at random; the modes and the product rule too.
inline Arithmetic random_arithmetic(Draws& draws, bool mixed) {
  const auto any = [&] {
    return Format::parse(lane_formats[static_cast<std::size_t>(draws.below(lane_formats.size()))]);
  };
  const auto mode = [&] {
    // rne more often: it has loops of its own.
    const int i = draws.below(12);
    return i < 5 ? Rounding::rne : all_roundings[static_cast<std::size_t>(i - 4)];
  };
  Arithmetic a = Arithmetic::uniform(any(), mode());
  if (mixed) {
    for (Role* role : a.roles()) {
      *role = {any(), mode()};
    }
  }
  a.product = draws.below(3) == 0 ? Product::fused : Product::rounded;
  a.seed = 17;
  return a;
}

template <class Engine>
std::vector<typename Engine::Value> carried(Engine& e, const std::vector<Number>& values,
                                            RoleId role) {
  std::vector<typename Engine::Value> result;
  for (const Number& x : values) {
    result.push_back(e.from_number(x, role));
  }
  return result;
}

}  // namespace carrybit::tests
