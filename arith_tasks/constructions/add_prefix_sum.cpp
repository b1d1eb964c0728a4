// add_prefix_sum: ADD_p(n) by one weighted sum, as the smallest hand-set adders of the AdderBoard
// contest do it ("in float64"), for contrast with add_log. Width linear in n: about log2 p bits a digit.
//
// The carry into place i is the floor of  sum over j < i of (a_j + b_j) p^(j-i).  A softmax head whose
// scores fall by ln p a place has weights proportional to p^j: on O_i, over a_j and b_j with j < i and
// '=' (place -1, digit 0, so that no search is empty), it returns
//
//   y = (sum over j < i of (a_j + b_j) p^j) / Z_i,   Z_i = 2 (p^i - 1)/(p - 1) + 1/p.
//
// There is a carry if and only if y Z_i >= p^i; both sides are integers on the left, so the threshold
// stands half a unit below: theta_i = (p^i - 1/2) / Z_i, a number of the position table. The margin is
// half a unit of 1/Z_i, some p^(1-n)/4 for the top digit: that is what costs the bits.
//
// No step of slope p^n is needed to use y: with e_x = [a_i + b_i = x mod p], f_x = [a_i + b_i + 1 = x mod
// p] and w = y - theta in (-p, p), the answer's logits are
//
//   relu(2p e_x - p - w) + relu(2p f_x - p + w)  =  p - w for the digit without carry, p + w for that
//   with carry, 0 for all others.
//
// Masks: a head cannot compare j < i with few channels, so places are one-hot: n channels of keys, n of
// queries. Dimensions O(n), 2 layers.
//
// Bits, fixed point, u = 2^-F. Relative to the largest, exact weights are p^-l, l = 0 .. n - 1, of two tokens
// each, and theirs is the sum D >= 2p/(p - 1) (1 - p^-i). A weight is off by u/2 for its own rounding and by
// l p^-l u/2 for that of ln p, and moves y by that times (digit - y)/D, at most (p - 1)/2 where y is near
// theta. In all, y moves by at most (p - 1)^2/(4p) (i + 1/2 + p/(p - 1)^2) u; dividing it and rounding
// theta add u. The margin (p - 1)/(4 p^i) is least at i = n:
//
//   F > n log2 p + 2 - log2(p - 1) + log2(3/2 + (n + 1/2) (p - 1)^2/(4p)).
//
// (3/2 for 5/4: terms of second order.) Errors have both signs and the certificates find fewer bits to be
// enough: in base 2 F = n + 1 at every n from 2 to 18; docs/constructions.md.
// Scores: a masked one is at most ln p (n - 1) - M, the winner at least 0 where i > 0 (at i = 0 any y will do):
// M >= C + (n - 1) ln p, C = (F + 1) ln 2. Values: the numerator is at most 2p, the logits 3p.
//
// Floats: 4n + 4 rounded operations, each by 2^-(m+1), against a relative margin of p^-n/2: 2^(m+1) >=
// 8 (n + 1) p^n.

#include "arith_tasks/constructions/add_prefix_sum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "arith_tasks/constructions/roles.hpp"
#include "precision/error.hpp"

namespace carrybit::constructions {

namespace {

constexpr std::string_view title = "add_prefix_sum";
constexpr int most_fraction_bits = 50;  // weights are doubles: thresholds have no more

int fraction_bits(const Task& task) {
  const double n = task.operand_tokens();
  const double p = task.token_base();
  const double errors = 1.5 + (n + 0.5) * (p - 1) * (p - 1) / (4 * p);
  return static_cast<int>(std::floor(n * std::log2(p) + 2 + std::log2(errors / (p - 1)))) + 1;
}

class PrefixAdder {
 public:
  PrefixAdder(const Task& task, const Setting& setting)
      : n_(task.operand_tokens()),
        p_(task.token_base()),
        code_(AddressCode::balanced_ternary(n_ + 1)),
        program_(std::string(title), task, setting) {}

  Program write() {
    declare();
    write_tables();
    program_.next_layer();
    fetch_digits();
    add_prefix();
    look_up_both();
    program_.next_layer();
    choose();
    program_.need_fraction_bits(fraction_bits(program_.task()));
    return std::move(program_);
  }

