// add_constant: ADD_p(n) with a constant number of bits (Feng et al. 2025, Theorem 4.1): 3 layers,
// hidden dimension O(n^2), and every number that occurs is -1, 0 or 1. fixed:i1.f0, two bits, is
// enough for all n and p; one bit less has no number but 0.
//
// The carry into digit i is 1 iff some j < i generates (a_j + b_j >= p) and every digit between
// propagates (sum p - 1). Layer 1 compares the two digits of each place, layer 2 brings the places'
// (generate, not propagate) to the answering token and takes the carry as a disjunction of ANDs, of
// which at most one is true, layer 3 looks the answer digit up.
//
//   variant=abs  head j of layer 2 fetches place j; n(n+1)/2 ANDs over (i, j), one for each pair
//   variant=rel  head d fetches place i - 1 - d, relative to the answering token's own i: n ANDs, for
//                n more addresses in the position table
//
// '+' is digit 0 at place n of both numbers. Digits are one-hot. Addresses are balanced ternary.

#include "arith_tasks/constructions/add_constant.hpp"

#include <algorithm>

#include "arith_tasks/constructions/roles.hpp"
#include "arith_tasks/constructions/room.hpp"

namespace carrybit::constructions {

namespace {

constexpr std::string_view title = "add_constant";

bool is_relative(const Options& options) { return options.variant == "rel"; }

/// The places of digits, n for '+', and one more, n + 1, for '=' (which stands below place 0).
AddressCode code_of(const Task& task) {
  return AddressCode::balanced_ternary(task.operand_tokens() + 2);
}

class Adder {
 public:
  Adder(const Task& task, const Options& options, const Setting& setting)
      : relative_(is_relative(options)),
        n_(task.operand_tokens()),
        p_(task.token_base()),
        code_(code_of(task)),
        program_(std::string(title), task, setting) {}

  Program write() {
    declare();
    write_tables();
    compare_digits();
    find_carry();
    look_up_digit();
    return std::move(program_);
  }

 private:
  using Bits = std::vector<Channel>;
  Channel bit(std::string name, std::string meaning) {
    return program_.channel(std::move(name), Range::bit(), std::move(meaning));
  }

  void declare() {
    one_ = bit("one", "1");
    digit_ = program_.channels("d", p_, Range::bit(), "the token's digit, one-hot; '+' is 0");
    key_ = address_channels(program_, "k", code_, "place of a digit");
    not_a_ = bit("not_a", "0 on a's digits and '+'");
    not_b_ = bit("not_b", "0 on b's digits and '+'");
    if (relative_) not_below_ = bit("not_below", "0 on b's digits and '='");
    own_ = address_channels(program_, "own", code_, "own place of b_j and O_i");
    uses_own_ = bit("uses_own", "1 on b_j and O_i");
    answers_ = bit("answers", "1 on O_i");
    if (relative_)
      for (int d = 1; d <= n_; ++d)
        below_.push_back(address_channels(program_, "below" + std::to_string(d), code_,
                                          "place i - d, or '=' below 0"));
    else
      not_place_ = program_.channels("not_O", n_, Range::bit(), "0 on O_i only", 1);
    a_ = program_.channels("a", p_, Range::bit(), "a_i, one-hot");
    b_ = program_.channels("b", p_, Range::bit(), "b_i, one-hot");
    g_ = bit("g", "a_j + b_j generates");
    np_ = bit("np", "a_j + b_j does not propagate");
    gs_ = program_.channels("g", n_, Range::bit(), "g of place j (abs) or i-1-d (rel)");
    nps_ = program_.channels("np", n_, Range::bit(), "np of that place");
    c_ = bit("c", "carry into place i");
    nc_ = bit("nc", "no carry");
    out_ = answer_channels(program_);
  }

  void write_tables() {
    const Task& task = program_.task();
    for (const Channel always : {one_, not_a_, not_b_, np_, nc_}) program_.everywhere(always, 1);
    if (relative_) program_.everywhere(not_below_, 1);
    for (const Channel mask : not_place_) program_.everywhere(mask, 1);
    put_onehot_digits(program_, digit_);
    program_.token(program_.vocabulary().plus(), digit_.front(), 1);
    for (int j = 0; j < n_; ++j) {
      const int a = operand_position(task, 0, j);
      put_address(program_, a, key_, code_, j);
      program_.position(a, not_a_, 0);
      const int b = operand_position(task, 1, j);
      put_address(program_, b, key_, code_, j);
      put_address(program_, b, own_, code_, j);
      program_.position(b, uses_own_, 1);
      program_.position(b, not_b_, 0);
      if (relative_) program_.position(b, not_below_, 0);
    }
    const int plus = sign_position(task, 0);
    put_address(program_, plus, key_, code_, n_);
    program_.position(plus, not_a_, 0);
    program_.position(plus, not_b_, 0);
    const int equals = equals_position(task);
    put_address(program_, equals, key_, code_, n_ + 1);
    if (relative_) program_.position(equals, not_below_, 0);
    for (const auto [position, i] : answering(task)) write_answering(position, i);
  }

  void write_answering(int position, int i) {
    put_address(program_, position, own_, code_, i);
    program_.position(position, uses_own_, 1);
    program_.position(position, answers_, 1);
    if (relative_)
      for (int d = 1; d <= n_; ++d)
        put_address(program_, position, below_[static_cast<std::size_t>(d - 1)], code_,
                    i - d >= 0 ? i - d : n_ + 1);
    else if (i > 0)
      program_.position(position, not_place_[static_cast<std::size_t>(i - 1)], 0);
  }

