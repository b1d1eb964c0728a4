#include "precision/kernels/scalar.hpp"

#include "precision/exact/exact.hpp"
#include "precision/kernels/long_sum.hpp"

namespace carrybit::kernels {

namespace {

template <class Value>
typename ScalarDot<Value>::Context make_context(const Format& format, Rounding rounding) {
  if constexpr (std::is_same_v<Value, double>) {
    return {lane_spec(format), rounding, {}, nullptr};
  } else {
    return {fixed_spec(format), rounding, {}, nullptr};
  }
}

template <class Value>
struct Contexts {
  typename ScalarDot<Value>::Context product, sum;
};

template <class Value>
struct Row {
  const Value* w;
  const Value* x;
  std::size_t stride;
  const Contexts<Value>& c;

  const Value& term(int k) const { return x[static_cast<std::size_t>(k) * stride]; }
};

template <class Value>
Value sequential(const Row<Value>& row, int terms, bool fused) {
  Value sum{};
  for (int k = 0; k < terms; ++k) {
    sum = fused ? lane::fma(row.w[k], row.term(k), sum, row.c.sum)
                : lane::add(sum, lane::mul(row.w[k], row.term(k), row.c.product), row.c.sum);
  }
  return sum;
}

template <class Value>
Value pairwise(const Row<Value>& row, int low, int high) {
  if (high - low == 1) {
    return lane::mul(row.w[low], row.term(low), row.c.product);
  }
  const int middle = low + (high - low) / 2;
  return lane::add(pairwise(row, low, middle), pairwise(row, middle, high), row.c.sum);
}

/// A number of the carrier's format from the exact sum, rounded once.
double finish(const Number& total, const Rule& rule, std::uint64_t* faults, double) {
  Faults counted;
  const exact::Context c{rule.sum, rule.sum_rounding, {}, &counted};
  const double sum = total.is_zero() ? 0.0 : exact::convert(total, c).to_double();
  if (faults != nullptr) {
    *faults += counted.count;
  }
  return sum;
}

std::int64_t finish(const Number& total, const Rule& rule, std::uint64_t* faults, std::int64_t) {
  Faults counted;
  const exact::Context c{rule.sum, rule.sum_rounding, {}, &counted};
  const Number n = total.is_zero() ? total : exact::convert(total, c);
  if (faults != nullptr) {
    *faults += counted.count;
  }
  if (n.is_zero()) {
    return 0;
  }
  const std::int64_t up = n.exponent + rule.sum.fraction_bits;
  const Integer m = up >= 0 ? Integer(n.magnitude << static_cast<unsigned>(up))
                            : Integer(n.magnitude >> static_cast<unsigned>(-up));
  return lane::with_sign(static_cast<std::uint64_t>(m), n.negative);
}

Number exact_sum(const Row<double>& row, int terms, bool fused) {
  LongSum sum;
  for (int k = 0; k < terms; ++k) {
    if (fused) {
      sum.add(row.w[k], row.term(k));
    } else {
      sum.add(lane::mul(row.w[k], row.term(k), row.c.product), 1.0);
    }
  }
  return sum.total();
}

/// Integers of up to 126 bits, in four limbs of a wider one.
Number exact_sum(const Row<std::int64_t>& row, int terms, bool fused) {
  Integer sum = 0;
  const int fraction = row.c.product.spec.fraction_bits;
  for (int k = 0; k < terms; ++k) {
    sum += fused ? Integer(row.w[k]) * row.term(k)
                 : Integer(lane::mul(row.w[k], row.term(k), row.c.product));
  }
  if (sum == 0) {
    return Number::zero();
  }
  const bool negative = sum < 0;
  return Number::finite(negative, negative ? Integer(-sum) : sum,
                        fused ? -2 * fraction : -fraction);
}

}  // namespace

template <class Value>
ScalarDot<Value>::ScalarDot(const Rule& rule)
    : rule_(rule),
      product_(make_context<Value>(rule.product, rule.product_rounding)),
      sum_(make_context<Value>(rule.sum, rule.sum_rounding)) {}

template <class Value>
Value ScalarDot<Value>::operator()(const Value* w, const Value* x, std::size_t stride, int terms,
                                   std::uint64_t* faults) const {
  Contexts<Value> contexts{product_, sum_};
  contexts.product.faults = faults;
  contexts.sum.faults = faults;
  const Row<Value> row{w, x, stride, contexts};
  switch (rule_.order) {
    case Order::sequential: return sequential(row, terms, rule_.fused);
    case Order::pairwise:
      return terms == 0 ? Value{} : lane::add(Value{}, pairwise(row, 0, terms), contexts.sum);
    case Order::exact: return finish(exact_sum(row, terms, rule_.fused), rule_, faults, Value{});
  }
  return Value{};
}

template class ScalarDot<double>;
template class ScalarDot<std::int64_t>;

}  // namespace carrybit::kernels