 private:
  Channel bit(std::string name, std::string meaning) {
    return program_.channel(std::move(name), Range::bit(), std::move(meaning));
  }
  Channel digit(std::string name, std::string meaning) {
    return program_.channel(std::move(name), Range::integers(0, p_ - 1), std::move(meaning));
  }

  void declare() {
    one_ = bit("one", "1");
    digit_ = digit("digit", "the token's digit, 0 on signs");
    key_ = address_channels(program_, "k", code_, "place of a digit, n on '+'");
    not_a_ = bit("not_a", "0 on a's digits and '+'");
    not_b_ = bit("not_b", "0 on b's digits and '+'");
    own_ = address_channels(program_, "own", code_, "i on O_i");
    answers_ = bit("answers", "1 on O_i");
    place_ = program_.channel("place", Range::integers(-1, n_ - 1), "j on a_j and b_j, -1 on '='");
    not_in_ = bit("not_in", "0 on a_j, b_j and '='");
    at_ = program_.channels("at", n_, Range::bit(), "1 on a_j and b_j");
    above_ = program_.channels("above", n_, Range::bit(), "1 on O_i where j >= i");
    theta_ = program_.channel("theta", Range::reals(0, p_), "threshold of the carry on O_i");
    a_ = digit("a", "a_i");
    b_ = digit("b", "b_i");
    y_ = program_.channel("y", Range::reals(0, p_ - 1), "weighted mean of the digits below i");
    without_ = program_.channels("e", p_, Range::bit(), "answer digit without a carry");
    with_ = program_.channels("f", p_, Range::bit(), "answer digit with a carry");
    out_ = program_.channels("o", p_, Range::reals(0, 2 * p_), "logits of the digits");
    program_.answer(out_);
  }

  void write_tables() {
    const Task& task = program_.task();
    for (const Channel always : {one_, not_a_, not_b_, not_in_}) program_.everywhere(always, 1);
    put_digit_values(program_, digit_);
    put_tent_constant(program_, without_);
    put_tent_constant(program_, with_);
    for (int j = 0; j < n_; ++j)
      for (const int operand : {0, 1}) {
        const int t = operand_position(task, operand, j);
        put_address(program_, t, key_, code_, j);
        program_.position(t, operand == 0 ? not_a_ : not_b_, 0);
        program_.position(t, place_, j);
        program_.position(t, not_in_, 0);
        program_.position(t, at_[static_cast<std::size_t>(j)], 1);
      }
    const int plus = sign_position(task, 0);
    put_address(program_, plus, key_, code_, n_);
    program_.position(plus, not_a_, 0);
    program_.position(plus, not_b_, 0);
    program_.position(equals_position(task), place_, -1);
    program_.position(equals_position(task), not_in_, 0);
    for (const auto [t, i] : answering(task)) {
      put_address(program_, t, own_, code_, i);
      program_.position(t, answers_, 1);
      program_.position(t, theta_, threshold(i));
      for (int j = i; j < n_; ++j) program_.position(t, above_[static_cast<std::size_t>(j)], 1);
    }
  }

  /// (p^i - 1/2) / Z_i, both divided by p^i. Without lower digits y = 0, and any threshold above will do.
  double threshold(int i) const {
    if (i == 0) return 1;
    const double p = p_;
    const double unit = std::pow(p, -i);
    return (1 - unit / 2) / (2 * (1 - unit) / (p - 1) + unit / p);
  }

  void fetch_digits() {
    match(program_, {.name = "own a",
                     .code = code_,
                     .query = own_,
                     .role = answers_,
                     .key = key_,
                     .flag = one_,
                     .masks = {not_a_},
                     .values = {{digit_, a_}}});
    match(program_, {.name = "own b",
                     .code = code_,
                     .query = own_,
                     .role = answers_,
                     .key = key_,
                     .flag = one_,
                     .masks = {not_b_},
                     .values = {{digit_, b_}}});
  }

