// add_log: ADD_p(n) with O(log n) bits and constant dimensions (Feng et al. 2025, Theorem 5.1), in 3
// layers. Width: 1 + ceil(log2(floor(n/2) + 2)) bits for r >= 2 and p small.
//
// The carry into digit i is generated at the largest j < i that does not propagate, if that j
// generates at all. Layer 1 finds for every place whether it propagates. Layer 2 finds, on the
// answering token O_i, W_i = the smallest non-propagating place >= i, and on b_j, V_j = the smallest
// non-propagating place >= j + 1. Both look upwards, where a causal model reading numbers from the
// most significant digit can see. Layer 3: the j looked for is the one non-propagating place with
// V_j = W_i, and an equality fetch brings its "generates" to O_i.
//
// No search is ever empty: '+' is digit 0 at place n of both numbers and never propagates (0 < p-1), and
// '=' is place -1 of b, which neither propagates nor generates. It is O_n as well.
//
//   levels=L     the places are searched in groups, L levels deep (nearest_search.hpp): L - 1 more layers,
//                width about 1 + (log2 n)/L
//   code=onehot  digits travel as p bits and meet in AND units: no number above 1 but the addresses and
//                ranks, at d_ff = 2 p^2

#include "arith_tasks/constructions/add_log.hpp"

#include <algorithm>

#include "arith_tasks/constructions/nearest_search.hpp"
#include "arith_tasks/constructions/roles.hpp"
#include "arith_tasks/constructions/room.hpp"

namespace carrybit::constructions {

namespace {

constexpr std::string_view title = "add_log";

int radix_of(const Options& options) { return options.radix == 0 ? 2 : options.radix; }
int levels_of(const Options& options) { return std::max(1, options.levels); }
bool is_onehot(const Options& options) { return options.code == DigitCode::onehot; }

class Adder {
 public:
  Adder(const Task& task, const Options& options, const Setting& setting)
      : onehot_(is_onehot(options)),
        levels_(levels_of(options)),
        n_(task.operand_tokens()),
        p_(task.token_base()),
        code_(n_ + 1, radix_of(options)),
        program_(std::string(title), task, setting) {}

  Program write() {
    declare();
    write_tables();
    sum_digits();
    if (levels_ == 1)
      find_nearest();
    else
      search_levels();
    fetch_carry();
    return std::move(program_);
  }

 private:
  Channel bit(std::string name, std::string meaning) {
    return program_.channel(std::move(name), Range::bit(), std::move(meaning));
  }
  /// The channels of one digit in the chosen code.
  std::vector<Channel> digit(const std::string& name, const std::string& meaning) {
    return onehot_ ? program_.channels(name, p_, Range::bit(), meaning)
                   : std::vector{program_.channel(name, Range::integers(0, p_ - 1), meaning)};
  }
  Channel rank(std::string name, std::string meaning) {
    const int ranks = n_ + 1;
    return program_.channel(std::move(name), Range::integers(-(ranks / 2), no_rank(ranks)),
                            std::move(meaning));
  }

  void declare() {
    one_ = bit("one", "1");
    digit_ = digit("digit", "the token's digit, 0 on '+'");
    key_ = address_channels(program_, "k", code_, "place of a digit, n on '+'");
    not_a_ = bit("not_a", "0 on a's digits and '+'");
    not_b_ = bit("not_b", "0 on b's digits and '+'");
    own_ = address_channels(program_, "own", code_, "own place, of b_j and O_i");
    uses_own_ = bit("uses_own", "1 on b_j and O_i");
    next_ = address_channels(program_, "next", code_, "place j + 1 on b_j, 0 on '='");
    uses_next_ = bit("uses_next", "1 on b_j and '='");
    if (levels_ == 1) {
      rank_o_ = rank("rank_o", "rank of i on O_i");
      rank_b_ = rank("rank_b", "rank of j + 1 on b_j, of 0 on '='");
    } else {
      not_own_ = bit("not_own", "0 on b_j and O_i");
    }
    answers_ = bit("answers", "1 on O_i");
    not_key_ = bit("not_key", "0 on b_j and '='");
    a_ = digit("a", "a_i");
    b_ = digit("b", "b_i");
    a_next_ = digit("a_next", "a_(j+1)");
    b_next_ = digit("b_next", "b_(j+1)");
    g_ = bit("g", "own place generates");
    pr_ = bit("pr", "own place propagates");
    pr_next_ = bit("pr_next", "next place propagates");
    w_ = address_channels(program_, "w", code_, "W_i, smallest non-propagating place >= i");
    v_ = address_channels(program_, "v", code_, "V_j, smallest non-propagating place >= j + 1");
    c_ = bit("c", "carry into place i");
    if (onehot_) nc_ = bit("nc", "no carry");
    out_ = answer_channels(program_);
  }

