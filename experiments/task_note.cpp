#include "experiments/task_note.hpp"

namespace carrybit {

TaskSpec spec_of(const TaskNote& note) {
  TaskSpec s;
  s.kind = parse_task_kind(note.task);
  s.base = note.base;
  s.digits = note.length;
  s.addends = note.addends;
  s.answer_digits = note.answer_digits;
  s.digits_per_token = note.digits_per_token;
  s.answer_order = note.answer_order == "lsb_first" ? DigitOrder::lsb_first : DigitOrder::msb_first;
  s.operand_order =
      note.operand_order == "lsb_first" ? DigitOrder::lsb_first : DigitOrder::msb_first;
  s.padded = note.padded;
  return s;
}

}  // namespace carrybit
