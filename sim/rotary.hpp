#pragma once
// Rotary positions (Su et al. 2021, arXiv 2104.09864): pairs (c, c + dim/2) of every head turn by the angle
// position * base^(-2c/dim), whose cos and sin are rounded once, into the weights' format.

#include <utility>
#include <vector>

#include "sim/stages.hpp"

namespace carrybit {

/// The rotations of the positions asked for so far.
template <class Engine>
class Rotary {
  using Value = typename Engine::Value;

 public:
  /// Turns y: [heads * head_dim][B m], whose columns stand at positions first, first + 1, ...
  void turn(Workshop<Engine>& shop, const ModelConfig& config, int heads, int first, Keys keys,
            Columns<Value>& y) {
    const int half = config.head_dim / 2;
    for (std::size_t column = 0; column < y.count(); ++column) {
      const int t = first + static_cast<int>(column) % y.positions;
      for (int head = 0; head < heads; ++head) {
        for (int c = 0; c < half; ++c) {
          Value& a = y.row(head * config.head_dim + c)[column];
          Value& b = y.row(head * config.head_dim + c + half)[column];
          turn_pair(shop.engine, a, b, rotation(shop.engine, config, t, c),
                    keys.step(static_cast<std::uint64_t>(head * half + c)), column);
        }
      }
    }
  }

 private:
  using Rotation = std::pair<Value, Value>;  // cos, sin

  static void turn_pair(Engine& engine, Value& a, Value& b, const Rotation& by, Keys keys,
                        std::size_t column) {
    constexpr RoleId role = RoleId::activations;
    const auto key = [&](std::uint64_t step) { return keys.step(step << 40)(column); };
    const Value ac = engine.mul(a, by.first, role, key(1));
    const Value bs = engine.mul(b, by.second, role, key(2));
    const Value bc = engine.mul(b, by.first, role, key(3));
    const Value as = engine.mul(a, by.second, role, key(4));
    a = engine.sub(ac, bs, role, key(5));
    b = engine.add(bc, as, role, key(6));
  }

  const Rotation& rotation(Engine& engine, const ModelConfig& config, int position, int pair) {
    const auto half = static_cast<std::size_t>(config.head_dim / 2);
    const std::size_t index =
        static_cast<std::size_t>(position) * half + static_cast<std::size_t>(pair);
    while (known_.size() <= index) {
      const int t = static_cast<int>(known_.size() / half);
      const int c = static_cast<int>(known_.size() % half);
      known_.push_back(rotation_entry(engine, config, t, c));
    }
    return known_[index];
  }

  std::vector<Rotation> known_;  // [position][pair]
};

}  // namespace carrybit