  void write_tables() {
    const Task& task = program_.task();
    for (const Channel always : {one_, not_a_, not_b_, not_key_}) program_.everywhere(always, 1);
    if (levels_ == 1)
      for (const Channel ranks : {rank_o_, rank_b_}) program_.everywhere(ranks, no_rank(n_ + 1));
    else
      program_.everywhere(not_own_, 1);
    if (onehot_) {
      put_onehot_digits(program_, digit_);
      program_.token(program_.vocabulary().plus(), digit_.front(), 1);
    } else {
      put_digit_values(program_, digit_.front());
      put_tent_constant(program_, out_);
    }
    for (int j = 0; j < n_; ++j) {
      const int a = operand_position(task, 0, j);
      put_address(program_, a, key_, code_, j);
      program_.position(a, not_a_, 0);
      const int b = operand_position(task, 1, j);
      put_address(program_, b, key_, code_, j);
      program_.position(b, not_b_, 0);
      write_own(b, j);
      write_next(b, j + 1);
    }
    const int plus = sign_position(task, 0);
    put_address(program_, plus, key_, code_, n_);
    program_.position(plus, not_a_, 0);
    program_.position(plus, not_b_, 0);
    write_next(equals_position(task), 0);
    for (const auto [position, i] : answering(task)) {
      write_own(position, i);
      program_.position(position, answers_, 1);
      if (levels_ == 1) program_.position(position, rank_o_, centred_rank(i, n_ + 1));
    }
  }

  void write_own(int position, int place) {
    put_address(program_, position, own_, code_, place);
    program_.position(position, uses_own_, 1);
    if (levels_ > 1) program_.position(position, not_own_, 0);
  }
  void write_next(int position, int place) {
    put_address(program_, position, next_, code_, place);
    program_.position(position, uses_next_, 1);
    if (levels_ == 1) program_.position(position, rank_b_, centred_rank(place, n_ + 1));
    program_.position(position, not_key_, 0);
  }

  void sum_digits() {
    program_.next_layer();
    fetch_digit("own a", own_, uses_own_, not_a_, a_);
    fetch_digit("own b", own_, uses_own_, not_b_, b_);
    fetch_digit("next a", next_, uses_next_, not_a_, a_next_);
    fetch_digit("next b", next_, uses_next_, not_b_, b_next_);
    if (onehot_) return compare_onehot();
    const double most = 2 * p_ - 2;
    const Range sums = Range::integers(0, most);
    const Form own = Form(a_.front()) + Form(b_.front());
    const Form next = Form(a_next_.front()) + Form(b_next_.front());
    // Sentinels of a search must not be blocked by what their sums happen to be: up to twice `most`, as
    // the weights of a mean, each rounded up, can sum to almost 2 (normalise = weights). A weight beyond
    // M is clipped to it, and no sum exceeds that.
    const auto on = [&](Channel off) { return levels_ == 1 ? Form() : -2 * most * Form(off); };
    spike(program_, {.name = "own propagates",
                     .argument = own + on(not_own_),
                     .range = sums,
                     .point = p_ - 1,
                     .outputs = {{pr_, 1}}});
    spike(program_, {.name = "next propagates",
                     .argument = next + on(not_key_),
                     .range = sums,
                     .point = p_ - 1,
                     .outputs = {{pr_next_, 1}}});
    step(program_, {.name = "own generates",
                    .argument = own,
                    .range = sums,
                    .threshold = p_,
                    .outputs = {{g_, 1}}});
  }

  void fetch_digit(const std::string& name, const Group& query, Channel role, Channel mask,
                   const std::vector<Channel>& out) {
    match(program_, {.name = name,
                     .code = code_,
                     .query = query,
                     .role = role,
                     .key = key_,
                     .flag = one_,
                     .masks = {mask},
                     .values = fetch(digit_, out)});
  }

  /// [x-th bit of a][y-th bit of b]
  static And digits_are(const std::vector<Channel>& a, const std::vector<Channel>& b, int x, int y,
                        std::vector<Output> outputs) {
    std::vector<Channel> others = b;
    others.erase(others.begin() + y);
    return {.name = "a=" + std::to_string(x) + " b=" + std::to_string(y),
            .yes = a[static_cast<std::size_t>(x)],
            .no = std::move(others),
            .outputs = std::move(outputs)};
  }

  void compare_onehot() {
    for (int x = 0; x < p_; ++x) {
      And own = digits_are(a_, b_, x, p_ - 1 - x, {{pr_, 1}});
      And next = digits_are(a_next_, b_next_, x, p_ - 1 - x, {{pr_next_, 1}});
      if (levels_ > 1) {
        own.no.push_back(not_own_);
        next.no.push_back(not_key_);
      }
      and_unit(program_, own);
      and_unit(program_, next);
      for (int y = p_ - x; y < p_; ++y) and_unit(program_, digits_are(a_, b_, x, y, {{g_, 1}}));
    }
  }

  void find_nearest() {
    program_.next_layer();
    // The places are called by what the tables already hold there: own on O_i, next on b_j.
    near(program_, {.name = "W",
                    .role = answers_,
                    .rank = rank_o_,
                    .blocked = pr_,
                    .ranks = n_ + 1,
                    .values = fetch(own_.all(), w_.all())});
    near(program_, {.name = "V",
                    .role = uses_next_,
                    .rank = rank_b_,
                    .blocked = pr_next_,
                    .ranks = n_ + 1,
                    .values = fetch(next_.all(), v_.all())});
  }

