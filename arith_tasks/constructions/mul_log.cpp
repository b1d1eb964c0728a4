// mul_log: MUL_p(n, l) with O(log n) bits, constant depth and hidden dimension O(n^2) (Feng et al. 2025,
// Theorem 5.3), in 5 layers. Width about 1 + 2 log2 n + 3 log2 p; with `rounds` about 1 + log2 n + 2 log2 p
// in 2 more layers each, and with `parts` less still.
//
// The answering token O_i does it all by itself. Layer 1 fetches every digit of both factors (2n heads with
// constant queries) and multiplies them: c_j = sum of a_i b_(j-i), the column sums. m columns make a block
// of value R_t = sum p^e c_(tm+e), with P = p^m large enough that floor(R_t / P) < P. Layer 2 finds that
// quotient hi_t by thresholds. So v_t = R_t mod P + hi_(t-1) <= 2P - 2: carries between blocks are 0 or 1,
// and come as in ADD: layer 3 finds which blocks generate and propagate, layer 4 takes the carry into
// O_i's own block as a disjunction of ANDs, layer 5 reads the digit of (v_t + carry) that O_i answers.
//
//   rounds=J  before the blocks, J times: columns are split at p^s into low and high parts, and the high
//             part goes s columns up. That leaves about 2 sqrt(largest column) in a column, and blocks are
//             as much smaller. Two layers a round: split, then add up again.
//   parts=B   layer 1 sums each column in B parts, which the first round joins: needs rounds >= 1.
//   variant   reglu (products a_i b_j) or relu (digits as thermometers of p - 1 bits: products of bits
//             are ANDs, (p-1)^2 n^2 of them)

#include "arith_tasks/constructions/mul_log.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "arith_tasks/constructions/mul_plan.hpp"
#include "arith_tasks/constructions/roles.hpp"
#include "arith_tasks/constructions/room.hpp"
#include "precision/error.hpp"

namespace carrybit::constructions {

namespace {

constexpr std::string_view title = "mul_log";

std::size_t at(int i) { return static_cast<std::size_t>(i); }

class Multiplier {
 public:
  Multiplier(const Task& task, const Options& options, const Setting& setting)
      : plan_(plan_mul(task, options)),
        code_(plan_.n, plan_.radix),
        program_(std::string(title), task, setting) {}

  Program write() {
    declare();
    write_tables();
    sum_products();
    for (const MulRound& round : plan_.rounds) reduce(round);
    split_blocks();
    compare_blocks();
    find_carry();
    read_digit();
    return std::move(program_);
  }

 private:
  using Bits = std::vector<Channel>;
  Channel bit(std::string name, std::string meaning) {
    return program_.channel(std::move(name), Range::bit(), std::move(meaning));
  }

  void declare() {
    const Range digits = Range::integers(0, plan_.p - 1);
    one_ = bit("one", "1");
    if (plan_.gated) {
      digit_ = program_.channel("digit", digits, "the token's digit");
    } else {
      at_least_ = program_.channels("ge", plan_.p - 1, Range::bit(), "digit >= u", 1);
      below_ = program_.channels("lt", plan_.p - 1, Range::bit(), "digit < u", 1);
    }
    key_ = address_channels(program_, "k", code_, "place of a digit");
    not_a_ = bit("not_a", "0 on a's digits");
    not_b_ = bit("not_b", "0 on b's digits");
    answers_ = bit("answers", "1 on O_i");
    for (int j = 0; j < plan_.n; ++j) declare_fetched(j, digits);
    for (int j = 0; j < plan_.l; ++j) columns_.push_back(declare_column(j));
    for (int t = 0; t < plan_.blocks; ++t) {
      const auto most = static_cast<double>(plan_.quotient(t));
      hi_.push_back(
          program_.channel(fmt::format("hi.{}", t), Range::integers(0, most), "floor(R_t / P)"));
      g_.push_back(bit(fmt::format("g.{}", t), "block t generates"));
      np_.push_back(bit(fmt::format("np.{}", t), "block t does not propagate"));
      not_block_.push_back(bit(fmt::format("not_t.{}", t), "0 on O_i of block t"));
    }
    not_digit_ = program_.channels("not_e", plan_.m, Range::bit(), "0 on O_i of digit e");
    v_ = program_.channel("v", Range::integers(0, static_cast<double>(2 * plan_.block - 2)),
                          "own block's value without its carry");
    c_ = bit("c", "carry into the own block");
    out_ = answer_channels(program_);
  }

