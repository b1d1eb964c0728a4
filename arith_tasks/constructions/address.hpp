#pragma once
// Address codes: how a place, 0..N-1, is written into channels so that MATCH can compare two of them
// with small numbers.
//
//   addr_{N,r}(v): the r digits of v in radix B = ceil(N^(1/r)), least first, each minus
//   floor((B-1)/2): components of magnitude at most b = floor(B/2).
//
// A group of channels holds the r components and, beside them, their squares. Squares come from the
// tables and are copied along with the components; nothing squares at run time. Radix digits trade
// dimensions for bits: one component of log2 n bits, or r components of (log2 n)/r.

#include <string_view>
#include <vector>

#include "arith_tasks/constructions/form.hpp"

namespace carrybit::constructions {

class Program;

class AddressCode {
 public:
  AddressCode() = default;
  /// N = count >= 1 places in r = digits >= 1 components.
  AddressCode(int count, int digits);
  /// Components in {-1, 0, 1} only: r = ceil(log3 count).
  static AddressCode balanced_ternary(int count);

  int count() const { return count_; }      // N
  int digits() const { return digits_; }    // r
  int radix() const { return radix_; }      // B
  int bound() const { return radix_ / 2; }  // b
  /// Component c of place v.
  int component(int place, int c) const;
  bool operator==(const AddressCode&) const = default;

 private:
  int count_ = 1;
  int digits_ = 1;
  int radix_ = 1;
};

/// The channels of one address: r components, r squares.
struct Group {
  std::vector<Channel> components;
  std::vector<Channel> squares;

  bool empty() const { return components.empty(); }
  /// All 2r, components first.
  std::vector<Channel> all() const;
  bool operator==(const Group&) const = default;
};

/// Declares the channels of an address: name.0, name.1, ..., name.0^2, ...
Group address_channels(Program& program, std::string_view name, const AddressCode& code,
                       std::string_view meaning);

/// Writes a place into the position table.
void put_address(Program& program, int position, const Group& group, const AddressCode& code,
                 int place);

}  // namespace carrybit::constructions
