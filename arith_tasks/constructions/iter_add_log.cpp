// iter_add_log: IterADD_p(n, k) with O(log n + log k) bits and constant dimensions (Feng et al. 2025,
// Theorem 5.2), in 7 layers with ReGLU, 8 with ReLU. docs/constructions.md goes through it layer by layer.
//
// Means give the column sums c_j, and again the sums R_t of blocks of m columns; m = max(1, ceil(log_p k))
// is as many as let a block's quotient by P = p^m be a digit: with hi_t = floor(R_t / P) < P,
//
//   v_t = R_t - P hi_t + hi_(t-1) <= 2P - 2
//
// has a carry of 0 or 1 only, and add_log's search for the nearest block that does not propagate ends it.
// A digit of the answer is then a digit of z_t = (v_t + carry) mod P.
//
// Blocks are 0..G-1, G = ceil(n/m) + 1; the last holds no column. What is known of block t >= 1 stands on
// its representative, digit (t-1)m of the last number: it sees every digit of the blocks t and t - 1, and
// the representatives above it. Block 0 stands on '='. Block G-1 never propagates, so that the search
// upwards ends there; block 0 never generates nor, by decree, propagates, so that the search downwards
// ends there. Answers of block 0 need no carry: W_0 is W_1, which leads to block 0 itself.

#include "arith_tasks/constructions/iter_add_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "arith_tasks/constructions/iter_add_log_floor.hpp"
#include "arith_tasks/constructions/roles.hpp"
#include "precision/error.hpp"

namespace carrybit::constructions {

namespace {

constexpr std::string_view title = "iter_add_log";

std::int64_t power(int base, int exponent) {
  std::int64_t value = 1;
  for (int i = 0; i < exponent; ++i) value *= base;
  return value;
}

int radix_of(const Options& options) { return options.radix == 0 ? 2 : options.radix; }
bool is_gated(const Options& options) { return !options.variant.starts_with("relu"); }
bool is_halved(const Options& options) { return options.variant.ends_with("_halved"); }

/// The sizes of the proof.
struct Sizes {
  explicit Sizes(const Task& task)
      : p(task.token_base()),
        n(task.operand_tokens()),
        k(task.operands()),
        m(carry_digits(p, k)),
        block(power(p, m)),
        kappa(ceil_log(2, k)),
        mu(ceil_log(2, m)),
        groups(ceil_div(n, m) + 1) {}

  std::int64_t high_digit() const { return power(p, std::min(n, m) - 1); }
  /// The largest p^(j mod m) c_j.
  std::int64_t column_top() const { return k * (p - 1) * high_digit(); }
  std::int64_t sum_top() const { return k * (high_digit() * p - 1); }  // of R_t
  std::int64_t quotient_top() const { return sum_top() / block; }      // of hi_t
  /// Entries of the quotient table: for hi_t, and for floor(z / p^e), e >= 1.
  int entries() const { return static_cast<int>(std::max(quotient_top() + 1, power(p, m - 1))); }
  std::int64_t carried_top() const { return block + quotient_top(); }  // of v_t + carry
  // Ties beyond the digits themselves: m columns or 2^mu, k digits or 2^kappa.
  int column_dummies() const { return (1 << kappa) - k; }
  int block_dummies() const { return (1 << mu) - m; }
  int missing_columns() const { return m * (groups - 1) - n; }

  int p, n, k;
  int m;
  std::int64_t block;  // P
  int kappa, mu;
  int groups;  // G
};

class IteratedAdder {
 public:
  IteratedAdder(const Task& task, const Options& options, const Setting& setting)
      : size_(task),
        gated_(is_gated(options)),
        halved_(is_halved(options)),
        phi_(options.phi >= 0                          ? options.phi
             : setting.normalise == Normalise::weights ? size_.kappa
                                                       : 0),
        psi_(std::min(phi_, size_.mu)),
        column_code_(size_.n, radix_of(options)),
        group_code_(size_.groups, radix_of(options)),
        program_(std::string(title), task, setting) {
    program_.need_fraction_bits(phi_);
  }

