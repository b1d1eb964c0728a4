#pragma once
// What is asked: the tasks of Feng et al. 2025 (arXiv 2410.13857, section 3) and the two boolean
// functions of their lower bounds.
//
//   add       ADD_p(n)        a + b, each of at most n digits                      n+1 digits
//   iter_add  IterADD_p(n,k)  x_0 + ... + x_(k-1), each of at most n digits        n+m digits
//                             m = max(1, ceil(log_p k))
//   mul       MUL_p(n,l)      the low l digits of a * b, 1 <= l <= 2n              l digits
//   majority                  n bits: 1 if more than n/2 of them are 1             1 digit
//   parity                    n bits: their sum modulo 2                           1 digit
//
// Numbers are written in base p, c digits to a token (the paper's T_c): a number of n digits is
// N = ceil(n/c) tokens, each a digit of base P = p^c. A transformer sees only the base-P problem,
// so lengths in tokens are those of the same task over (P, N): add answers in N+1 tokens, iter_add
// in N+m' with m' = max(1, ceil(log_P k)), mul in ceil(l/c).

#include <cstdint>
#include <string>
#include <string_view>

namespace carrybit {

enum class TaskKind : std::uint8_t { add, iter_add, mul, majority, parity };

/// In which order the tokens of a number are written.
enum class DigitOrder : std::uint8_t {
  msb_first,  // most significant first, as in the paper
  lsb_first   // least significant first; inside a token (c > 1) nothing changes
};

std::string_view name(TaskKind kind);

/// Parses "add", "iter_add", ...; throws BadInput with the accepted names.
TaskKind parse_task_kind(std::string_view text);

/// What a user says of a task. A length of 0 means "not said": see Task and parse_problem().
struct TaskSpec {
  TaskKind kind = TaskKind::add;
  int base = 10;             // p, 2..36; majority and parity are over bits whatever is said here
  int digits = 0;            // n, digits of an operand; the number of bits of majority and parity
  int addends = 0;           // k of iter_add, at least 2; 0 or 2 for add
  int answer_digits = 0;     // l of mul; 0 means 2n; must be 0 elsewhere
  int digits_per_token = 1;  // c, with p^c <= 65536
  DigitOrder answer_order = DigitOrder::msb_first;
  DigitOrder operand_order = DigitOrder::msb_first;
  bool padded = true;  // operands and answers zero-padded to full length; else no leading zeros,
                       // and the answer is closed by an end token

  bool operator==(const TaskSpec&) const = default;
};

/// Reads a task's name, in which lengths may be missing: "add:p10", "mul:p2.n8.l4".
/// Throws BadInput on an unknown kind or field.
TaskSpec parse_task_spec(std::string_view text);

/// A valid task: every length known, every limit kept. A value type.
class Task {
 public:
  static constexpr int max_base = 36;
  static constexpr int max_token_base = 65536;
  static constexpr int max_digits = 1 << 20;
  static constexpr int max_addends = 1 << 20;
  static constexpr int max_sequence_tokens = 1 << 26;

  /// Throws BadInput, one line, where the specification is impossible or a length is missing.
  explicit Task(const TaskSpec& spec);

  static Task add(int base, int digits);
  static Task iter_add(int base, int digits, int addends);
  static Task mul(int base, int digits, int answer_digits = 0);
  static Task majority(int bits);
  static Task parity(int bits);
  /// Reads name() back: Task::parse(task.name()) == task. Throws BadInput.
  static Task parse(std::string_view text);

  /// A short text without blanks or commas: "add:p10.n16", "iter_add:p2.n8.k4", "mul:p10.n4.l8",
  /// "majority:n9"; options follow where they are not the default: ".c2", ":answer_lsb",
  /// ":operands_lsb", ":unpadded".
  std::string name() const;

  /// The specification with its defaults filled in: Task(task.spec()) == task.
  const TaskSpec& spec() const { return spec_; }

  TaskKind kind() const { return spec_.kind; }
  int base() const { return spec_.base; }
  int digits() const { return spec_.digits; }
  /// Operands of a problem: k for iter_add, 2 for add and mul, 1 (a string of bits) for the rest.
  int operands() const { return operands_; }
  /// Base-p digits that hold every answer: n+1, n+m, l or 1.
  int answer_digits() const { return answer_digits_; }
  int digits_per_token() const { return spec_.digits_per_token; }
  DigitOrder answer_order() const { return spec_.answer_order; }
  DigitOrder operand_order() const { return spec_.operand_order; }
  bool padded() const { return spec_.padded; }

  /// P = p^c: the base in which a transformer sees the numbers.
  int token_base() const { return token_base_; }
  /// N = ceil(n/c): digit tokens of a padded operand.
  int operand_tokens() const { return operand_tokens_; }
  /// Digit tokens of a padded answer.
  int answer_tokens() const { return answer_tokens_; }
  /// Tokens of a padded prompt, '=' included.
  int prompt_tokens() const { return operands_ * (operand_tokens_ + 1); }
  /// Prompt and answer; with padded == false the most there can be, end token included.
  int sequence_tokens() const { return prompt_tokens() + answer_tokens_ + (padded() ? 0 : 1); }
  /// What a teacher-forced pass reads: all but the last token. constructions.md calls it T.
  int input_tokens() const { return sequence_tokens() - 1; }

  bool operator==(const Task&) const = default;

 private:
  TaskSpec spec_;
  int operands_ = 0;
  int token_base_ = 0;
  int answer_digits_ = 0;
  int operand_tokens_ = 0;
  int answer_tokens_ = 0;
};

/// max(1, ceil(log_base(count))): the digits by which a sum of `count` numbers outgrows its
/// addends. Needs base >= 2 and count >= 1.
int carry_digits(int base, int count);

}  // namespace carrybit
