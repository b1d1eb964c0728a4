#pragma once
// A certificate: every input of a length is answered right, in this arithmetic, by these weights.
//
// What makes it one is a calculation that anybody can repeat: certify() reads the weights, not the
// program that wrote them; of the program it takes names (which channel, which head) and the plan of the
// proof, and checks each step of that plan against the weights. docs/certificates.md goes through the
// argument.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arith_tasks/constructions/construction.hpp"
#include "proofs_check/ghost.hpp"

namespace carrybit::certificates {

/// One step of the proof: what was established, and how many values or pairs were run through the
/// arithmetic for it.
struct Step {
  std::string claim;
  std::uint64_t cases = 0;
  bool operator==(const Step&) const = default;
};

struct Certificate {
  std::string construction;
  std::string task;     // Task::name()
  std::string options;  // constructions::text()
  Arithmetic arithmetic;
  std::string weights;  // digest of the weights' values and shapes
  std::vector<Step> steps;
  std::uint64_t cases() const;
  bool operator==(const Certificate&) const = default;
};

/// Constructions that certify() has a proof plan for.
bool has_certifier(std::string_view construction);

/// Throws NotCertified, one line, where a step of the proof fails or the arithmetic is not one that can
/// be followed; BadInput where weights and program do not belong together.
Certificate certify(const constructions::Construction& construction,
                    const constructions::Program& program, const Weights& weights,
                    const Arithmetic& arithmetic, const constructions::Options& options = {});
/// Builds and certifies.
Certificate certify(const constructions::Construction& construction, const Task& task,
                    const Arithmetic& arithmetic, const constructions::Options& options = {});

/// A digest of shapes and values, 32 hexadecimal digits: equal weights give equal digests on every
/// machine. It guards against mix-ups, not against an enemy.
std::string digest(const Weights& weights);

/// The record as JSON, and back. from_json() throws BadInput, one line; `where` opens it.
std::string to_json(const Certificate& certificate);
Certificate certificate_from_json(std::string_view text, const std::string& where);

/// Makes the certificate again from the weights (built from the record's own words, or given) and
/// compares. Throws NotCertified where the proof fails or a number differs.
void verify(const Certificate& certificate, const Weights* weights = nullptr);

}  // namespace carrybit::certificates
