#pragma once
// FLOOR: the quotient floor(x / Q) of two run-time integers, by search in a table of k quotients.
//
// The table is k keys, q = 0..k-1, holding t = q - h and t^2, with h = floor((k-1)/2); every other
// token holds t = 0 and has its mask up. With rho = x - Q h - floor(Q/2) and beta = 1 - (Q mod 2) on
// the query side, the score, in this order, is
//
//   (C rho, t)  (-C Q, t^2)  (C rho, t)  (C beta, t)  (-C role, mask)
//   = C (-Q t^2 + (2x - Q + 1 - 2Qh) t)
//
// Contract. On rows with role = 1, 0 <= x and floor(x/Q) < k, the key q = floor(x/Q) has weight 1 and
// all others exactly 0. Q may differ from row to row (a table channel).
//
// Proof. The quotient q beats q - 1 by C (2(x - Qq) + 1) >= C and q + 1 by C (2Q(q+1) - 2x - 1) >= C,
// and the score is concave in q. The winner scores at least 0, as q = h (t = 0) scores 0: so a mask
// of -C suffices for the other tokens.
// Saturation: a loser clipped high only falls. Clipped low it would rise, but: where rho t >= 0 no
// partial sum is below -C Q t^2, which does not clip; where rho t < 0 what follows a clip falls
// again, but for beta t <= k/2. The winner's own partial sums must not clip.
//
// Bits: M >= C Phi(k, Q, X), Phi the largest of Q (k-1-h)^2 and, over x = 0..X with t of the winner,
// of rho t, rho t - Q t^2, 2 rho t - Q t^2, 2 rho t - Q t^2 + beta t; about Q (k/2)^2.

#include <cstdint>
#include <string>
#include <vector>

#include "arith_tasks/constructions/needs.hpp"
#include "arith_tasks/constructions/place.hpp"

namespace carrybit::constructions {

class Program;

/// The keys: position q of the sequence is the table's entry q.
struct FloorTable {
  int entries = 1;      // k
  Channel index = {};   // t = q - h
  Channel square = {};  // t^2
  Channel mask = {};    // 0 on the table's keys, else 1

  int offset() const { return (entries - 1) / 2; }  // h
  /// The quotient as a value: t + h.
  Form quotient() const;
};
FloorTable floor_table(Program& program, int entries);

/// One pair (Q, X) that occurs: 0 <= x <= X.
struct FloorCase {
  std::int64_t divisor = 1;
  std::int64_t largest = 0;
  bool operator==(const FloorCase&) const = default;
};

struct Floor {
  std::string name = {};
  FloorTable table = {};
  Channel role = {};
  Form argument = {};  // x
  Form divisor = {};   // Q, 0 on rows with role = 0
  Form offset = {};    // -Q h - floor(Q/2), likewise
  Form parity = {};    // beta, likewise
  std::vector<FloorCase> cases = {};
  std::vector<Fetch> values = {};
  Place at = {};  // filled in
};

/// Adds the head to the program's current layer.
void floor_divide(Program& program, Floor spec);

/// Divides by the same Q on all rows with role = 1: fills in divisor, offset and parity.
Floor constant_divisor(Floor spec, std::int64_t divisor, std::int64_t largest);

/// -Q h - floor(Q/2) and beta, for tables of divisors.
std::int64_t floor_offset(std::int64_t divisor, const FloorTable& table);
int floor_parity(std::int64_t divisor);

/// Phi(k, Q, X).
double floor_magnitude(int entries, const FloorCase& which);
Needs needs(const Floor& spec);

}  // namespace carrybit::constructions
