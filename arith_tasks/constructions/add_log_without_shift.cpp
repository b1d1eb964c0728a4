// add_log where softmax subtracts no maximum: NEAR cannot work in fixed point, because the winner's
// score is not known in advance and its exp may be anything. Counting can: 4 layers, ReGLU.
//
// On O_i let N_O be the number of non-propagating places among n..i, on b_j ('+' is b_n and '=' is
// b_(-1)) let N_B be the number of those among n..j. The largest non-propagating place below i is the
// one non-propagating j with N_B(j) = N_O(i) + 1: an equality, whose winner scores about 0.
//
// Layer 2 takes the means of 1 - pr over the tokens O_n..O_i, and over b_n..b_j, and multiplies them by
// the number of tokens, which the position table knows; layer 3 squares; layer 4 fetches g with
//   score = -C' (N_O - (N_B - 1))^2 - C' pr - C' not_key,  C' = 2C.
//
// Rounding. A mean is off by at most 2^(-f-1), a count by at most (n+2) 2^(-f-1) + 2^(-f-1), about 1/8
// for f = ceil(log2(n+2)) + 2; so a winner's difference is at most about 1/4, its score at least about
// -C'/16, and a loser's at most about -9/16 C' = -9/8 C: it vanishes, with C/8 to spare for the rounding
// of the products. What the winner's weight is, close to 1 or not, cancels when it is divided by the
// sum. With normalise = weights every weight of a mean is rounded by itself: 2f - 1 bits.
//
// Bits: M >= 2 C (n+2)^2 at those fraction bits: width about 3 log2 n + log2 log2 n.

#include <algorithm>

#include "arith_tasks/constructions/add_log.hpp"
#include "arith_tasks/constructions/roles.hpp"

namespace carrybit::constructions {

namespace {

class CountingAdder {
 public:
  CountingAdder(const Task& task, const Setting& setting)
      : n_(task.operand_tokens()),
        p_(task.token_base()),
        code_(n_ + 1, 1),
        program_("add_log", task, setting) {}

  Program write() {
    declare();
    write_tables();
    sum_digits();
    count();
    square();
    fetch_carry();
    const int bits = ceil_log(2, n_ + 2) + 2;
    program_.need_fraction_bits(program_.setting().normalise == Normalise::output ? bits
                                                                                  : 2 * bits - 1);
    return std::move(program_);
  }

 private:
  Channel bit(std::string name, std::string meaning) {
    return program_.channel(std::move(name), Range::bit(), std::move(meaning));
  }
  Channel real(std::string name, double high, std::string meaning) {
    return program_.channel(std::move(name), Range::reals(0, high), std::move(meaning));
  }

  void declare() {
    const double most = n_ + 2;
    const auto small = [&](std::string name, std::string meaning) {
      return program_.channel(std::move(name), Range::integers(0, p_ - 1), std::move(meaning));
    };
    one_ = bit("one", "1");
    digit_ = small("digit", "the token's digit, 0 on '+'");
    key_ = address_channels(program_, "k", code_, "place of a digit, n on '+'");
    not_a_ = bit("not_a", "0 on a's digits and '+'");
    not_b_ = bit("not_b", "0 on b's digits and '+'");
    own_ = address_channels(program_, "own", code_, "own place, of '+', b_j and O_i");
    uses_own_ = bit("uses_own", "1 there");
    answers_ = bit("answers", "1 on O_i");
    counts_b_ = bit("counts_b", "1 on '+', b_j and '='");
    not_o_ = bit("not_O", "0 on O_i");
    not_in_b_ = bit("not_in_b", "0 on '+', b_j and '='");
    not_key_ = bit("not_key", "0 on b_j and '='");
    tokens_o_ = program_.channel("tokens_o", Range::integers(0, most), "n - i + 1 on O_i");
    tokens_b_ = program_.channel("tokens_b", Range::integers(0, most), "n - j + 1 on b_j");
    a_ = small("a", "own digit of a");
    b_ = small("b", "own digit of b");
    g_ = bit("g", "own place generates");
    pr_ = bit("pr", "own place propagates");
    mean_o_ = real("mean_o", 1, "share of non-propagating places among n..i");
    mean_b_ = real("mean_b", 1, "the same among n..j");
    count_o_ = real("N_o", most, "their number");
    count_b_ = real("N_b", most, "their number");
    square_o_ = real("N_o^2", most * most, "its square");
    square_b_ = real("N_b^2", most * most, "its square");
    c_ = bit("c", "carry into place i");
    out_ = answer_channels(program_);
  }

  void write_tables() {
    const Task& task = program_.task();
    for (const Channel always : {one_, not_a_, not_b_, not_o_, not_in_b_, not_key_})
      program_.everywhere(always, 1);
    put_digit_values(program_, digit_);
    put_tent_constant(program_, out_);
    for (int j = 0; j < n_; ++j) {
      const int a = operand_position(task, 0, j);
      put_address(program_, a, key_, code_, j);
      program_.position(a, not_a_, 0);
      const int b = operand_position(task, 1, j);
      put_address(program_, b, key_, code_, j);
      program_.position(b, not_b_, 0);
      program_.position(b, not_key_, 0);
      write_own(b, j);
      write_counted(b, j);
    }
    const int plus = sign_position(task, 0);
    put_address(program_, plus, key_, code_, n_);
    program_.position(plus, not_a_, 0);
    program_.position(plus, not_b_, 0);
    write_own(plus, n_);
    write_counted(plus, n_);
    const int equals = equals_position(task);
    program_.position(equals, not_key_, 0);
    write_counted(equals, -1);
    for (const auto [position, i] : answering(task)) {
      write_own(position, i);
      program_.position(position, answers_, 1);
      program_.position(position, not_o_, 0);
      program_.position(position, tokens_o_, n_ - i + 1);
    }
  }

