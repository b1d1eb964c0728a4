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
// Bits. The margin is 1/(2n) on either side. normalise = output: a count, exact where M >= n, is divided
// and rounded once: F = ceil(log2 n) + 1 fraction bits keep y and theta, each off by at most 2^(-F-1) <=
// 1/(4n), on the right sides. normalise = weights: every 1/n is rounded by itself, an error of n 2^(-F-1)
// in all: F = 2 ceil(log2 n) + 2. Either way M >= n, for the count. In a float the count stands still at 2^(m+1): that is where sequential
// sums stop counting.

#include "arith_tasks/constructions/majority_mean.hpp"

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
    Needs asks;
    asks.add("comparison", 2);
    asks.add("count", n_);
    program_.record(ByHand{.name = "comparison", .asks = asks, .at = program_.close(units)});
    const int bits = ceil_log(2, n_);
    program_.need_fraction_bits(program_.setting().normalise == Normalise::output ? bits + 1
                                                                                  : 2 * bits + 2);
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
    .width = "F = ceil(log2 n) + 1 fraction bits (normalise output), M >= n",
    .options = "",
    .task = TaskKind::majority,
    .check = check_task,
    .program = write,
    .dimensions = formula};

}  // namespace carrybit::constructions