  /// [a = x][b = y] of the one-hot digits a and b.
  And digits_are(int x, int y) const {
    Bits others = b_;
    others.erase(others.begin() + y);
    return {.name = "a=" + std::to_string(x) + " b=" + std::to_string(y),
            .yes = a_[static_cast<std::size_t>(x)],
            .no = std::move(others)};
  }

  void compare_digits() {
    program_.next_layer();
    for (const auto& [name, mask, out] :
         {std::tuple{"own a", not_a_, &a_}, {"own b", not_b_, &b_}}) {
      match(program_, {.name = name,
                       .code = code_,
                       .query = own_,
                       .role = uses_own_,
                       .key = key_,
                       .flag = one_,
                       .masks = {mask},
                       .values = fetch(digit_, *out)});
    }
    for (int x = 0; x < p_; ++x) {
      And propagates = digits_are(x, p_ - 1 - x);
      propagates.outputs = {{np_, -1}};
      and_unit(program_, propagates);
      for (int y = p_ - x; y < p_; ++y) {
        And generates = digits_are(x, y);
        generates.outputs = {{g_, 1}};
        and_unit(program_, generates);
      }
    }
  }

  void find_carry() {
    program_.next_layer();
    for (int j = 0; j < n_; ++j) {
      const auto at = static_cast<std::size_t>(j);
      Match places{.name = "place " + std::to_string(j),
                   .code = code_,
                   .query = {},
                   .role = answers_,
                   .key = key_,
                   .flag = one_,
                   .values = {{g_, gs_[at]}, {np_, nps_[at]}}};
      if (relative_) {
        places.query = below_[at];
        places.masks = {not_below_};
      } else {
        places.place = j;
        places.masks = {not_b_};
      }
      match(program_, places);
    }
    const std::vector<Output> carry = {{c_, 1}, {nc_, -1}};
    if (relative_) {
      // gs_[d], nps_[d] belong to place i - 1 - d.
      for (int d = 0; d < n_; ++d)
        and_unit(program_, {.name = "carry from " + std::to_string(d + 1) + " below",
                            .yes = gs_[static_cast<std::size_t>(d)],
                            .no = Bits(nps_.begin(), nps_.begin() + d),
                            .outputs = carry});
      return;
    }
    for (int i = 1; i <= n_; ++i)
      for (int j = 0; j < i; ++j) {
        Bits no(nps_.begin() + j + 1, nps_.begin() + i);
        no.push_back(not_place_[static_cast<std::size_t>(i - 1)]);
        and_unit(program_, {.name = "carry from " + std::to_string(j) + " to " + std::to_string(i),
                            .yes = gs_[static_cast<std::size_t>(j)],
                            .no = std::move(no),
                            .outputs = carry});
      }
  }

  void look_up_digit() {
    program_.next_layer();
    for (int x = 0; x < p_; ++x)
      for (int y = 0; y < p_; ++y)
        for (const int carry : {0, 1}) {
          And digit = digits_are(x, y);
          digit.no.push_back(carry == 0 ? c_ : nc_);
          digit.outputs = {{out_[static_cast<std::size_t>((x + y + carry) % p_)], 1}};
          and_unit(program_, digit);
        }
  }

  bool relative_;
  int n_, p_;
  AddressCode code_;
  Program program_;
  Channel one_, not_a_, not_b_, not_below_, uses_own_, answers_, g_, np_, c_, nc_;
  Group key_, own_;
  std::vector<Group> below_;
  Bits digit_, not_place_, a_, b_, gs_, nps_, out_;
};

void check_task(const Task& task, const Options& options, const Setting&) {
  need_options(title, options, {"variant"}, {"abs", "rel"});
  need_padded(title, task);
  // Variant abs asks nothing of the order. In variant rel '=' stands for the places below 0: it must be
  // O_n, where nothing generates.
  if (is_relative(options)) need_msb_first(title, task.answer_order(), "variant rel, answers");
}

Program write(const Task& task, const Options& options, const Setting& setting) {
  return Adder(task, options, setting).write();
}

Dimensions formula(const Task& task, const Options& options, const Setting&) {
  const int n = task.operand_tokens();
  const int p = task.token_base();
  const int r = ceil_log(3, n + 2) == 0 ? 1 : ceil_log(3, n + 2);
  const bool relative = is_relative(options);
  return {.layers = 3,
          .width = 4 * r + (relative ? 2 * n * r + 2 * n : 3 * n) + 4 * p + 9 + (relative ? 1 : 0),
          .heads = std::max(n, 2),
          .head_dim = std::max(4 * r + 1, p),
          .ffn = clipped(
              std::max(relative ? n : std::int64_t{n} * (n + 1) / 2, std::int64_t{2} * p * p))};
}

}  // namespace

const Construction add_constant = {
    .name = title,
    .statement =
        "Feng et al. 2025, Theorem 4.1: constant precision, constant depth and hidden "
        "dimension O(n^2) solve ADD_p(n)",
    .summary = "all carries at once: an AND for every (generating digit, answer digit) pair",
    .width = "2 bits, fixed:i1.f0, for every n and p (M >= C)",
    .options = "variant=abs|rel",
    .task = TaskKind::add,
    .check = check_task,
    .program = write,
    .dimensions = formula};

}  // namespace carrybit::constructions
