#include "arith_tasks/constructions/form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace carrybit::constructions {

bool Range::contains(double value) const {
  return low <= value && value <= high && (!integer || value == std::floor(value));
}

bool Range::contains(const Range& other) const {
  return low <= other.low && other.high <= high && (other.integer || !integer);
}

double Range::magnitude() const { return std::max(std::abs(low), std::abs(high)); }

std::string Range::text() const {
  return integer ? fmt::format("{}..{}", low, high) : fmt::format("[{}, {}]", low, high);
}

Range operator+(const Range& a, const Range& b) {
  return {a.low + b.low, a.high + b.high, a.integer && b.integer};
}

Range operator*(double factor, const Range& a) {
  const bool integer = a.integer && factor == std::floor(factor);
  return factor >= 0 ? Range{factor * a.low, factor * a.high, integer}
                     : Range{factor * a.high, factor * a.low, integer};
}

double Form::coefficient(Channel channel) const {
  const auto at = std::ranges::find(terms, channel, &Term::channel);
  return at == terms.end() ? 0 : at->coefficient;
}

Form operator+(Form a, const Form& b) {
  for (const Term& term : b.terms) {
    const auto at = std::ranges::find(a.terms, term.channel, &Term::channel);
    if (at == a.terms.end()) {
      a.terms.push_back(term);
    } else if ((at->coefficient += term.coefficient) == 0) {
      a.terms.erase(at);
    }
  }
  a.constant += b.constant;
  return a;
}

Form operator-(const Form& a, const Form& b) { return a + -1.0 * b; }

Form operator*(double factor, Form a) {
  if (factor == 0) return {};
  for (Term& term : a.terms) term.coefficient *= factor;
  a.constant *= factor;
  return a;
}

Form sum(const std::vector<Channel>& channels) {
  Form total;
  for (const Channel channel : channels) total.terms.push_back({channel, 1});
  return total;
}

}  // namespace carrybit::constructions
