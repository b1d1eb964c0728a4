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

TaskNote note_of(const Task& task) {
  const TaskSpec& s = task.spec();
  TaskNote note;
  note.task = std::string(name(s.kind));
  note.base = s.base;
  note.length = s.digits;
  note.addends = s.kind == TaskKind::iter_add ? s.addends : 0;
  note.answer_digits = s.kind == TaskKind::mul ? s.answer_digits : 0;
  note.digits_per_token = s.digits_per_token;
  note.answer_order = s.answer_order == DigitOrder::msb_first ? "msb_first" : "lsb_first";
  note.operand_order = s.operand_order == DigitOrder::msb_first ? "msb_first" : "lsb_first";
  note.padded = s.padded;
  return note;
}

}  // namespace carrybit