  void declare_fetched(int j, const Range& digits) {
    if (plan_.gated) {
      a_.push_back({program_.channel(fmt::format("a.{}", j), digits, "digit of a")});
      b_.push_back({program_.channel(fmt::format("b.{}", j), digits, "digit of b")});
    } else {
      a_.push_back(
          program_.channels(fmt::format("a.{}", j), plan_.p - 1, Range::bit(), "a_j >= u", 1));
      b_.push_back(
          program_.channels(fmt::format("b.{}", j), plan_.p - 1, Range::bit(), "b_j < u", 1));
    }
  }

  Bits declare_column(int j) {
    Bits parts;
    for (int part = 0; part < plan_.parts; ++part)
      parts.push_back(program_.channel(
          plan_.parts == 1 ? fmt::format("c.{}", j) : fmt::format("c.{}.{}", j, part),
          Range::integers(0, static_cast<double>(plan_.largest(j, part))), "sum of a_i b_(j-i)"));
    return parts;
  }

  void write_tables() {
    const Task& task = program_.task();
    for (const Channel always : {one_, not_a_, not_b_}) program_.everywhere(always, 1);
    for (const Bits* masks : {&np_, &not_block_, &not_digit_})
      for (const Channel mask : *masks) program_.everywhere(mask, 1);
    if (plan_.gated) put_digit_values(program_, digit_);
    for (int u = 1; u < plan_.p && !plan_.gated; ++u)
      for (Token t = 0; t < plan_.p; ++t)
        program_.token(t, (t >= u ? at_least_ : below_)[at(u - 1)], 1);
    for (int j = 0; j < plan_.n; ++j) {
      const int a = operand_position(task, 0, j);
      put_address(program_, a, key_, code_, j);
      program_.position(a, not_a_, 0);
      const int b = operand_position(task, 1, j);
      put_address(program_, b, key_, code_, j);
      program_.position(b, not_b_, 0);
    }
    for (const auto [position, i] : answering(task)) {
      program_.position(position, answers_, 1);
      program_.position(position, not_block_[at(i / plan_.m)], 0);
      program_.position(position, not_digit_[at(i % plan_.m)], 0);
    }
    put_tent_constant(program_, out_);
  }

  void fetch_digits(char number, Channel mask, const Bits& values, const std::vector<Bits>& outs) {
    for (int j = 0; j < plan_.n; ++j)
      match(program_, {.name = fmt::format("{}_{}", number, j),
                       .code = code_,
                       .query = {},
                       .place = j,
                       .role = answers_,
                       .key = key_,
                       .flag = one_,
                       .masks = {mask},
                       .values = fetch(values, outs[at(j)])});
  }

  void sum_products() {
    program_.next_layer();
    fetch_digits('a', not_a_, plan_.gated ? Bits{digit_} : at_least_, a_);
    fetch_digits('b', not_b_, plan_.gated ? Bits{digit_} : below_, b_);
    std::vector<int> seen(at(plan_.l), 0);  // pairs of a column go to its parts in turn
    for (int i = 0; i < plan_.n; ++i)
      for (int j = 0; j < plan_.n && i + j < plan_.l; ++j)
        add_product(i, j, columns_[at(i + j)][at(seen[at(i + j)]++ % plan_.parts)]);
  }

  void add_product(int i, int j, Channel column) {
    const std::string name = fmt::format("a_{} b_{}", i, j);
    const Range digits = Range::integers(0, plan_.p - 1);
    if (plan_.gated) {
      times(program_, {.name = name,
                       .left = a_[at(i)].front(),
                       .right = b_[at(j)].front(),
                       .left_range = digits,
                       .right_range = digits,
                       .outputs = {{column, 1}}});
      return;
    }
    for (const Channel a : a_[at(i)])
      for (const Channel b : b_[at(j)])
        and_unit(program_, {.name = name, .yes = a, .no = {b}, .outputs = {{column, 1}}});
  }

