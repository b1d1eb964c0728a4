#pragma once
// HALVED FLOOR: FLOOR (floor.hpp) with the square's term in two halves, which takes its largest
// product, Q (k/2)^2, out of the bits. Where that is a power of two (k a power of two in base 2) it is
// a whole bit. The score, in this order:
//
//   (C rho, t)  (-C floor(Q/2), t^2)  (-C ceil(Q/2), t^2)  (C rho, t)  (C beta, t)  (-C role, mask)
//
// Contract. FLOOR's.
//
// Bits: M >= C max(W, min(Q T^2, max(ceil(Q/2) T^2, L))) with T the largest |t|,
//   W  the largest partial sum of a winner,
//   L  the largest of (rho + beta) t - w + 1 over all x, w the winner's score, and all t.
//
// Proof. Winners do not clip, and without saturation all is FLOOR's. Let a loser's sum clip low for the
// last time at some term; from there it starts at -M, and ends at most at -M plus what follows (a clip
// at M only lowers it). If rho t <= 0, what follows is at most 0, or beta t where rho = 0. If rho t > 0,
// it clips low only after the second or third term, and only if Q T^2 > M; what follows is at most
// (rho + beta) t. Either way it ends at most at -M + L + w - 1 <= w - 1. L is about Q T^2 / 4: a loser
// far enough from the winner to clip is far enough to be raised.

#include "arith_tasks/constructions/floor.hpp"

namespace carrybit::constructions {

/// Adds the head to the program's current layer. `half` is floor(Q/2) on rows with role = 1, else 0.
void floor_divide_halved(Program& program, Floor spec, const Form& half);

/// What stands in M >= C ... above.
double halved_floor_magnitude(int entries, const FloorCase& which);

}  // namespace carrybit::constructions
