// Element-wise operations beside Eigen's of the same kind: results a second, in 10^9.

#include <algorithm>
#include <array>

#include "bench/eigen_products.hpp"
#include "bench/measure.hpp"
#include "precision/kernels/arrays.hpp"

namespace carrybit::bench {

namespace {

constexpr std::size_t length = 8192;  // the arrays stay in the caches

/// Eigen's, of one operation.
template <class T, ArrayReference op>
double reference() {
  static const std::vector<double> x = numbers(Format::floating(8, 23), "ordinary", length, 1);
  static const std::vector<T> a(x.begin(), x.end());
  static std::vector<T> c(length);
  return time_of(1, [] {
    if constexpr (sizeof(T) == sizeof(float)) {
      eigen_float_arrays()(op, a.data(), a.data(), c.data(), std::ptrdiff_t{length});
    } else {
      eigen_double_arrays()(op, a.data(), a.data(), c.data(), std::ptrdiff_t{length});
    }
  });
}

template <ArrayReference op>
Beside beside() {
  return {double{length}, reference<float, op>, reference<double, op>};
}

struct Operation {
  const char* name;
  kernels::ArrayOp op;
  Beside beside;
  Number (*exact)(const Number&, const Number&, const exact::Context&);
};

const std::array operations = {
    Operation{"add arrays", kernels::ArrayOp::add, beside<ArrayReference::add>(),
              [](const Number& a, const Number& b, const exact::Context& c) {
                return exact::add(a, b, c);
              }},
    Operation{"multiply arrays", kernels::ArrayOp::mul, beside<ArrayReference::mul>(),
              [](const Number& a, const Number& b, const exact::Context& c) {
                return exact::mul(a, b, c);
              }},
    Operation{"divide arrays", kernels::ArrayOp::div, beside<ArrayReference::div>(),
              [](const Number& a, const Number& b, const exact::Context& c) {
                return exact::div(a, b, c);
              }},
    Operation{
        "exp of an array", kernels::ArrayOp::exp, beside<ArrayReference::exp>(),
        [](const Number& a, const Number&, const exact::Context& c) { return exact::exp(a, c); }}};

int ratio(const Operation& o, const std::string& format) {
  const Format f = Format::parse(format);
  const std::vector<double> a = numbers(f, "ordinary", length, 5);
  const std::vector<double> b = numbers(f, "ordinary", length, 6);
  std::vector<double> c(length);
  std::vector<std::uint32_t> undone;
  const kernels::Arrays arrays(f, Rounding::rne, true);
  const Measured m = measure(o.beside, 1, double{length}, [&] {
    undone.clear();
    arrays.apply(o.op, a.data(), {b.data(), false}, length, c.data(), undone);
  });
  int wrong = 0;
  const exact::Context context{f, Rounding::rne, {}, nullptr};
  for (std::uint32_t i = 0; i < length; i += 8) {
    if (std::find(undone.begin(), undone.end(), i) == undone.end()) {
      const double exact =
          o.exact(Number::from_double(a[i]), Number::from_double(b[i]), context).to_double();
      wrong += lane::to_word(exact) != lane::to_word(c[i]);
    }
  }
  Case label;
  label.format = format;
  print(o.name, label, 1, m, wrong);
  return wrong;
}

}  // namespace

int array_ratios() {
  int wrong = 0;
  for (const Operation& o : operations) {
    for (const char* format : {"float:e8.m7", "fixed:i7.f8"}) {
      wrong += ratio(o, format);
    }
  }
  return wrong;
}

}  // namespace carrybit::bench