  /// One round: high parts by thresholds, then columns anew.
  void reduce(const MulRound& round) {
    const int number = static_cast<int>(program_.layers().size()) / 2 + 1;
    const auto power = static_cast<double>(round.power);
    program_.next_layer();
    std::vector<Bits> high(columns_.size());
    for (std::size_t j = 0; j < columns_.size(); ++j)
      for (std::size_t part = 0; part < columns_[j].size(); ++part)
        high[j].push_back(threshold_sum(fmt::format("high{}.{}.{}", number, j, part),
                                        columns_[j][part], round.before[j][part], round.power));
    program_.next_layer();
    std::vector<Bits> joined;
    const std::vector<std::int64_t> after = largest_after(round);
    for (std::size_t j = 0; j < columns_.size(); ++j) {
      const Channel column = program_.channel(fmt::format("c{}.{}", number, j),
                                              Range::integers(0, static_cast<double>(after[j])),
                                              "column j after a round");
      Place place = program_.open_units();
      for (std::size_t part = 0; part < columns_[j].size(); ++part)
        program_.unit(Form(columns_[j][part]) - power * Form(high[j][part]), {{column, 1}});
      if (j >= at(round.shift))
        for (const Channel h : high[j - at(round.shift)]) program_.unit(Form(h), {{column, 1}});
      place = program_.close(place);
      Needs asks;
      asks.add(fmt::format("column {} of round {}", j, number), static_cast<double>(after[j]));
      program_.record(ByHand{.name = "rejoin", .asks = asks, .at = place});
      joined.push_back({column});
    }
    columns_ = joined;
  }

  static std::vector<std::int64_t> largest_after(const MulRound& round) {
    std::vector<std::int64_t> after(round.before.size(), 0);
    for (std::size_t j = 0; j < after.size(); ++j)
      for (const std::int64_t largest : round.before[j]) {
        after[j] += std::min(largest, round.power - 1);
        if (j + at(round.shift) < after.size()) after[j + at(round.shift)] += largest / round.power;
      }
    return after;
  }

  /// A new channel floor(form / power), by one STEP for each of its values.
  Channel threshold_sum(const std::string& name, const Form& form, std::int64_t largest,
                        std::int64_t power) {
    const Channel out = program_.channel(
        name, Range::integers(0, static_cast<double>(largest / power)), "quotient");
    put_quotient(name, form, largest, power, out);
    return out;
  }

  void put_quotient(const std::string& name, const Form& form, std::int64_t largest,
                    std::int64_t power, Channel out) {
    for (std::int64_t q = 1; q <= largest / power; ++q)
      step(program_, {.name = fmt::format("{} >= {}", name, q),
                      .argument = form,
                      .range = Range::integers(0, static_cast<double>(largest)),
                      .threshold = static_cast<int>(q * power),
                      .outputs = {{out, 1}}});
  }

  /// R_t, and v_t = R_t - P hi_t + hi_(t-1).
  Form block(int t) const {
    Form sum;
    double power = 1;
    for (int j = t * plan_.m; j < std::min((t + 1) * plan_.m, plan_.l); ++j, power *= plan_.p)
      sum = sum + power * Form(columns_[at(j)].front());
    return sum;
  }
  Form value(int t) const {
    const Form rest = block(t) - static_cast<double>(plan_.block) * Form(hi_[at(t)]);
    return t == 0 ? rest : rest + Form(hi_[at(t - 1)]);
  }
  Range values() const { return Range::integers(0, static_cast<double>(2 * plan_.block - 2)); }

  void split_blocks() {
    program_.next_layer();
    for (int t = 0; t < plan_.blocks; ++t)
      put_quotient(fmt::format("hi.{}", t), block(t), plan_.sums[at(t)], plan_.block, hi_[at(t)]);
  }

  void compare_blocks() {
    program_.next_layer();
    const int top = static_cast<int>(plan_.block);
    for (int t = 0; t + 1 < plan_.blocks; ++t) {
      spike(program_, {.name = fmt::format("block {} propagates", t),
                       .argument = value(t),
                       .range = values(),
                       .point = top - 1,
                       .outputs = {{np_[at(t)], -1}}});
      step(program_, {.name = fmt::format("block {} generates", t),
                      .argument = value(t),
                      .range = values(),
                      .threshold = top,
                      .outputs = {{g_[at(t)], 1}}});
    }
  }

  void find_carry() {
    program_.next_layer();
    for (int t = 0; t < plan_.blocks; ++t) {
      pick(program_, {.name = fmt::format("own block {}", t),
                      .argument = value(t),
                      .range = values(),
                      .off = not_block_[at(t)],
                      .outputs = {{v_, 1}}});
      for (int j = 0; j < t; ++j) {
        Bits no(np_.begin() + j + 1, np_.begin() + t);
        no.push_back(not_block_[at(t)]);
        and_unit(program_, {.name = fmt::format("carry from block {} to {}", j, t),
                            .yes = g_[at(j)],
                            .no = std::move(no),
                            .outputs = {{c_, 1}}});
      }
    }
  }

