#pragma once
// Activations: one row a channel, one column a (sequence, position): the vector lanes.

#include <cstddef>
#include <vector>

namespace carrybit {

/// rows x (inputs * positions), the positions of one sequence side by side.
template <class Value>
struct Columns {
  int rows = 0;
  int inputs = 0;     // B
  int positions = 0;  // m: the new positions of every sequence
  std::vector<Value> values;

  Columns() = default;
  Columns(int row_count, int input_count, int position_count, const Value& fill)
      : rows(row_count),
        inputs(input_count),
        positions(position_count),
        values(static_cast<std::size_t>(row_count) * static_cast<std::size_t>(input_count) *
                   static_cast<std::size_t>(position_count),
               fill) {}

  std::size_t count() const {
    return static_cast<std::size_t>(inputs) * static_cast<std::size_t>(positions);
  }
  Value* row(int r) { return values.data() + static_cast<std::size_t>(r) * count(); }
  const Value* row(int r) const { return values.data() + static_cast<std::size_t>(r) * count(); }
  std::size_t column(int input, int position) const {
    return static_cast<std::size_t>(input) * static_cast<std::size_t>(positions) +
           static_cast<std::size_t>(position);
  }
  const Value& at(int r, int input, int position) const { return row(r)[column(input, position)]; }
};

}  // namespace carrybit
