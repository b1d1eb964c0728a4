// The transition monoid by the images of its elements.

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>

#include "proofs_check/theorems/automaton.hpp"

namespace carrybit::proofs {

namespace {

using Set = std::array<std::uint64_t, 4>;  // of states
struct SetHash {
  std::size_t operator()(const Set& s) const {
    std::uint64_t h = 0;
    for (const std::uint64_t word : s) {
      h = (h ^ word) * 0x9E3779B97F4A7C15U;
      h ^= h >> 29;
    }
    return h;
  }
};

std::vector<int> members(const Set& s) {
  std::vector<int> all;
  for (int word = 0; word < 4; ++word) {
    for (std::uint64_t rest = s[static_cast<std::size_t>(word)]; rest != 0; rest &= rest - 1) {
      all.push_back(64 * word + __builtin_ctzll(rest));
    }
  }
  return all;
}

Set set_of(const std::vector<int>& states) {
  Set s{};
  for (const int x : states) {
    s[static_cast<std::size_t>(x / 64)] |= std::uint64_t{1} << (x % 64);
  }
  return s;
}

std::vector<int> moved_by(const std::vector<int>& states, const Map& letter) {
  std::vector<int> image;
  image.reserve(states.size());
  for (const int x : states) {
    image.push_back(letter[static_cast<std::size_t>(x)]);
  }
  return image;
}

/// The images, and by which letter each leads where.
struct ImageGraph {
  std::vector<Set> sets;
  std::vector<std::uint32_t> to;  // sets x letters
  bool complete = true;
};

ImageGraph images(const std::vector<Map>& letters, std::uint64_t limit) {
  ImageGraph g;
  std::unordered_map<Set, std::uint32_t, SetHash> index;
  const auto meet = [&](const Set& s) {
    const auto [at, is_new] = index.try_emplace(s, static_cast<std::uint32_t>(g.sets.size()));
    if (is_new) {
      g.sets.push_back(s);
    }
    return at->second;
  };
  std::vector<int> all(letters.front().size());
  std::iota(all.begin(), all.end(), 0);
  meet(set_of(all));
  for (std::size_t next = 0; next < g.sets.size(); ++next) {
    const std::vector<int> states = members(g.sets[next]);
    for (const Map& letter : letters) {
      g.to.push_back(meet(set_of(moved_by(states, letter))));
    }
    if (g.sets.size() > limit) {
      g.complete = false;
      return g;
    }
  }
  return g;
}

/// Tarjan's strongly connected components, without recursion: the component of every node.
std::vector<std::uint32_t> components(const ImageGraph& g, std::size_t letter_count) {
  const auto n = static_cast<std::uint32_t>(g.sets.size());
  constexpr std::uint32_t none = ~std::uint32_t{0};
  std::vector<std::uint32_t> number(n, none), low(n, 0), component(n, none);
  std::vector<std::size_t> edge(n, 0);
  std::vector<std::uint32_t> open, path;
  std::uint32_t next_number = 0, next_component = 0;
  for (std::uint32_t start = 0; start < n; ++start) {
    if (number[start] != none) {
      continue;
    }
    path.push_back(start);
    while (!path.empty()) {
      const std::uint32_t v = path.back();
      if (number[v] == none) {
        number[v] = low[v] = next_number++;
        open.push_back(v);
      }
      bool deeper = false;
      while (edge[v] < letter_count) {
        const std::uint32_t w = g.to[v * letter_count + edge[v]];
        if (number[w] == none) {
          path.push_back(w);
          deeper = true;
          break;
        }
        if (component[w] == none) {
          low[v] = std::min(low[v], low[w]);
        }
        ++edge[v];
      }
      if (deeper) {
        continue;
      }
      path.pop_back();
      if (!path.empty()) {
        low[path.back()] = std::min(low[path.back()], low[v]);
      }
      if (low[v] == number[v]) {
        std::uint32_t w = none;
        do {
          w = open.back();
          open.pop_back();
          component[w] = next_component;
        } while (w != v);
        ++next_component;
      }
    }
  }
  return component;
}

/// Where each member of the component's first image comes to lie in the others, along a spanning tree;
/// every other edge closes a loop, and a loop that is not the identity is a permutation of the first.
std::vector<Map> loops(const ImageGraph& g, const std::vector<Map>& letters,
                       const std::vector<std::uint32_t>& component, std::uint32_t root,
                       std::vector<std::vector<int>>& along, std::uint64_t enough) {
  std::vector<Map> found;
  along[root] = members(g.sets[root]);
  std::vector<std::uint32_t> queue = {root};
  for (std::size_t next = 0; next < queue.size(); ++next) {
    const std::uint32_t v = queue[next];
    for (std::size_t a = 0; a < letters.size(); ++a) {
      const std::uint32_t w = g.to[v * letters.size() + a];
      if (component[w] != component[v]) {
        continue;
      }
      std::vector<int> image = moved_by(along[v], letters[a]);
      if (along[w].empty()) {
        along[w] = std::move(image);
        queue.push_back(w);
      } else if (along[w] != image && found.size() < enough) {
        Map permutation(image.size());
        for (std::size_t i = 0; i < image.size(); ++i) {
          const auto at = std::ranges::find(along[w], image[i]);
          permutation[i] = static_cast<std::uint8_t>(at - along[w].begin());
        }
        found.push_back(std::move(permutation));
      }
    }
  }
  return found;
}

}  // namespace

MonoidCheck enumerate_images(const std::vector<Map>& letters, std::uint64_t limit) {
  MonoidCheck check;
  const ImageGraph g = images(letters, limit);
  check.complete = g.complete;
  if (!check.complete) {
    return check;
  }
  check.size = g.sets.size();
  const auto component = components(g, letters.size());
  std::vector<std::vector<int>> along(g.sets.size());
  for (std::uint32_t v = 0; v < g.sets.size(); ++v) {
    if (!along[v].empty()) {
      continue;
    }
    const std::vector<Map> permutations = loops(g, letters, component, v, along, 256);
    if (!permutations.empty() && check.aperiodic) {
      check.aperiodic = false;
      check.moved = members(g.sets[v]);
      describe_group(permutations, check);
    }
  }
  return check;
}

}  // namespace carrybit::proofs
