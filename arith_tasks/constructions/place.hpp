#pragma once
// Where a primitive stands in a program, and what a head fetches.

#include "arith_tasks/constructions/form.hpp"

namespace carrybit::constructions {

/// A head, or a run of FFN units, of one layer.
struct Place {
  int layer = -1;
  int head = -1;        // attention primitives, else -1
  int first_unit = -1;  // FFN primitives, else -1
  int units = 0;
  bool operator==(const Place&) const = default;
};

/// One value component of a head: the form is read at the key, the winner's goes to `out`.
struct Fetch {
  Form value;
  Channel out;
  bool operator==(const Fetch&) const = default;
};

/// One output of an FFN unit.
struct Output {
  Channel out;
  double weight = 1;
  bool operator==(const Output&) const = default;
};

/// value -> out, channel by channel.
std::vector<Fetch> fetch(const std::vector<Channel>& values, const std::vector<Channel>& outs);

}  // namespace carrybit::constructions