  Program write() {
    declare_columns();
    declare_blocks();
    declare_answers();
    write_columns();
    write_blocks();
    write_answers();
    if (!gated_) weigh_digits();
    sum_columns();
    sum_blocks();
    reduce_blocks();
    find_above();
    bring_together();
    add_carry();
    take_digit();
    return std::move(program_);
  }

 private:
  Channel bit(std::string name, std::string meaning) {
    return program_.channel(std::move(name), Range::bit(), std::move(meaning));
  }
  /// A sum 0..top, kept in units of 2^-bits.
  Channel amount(std::string name, double top, int bits, std::string meaning) {
    const double high = std::ldexp(top, -bits);
    return program_.channel(std::move(name),
                            bits == 0 ? Range::integers(0, high) : Range::reals(0, high),
                            std::move(meaning));
  }
  Group group(std::string_view name, std::string_view meaning) {
    return address_channels(program_, name, group_code_, meaning);
  }

  // What a mean over 2^kappa ties is given.
  double column_scale() const { return std::ldexp(1.0, size_.kappa - phi_); }
  double heaviest() const { return static_cast<double>(size_.high_digit()); }
  double quotients() const { return static_cast<double>(size_.quotient_top()); }
  double block() const { return static_cast<double>(size_.block); }
  double carried() const { return static_cast<double>(size_.carried_top()); }
  /// R_t, and v_t later.
  Form block_sum() const { return std::ldexp(1.0, psi_) * Form(sum_); }
  Form previous_sum() const { return std::ldexp(1.0, psi_) * Form(previous_sum_); }
  /// A bound, generously, of the means that rows without a part in a head come by.
  double garbage() const {
    return 8 * (size_.p - 1) * heaviest() * std::ldexp(1.0, size_.kappa + size_.mu);
  }

  void declare_columns() {
    one_ = bit("one", "1");
    if (gated_) {
      digit_ = program_.channel("digit", Range::integers(0, size_.p - 1), "the token's digit");
      weight_ = program_.channel("weight", Range::integers(0, heaviest()),
                                 "p^(j mod m) on digit j of the last number, else 0");
    } else {
      weight_ = amount("weight", heaviest() * std::ldexp(1.0, size_.kappa), phi_,
                       "p^(j mod m) 2^kappa on digit j");
      below_ =
          program_.channels("below", size_.p - 1, Range::bit(), "the token's digit is less", 1);
      weighed_ = amount("weighed", (size_.p - 1) * heaviest() * std::ldexp(1.0, size_.kappa), phi_,
                        "digit times weight");
      not_last_ = bit("not_last", "0 on the last number's digits");
    }
    column_ = address_channels(program_, "column", column_code_, "j on every digit j");
    column_flag_ = bit("column_flag", "0 on signs that only fill up 2^kappa ties");
    not_column_ = bit("not_column", "0 on digits and those signs");
    own_column_ =
        address_channels(program_, "own_column", column_code_, "j on the last number's digit j");
    sums_column_ = bit("sums_column", "1 on the last number's digits");
    const double top = static_cast<double>(size_.column_top());
    column_sum_ = amount("column_sum", gated_ ? size_.k * (size_.p - 1.0) : top, phi_,
                         gated_ ? "c_j" : "p^(j mod m) c_j");
    weighed_sum_ = amount("weighed_sum", top, phi_, "p^(j mod m) c_j; 0 on all other tokens");
  }

