// majority_mean: MAJORITY of n bits by one uniform head, in one layer.
//
// On '=' the head returns the mean y of the n bits. More than half of them are 1 if and only if the count
// is at least h = floor(n/2) + 1, so y is compared with a threshold halfway between (h - 1)/n and h/n:
// theta = (h - 1/2)/n, a number of the position table. No slope is needed: the logits are
//
//   logit_0 = relu(1 + theta - y),  logit_1 = relu(1 + y - theta)   (both positive: 0 <= y, theta <= 1)
//
// and the larger one wins.
//
// Bits, rounding to nearest even; RN rounds to the format, u = 2^-F. y grows with the count, so the counts
// h - 1 and h decide: RN(y(h - 1)) <= RN(theta) < RN(y(h)), a tie of logits being a 0.
//
// Fixed point, normalise = output: the count is exact where M >= n and the quotient rounded once.
//   n even: y(h - 1) = 1/2, theta = 1/2 + 1/(2n), y(h) = 1/2 + 1/n. With x = 1/n in units of u, RN(x/2) <
//   RN(x) is all that is needed, and holds from x > 1/2 on: F = ceil(log2 n) - 1. For n = 2^F+1 (x = 1/2) it
//   holds by clipping: with M = n - u the total is n - u, and y(h) a little larger. So M >= n - u.
//   n odd: theta = 1/2, y = 1/2 -+ 1/(2n): F = floor(log2 n) + 1, or F = 0, where RN(theta) = 0 and the mean
//   itself rounds to the majority. (Not with a few fraction bits: both sides then round to 1/2.)
// normalise = weights: every 1/n is rounded by itself, an error of h u/2, and theta by u/2: 2^F > n(n + 4)/2
// leaves both below the margin 1/(2n). For n = 2^F, n >= 4, nothing is rounded but theta, to the even side.
//
// Floats, normalise = output: a sequential sum of ones stands still at 2^(m+1): that is where counting ends.
// 2^(m+1) >= n - 1 is enough from n = 6 on, ones being lost only where n = 2^(m+1) + 1, and there y(h - 1) =
// 1/2 and y(h) = 1/2 + 1/(n - 1). n even: in units of 2^-(m+1), theta is k = RN(t/2) above 1/2 and y(h) is
// j = RN(t), t = 2^(m+1)/n >= 1. 1 - theta + y is rounded only upwards of 1, 1 + theta to k or k +- 1, for k = 1
// downwards: logit_0 is below 1 for y(h), where logit_1 is not, and the other way round for y(h - 1) = 1/2.
// normalise = weights: n/2 rounded sums besides: 2^(m+1) >= n(n + 8)/2.

#include "arith_tasks/constructions/majority_mean.hpp"

#include <array>
#include <cmath>

#include "arith_tasks/constructions/roles.hpp"

namespace carrybit::constructions {

namespace {

constexpr std::string_view title = "majority_mean";

class Counter {
 public:
  Counter(const Task& task, const Setting& setting)
      : n_(task.digits()), program_(std::string(title), task, setting) {}

  Program write() {
    one_ = program_.channel("one", Range::bit(), "1");
    digit_ = program_.channel("digit", Range::bit(), "the token's bit");
    answers_ = program_.channel("answers", Range::bit(), "1 on '='");
    not_bit_ = program_.channel("not_bit", Range::bit(), "0 on the n bits");
    theta_ = program_.channel("theta", Range::reals(0, 1), "threshold on '='");
    mean_ = program_.channel("mean", Range::reals(0, 1), "mean of the bits");
    out_ = program_.channels("o", 2, Range::reals(0, 2), "logits of 0 and 1");
    program_.answer(out_);
    write_tables();
    program_.next_layer();
    uniform(program_,
            {.name = "mean", .role = answers_, .mask = not_bit_, .values = {{digit_, mean_}}});
    compare();
    return std::move(program_);
  }

 private:
  void write_tables() {
    const Task& task = program_.task();
    program_.everywhere(one_, 1);
    program_.everywhere(not_bit_, 1);
    put_digit_values(program_, digit_);
    for (int j = 0; j < n_; ++j) program_.position(operand_position(task, 0, j), not_bit_, 0);
    const int equals = equals_position(task);
    program_.position(equals, answers_, 1);
    const int most = n_ / 2 + 1;
    program_.position(equals, theta_, (most - 0.5) / n_);
  }

  void compare() {
    const Form w = Form(mean_) - Form(theta_);
    const Place units = program_.open_units();
    program_.unit(Form(one_) - w, {{out_[0], 1}});
    program_.unit(Form(one_) + w, {{out_[1], 1}});
    const Needs asks =
        program_.setting().normalise == Normalise::output ? of_a_count() : of_weights();
    program_.record(ByHand{.name = "comparison", .asks = asks, .at = program_.close(units)});
    program_.need_fraction_bits(asks.fraction_bits);
  }

  Needs of_a_count() const {
    Needs asks;
    const bool odd = n_ % 2 == 1;
    const int log = ceil_log(2, n_);
    asks.fraction_bits = odd ? ceil_log(2, n_ + 1) : std::max(1, log - 1);
    asks.or_integers = odd;
    // Below six, where 1 + theta is rounded too much for the proof, by certificate.
    constexpr std::array<double, 6> few = {1, 1, 8, 4, 1, 1};
    asks.add_floats("count", odd ? n_ : n_ - std::ldexp(1.0, -asks.fraction_bits),
                    n_ < 6 ? few[static_cast<std::size_t>(n_)] : n_ - 1);
    return asks;
  }

  Needs of_weights() const {
    Needs asks;
    const double n = n_;
    const int log = ceil_log(2, n_);
    asks.fraction_bits = n_ == 1 << log && n_ >= 4
                             ? log
                             : static_cast<int>(std::floor(std::log2(n * (n + 4) / 2))) + 1;
    asks.add_floats("count", n, n * (n + 8) / 2);
    return asks;
  }

  int n_;
  Program program_;
  Channel one_, digit_, answers_, not_bit_, theta_, mean_;
  std::vector<Channel> out_;
};

void check_task(const Task& task, const Options& options, const Setting&) {
  need_options(title, options, {});
  need_padded(title, task);
}

Program write(const Task& task, const Options&, const Setting& setting) {
  return Counter(task, setting).write();
}

Dimensions formula(const Task&, const Options&, const Setting&) {
  return {.layers = 1, .width = 8, .heads = 1, .head_dim = 1, .ffn = 2};
}

}  // namespace

const Construction majority_mean = {
    .name = title,
    .statement = "MAJORITY, the function behind the lower bounds 4.2 and 4.3 of Feng et al. 2025",
    .summary = "one uniform head counts; two units compare the mean with a half",
    .width =
        "n even: F = ceil(log2 n) - 1 fraction bits, M >= n - 2^-F; n odd: F = 0, M >= n; floats: "
        "2^(m+1) >= n - 1 (n > 5)",
    .options = "",
    .task = TaskKind::majority,
    .check = check_task,
    .program = write,
    .dimensions = formula};

}  // namespace carrybit::constructions
