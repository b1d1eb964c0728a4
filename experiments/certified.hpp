#pragma once
// The door to certificates: cells whose inputs are "certified" are answered by a proof for all inputs.
// A certifier is put in by certifiers() once, at the start of the program, by whoever has one; without
// it such cells are refused when a study is read.

#include <functional>
#include <optional>
#include <string>

#include "arith_tasks/constructions/construction.hpp"
#include "arith_tasks/task.hpp"
#include "experiments/width_search.hpp"

namespace carrybit {

/// All inputs are answered right, or why that could not be shown (which refutes nothing).
struct Certified {
  bool holds = false;
  std::string reason = {};
};

struct Certifiers {
  /// A construction in an arithmetic. Throws BadInput where the construction cannot be compiled for it.
  std::function<Certified(const constructions::Construction&, const constructions::Options&,
                          const Task&, const Arithmetic&)>
      certify = {};
};
Certifiers& certifiers();

struct CertifiedWidth {
  int width = 0;
  Format format;
};
/// The least width of the question's family at which certifiers().certify holds, tried from `from`
/// upwards; none up to question.max_width. Needs a certifier.
std::optional<CertifiedWidth> find_certified_width(const constructions::Construction& construction,
                                                   const Task& task, const WidthQuestion& question,
                                                   int from);

}  // namespace carrybit
