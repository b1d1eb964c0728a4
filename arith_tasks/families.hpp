#pragma once
// Inside the adversarial generator: what the families of the tasks are built from. Callers want
// arith_tasks/generators.hpp.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "arith_tasks/draws.hpp"
#include "arith_tasks/generators.hpp"

namespace carrybit::families {

/// The numbers of a task, either as base-p digits or, since carries also run between tokens, as the
/// base-P digits of its tokens.
struct Shape {
  TaskKind kind;
  int base;
  int digits;  // of an operand
  int operands;
  int answer_digits;
  int digits_per_digit;  // base-p digits in one digit of this shape: 1 or c

  static Shape of_digits(const Task& task);
  static Shape of_tokens(const Task& task);
  int top() const { return base - 1; }
};

/// Gathers problems: drops repetitions, and what exceeds the limit of a family.
class Collector {
 public:
  Collector(const Task& task, int per_family) : task_(task), per_family_(per_family) {}

  int per_family() const { return per_family_; }
  bool full(const Shape& shape, std::string_view family) const;
  /// Operands in the digits of `shape`, missing high digits being zero. Families of token digits
  /// get the prefix "token_"; digits beyond the n-th of such an operand are cut off.
  void add(const Shape& shape, std::string_view family, const std::vector<Digits>& operands);
  std::vector<NamedProblem> take() { return std::move(problems_); }

 private:
  Task task_;
  int per_family_;
  std::vector<NamedProblem> problems_;
  std::map<std::string, int, std::less<>> counts_;
  std::unordered_multimap<std::uint64_t, std::size_t> seen_;  // hash to index in problems_
};

void add_families(const Shape& shape, DrawStream& draws, Collector& out);
void iter_add_families(const Shape& shape, DrawStream& draws, Collector& out);
void mul_families(const Shape& shape, DrawStream& draws, Collector& out);
void bit_families(const Shape& shape, DrawStream& draws, Collector& out);

/// At most `most` of 0..count-1, evenly spread, both ends among them.
std::vector<int> spread(int count, int most);

/// t-1, t, t+1 for t = every power of two and `also`, those inside [0, limit], ascending.
std::vector<int> around_powers_of_two(int limit, int also);

Digits random_digits(int base, int count, DrawStream& draws);

/// Digits of 1 at `ones` places out of `count`, drawn at random.
Digits random_bits(int count, int ones, DrawStream& draws);

/// A number of `count` digits whose low ones, up to a random place, are all p-1 or all 0, or one
/// off: the value that ends a long carry chain.
Digits near_power(int base, int count, DrawStream& draws);

/// What the two digits of a column of an addition do with a carry.
enum class Column : std::uint8_t {
  any,           // random digits
  propagate,     // sum p-1
  generate,      // sum p, the least that generates
  generate_max,  // sum 2p-2 (base 2: 2)
  kill,          // sum p-2, the most that kills
  kill_zero      // sum 0
};

/// Two operands with the given columns, least significant first.
std::vector<Digits> from_columns(int base, const std::vector<Column>& columns, DrawStream& draws);

/// Operands with the given column sums, each sum 0..operands*(p-1), spread at random over them.
std::vector<Digits> from_column_sums(const Shape& shape, const std::vector<std::int64_t>& sums,
                                     DrawStream& draws);

/// Column sums c_j <= operands*(p-1) with sum c_j p^j = the number `total`, filled from the top.
/// `total` may have more than n digits; what exceeds operands*(p^n - 1) is lost.
std::vector<std::int64_t> column_sums_of(const Shape& shape, const Digits& total);

/// The operand that brings the sum of the others to `want` modulo p^n. Needs n digits of `want`.
Digits completing_addend(int base, const std::vector<Digits>& others, const Digits& want);

/// b of n digits with a * b = want modulo p^s, s = want.size() <= n; its digits from s up are
/// random. Needs gcd(a_0, p) = 1 and p <= 36.
Digits completing_factor(int base, const Digits& a, const Digits& want, DrawStream& draws);

/// A random number of `count` digits whose last digit has no factor in common with p.
Digits random_unit(int base, int count, DrawStream& draws);

}  // namespace carrybit::families
