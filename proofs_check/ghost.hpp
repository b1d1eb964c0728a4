#pragma once
// What a certifier knows of a number that an input decides: "it is a function of these few unknowns".
//
// An unknown (Atom) is a quantity of the input with finitely many values: a digit, the exact sum of a
// column, the nearest place that does not propagate, the carry into a place. A Cell stands for one
// number of the forward pass, over all inputs at once:
//
//   constant   the same number for every input
//   function   a table over the values of one to four atoms: whatever they are, the number is that
//   interval   nothing better is known than low <= number <= high (garbage, finite)
//
// Different atoms are taken to vary independently. Where in truth they do not, more combinations are
// looked at than occur: a certificate may then be refused, never wrongly given.

#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace carrybit::certificates {

/// A certificate that could not be given, and why: one line.
struct NotCertified : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Atom {
  std::string name;             // "digit at 7", "sum", "nearest from 3"
  int size = 1;                 // its values are called 0..size-1; tables have an entry for each
  int first = 0, last = 0;      // those that occur: first..last
  std::vector<double> numbers;  // what they stand for, increasing, where they are numbers
  bool whole = false;  // functions of it stay functions even where all values that occur agree
};

inline constexpr int max_atoms = 4;

/// The number itself; throws NotCertified.
inline double need_finite(double x) {
  if (!std::isfinite(x)) throw NotCertified("a number may overflow to infinity");
  return x;
}

struct Cell {
  double low = 0, high = 0;  // bounds, for every kind
  int table = -1;            // function: Ghosts::table()
  std::array<int, max_atoms> atoms{};
  std::int8_t count = 0;  // atoms; -1 an interval

  /// These throw NotCertified where a number is not finite: 0 times infinity is not 0.
  static Cell constant(double value) { return {need_finite(value), value, -1, {}, 0}; }
  /// low <= number <= high; a constant where they are equal.
  static Cell interval(double low, double high) {
    return {need_finite(low),
            need_finite(high),
            -1,
            {},
            static_cast<std::int8_t>(low == high ? 0 : -1)};
  }

  bool is_constant() const { return count == 0; }
  bool is_function() const { return count > 0; }
  bool is_interval() const { return count < 0; }
  std::span<const int> atom_list() const {
    return {atoms.data(), static_cast<std::size_t>(count > 0 ? count : 0)};
  }
  std::vector<int> atom_vector() const { return {atom_list().begin(), atom_list().end()}; }
  bool operator==(const Cell&) const = default;
};

/// One term of an exact sum: weight * cell.
struct GhostTerm {
  double weight = 0;
  Cell cell;
  bool operator==(const GhostTerm&) const = default;
};

/// Joint values of several atoms, last atom fastest.
struct Joint {
  std::vector<int> atoms;   // increasing
  std::vector<int> sizes;   // of their domains
  std::int64_t states = 1;  // product of the sizes
  /// How far apart two states are that differ by one in this atom alone; 0 where it is none of them.
  std::int64_t stride(int atom) const;
};

/// All atoms and tables of one certificate. Tables are kept once; equal functions have equal numbers.
class Ghosts {
 public:
  int add(Atom atom);
  const Atom& atom(int id) const { return atoms_.at(static_cast<std::size_t>(id)); }

  int intern(std::vector<double> table);
  const std::vector<double>& table(int id) const {
    return tables_.at(static_cast<std::size_t>(id));
  }

  /// The function with that table over those atoms (increasing); a constant where all values that
  /// occur are equal. Throws NotCertified where one of them is not finite.
  Cell function(const std::vector<int>& atoms, std::vector<double> table);
  Cell function(const std::vector<int>& atoms, int table);
  /// A cell's value in a joint state (state of `joint`, which contains its atoms).
  double value(const Cell& cell, const Joint& joint, std::int64_t state) const;
  /// Does a joint state occur, as far as each atom's range says?
  bool occurs(const Joint& joint, std::int64_t state) const;
  Joint join(std::span<const Cell> cells) const;
  /// Do two cells have the same value in every joint state that occurs? (Zeros of either sign are one.)
  bool same(const Cell& a, const Cell& b) const;

  /// The values that a cell takes, increasing. Not for intervals.
  std::vector<double> image(const Cell& cell) const;
  /// The cell as a function of one new atom, its own value: forgets how it depends on its atoms, but
  /// equal cells give equal atoms. Constants and intervals stay.
  Cell coarse(const Cell& cell);
  /// The atom that stands for the exact value of a sum, made once for each list of terms; `numbers`
  /// its possible values.
  int sum_atom(const std::vector<GhostTerm>& terms, std::vector<double> numbers, std::string name);
  /// The terms of a sum atom; empty for others.
  const std::vector<GhostTerm>& terms(int atom) const;

  std::uint64_t cases = 0;  // values and pairs run through the arithmetic so far

 private:
  struct VectorHash {
    std::size_t operator()(const std::vector<std::uint64_t>& v) const;
  };
  static std::vector<std::uint64_t> key(const std::vector<GhostTerm>& terms);

  std::vector<Atom> atoms_;
  std::vector<std::vector<double>> tables_;
  std::unordered_multimap<std::uint64_t, int> table_by_hash_;
  std::unordered_map<std::vector<std::uint64_t>, int, VectorHash> sums_;
  std::map<int, std::vector<GhostTerm>> terms_;
  std::unordered_map<std::vector<std::uint64_t>, int, VectorHash> images_;
};

}  // namespace carrybit::certificates