  void declare_blocks() {
    in_block_ = group("block", "floor(j/m) on the last number's digit j; fillers");
    block_flag_ = bit("block_flag", "0 on tokens that only fill up 2^mu ties");
    not_block_ = bit("not_block", "0 on the last number's digits and the fillers");
    own_ = group("own", "t on the representative of block t");
    previous_ = group("previous", "t - 1 there; G - 1, which holds no column, for t = 0");
    next_ = group("next", "t + 1 there");
    stands_ = bit("stands", "1 on representatives");
    not_standing_ = bit("not_standing", "0 on representatives");
    not_source_ = bit("not_source", "0 on representatives of blocks a carry may come from");
    sentinel_ = bit("sentinel", "1 on the representatives of blocks 0 and G - 1");
    const int ranks = size_.groups - 1;
    rank_ = program_.channel("rank", Range::integers(-(ranks / 2), no_rank(ranks)),
                             "rank of t on the representative of block t >= 1");
    table_ = floor_table(program_, size_.entries());
    const double top = static_cast<double>(size_.sum_top());
    sum_ = amount("sum", top, psi_, "R_t, then v_t");
    previous_sum_ = amount("previous_sum", top, psi_, "R_(t-1)");
    g_ = bit("g", "block generates");
    pr_ = bit("pr", "block propagates");
    w_ = group("w", "W_t, smallest non-propagating block >= max(t, 1)");
    v_ = group("v", "V_t = W_(t+1)");
  }

  void declare_answers() {
    answers_ = bit("answers", "1 on O_i");
    wanted_ = group("wanted", "floor(i/m) on O_i");
    const Range halves = Range::integers(0, std::floor(block() / 2));
    half_ = program_.channel("half", halves, "floor(Q/2) on O_i, Q = p^(i mod m), but P for 1");
    half_next_ = program_.channel("half_next", halves, "the same of p^(i mod m + 1)");
    inside_ = bit("inside", "1 on O_i with i mod m > 0");
    up_ = group("up", "W of that block");
    z_ = program_.channel("z", Range::integers(0, carried()),
                          "v of that block, plus its carry, then modulo P");
    s_ = program_.channel("s", Range::integers(0, size_.p - 1), "answer digit i");
    out_ = answer_channels(program_);
  }

  void write_columns() {
    const Task& task = program_.task();
    for (const Channel always : {one_, column_flag_, not_column_}) program_.everywhere(always, 1);
    if (gated_) {
      put_digit_values(program_, digit_);
    } else {
      program_.everywhere(not_last_, 1);
      for (Token d = 0; d < size_.p; ++d)
        for (int x = std::max(d, 0) + 1; x < size_.p; ++x)
          program_.token(d, below_[static_cast<std::size_t>(x - 1)], 1);
    }
    for (int x = 0; x < size_.k; ++x)
      for (int j = 0; j < size_.n; ++j)
        write_digit(operand_position(task, x, j), j, x + 1 == size_.k);
    for (int x = 0; x < size_.column_dummies(); ++x) {
      program_.position(sign_position(task, x), not_column_, 0);
      program_.position(sign_position(task, x), column_flag_, 0);
    }
  }

  void write_digit(int position, int j, bool last) {
    const auto weight = static_cast<double>(power(size_.p, j % size_.m));
    put_address(program_, position, column_, column_code_, j);
    program_.position(position, not_column_, 0);
    if (!gated_) program_.position(position, weight_, weight * column_scale());
    if (!last) return;
    put_address(program_, position, own_column_, column_code_, j);
    program_.position(position, sums_column_, 1);
    if (gated_)
      program_.position(position, weight_, weight);
    else
      program_.position(position, not_last_, 0);
  }

  void write_blocks() {
    const Task& task = program_.task();
    for (const Channel always : {block_flag_, not_block_, not_standing_, not_source_})
      program_.everywhere(always, 1);
    program_.everywhere(rank_, no_rank(size_.groups - 1));
    for (int j = 0; j < size_.n; ++j) put_key(operand_position(task, size_.k - 1, j), j / size_.m);
    // Fillers: tokens before the last number, all of value 0. Dummies that are in every block, the
    // columns missing in the highest one, and m for block G - 1, which has no other.
    int filler = 0;
    for (int x = 0; x < size_.block_dummies(); ++x) {
      program_.position(filler, not_block_, 0);
      program_.position(filler++, block_flag_, 0);
    }
    for (int x = 0; x < size_.missing_columns(); ++x) put_key(filler++, size_.groups - 2);
    for (int x = 0; x < size_.m; ++x) put_key(filler++, size_.groups - 1);
    for (int t = 0; t < size_.groups; ++t)
      write_representative(
          t == 0 ? equals_position(task) : operand_position(task, size_.k - 1, (t - 1) * size_.m),
          t);
  }

