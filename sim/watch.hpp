#pragma once
// An observer, if there is one, and what it is told of a stage.

#include <vector>

#include "sim/attention.hpp"
#include "sim/observer.hpp"

namespace carrybit {

template <class Engine>
class Watch {
  using Value = typename Engine::Value;

 public:
  Watch(const Engine& engine, Observer* observer) : engine_(engine), observer_(observer) {}

  bool watches() const { return observer_ != nullptr; }

  /// x: [rows][B m], its columns at positions first, first + 1, ...; rows are channels of heads of head_dim, or of no
  /// head where that is 0.
  void columns(Stage stage, int l, int first, const Columns<Value>& x, int head_dim) {
    if (!watches()) {
      return;
    }
    for (int r = 0; r < x.rows; ++r) {
      for (std::size_t i = 0; i < x.count(); ++i) {
        const int b = static_cast<int>(i) / x.positions;
        const int t = first + static_cast<int>(i) % x.positions;
        const int head = head_dim == 0 ? 0 : r / head_dim;
        observer_->record({stage, l, head, b, t, head_dim == 0 ? r : r % head_dim},
                          engine_.to_number(x.row(r)[i]));
      }
    }
  }

  /// A number for every key that a query sees.
  void row(Stage stage, int l, int head, int b, int t, const std::vector<Value>& row) {
    if (!watches()) {
      return;
    }
    for (std::size_t j = 0; j < row.size(); ++j) {
      observer_->record({stage, l, head, b, t, static_cast<int>(j)}, engine_.to_number(row[j]));
    }
  }

  void weights(int l, int head, int b, int t, const AttentionRow<Engine>& row) {
    if (!watches()) {
      return;
    }
    std::vector<Value> weights(static_cast<std::size_t>(row.visible()), engine_.zero());
    for (std::size_t k = 0; k < row.weights().index.size(); ++k) {
      weights[static_cast<std::size_t>(row.weights().index[k])] = row.weights().value[k];
    }
    this->row(Stage::weight, l, head, b, t, weights);
    this->row(Stage::normaliser, l, head, b, t, {row.normaliser()});
  }

 private:
  const Engine& engine_;
  Observer* observer_;
};

}  // namespace carrybit
