#pragma once
// Positions by their part in a task, and what the constructions' checks share.

#include <initializer_list>
#include <string_view>
#include <vector>

#include "arith_tasks/constructions/options.hpp"
#include "arith_tasks/constructions/program.hpp"

namespace carrybit::constructions {

/// A position that predicts an answer digit: "O_i" of the proofs. '=' predicts the first one written,
/// every answer token the next.
struct Answering {
  int position = 0;
  int place = 0;  // i
};
/// All of them, in the order of the sequence.
std::vector<Answering> answering(const Task& task);

/// The sign after an operand; after the last it is '='.
int sign_position(const Task& task, int operand);
inline int equals_position(const Task& task) { return task.prompt_tokens() - 1; }

/// The token table writes digit values (0 on signs), or their one-hot code.
void put_digit_values(Program& program, Channel digit);
void put_onehot_digits(Program& program, const std::vector<Channel>& bits);

/// Declares o_0..o_(P-1), writes nothing, makes them the program's answer.
std::vector<Channel> answer_channels(Program& program);
/// The constant of TENTS: 1 in out_0 on every answering position.
void put_tent_constant(Program& program, const std::vector<Channel>& outputs);

/// Throws BadInput: "add_log: ...".
void need_padded(std::string_view construction, const Task& task);
void need_msb_first(std::string_view construction, DigitOrder order, std::string_view whose);
/// Refuses knobs that are set but not among `accepted`, and a variant that is not.
void need_options(std::string_view construction, const Options& options,
                  std::initializer_list<std::string_view> accepted,
                  std::initializer_list<std::string_view> variants = {});

/// The least e with base^e >= x.
int ceil_log(int base, std::int64_t x);
int ceil_div(int a, int b);

}  // namespace carrybit::constructions