  void put_key(int position, int t) {
    put_address(program_, position, in_block_, group_code_, t);
    program_.position(position, not_block_, 0);
  }

  void write_representative(int position, int t) {
    const int last = size_.groups - 1;
    put_address(program_, position, own_, group_code_, t);
    put_address(program_, position, previous_, group_code_, t == 0 ? last : t - 1);
    put_address(program_, position, next_, group_code_, std::min(t + 1, last));
    program_.position(position, stands_, 1);
    program_.position(position, not_standing_, 0);
    if (t < last) program_.position(position, not_source_, 0);
    if (t == 0 || t == last) program_.position(position, sentinel_, 1);
    if (t > 0) program_.position(position, rank_, centred_rank(t - 1, last));
  }

  void write_answers() {
    put_tent_constant(program_, out_);
    for (const auto [position, i] : answering(program_.task())) {
      const int e = i % size_.m;
      const auto divisor = power(size_.p, e == 0 ? size_.m : e);
      program_.position(position, answers_, 1);
      put_address(program_, position, wanted_, group_code_, i / size_.m);
      program_.position(position, half_, static_cast<double>(divisor / 2));
      program_.position(position, half_next_, static_cast<double>(power(size_.p, e + 1) / 2));
      program_.position(position, inside_, e == 0 ? 0 : 1);
    }
  }

  // ReLU only: layer 1. digit * weight, as a sum of the weight over x = 1..digit.
  void weigh_digits() {
    program_.next_layer();
    const Range weights = Range::integers(0, heaviest() * column_scale());
    for (int x = 1; x < size_.p; ++x)
      pick(program_, {.name = fmt::format("digit >= {}", x),
                      .argument = weight_,
                      .range = weights,
                      .off = below_[static_cast<std::size_t>(x - 1)],
                      .outputs = {{weighed_, 1}}});
  }

  void sum_columns() {
    program_.next_layer();
    const double largest = gated_ ? size_.p - 1 : (size_.p - 1) * heaviest();
    match(program_,
          {.name = "column sum",
           .code = column_code_,
           .query = own_column_,
           .role = sums_column_,
           .key = column_,
           .flag = column_flag_,
           .masks = {not_column_},
           .values = {{gated_ ? column_scale() * Form(digit_) : Form(weighed_), column_sum_}},
           .winners = 1 << size_.kappa});
    exact_mean(program_, {.name = "column sum",
                          .ties = 1 << size_.kappa,
                          .numerator = size_.k * largest * column_scale(),
                          .largest_value = largest * column_scale(),
                          .whole = phi_ == 0,
                          .grain = column_scale()});
    const Range sums = program_.info(column_sum_).range;
    if (gated_)
      times(program_, {.name = "weighed sum",
                       .left = column_sum_,
                       .right = weight_,
                       .left_range = sums,
                       .right_range = Range::integers(0, heaviest()),
                       .outputs = {{weighed_sum_, 1}}});
    else
      pick(program_, {.name = "weighed sum",
                      .argument = Form(column_sum_) - garbage() * Form(not_last_),
                      .range = sums,
                      .off = not_last_,
                      .outputs = {{weighed_sum_, 1}}});
  }

  void sum_blocks() {
    program_.next_layer();
    fetch_block("block sum", own_, sum_);
    fetch_block("previous block sum", previous_, previous_sum_);
  }