  void search_levels() {
    const Task& task = program_.task();
    std::vector<std::pair<int, int>> sentinels = {{sign_position(task, 0), n_}};
    for (int j = 0; j < n_; ++j) sentinels.emplace_back(operand_position(task, 0, j), j);
    Searcher w{.name = "W",
               .role = answers_,
               .places = {},
               .blocked = pr_,
               .off = not_own_,
               .value = own_,
               .out = w_,
               .value_bound = code_.bound()};
    for (const auto [position, i] : answering(task)) w.places.emplace_back(position, i);
    Searcher v{.name = "V",
               .role = uses_next_,
               .places = {{equals_position(task), 0}},
               .blocked = pr_next_,
               .off = not_key_,
               .value = next_,
               .out = v_,
               .value_bound = code_.bound()};
    for (int j = 0; j < n_; ++j) v.places.emplace_back(operand_position(task, 1, j), j + 1);
    search_nearest(program_, plan_search(n_ + 1, levels_, code_.digits()), one_, sentinels, {w, v});
  }

  void fetch_carry() {
    program_.next_layer();
    std::vector<Fetch> values = {{g_, c_}};
    if (onehot_) values.push_back({Form(one_) - Form(g_), nc_});
    match(program_, {.name = "carry",
                     .code = code_,
                     .query = w_,
                     .role = answers_,
                     .key = v_,
                     .flag = one_,
                     .masks = {pr_},
                     .strong = not_key_,
                     .values = values});
    if (onehot_) return look_up_digit();
    tents(program_, {.name = "answer digit",
                     .argument = Form(a_.front()) + Form(b_.front()) + Form(c_),
                     .range = Range::integers(0, 2 * p_ - 1),
                     .outputs = out_});
  }

  void look_up_digit() {
    for (int x = 0; x < p_; ++x)
      for (int y = 0; y < p_; ++y)
        for (const int carry : {0, 1}) {
          const Channel out = out_[static_cast<std::size_t>((x + y + carry) % p_)];
          And digit = digits_are(a_, b_, x, y, {{out, 1}});
          digit.no.push_back(carry == 0 ? c_ : nc_);
          and_unit(program_, digit);
        }
  }

  bool onehot_;
  int levels_;
  int n_, p_;
  AddressCode code_;
  Program program_;
  Channel one_, not_a_, not_b_, uses_own_, uses_next_, rank_o_, rank_b_, answers_, not_key_,
      not_own_;
  Channel g_, pr_, pr_next_, c_, nc_;
  Group key_, own_, next_, w_, v_;
  std::vector<Channel> digit_, a_, b_, a_next_, b_next_, out_;
};

void check_task(const Task& task, const Options& options, const Setting& setting) {
  if (setting.shift == Shift::none)
    need_options("add_log (softmax without maximum)", options, {});
  else
    need_options(title, options, {"radix", "code", "levels"});
  need_padded(title, task);
  need_msb_first(title, task.operand_order(), "operands");
  need_msb_first(title, task.answer_order(), "answers");
}

Program write(const Task& task, const Options& options, const Setting& setting) {
  if (setting.shift == Shift::none) return add_log_without_shift(task, options, setting);
  return Adder(task, options, setting).write();
}

Dimensions formula(const Task& task, const Options& options, const Setting& setting) {
  if (setting.shift == Shift::none) return add_log_without_shift_dimensions(task);
  const int r = radix_of(options);
  const int p = task.token_base();
  const bool onehot = is_onehot(options);
  const int levels = levels_of(options);
  Dimensions size{.layers = 2 + levels,
                  .width = 10 * r + (onehot ? 6 * p + 14 : p + 18),
                  .heads = 4,
                  .head_dim = std::max(4 * r + 3, onehot ? p : 2 * r),
                  .ffn = onehot ? clipped(std::int64_t{2} * p * p) : std::max(10, 8 * p - 2)};
  if (levels > 1) {
    const SearchPlan plan = plan_search(task.operand_tokens() + 1, levels, r);
    size.width += 2 * search_channels(plan, r) - 1;  // two ranks less, not_own more
    size.ffn = std::max(size.ffn, search_units(plan, r, 2));
  }
  return size;
}

}  // namespace

const Construction add_log = {
    .name = title,
    .statement =
        "Feng et al. 2025, Theorem 5.1: logarithmic precision, constant depth and "
        "constant hidden dimension solve ADD_p(n)",
    .summary =
        "the nearest place below that does not propagate, found as a pair of nearest places "
        "above",
    .width =
        "M >= max(C (floor(n/2)+1), C b^2, D), b = floor(ceil((n+1)^(1/r))/2), D = 2p-1 "
        "(scalar) or 1 (onehot); with levels=L about C (n/2)^(1/L) in place of C (floor(n/2)+1)",
    .options = "radix=1.., code=scalar|onehot, levels=1..",
    .task = TaskKind::add,
    .check = check_task,
    .program = write,
    .dimensions = formula};

}  // namespace carrybit::constructions
