// The construction of docs/write-your-own.md: PARITY of n = 2^kappa bits, from the vocabulary alone.

#include "arith_tasks/constructions/mean.hpp"
#include "arith_tasks/constructions/roles.hpp"
#include "arith_tasks/constructions/tents.hpp"
#include "tests/arith_tasks/constructions/support.hpp"

using namespace carrybit;
using namespace carrybit::test;

namespace {

// [parity] (docs/write-your-own.md shows this function)
Program parity_by_counting(const Task& task, const Setting& setting) {
  const int n = task.digits();  // a power of two
  Program program("parity_by_counting", task, setting);

  // Channels, each with the range of its values where it is read.
  const Channel bit = program.channel("bit", Range::bit(), "the token's bit");
  const Channel answers = program.channel("answers", Range::bit(), "1 on '='");
  const Channel not_bit = program.channel("not_bit", Range::bit(), "0 on the n bits");
  const Channel count = program.channel("count", Range::integers(0, n), "how many ones");
  const std::vector<Channel> out = answer_channels(program);

  // Tables: what a token says, and what a position says.
  put_digit_values(program, bit);
  put_tent_constant(program, out);
  program.everywhere(not_bit, 1);
  for (int j = 0; j < n; ++j) program.position(operand_position(task, 0, j), not_bit, 0);
  program.position(equals_position(task), answers, 1);

  // One layer: '=' attends evenly to the n bits, each counting n, so that the mean is their number;
  // then the number modulo 2 as one-hot logits.
  program.next_layer();
  uniform(program, {.name = "count",
                    .role = answers,
                    .mask = not_bit,
                    .values = {{static_cast<double>(n) * Form(bit), count}}});
  exact_mean(program, {.name = "count",
                       .ties = n,
                       .numerator = static_cast<double>(n) * n,
                       .largest_value = static_cast<double>(n)});
  tents(program, {.name = "modulo 2",
                  .argument = count,
                  .range = Range::integers(0, n),
                  .outputs = {out[0], out[1]}});
  return program;
}
// [parity]

Score parity_in(const Format& format, int n) {
  const Arithmetic arithmetic = Arithmetic::uniform(format);
  const Program program = parity_by_counting(Task::parity(n), Setting::of(arithmetic));
  return answers(Simulator(compile(program), arithmetic), ProblemSet::exhaustive(Task::parity(n)));
}

}  // namespace

TEST_CASE("a construction from scratch is right at the width its parts ask for, and wrong below") {
  for (const int n : {2, 4, 8}) {
    const Program program = parity_by_counting(Task::parity(n), Setting::symbolic());
    const Format stated = smallest_fixed(program.needs());
    CHECK(verdict(parity_in(stated, n)) == "");
    if (n == 8) CHECK_FALSE(parity_in(one_bit_less(stated), n).all_exact());
  }
  // M >= n^2 - (n/2 - 1): 61 for 8 bits.
  CHECK(smallest_fixed(parity_by_counting(Task::parity(8), Setting::symbolic()).needs()).name() ==
        "fixed:i6.f0");
}