  void fetch_block(const std::string& name, const Group& query, Channel out) {
    const double scale = std::ldexp(1.0, size_.mu - psi_);
    match(program_, {.name = name,
                     .code = group_code_,
                     .query = query,
                     .role = stands_,
                     .key = in_block_,
                     .flag = block_flag_,
                     .masks = {not_block_},
                     .values = {{std::ldexp(scale, phi_) * Form(weighed_sum_), out}},
                     .winners = 1 << size_.mu});
    exact_mean(program_, {.name = name,
                          .ties = 1 << size_.mu,
                          .numerator = scale * static_cast<double>(size_.sum_top()),
                          .largest_value = scale * static_cast<double>(size_.column_top()),
                          .whole = psi_ == 0,
                          .grain = scale});
  }

  void reduce_blocks() {
    program_.next_layer();
    const double unit = std::ldexp(1.0, -psi_);
    divide_sum("hi", block_sum(), -block() * unit * table_.quotient());
    divide_sum("previous hi", previous_sum(), unit * table_.quotient());
    // On all other tokens 0: the garbage there is switched off, not left to interpolation.
    const Form v = block_sum() - Form(sentinel_) - garbage() * Form(not_standing_);
    const Range range = Range::integers(-1, carried() - 1);
    spike(program_, {.name = "block propagates",
                     .argument = v,
                     .range = range,
                     .point = static_cast<int>(size_.block) - 1,
                     .outputs = {{pr_, 1}}});
    step(program_, {.name = "block generates",
                    .argument = v,
                    .range = range,
                    .threshold = static_cast<int>(size_.block),
                    .outputs = {{g_, 1}}});
  }

  void divide_sum(const std::string& name, const Form& argument, const Form& value) {
    divide(constant_divisor({.name = name,
                             .table = table_,
                             .role = stands_,
                             .argument = argument,
                             .divisor = {},
                             .offset = {},
                             .parity = {},
                             .values = {{value, sum_}}},
                            size_.block, size_.sum_top()),
           std::floor(block() / 2) * Form(stands_));
  }

  void divide(const Floor& spec, const Form& half) {
    if (halved_)
      floor_divide_halved(program_, spec, half);
    else
      floor_divide(program_, spec);
  }

  void find_above() {
    program_.next_layer();
    near(program_, {.name = "W",
                    .role = stands_,
                    .rank = rank_,
                    .blocked = pr_,
                    .ranks = size_.groups - 1,
                    .values = fetch(own_.all(), w_.all())});
  }

  void bring_together() {
    program_.next_layer();
    match(program_, {.name = "V",
                     .code = group_code_,
                     .query = next_,
                     .role = stands_,
                     .key = own_,
                     .flag = one_,
                     .masks = {not_standing_},
                     .values = fetch(w_.all(), v_.all())});
    std::vector<Fetch> values = fetch(w_.all(), up_.all());
    values.push_back({block_sum(), z_});
    match(program_, {.name = "block of the answer",
                     .code = group_code_,
                     .query = wanted_,
                     .role = answers_,
                     .key = own_,
                     .flag = one_,
                     .masks = {not_standing_},
                     .values = values});
  }

  void add_carry() {
    program_.next_layer();
    match(program_, {.name = "carry",
                     .code = group_code_,
                     .query = up_,
                     .role = answers_,
                     .key = v_,
                     .flag = one_,
                     .masks = {pr_},
                     .strong = not_source_,
                     .values = {{g_, z_}}});
    // z mod P into z; where i mod m = 0 into s as well, from which the next layer subtracts.
    const Range range = Range::integers(0, carried());
    const int threshold = static_cast<int>(size_.block);
    step(program_, {.name = "z mod P",
                    .argument = z_,
                    .range = range,
                    .threshold = threshold,
                    .outputs = {{z_, -block()}}});
    pick(program_, {.name = "lowest digit",
                    .argument = z_,
                    .range = range,
                    .off = inside_,
                    .outputs = {{s_, 1}}});
    step(program_, {.name = "lowest digit mod P",
                    .argument = Form(z_) - carried() * Form(inside_),
                    .range = range,
                    .threshold = threshold,
                    .outputs = {{s_, -block()}}});
  }

