// Position tables and the scale of scores, in 200 bits: what is rounded once into the weights' format.

#include <cmath>

#include "precision/exact/exact.hpp"
#include "sim/prepared.hpp"

namespace carrybit {

namespace {

constexpr int wide_bits = 200;

exact::Context wide() {
  exact::Context c;
  c.format = Format::floating(20, wide_bits);
  return c;
}

}  // namespace

Number rotary_angle(int position, int pair, int dim, double base) {
  // base^(-2 pair / dim) = exp(-(2 pair / dim) log base)
  const exact::Context c = wide();
  const Number share =
      exact::div(Number::integer(-2 * static_cast<std::int64_t>(pair)), Number::integer(dim), c);
  const Number log_base = exact::log(Number::from_double(base), c);
  const Number frequency = exact::exp(exact::mul(share, log_base, c), c);
  return exact::mul(Number::integer(position), frequency, c);
}

Number attention_scale(int head_dim) {
  return exact::div(Number::integer(1), exact::sqrt(Number::integer(head_dim), wide()), wide());
}

Number wide_cos(const Number& angle) { return exact::cos(angle, wide()); }
Number wide_sin(const Number& angle) { return exact::sin(angle, wide()); }

Number sinusoid(int position, int channel, int width) {
  const Number angle = rotary_angle(position, channel / 2, width, 10000.0);
  return channel % 2 == 0 ? wide_sin(angle) : wide_cos(angle);
}

Number alibi_slope(int head, int heads) {
  // For 2^j heads: 2^(-8 (h + 1) / heads). Else the slopes of the next lower power of two, then every
  // other slope of the next higher one (Press et al. 2022, reference implementation).
  int power = 1;
  while (2 * power <= heads) {
    power *= 2;
  }
  const bool extra = head >= power;
  const int count = extra ? 2 * power : power;
  const int rank = extra ? 2 * (head - power) + 1 : head + 1;
  const exact::Context c = wide();
  const Number exponent = exact::div(Number::integer(-8 * rank), Number::integer(count), c);
  const Number log2 = exact::log(Number::integer(2), c);
  if (8 * rank % count == 0) {
    return Number::finite(false, 1, -8 * rank / count);
  }
  return exact::exp(exact::mul(exponent, log2, c), c);
}

}  // namespace carrybit