  void add_prefix() {
    const double slope = std::log(static_cast<double>(p_));
    // From the highest masked score, slope (n-1), to a gap below the lowest winner's, -slope.
    const double mask = program_.setting().gap + slope * n_;
    Head head{.name = "prefix sum",
              .scores = {{slope * Form(answers_), place_}},
              .values = {{digit_, y_}}};
    for (std::size_t j = 0; j < at_.size(); ++j)
      head.scores.push_back({-mask * Form(above_[j]), at_[j]});
    head.scores.push_back({-mask * Form(answers_), not_in_});
    program_.layer().heads.push_back(std::move(head));
    Needs asks;
    asks.add("prefix sum scores", (n_ - 1) * slope, 1);
    asks.add_floats("prefix sum", 2.0 * p_ + 2, 8.0 * (n_ + 1) * std::pow(p_, n_));
    program_.record(ByHand{.name = "prefix sum", .asks = asks, .at = program_.last_head()});
  }

  void look_up_both() {
    const Form sum = Form(a_) + Form(b_);
    tents(program_, {.name = "digit without carry",
                     .argument = sum,
                     .range = Range::integers(0, 2 * p_ - 2),
                     .outputs = without_});
    tents(program_, {.name = "digit with carry",
                     .argument = sum + Form(one_),
                     .range = Range::integers(0, 2 * p_ - 1),
                     .outputs = with_});
  }

  void choose() {
    const double p = p_;
    const Form w = Form(y_) - Form(theta_);
    const Place units = program_.open_units();
    for (std::size_t x = 0; x < out_.size(); ++x) {
      program_.unit(2 * p * Form(without_[x]) - w - Form(p), {{out_[x], 1}});
      program_.unit(2 * p * Form(with_[x]) + w - Form(p), {{out_[x], 1}});
    }
    Needs asks;
    asks.add("choice of the digit", 3 * p);
    program_.record(
        ByHand{.name = "choice of the digit", .asks = asks, .at = program_.close(units)});
  }

  int n_, p_;
  AddressCode code_;
  Program program_;
  Channel one_, digit_, not_a_, not_b_, answers_, place_, not_in_, theta_, a_, b_, y_;
  Group key_, own_;
  std::vector<Channel> at_, above_, without_, with_, out_;
};

void check_task(const Task& task, const Options& options, const Setting& setting) {
  need_options(title, options, {});
  need_padded(title, task);
  need_msb_first(title, task.operand_order(), "operands");
  need_msb_first(title, task.answer_order(), "answers");
  if (setting.shift == Shift::none)
    throw BadInput(
        "add_prefix_sum: its scores grow with the place, so softmax must subtract the "
        "maximum; accepted: shift max");
  if (fraction_bits(task) > most_fraction_bits)
    throw BadInput(
        fmt::format("add_prefix_sum: {} digits in base {} need {} fraction bits; accepted: up to "
                    "{} (weights are "
                    "doubles)",
                    task.digits(), task.base(), fraction_bits(task), most_fraction_bits));
}

Program write(const Task& task, const Options&, const Setting& setting) {
  return PrefixAdder(task, setting).write();
}

Dimensions formula(const Task& task, const Options&, const Setting&) {
  const int n = task.operand_tokens();
  const int p = task.token_base();
  const int r = AddressCode::balanced_ternary(n + 1).digits();
  return {.layers = 2,
          .width = 4 * r + 2 * n + 3 * p + 11,
          .heads = 3,
          .head_dim = std::max(4 * r + 1, n + 2),
          .ffn = std::max(4 * (2 * p - 2) + 2 + 4 * (2 * p - 1) + 2, 2 * p)};
}

}  // namespace

const Construction add_prefix_sum = {
    .name = title,
    .statement = "the hand-set adders of the AdderBoard contest, for contrast with Theorem 5.1",
    .summary =
        "the carry is the floor of a base-p weighted sum of all lower digits, from one head whose "
        "scores fall by ln p a place",
    .width =
        "F > n log2 p + 2 - log2(p-1) + log2(3/2 + (n + 1/2) (p-1)^2/(4p)) fraction bits, M >= C + "
        "(n-1) ln p",
    .options = "",
    .task = TaskKind::add,
    .check = check_task,
    .program = write,
    .dimensions = formula};

}  // namespace carrybit::constructions
