#include "experiments/certified.hpp"

#include <algorithm>

#include "precision/error.hpp"

namespace carrybit {

Certifiers& certifiers() {
  static Certifiers all;
  return all;
}

std::optional<CertifiedWidth> find_certified_width(const constructions::Construction& construction,
                                                   const Task& task, const WidthQuestion& question,
                                                   int from) {
  const int least = std::max(from, narrowest(question.family, question.exponent_bits));
  for (int width = least; width <= question.max_width; ++width) {
    for (const Format& format : formats_of_width(question.family, question.exponent_bits, width)) {
      Arithmetic arithmetic = question.like;
      for (Role* role : arithmetic.roles()) {
        role->format = format;
      }
      try {
        if (certifiers().certify(construction, question.options, task, arithmetic).holds) {
          return CertifiedWidth{width, format};
        }
      } catch (const BadInput&) {
        continue;  // cannot even be compiled in this format
      }
    }
  }
  return std::nullopt;
}

}  // namespace carrybit
