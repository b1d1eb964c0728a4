// The transition monoid, element by element.

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_set>

#include "proofs_check/theorems/automaton.hpp"

namespace carrybit::proofs {

namespace {

struct Hash {
  std::size_t operator()(const Map& m) const {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(m.data()), m.size()});
  }
};

/// First f, then g.
Map then(const Map& f, const Map& g) {
  Map h(f.size());
  for (std::size_t i = 0; i < f.size(); ++i) {
    h[i] = g[f[i]];
  }
  return h;
}

/// The elements that a set of maps generates, up to a limit; complete says whether those are all.
struct Closure {
  std::vector<Map> elements;
  bool complete = true;
};
Closure closure(const std::vector<Map>& letters, std::uint64_t limit) {
  Closure c;
  std::unordered_set<Map, Hash> seen;
  const auto meet = [&](Map map) {
    if (seen.insert(map).second) {
      c.elements.push_back(std::move(map));
    }
  };
  for (const Map& letter : letters) {
    meet(letter);
  }
  for (std::size_t next = 0; next < c.elements.size(); ++next) {
    for (const Map& letter : letters) {
      meet(then(c.elements[next], letter));
      if (c.elements.size() > limit) {
        c.complete = false;
        return c;
      }
    }
  }
  return c;
}

/// The states on cycles of length > 1 of f, and the least common multiple of those lengths.
std::vector<int> on_cycles(const Map& f, std::uint64_t& period) {
  std::vector<int> moved;
  period = 1;
  const int n = static_cast<int>(f.size());
  for (int start = 0; start < n; ++start) {
    int x = start;
    std::uint64_t length = 0;
    do {
      x = f[static_cast<std::size_t>(x)];
      ++length;
    } while (x != start && length <= f.size());
    if (x == start && length > 1) {
      moved.push_back(start);
      period = std::lcm(period, length);
    }
  }
  return moved;
}

}  // namespace

/// Permutations of positions 0..k-1 as a group.
void describe_group(const std::vector<Map>& permutations, MonoidCheck& check) {
  const Closure group = closure(permutations, 10'000);
  check.group_order = group.complete ? group.elements.size() : 0;
  for (const Map& element : group.elements) {
    std::uint64_t order = 1;
    on_cycles(element, order);
    check.element_order = std::max(check.element_order, order);
  }
}

MonoidCheck enumerate_monoid(const std::vector<Map>& letters, std::uint64_t limit) {
  MonoidCheck check;
  const Closure monoid = closure(letters, limit);
  check.complete = monoid.complete;
  if (!check.complete) {
    return check;
  }
  check.size = monoid.elements.size();
  for (const Map& f : monoid.elements) {
    std::uint64_t period = 1;
    std::vector<int> moved = on_cycles(f, period);
    if (period > check.element_order) {
      check.element_order = period;
      check.moved = std::move(moved);
    }
  }
  check.aperiodic = check.element_order <= 1;
  return check;
}

}  // namespace carrybit::proofs
