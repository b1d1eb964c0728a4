#pragma once
// Inputs of a task. Every generator is a function of (task, seed, index) alone: results depend on
// no batch split, no thread and no platform.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arith_tasks/problem.hpp"
#include "arith_tasks/task.hpp"

namespace carrybit {

/// p^(n * operands), the number of problems; nothing where it exceeds 2^64 - 1.
std::optional<std::uint64_t> problem_count(const Task& task);

/// Of a task whose numbers have n digits, the problems whose operands all have exactly m: the m-th is
/// not zero, those above it are (of one digit, 0 is a number too). They tell the accuracy of one padded
/// model by length. m = 0 stands for no such wish. Throws BadInput, one line, where m is not 0 to n or
/// the task has no numbers (majority, parity).
void check_operand_digits(const Task& task, int m);

/// How many those are: ((p-1) p^(m-1))^operands, p^operands for m = 1, problem_count(task) for m = 0;
/// nothing where it exceeds 2^64 - 1. Throws BadInput where check_operand_digits() does.
std::optional<std::uint64_t> problem_count(const Task& task, int operand_digits);

/// The number of problems in decimal, or as a power ("10^256") where it exceeds 2^64 - 1.
std::string problem_count_text(const Task& task);

/// Problem number `index` of all: its digits are the base-p digits of the index, those of the last
/// operand varying fastest. Throws BadInput where index >= problem_count(task).
Problem problem_at(const Task& task, std::uint64_t index);

/// How random problems are drawn.
enum class Sampling : std::uint8_t {
  uniform,     // every problem alike
  lengths,     // one length for all operands, uniform in 1..n: short numbers in full width
  carry_heavy  // long carry chains (add), sums and products near powers of p (iter_add, mul),
               // counts near n/2 (majority); uniform for parity
};

/// "uniform", "lengths", "carry_heavy".
std::string_view name(Sampling sampling);
/// Throws BadInput with the accepted names.
Sampling parse_sampling(std::string_view text);

/// Random problem number `index` of the row that `seed` names. With operand_digits = m its operands have
/// exactly m digits: uniform over those or, carry_heavy, with uniform leading digits above m - 1 digits
/// that are carry-heavy. Throws BadInput where check_operand_digits() does, and for lengths with m > 0.
Problem sample(const Task& task, Sampling sampling, std::uint64_t seed, std::uint64_t index,
               int operand_digits = 0);

/// A problem and the family it was made for ("chain", "extremes", "uniform", ...).
struct NamedProblem {
  Problem problem;
  std::string family;

  bool operator==(const NamedProblem&) const = default;
};

/// Problems at and around the places where carries, sums and counts go wrong, without repetition:
/// docs/tasks.md lists the families of each task. At most `per_family` of each, and fewer (but 4 or
/// more) where problems are so long that the set would not fit in some 128 MiB. Throws BadInput
/// where per_family < 1.
std::vector<NamedProblem> adversarial(const Task& task, std::uint64_t seed, int per_family = 64);

/// An indexed, immutable set of problems: what a run goes through. Cheap to copy, and safe to read
/// from several threads.
class ProblemSet {
 public:
  /// All problems, or all whose operands have exactly so many digits. Throws BadInput where there are
  /// 2^64 or more, and where check_operand_digits() does.
  static ProblemSet exhaustive(const Task& task, int operand_digits = 0);
  /// `count` random problems, as sample() draws them.
  static ProblemSet random(const Task& task, Sampling sampling, std::uint64_t seed,
                           std::uint64_t count, int operand_digits = 0);
  static ProblemSet adversarial(const Task& task, std::uint64_t seed, int per_family = 64);
  /// Problems of the caller's. Throws BadInput where one does not fit the task.
  static ProblemSet of(const Task& task, std::vector<NamedProblem> problems);
  /// All problems where there are at most `limit`; else the adversarial ones and then as many
  /// uniform ones as make `limit` together (but never fewer adversarial ones).
  static ProblemSet within(const Task& task, std::uint64_t limit, std::uint64_t seed,
                           int per_family = 64);

  const Task& task() const { return task_; }
  std::uint64_t size() const { return listed() + indexed_; }
  /// Whether the set holds every problem of the task (of operand_digits() digits, where that is not 0):
  /// the difference between a proof and a sample.
  bool is_exhaustive() const { return exhaustive_; }
  /// m where all operands have exactly m digits by choice, else 0.
  int operand_digits() const { return operand_digits_; }
  /// Problem number index, 0 <= index < size(). Throws BadInput beyond.
  NamedProblem at(std::uint64_t index) const;

 private:
  explicit ProblemSet(const Task& task) : task_(task) {}
  std::uint64_t listed() const { return list_ ? list_->size() : 0; }

  Task task_;
  std::shared_ptr<const std::vector<NamedProblem>> list_;  // these come first,
  std::uint64_t indexed_ = 0;                              // then so many by index
  bool exhaustive_ = false;
  Sampling sampling_ = Sampling::uniform;
  std::uint64_t seed_ = 0;
  int operand_digits_ = 0;
};

}  // namespace carrybit