  /// Digit e of v + c: one step of the one-hot code at every multiple of p^e.
  void read_digit() {
    program_.next_layer();
    const std::int64_t top = 2 * plan_.block - 1;
    std::int64_t power = 1;
    for (int e = 0; e < plan_.m; ++e, power *= plan_.p) {
      const Form own = Form(v_) + Form(c_) - static_cast<double>(top) * Form(not_digit_[at(e)]);
      for (std::int64_t q = 1; q * power <= top; ++q)
        step(program_,
             {.name = fmt::format("digit {} >= {}", e, q),
              .argument = own,
              .range = Range::integers(static_cast<double>(-top), static_cast<double>(top)),
              .threshold = static_cast<int>(q * power),
              .outputs = {{out_[at(static_cast<int>(q % plan_.p))], 1},
                          {out_[at(static_cast<int>((q - 1) % plan_.p))], -1}}});
    }
  }

  MulPlan plan_;
  AddressCode code_;
  Program program_;
  Channel one_, digit_, not_a_, not_b_, answers_, v_, c_;
  Group key_;
  Bits at_least_, below_, hi_, g_, np_, not_block_, not_digit_, out_;
  std::vector<Bits> a_, b_, columns_;
};

void check_task(const Task& task, const Options& options, const Setting&) {
  need_options(title, options, {"radix", "variant", "rounds", "parts"}, {"reglu", "relu"});
  need_padded(title, task);
  if (options.parts > 1 && options.rounds == 0)
    throw BadInput("mul_log: parts of a column are joined by a round; accepted: rounds >= 1");
}

Program write(const Task& task, const Options& options, const Setting& setting) {
  return Multiplier(task, options, setting).write();
}

/// Units that find floor(x / power) for x up to each of these.
std::int64_t quotient_units(const std::vector<std::int64_t>& largest, std::int64_t power) {
  std::int64_t units = 0;
  for (const std::int64_t x : largest) units += 2 * (x / power);
  return units;
}

Dimensions formula(const Task& task, const Options& options, const Setting&) {
  const MulPlan z = plan_mul(task, options);
  const int digit = z.gated ? 1 : z.p - 1;
  const int rounds = static_cast<int>(z.rounds.size());
  Dimensions size{.layers = 5 + 2 * rounds, .heads = 2 * z.n, .gated = z.gated};
  size.width = 2 * z.radix + (z.gated ? 1 : 2) * digit + 2 * z.n * digit + z.parts * z.l +
               4 * z.blocks + z.m + z.p + 6;
  if (rounds > 0) size.width += (z.parts + 1) * z.l + 2 * (rounds - 1) * z.l;
  size.head_dim = std::max(4 * z.radix + 1, digit);
  std::int64_t products = 0;
  for (int j = 0; j < z.l; ++j) products += z.pairs(j);
  std::int64_t units = std::max(products * digit * digit, quotient_units(z.sums, z.block));
  for (const MulRound& round : z.rounds) {
    std::int64_t splits = 0;
    std::int64_t joins = 0;
    for (std::size_t j = 0; j < round.before.size(); ++j) {
      splits += quotient_units(round.before[j], round.power);
      joins += static_cast<std::int64_t>(round.before[j].size()) *
               (j + at(round.shift) < round.before.size() ? 2 : 1);
    }
    units = std::max({units, splits, joins});
  }
  const std::int64_t carries = std::int64_t{z.blocks} * (z.blocks + 1) / 2;
  std::int64_t digits = 0;
  for (std::int64_t power = 1; power < z.block; power *= z.p)
    digits += 2 * ((2 * z.block - 1) / power);
  units = std::max({units, std::int64_t{6} * (z.blocks - 1), carries, digits});
  size.ffn = clipped(units);
  return size;
}

}  // namespace

const Construction mul_log = {
    .name = title,
    .statement =
        "Feng et al. 2025, Theorem 5.3: logarithmic precision, constant depth and hidden "
        "dimension O(n^2) solve MUL_p(n,l), l <= 2n",
    .summary = "all products at once, column sums in blocks, block carries as in add_constant",
    .width =
        "M >= max(max_t(R*_t + floor(R*_(t-1)/P)), 2P-1, C b^2, n(p-1)^2): about "
        "1+2 log2 n+3 log2 p; with rounds max(n(p-1)^2, ...): about 1+log2 n+2 log2 p",
    .options = "radix=1.., variant=reglu|relu, rounds=0.., parts=1..",
    .task = TaskKind::mul,
    .check = check_task,
    .program = write,
    .dimensions = formula};

}  // namespace carrybit::constructions