  // s = floor(z / p^e) - p floor(z / p^(e+1)).
  void take_digit() {
    program_.next_layer();
    divide_answer("digits from i", half_, table_.quotient());
    divide_answer("digits above i", half_next_, -size_.p * table_.quotient());
    tents(program_, {.name = "answer digit",
                     .argument = s_,
                     .range = Range::integers(0, size_.p - 1),
                     .outputs = out_});
  }

  /// By Q = 2 half or 2 half + 1, after the parity of p.
  void divide_answer(const std::string& name, Channel half, const Form& value) {
    const double odd = size_.p % 2;
    const double h = table_.offset();
    std::vector<FloorCase> cases;
    for (int e = 1; e <= size_.m; ++e) cases.push_back({power(size_.p, e), size_.block - 1});
    divide({.name = name,
            .table = table_,
            .role = answers_,
            .argument = z_,
            .divisor = 2 * Form(half) + odd * Form(answers_),
            .offset = -(2 * h + 1) * Form(half) - odd * h * Form(answers_),
            .parity = (1 - odd) * Form(answers_),
            .cases = cases,
            .values = {{value, s_}}},
           half);
  }

  Sizes size_;
  bool gated_;
  bool halved_;
  int phi_;  // fraction bits of column sums
  int psi_;  // and of block sums
  AddressCode column_code_, group_code_;
  Program program_;
  Channel one_, digit_, weight_, weighed_, not_last_, column_flag_, not_column_, sums_column_,
      column_sum_, weighed_sum_;
  Channel block_flag_, not_block_, stands_, not_standing_, not_source_, sentinel_, rank_, sum_,
      previous_sum_, g_, pr_;
  Channel answers_, half_, half_next_, inside_, z_, s_;
  FloorTable table_;
  Group column_, own_column_, in_block_, own_, previous_, next_, w_, v_, wanted_, up_;
  std::vector<Channel> below_, out_;
};

void check_task(const Task& task, const Options& options, const Setting& setting) {
  need_options(title, options, {"radix", "variant", "phi"},
               {"reglu", "relu", "reglu_halved", "relu_halved"});
  need_padded(title, task);
  need_msb_first(title, task.operand_order(), "operands");
  need_msb_first(title, task.answer_order(), "answers");
  if (setting.shift == Shift::none)
    throw BadInput(
        fmt::format("{}: no way is known to do it when softmax subtracts no maximum; "
                    "accepted: shift max",
                    title));
  const Sizes size(task);
  if (options.phi > size.kappa)
    throw BadInput(fmt::format("{}: phi {}; accepted: 0 to ceil(log2 k) = {}", title, options.phi,
                               size.kappa));
}

Program write(const Task& task, const Options& options, const Setting& setting) {
  return IteratedAdder(task, options, setting).write();
}

Dimensions formula(const Task& task, const Options& options, const Setting&) {
  const int r = radix_of(options);
  const int p = task.token_base();
  const bool gated = is_gated(options);
  return {.layers = gated ? 7 : 8,
          .width = 20 * r + 28 + (gated ? p : 2 * p),
          .heads = 2,
          .head_dim = 4 * r + 3,
          .ffn = 4 * p - 2,
          .gated = gated};
}

}  // namespace

const Construction iter_add_log = {
    .name = title,
    .statement =
        "Feng et al. 2025, Theorem 5.2: logarithmic precision, constant depth and "
        "constant hidden dimension solve IterADD_p(n, k)",
    .summary =
        "means give column and block sums, a table of quotients the digits of those, and "
        "add_log's search the carries of 0 or 1 that remain",
    .width =
        "M >= max(A 2^kappa, B 2^mu, C P (k/2)^2, k P, C ceil(n/m)/2, C b^2), A = k(p-1) (reglu) "
        "or k(p-1)P/p (relu), B = k(P-1), P = p^m; exactly: docs/constructions.md",
    .options = "radix=1.., variant=reglu|relu|reglu_halved|relu_halved, phi=0..ceil(log2 k)",
    .task = TaskKind::iter_add,
    .check = check_task,
    .program = write,
    .dimensions = formula};

}  // namespace carrybit::constructions
