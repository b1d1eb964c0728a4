// What every token of iter_add_log knows of itself: its channels, and what the embeddings write into them.

#include "arith_tasks/constructions/iter_add_log_program.hpp"

namespace carrybit::constructions {

void IteratedAdder::declare_columns() {
  one_ = bit("one", "1");
  if (gated_) {
    digit_ = program_.channel("digit", Range::integers(0, size_.p - 1), "the token's digit");
    weight_ = program_.channel("weight", Range::integers(0, heaviest()),
                               "p^(j mod m) on digit j of the last number, else 0");
  } else {
    weight_ = amount("weight", heaviest() * std::ldexp(1.0, size_.kappa), phi_,
                     "p^(j mod m) 2^kappa on digit j");
    below_ = program_.channels("below", size_.p - 1, Range::bit(), "the token's digit is less", 1);
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

void IteratedAdder::declare_blocks() {
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
  const int first_rank = -(ranks / 2);
  rank_ = program_.channel("rank", Range::integers(first_rank, no_rank(ranks)),
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

void IteratedAdder::declare_answers() {
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

void IteratedAdder::write_columns() {
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

void IteratedAdder::write_digit(int position, int j, bool last) {
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

void IteratedAdder::write_blocks() {
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
        t == 0 ? equals_position(task) : operand_position(task, size_.k - 1, (t - 1) * size_.m), t);
}

void IteratedAdder::put_key(int position, int t) {
  put_address(program_, position, in_block_, group_code_, t);
  program_.position(position, not_block_, 0);
}

void IteratedAdder::write_representative(int position, int t) {
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

void IteratedAdder::write_answers() {
  put_tent_constant(program_, out_);
  for (const auto [position, i] : answering(program_.task())) {
    const int e = i % size_.m;
    const auto half = power(size_.p, e == 0 ? size_.m : e) / 2;
    const auto half_next = power(size_.p, e + 1) / 2;
    program_.position(position, answers_, 1);
    put_address(program_, position, wanted_, group_code_, i / size_.m);
    program_.position(position, half_, static_cast<double>(half));
    program_.position(position, half_next_, static_cast<double>(half_next));
    program_.position(position, inside_, e == 0 ? 0 : 1);
  }
}

}  // namespace carrybit::constructions
