// The layers of iter_add_log, in their order.

#include <fmt/format.h>

#include "arith_tasks/constructions/iter_add_log_program.hpp"

namespace carrybit::constructions {

Program IteratedAdder::write() {
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

// ReLU only: layer 1. digit * weight, as a sum of the weight over x = 1..digit.
void IteratedAdder::weigh_digits() {
  program_.next_layer();
  const Range weights = Range::integers(0, heaviest() * column_scale());
  for (int x = 1; x < size_.p; ++x)
    pick(program_, {.name = fmt::format("digit >= {}", x),
                    .argument = weight_,
                    .range = weights,
                    .off = below_[static_cast<std::size_t>(x - 1)],
                    .outputs = {{weighed_, 1}}});
}

void IteratedAdder::sum_columns() {
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

void IteratedAdder::sum_blocks() {
  program_.next_layer();
  fetch_block("block sum", own_, sum_);
  fetch_block("previous block sum", previous_, previous_sum_);
}

void IteratedAdder::fetch_block(const std::string& name, const Group& query, Channel out) {
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

void IteratedAdder::reduce_blocks() {
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

void IteratedAdder::divide_sum(const std::string& name, const Form& argument, const Form& value) {
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

void IteratedAdder::divide(const Floor& spec, const Form& half) {
  if (halved_)
    floor_divide_halved(program_, spec, half);
  else
    floor_divide(program_, spec);
}

void IteratedAdder::find_above() {
  program_.next_layer();
  near(program_, {.name = "W",
                  .role = stands_,
                  .rank = rank_,
                  .blocked = pr_,
                  .ranks = size_.groups - 1,
                  .values = fetch(own_.all(), w_.all())});
}

void IteratedAdder::bring_together() {
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

void IteratedAdder::add_carry() {
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
void IteratedAdder::take_digit() {
  program_.next_layer();
  divide_answer("digits from i", half_, table_.quotient());
  divide_answer("digits above i", half_next_, -size_.p * table_.quotient());
  tents(program_, {.name = "answer digit",
                   .argument = s_,
                   .range = Range::integers(0, size_.p - 1),
                   .outputs = out_});
}

/// By Q = 2 half or 2 half + 1, after the parity of p.
void IteratedAdder::divide_answer(const std::string& name, Channel half, const Form& value) {
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

}  // namespace carrybit::constructions