  void write_own(int position, int place) {
    put_address(program_, position, own_, code_, place);
    program_.position(position, uses_own_, 1);
  }
  void write_counted(int position, int place) {
    program_.position(position, not_in_b_, 0);
    program_.position(position, counts_b_, 1);
    program_.position(position, tokens_b_, n_ - place + 1);
  }

  void sum_digits() {
    program_.next_layer();
    match(program_, {.name = "own a",
                     .code = code_,
                     .query = own_,
                     .role = uses_own_,
                     .key = key_,
                     .flag = one_,
                     .masks = {not_a_},
                     .values = {{digit_, a_}}});
    match(program_, {.name = "own b",
                     .code = code_,
                     .query = own_,
                     .role = uses_own_,
                     .key = key_,
                     .flag = one_,
                     .masks = {not_b_},
                     .values = {{digit_, b_}}});
    const Form own = Form(a_) + Form(b_);
    const Range sums = Range::integers(0, 2 * p_ - 2);
    spike(program_, {.name = "own propagates",
                     .argument = own,
                     .range = sums,
                     .point = p_ - 1,
                     .outputs = {{pr_, 1}}});
    step(program_, {.name = "own generates",
                    .argument = own,
                    .range = sums,
                    .threshold = p_,
                    .outputs = {{g_, 1}}});
  }

  void count() {
    program_.next_layer();
    const Form stops = Form(one_) - Form(pr_);
    uniform(program_,
            {.name = "mean O", .role = answers_, .mask = not_o_, .values = {{stops, mean_o_}}});
    uniform(program_,
            {.name = "mean B", .role = counts_b_, .mask = not_in_b_, .values = {{stops, mean_b_}}});
    const Range share = Range::reals(0, 1);
    const Range tokens = Range::integers(0, n_ + 2);
    times(program_, {.name = "N_o",
                     .left = mean_o_,
                     .right = tokens_o_,
                     .left_range = share,
                     .right_range = tokens,
                     .outputs = {{count_o_, 1}}});
    times(program_, {.name = "N_b",
                     .left = mean_b_,
                     .right = tokens_b_,
                     .left_range = share,
                     .right_range = tokens,
                     .outputs = {{count_b_, 1}}});
  }

  void square() {
    program_.next_layer();
    const Range counts = Range::reals(0, n_ + 2);
    times(program_, {.name = "N_o^2",
                     .left = count_o_,
                     .right = count_o_,
                     .left_range = counts,
                     .right_range = counts,
                     .outputs = {{square_o_, 1}}});
    times(program_, {.name = "N_b^2",
                     .left = count_b_,
                     .right = count_b_,
                     .left_range = counts,
                     .right_range = counts,
                     .outputs = {{square_b_, 1}}});
  }

  void fetch_carry() {
    program_.next_layer();
    const double gap = 2 * program_.setting().gap;
    const Form role = -gap * Form(answers_);
    const Form below = Form(count_b_) - Form(one_);
    program_.layer().heads.push_back({"carry",
                                      {{gap * Form(count_o_), below},
                                       {-gap * Form(square_o_), one_},
                                       {gap * Form(count_o_), below},
                                       {role, Form(square_b_) - 2.0 * Form(count_b_) + Form(one_)},
                                       {role, pr_},
                                       {role, not_key_}},
                                      {{g_, c_}}});
    Needs asks;
    asks.add("equal counts", 0, 2.0 * (n_ + 2) * (n_ + 2));
    program_.record(ByHand{.name = "equal counts", .asks = asks, .at = program_.last_head()});
    tents(program_, {.name = "answer digit",
                     .argument = Form(a_) + Form(b_) + Form(c_),
                     .range = Range::integers(0, 2 * p_ - 1),
                     .outputs = out_});
  }

  int n_, p_;
  AddressCode code_;
  Program program_;
  Channel one_, digit_, not_a_, not_b_, uses_own_, answers_, counts_b_, not_o_, not_in_b_, not_key_;
  Channel tokens_o_, tokens_b_, a_, b_, g_, pr_, mean_o_, mean_b_, count_o_, count_b_, square_o_,
      square_b_, c_;
  Group key_, own_;
  std::vector<Channel> out_;
};

}  // namespace

Program add_log_without_shift(const Task& task, const Options&, const Setting& setting) {
  return CountingAdder(task, setting).write();
}

Dimensions add_log_without_shift_dimensions(const Task& task) {
  const int p = task.token_base();
  return {.layers = 4, .width = 27 + p, .heads = 2, .head_dim = 6, .ffn = 8 * p - 2, .gated = true};
}

}  // namespace carrybit::constructions
